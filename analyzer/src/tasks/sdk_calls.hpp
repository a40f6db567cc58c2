// The calls of the SDK that tell about the graph, caught while the interpreter runs a task's code.
#pragma once

#include <clang/AST/DeclCXX.h>
#include <clang/AST/DeclTemplate.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "interpreter/interpreter.hpp"

namespace mort::analyzer {

using namespace clang;

inline const CXXRecordDecl* sdk_class(const CXXRecordDecl* record, StringRef name) {
  if (record == nullptr || record->getIdentifier() == nullptr || record->getName() != name)
    return nullptr;
  const auto* space = dyn_cast<NamespaceDecl>(record->getDeclContext()->getRedeclContext());
  return space != nullptr && space->getName() == "mort" && space->getParent()->isTranslationUnit()
             ? record
             : nullptr;
}

inline bool is_task_class(const CXXRecordDecl* record) {
  if (record == nullptr || !record->hasDefinition()) return false;
  if (sdk_class(record, "Task") != nullptr) return true;
  return std::any_of(record->bases_begin(), record->bases_end(), [](const CXXBaseSpecifier& base) {
    return is_task_class(base.getType()->getAsCXXRecordDecl());
  });
}

/// A call of the SDK, as the interpreter met it.
struct Event {
  std::string name;
  SourceLocation place;      ///< of the call
  SourceLocation arg_place;  ///< of its first argument
  Value first;               ///< name, list of topics or topic
  Value options;             ///< of RegTask
  QualType type;             ///< T of Take, TryTake, Publish
  std::optional<Unknown> condition;
  std::vector<Note> chain;
};

class SdkCalls : public CallHandler {
 public:
  std::vector<Event> events;

  std::size_t mark() const override { return events.size(); }
  void rollback(std::size_t mark) override { events.resize(mark); }

  std::optional<Value> handle(Interpreter& in, const Call& call) override {
    const auto* method = dyn_cast_or_null<CXXMethodDecl>(call.callee);
    if (method == nullptr || method->getIdentifier() == nullptr ||
        sdk_class(method->getParent(), "Task") == nullptr)
      return std::nullopt;
    const std::string name = method->getName().str();
    if (name == "Run") return std::nullopt;
    const SourceLocation place = call.expr->getExprLoc();
    const bool registers = name == "RegTask" || name == "RegSub" || name == "RegPub";
    if (registers || name == "Take" || name == "TryTake" || name == "Publish") {
      Event event;
      event.name = name;
      event.place = place;
      event.arg_place = call.arg_exprs[0]->getBeginLoc();
      event.first = keep(in, call.args[0]->value);
      if (name == "RegTask") event.options = keep(in, call.args[1]->value);
      if (const auto* args = method->getTemplateSpecializationArgs();
          args != nullptr && !registers) {
        event.type = args->get(0).getAsType();
      }
      if (in.uncertain() != nullptr) event.condition = *in.uncertain();
      event.chain = in.call_chain();
      events.push_back(std::move(event));
      if (registers) return Value();
      return Value(Unknown{"messages are only known at run time", place, {}});
    }
    if (name == "Finish") {
      in.leave();
      return Value();
    }
    if (name == "Param" || name == "IntParam") {
      const auto* param = call.args.empty() ? nullptr : call.args[0]->value.as<std::string>();
      return Value(Unknown{name + "(" + (param != nullptr ? "\"" + *param + "\"" : "...") +
                               ") is given when the job is submitted",
                           place,
                           {}});
    }
    return Value(Unknown{"what `" + name + "` gives is only known at run time", place, {}});
  }

 private:
  /// A copy that later writes do not reach.
  static Value keep(Interpreter& in, const Value& value) { return in.clone(value); }
};

}  // namespace mort::analyzer
