// Finds what a source registers, and reads each task.
#include <clang/AST/RecursiveASTVisitor.h>
#include <clang/Basic/SourceManager.h>

#include <algorithm>

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
    if (sdk_class(variable->getType()->getAsCXXRecordDecl(), "TaskRegistration") != nullptr &&
        variable->getInit() != nullptr)
      registrations.push_back(variable);
    return true;
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
  const CXXConstructorDecl* constructor_ = nullptr;
};

}  // namespace

void read_tasks(ASTContext& context, const Reporter& reporter, const ParseInput& input,
                Unit& unit) {
  const SourceManager& sources = context.getSourceManager();
  Finder finder;
  for (Decl* decl : context.getTranslationUnitDecl()->decls()) {
    if (!sources.isInSystemHeader(decl->getLocation())) finder.TraverseDecl(decl);
  }
  const auto is_of_joined = [&](const VarDecl* registration) {
    const auto file = sources.getFileEntryRefForID(
        sources.getFileID(sources.getExpansionLoc(registration->getLocation())));
    return file && std::find(input.joined.begin(), input.joined.end(), file->getName()) !=
                       input.joined.end();
  };
  MessageTypes types(context, reporter, unit);
  for (const VarDecl* registration : finder.registrations) {
    if (is_of_joined(registration)) continue;
    TaskReader(context, reporter, input.params, finder.address_taken, types, unit)
        .read(registration);
  }
  for (const auto& [name, cls] : finder.classes)
    unit.task_classes.push_back({name, reporter.place(cls->getLocation())});
}

}  // namespace mort::analyzer
