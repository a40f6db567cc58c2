// Run() of a task and what it calls: which topics it takes and publishes, as which type.
#include <clang/AST/DeclTemplate.h>
#include <clang/AST/RecursiveASTVisitor.h>

#include <algorithm>

#include "interpreter/std_models.hpp"
#include "source/definitions.hpp"
#include "tasks/task_reader.hpp"

namespace mort::analyzer {

using namespace clang;

void TaskReader::walk_body(Cell* self) {
  const Unknown later{"it is changed after the constructor", SourceLocation(), {}};
  const CXXMethodDecl* run = nullptr;
  for (const CXXRecordDecl* cls = class_;
       cls != nullptr && run == nullptr && sdk_class(cls, "Task") == nullptr;) {
    for (const CXXMethodDecl* method : cls->methods()) {
      if (method->getIdentifier() != nullptr && method->getName() == "Run" &&
          method->getNumParams() == 0)
        run = method;
    }
    const CXXRecordDecl* base = nullptr;
    for (const auto& specifier : cls->bases()) {
      const auto* record = specifier.getType()->getAsCXXRecordDecl();
      if (base == nullptr && is_task_class(record)) base = record;
    }
    cls = base;
  }
  if (run == nullptr || !run->hasBody()) {
    task_.body_seen = false;
    if (run != nullptr) unit_.needs.insert(usr_of(run->getCanonicalDecl()));
    reporter_.error("missing-body",
                    "Run() of `" + task_.class_name +
                        "` has no body in this source, so its message types are unknown",
                    run != nullptr ? run->getLocation() : class_->getLocation(), {},
                    "define Run() in the class or in a source of the job");
    return;
  }
  const auto walk = [&](const CXXMethodDecl* method) {
    in_.run_unseen(method, method->isStatic() ? nullptr : self);
  };
  const std::vector<const CXXMethodDecl*> methods = all_methods();
  in_.repeat(later, [&] {
    calls_.on_lane(true);
    walk(run);
    calls_.on_lane(false);  // a thread may run what follows
    // A method whose address is taken is called in ways that are not seen.
    for (const CXXMethodDecl* method : methods) {
      if (address_taken_.count(method->getCanonicalDecl()) != 0) walk(method);
    }
  });
  // What nothing calls does not run, but its message types are worth knowing.
  const std::size_t seen = calls_.events.size();
  in_.repeat(later, [&] {
    for (const CXXMethodDecl* method : methods) {
      const FunctionDecl* definition = nullptr;
      if (method->hasBody(definition) && !in_.was_run(definition)) walk(method);
    }
  });
  auto& events = calls_.events;
  for (std::size_t i = seen; i < events.size(); ++i) events[i].reached = false;
  events.erase(std::remove_if(events.begin() + static_cast<std::ptrdiff_t>(seen), events.end(),
                              [](const Event& event) {
                                return event.first.as<std::string>() == nullptr ||
                                       event.name.rfind("Reg", 0) == 0;
                              }),
               events.end());
}

std::vector<const CXXMethodDecl*> TaskReader::all_methods() const {
  std::vector<const CXXMethodDecl*> methods;
  std::vector<const CXXRecordDecl*> line{class_};
  while (!line.empty()) {
    const CXXRecordDecl* cls = line.back();
    line.pop_back();
    if (cls == nullptr || sdk_class(cls, "Task") != nullptr ||
        StdModels::kind(cls) != StdKind::kNone)
      continue;
    for (const auto& base : cls->bases()) {
      if (const auto* record = base.getType()->getAsCXXRecordDecl())
        line.push_back(record->getDefinition());
    }
    const auto add = [&](const CXXMethodDecl* method) {
      if (!isa<CXXConstructorDecl, CXXDestructorDecl>(method) && !method->isImplicit() &&
          !method->isDefaulted())
        methods.push_back(method);
    };
    for (const CXXMethodDecl* method : cls->methods()) add(method);
    for (const Decl* decl : cls->decls()) {
      const auto* pattern = dyn_cast<FunctionTemplateDecl>(decl);
      if (pattern == nullptr) continue;
      for (const FunctionDecl* instance : pattern->specializations()) {
        if (const auto* method = dyn_cast<CXXMethodDecl>(instance)) add(method);
      }
    }
  }
  return methods;
}

void TaskReader::read_uses(const Cell* self) {
  std::set<std::tuple<unsigned, std::string, std::string>> seen;
  for (const Event& event : calls_.events) {
    if (event.self != nullptr && event.self != self) continue;  // of another object
    const auto* topic = event.first.as<std::string>();
    if (!seen.emplace(event.place.getRawEncoding(), event.name, topic != nullptr ? *topic : "")
             .second)
      continue;
    if (event.name.rfind("Reg", 0) == 0) {
      reporter_.error(
          "late-registration", event.name + " is called outside the constructor", event.place, {},
          "call " + event.name + " in the constructor: the graph is fixed before the task runs");
      continue;
    }
    TopicUse use;
    use.takes = event.name != "Publish";
    use.reached = event.reached;
    use.call = event.name;
    use.type = types_.add_message(event.type, event.place);
    use.place = reporter_.place(event.place);
    use.topic_place = reporter_.place(event.arg_place);
    use.notes = reporter_.texts(event.chain);
    if (topic != nullptr) {
      use.topic = *topic;
    } else {
      const Unknown lost{"its value is not followed", event.arg_place, {}};
      use.refusal = reporter_.unknown(
          "unknown-topic", "which topic this " + event.name + " uses",
          event.first.unknown() ? *event.first.unknown() : lost, event.arg_place, event.chain,
          "name the topic by a literal, a constant, or a member that only the constructor sets, or "
          "declare the task's topics with their types in the job YAML under `declares:`");
    }
    task_.uses.push_back(std::move(use));
  }
}

void TaskReader::find_hidden_uses() {
  class Uses : public RecursiveASTVisitor<Uses> {
   public:
    std::vector<SourceLocation> places;
    bool VisitMemberExpr(MemberExpr* member) { return look_at(member->getMemberDecl(), member); }
    bool VisitDeclRefExpr(DeclRefExpr* ref) { return look_at(ref->getDecl(), ref); }

   private:
    bool look_at(const ValueDecl* decl, const Expr* expr) {
      const auto* method = dyn_cast<CXXMethodDecl>(decl);
      if (method == nullptr || method->getIdentifier() == nullptr ||
          sdk_class(method->getParent(), "Task") == nullptr)
        return true;
      const StringRef name = method->getName();
      if (name == "Take" || name == "TryTake" || name == "Publish")
        places.push_back(expr->getExprLoc());
      return true;
    }
  };
  Uses uses;
  for (const CXXMethodDecl* method : all_methods()) {
    if (method->doesThisDeclarationHaveABody()) uses.TraverseStmt(method->getBody());
  }
  for (const SourceLocation place : uses.places) {
    const bool met = std::any_of(calls_.events.begin(), calls_.events.end(),
                                 [&](const Event& event) { return event.place == place; });
    if (!met) task_.hidden_use = reporter_.place(place);
  }
}

void TaskReader::read_blocking_calls() {
  for (const BlockingCall& call : calls_.blocking) {
    reporter_.report(reporter_.diagnostic(
        "warning", "blocking-call",
        "`" + call.name + "` holds up every task of the lane that runs `" + task_.class_name + "`",
        call.place, call.chain, call.cure));
  }
}

}  // namespace mort::analyzer
