#include "tasks/sdk_calls.hpp"

#include <clang/AST/DeclTemplate.h>

#include <algorithm>
#include <charconv>

#include "tasks/blocking_calls.hpp"

namespace mort::analyzer {

using namespace clang;

const CXXRecordDecl* sdk_class(const CXXRecordDecl* record, StringRef name) {
  if (record == nullptr || record->getIdentifier() == nullptr || record->getName() != name)
    return nullptr;
  const auto* space = dyn_cast<NamespaceDecl>(record->getDeclContext()->getRedeclContext());
  return space != nullptr && space->getName() == "mort" && space->getParent()->isTranslationUnit()
             ? record
             : nullptr;
}

bool is_task_class(const CXXRecordDecl* record) {
  if (record == nullptr || !record->hasDefinition()) return false;
  if (sdk_class(record, "Task") != nullptr) return true;
  return std::any_of(record->bases_begin(), record->bases_end(), [](const CXXBaseSpecifier& base) {
    return is_task_class(base.getType()->getAsCXXRecordDecl());
  });
}

std::optional<Value> SdkCalls::handle(Interpreter& in, const Call& call) {
  const auto* method = dyn_cast_or_null<CXXMethodDecl>(call.callee);
  if (method == nullptr || method->getIdentifier() == nullptr ||
      sdk_class(method->getParent(), "Task") == nullptr) {
    if (on_lane_ && call.callee != nullptr) note_blocking(in, call);
    return std::nullopt;
  }
  const std::string name = method->getName().str();
  if (name == "Run") return std::nullopt;
  const bool registers =
      name == "RegTask" || name == "RegSub" || name == "RegFeedback" || name == "RegPub";
  const std::size_t operands = name == "RegTask" ? 2 : registers || name == "Take" ? 1 : 0;
  if (call.expr == nullptr || call.args.size() < operands || call.arg_exprs.size() < operands)
    return std::nullopt;  // another class of that name
  if (registers) {
    events.push_back(event(in, call, method));
    return Value();
  }
  const bool reads_parameters = name == "Param" || name == "IntParam" || name == "Log";
  if (!in_body_ && !reads_parameters) {
    too_early =
        Note{call.expr->getExprLoc(), name + " is called in a constructor, where it throws"};
    in.leave();
    return Value();
  }
  if ((name == "Take" || name == "TryTake" || name == "Publish") && !call.arg_exprs.empty()) {
    Event use = event(in, call, method);
    if (use.first.unknown() != nullptr) {
      if (auto known = param_in_place(in, call.arg_exprs[0])) use.first = std::move(*known);
    }
    events.push_back(std::move(use));
    return Value(Unknown{"messages are only known at run time", call.expr->getExprLoc(), {}});
  }
  if (name == "Finish") {
    in.leave();
    return Value();
  }
  if (name == "Param" || name == "IntParam") return param(in, call, name);
  return Value(
      Unknown{"what `" + name + "` gives is only known at run time", call.expr->getExprLoc(), {}});
}

Event SdkCalls::event(Interpreter& in, const Call& call, const CXXMethodDecl* method) {
  Event event;
  event.name = method->getName().str();
  event.self = call.self;
  event.place = call.expr->getExprLoc();
  event.arg_place = call.arg_exprs[0]->getBeginLoc();
  // Copies, which later writes do not reach.
  event.first = in.clone(call.args[0]->value);
  if (event.name == "RegTask") event.options = in.clone(call.args[1]->value);
  if (const auto* args = method->getTemplateSpecializationArgs();
      args != nullptr && event.name.rfind("Reg", 0) != 0)
    event.type = args->get(0).getAsType();
  if (in.uncertain() != nullptr) event.condition = *in.uncertain();
  event.chain = in.call_chain();
  return event;
}

Value SdkCalls::param(Interpreter& in, const Call& call, const std::string& name) {
  const auto* key = call.args.empty() ? nullptr : call.args[0]->value.as<std::string>();
  const std::string what = name + "(" + (key != nullptr ? "\"" + *key + "\"" : "...") + ")";
  const auto unknown = [&](const std::string& reason) {
    return Value(Unknown{what + " " + reason, call.expr->getExprLoc(), {}});
  };
  // In the body it may differ between runs of one graph.
  if (in_body_ || params_ == nullptr) return unknown("is given when the job is submitted");
  if (key == nullptr) return unknown("names a parameter that is not known");
  const auto found = params_->find(*key);
  asked_params[*key] = found != params_->end() ? std::optional(found->second) : std::nullopt;
  if (found == params_->end())
    return unknown("has no value before the job runs: the job YAML has no parameter \"" + *key +
                   "\", or it is a file");
  if (name == "IntParam") {
    std::int64_t number = 0;
    const char* end = found->second.data() + found->second.size();
    const auto [stop, bad] = std::from_chars(found->second.data(), end, number);
    if (bad != std::errc() || stop != end || found->second.empty())
      return unknown("is \"" + found->second + "\" in the job YAML, which is no whole number");
    return in.integer(number, call.callee->getReturnType());
  }
  return Value(found->second);
}

std::optional<Value> SdkCalls::param_in_place(Interpreter& in, const Expr* topic) {
  while (true) {
    topic = topic->IgnoreImplicit();
    const auto* call = dyn_cast<CXXMemberCallExpr>(topic);
    if (call == nullptr || call->getMethodDecl() == nullptr) return std::nullopt;
    const CXXMethodDecl* method = call->getMethodDecl();
    if (isa<CXXConversionDecl>(method)) {  // to std::string_view
      topic = call->getImplicitObjectArgument();
      continue;
    }
    if (method->getIdentifier() == nullptr || method->getName() != "Param" ||
        sdk_class(method->getParent(), "Task") == nullptr || call->getNumArgs() != 1)
      return std::nullopt;
    Call param_call;
    param_call.expr = call;
    param_call.callee = method;
    param_call.args = {in.new_cell(in.eval(call->getArg(0)))};
    const bool in_body = std::exchange(in_body_, false);
    Value value = param(in, param_call, "Param");
    in_body_ = in_body;
    return value;
  }
}

void SdkCalls::note_blocking(Interpreter& in, const Call& call) {
  const BlockingFunction* known = blocking_function(call);
  if (known == nullptr || in.escaping()) return;
  const SourceLocation place = call.expr->getExprLoc();
  if (std::any_of(blocking.begin(), blocking.end(),
                  [&](const BlockingCall& seen) { return seen.place == place; }))
    return;
  blocking.push_back(
      {call.callee->getQualifiedNameAsString(), known->cure, place, in.call_chain()});
}

}  // namespace mort::analyzer
