// Finds what a source registers, and reads each task.
#include <clang/AST/RecursiveASTVisitor.h>
#include <clang/Basic/SourceManager.h>

#include <algorithm>

#include "source/definitions.hpp"
#include "tasks/sdk_calls.hpp"
#include "tasks/task_reader.hpp"

namespace mort::analyzer {

using namespace clang;

namespace {

/// Finds registrations and task classes.
class Finder : public RecursiveASTVisitor<Finder> {
 public:
  std::vector<const VarDecl*> registrations;
  std::map<std::string, const CXXRecordDecl*> classes;
  std::set<const Decl*> address_taken;  ///< member functions

  bool shouldVisitTemplateInstantiations() const { return true; }
  bool VisitUnaryOperator(UnaryOperator* op) {
    if (op->getOpcode() != UO_AddrOf) return true;
    if (const auto* ref = dyn_cast<DeclRefExpr>(op->getSubExpr()->IgnoreParens())) {
      if (isa<CXXMethodDecl>(ref->getDecl()))
        address_taken.insert(ref->getDecl()->getCanonicalDecl());
    }
    return true;
  }
  bool VisitVarDecl(VarDecl* variable) {
    if (sdk_class(variable->getType()->getAsCXXRecordDecl(), "TaskRegistration") == nullptr ||
        variable->getInit() == nullptr || variable->isStaticDataMember() || variable->isInline() ||
        variable->isTemplated() || variable->getTemplateSpecializationKind() != TSK_Undeclared)
      return true;
    registrations.push_back(variable);
    followed_.insert(variable->getInit()->IgnoreUnlessSpelledInSource());
    return true;
  }
  bool VisitCXXConstructExpr(CXXConstructExpr* made) {
    if (sdk_class(made->getConstructor()->getParent(), "TaskRegistration") != nullptr)
      made_.push_back(made);
    return true;
  }
  /// Registrations that MORT_TASK does not make: whether they come to be is not followed.
  std::vector<const CXXConstructExpr*> others() const {
    std::vector<const CXXConstructExpr*> all;
    for (const CXXConstructExpr* made : made_) {
      if (followed_.count(made) == 0 && followed_.count(made->IgnoreUnlessSpelledInSource()) == 0)
        all.push_back(made);
    }
    return all;
  }
  /// System headers have no code of the job but may register tasks.
  void look_at_system_header(Decl* decl) {
    if (auto* variable = dyn_cast<VarDecl>(decl)) VisitVarDecl(variable);
    if (isa<NamespaceDecl, LinkageSpecDecl>(decl)) {
      for (Decl* inner : cast<DeclContext>(decl)->decls()) look_at_system_header(inner);
    }
  }
  bool VisitCXXMemberCallExpr(CXXMemberCallExpr* call) {
    const auto* method = call->getMethodDecl();
    if (constructor_ != nullptr && method != nullptr && method->getIdentifier() != nullptr &&
        method->getName() == "RegTask" && sdk_class(method->getParent(), "Task") != nullptr) {
      const CXXRecordDecl* cls = constructor_->getParent();
      if (is_task_class(cls) && !cls->isDependentContext() && !cls->isAbstract())
        classes[cls->getQualifiedNameAsString()] = cls;
    }
    return true;
  }
  bool TraverseCXXConstructorDecl(CXXConstructorDecl* constructor) {
    const auto* outer = std::exchange(constructor_, constructor);
    const bool go_on = RecursiveASTVisitor::TraverseCXXConstructorDecl(constructor);
    constructor_ = outer;
    return go_on;
  }

 private:
  std::vector<const CXXConstructExpr*> made_;
  std::set<const Expr*> followed_;
  const CXXConstructorDecl* constructor_ = nullptr;
};

}  // namespace

void read_tasks(ASTContext& context, const Reporter& reporter, const ParseInput& input,
                Unit& unit) {
  const SourceManager& sources = context.getSourceManager();
  Finder finder;
  for (Decl* decl : context.getTranslationUnitDecl()->decls()) {
    if (sources.isInSystemHeader(decl->getLocation()))
      finder.look_at_system_header(decl);
    else
      finder.TraverseDecl(decl);
  }
  const auto is_of_joined = [&](SourceLocation place) {
    const auto file =
        sources.getFileEntryRefForID(sources.getFileID(sources.getExpansionLoc(place)));
    return file && std::find(input.joined.begin(), input.joined.end(), file->getName()) !=
                       input.joined.end();
  };
  MessageTypes types(context, reporter, unit);
  for (const VarDecl* registration : finder.registrations) {
    if (is_of_joined(registration->getLocation())) continue;
    TaskReader(context, reporter, input.params, finder.address_taken, types, unit)
        .read(registration);
  }
  for (const CXXConstructExpr* other : finder.others()) {
    if (is_of_joined(other->getExprLoc())) continue;
    reporter.error("unknown-registration", "this registers a task in a way that is not followed",
                   other->getExprLoc(), {},
                   "write MORT_TASK(Class, arguments...); at namespace scope of a source");
  }
  for (const auto& [name, cls] : finder.classes)
    unit.task_classes.push_back({name, reporter.place(cls->getLocation()),
                                 cls->isExternallyVisible() ? meaning_of(cls) : std::string()});
}

}  // namespace mort::analyzer
