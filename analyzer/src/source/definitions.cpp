#include "source/definitions.hpp"

#include <clang/AST/RecursiveASTVisitor.h>
#include <clang/Basic/SourceManager.h>
#include <clang/Index/USRGeneration.h>
#include <llvm/ADT/StringExtras.h>

#include "mort/base/sha256.hpp"

namespace mort::analyzer {

using namespace clang;

namespace {

/// Writes down what the code of a source means: which declarations its names stand for, its
/// literals and operators.
class Meaning : public RecursiveASTVisitor<Meaning> {
 public:
  explicit Meaning(const PrintingPolicy& policy) : policy_(policy) {}

  std::string text;
  std::set<std::string> definitions;  ///< that other sources can refer to

  bool VisitStmt(Stmt* stmt) {
    add(stmt->getStmtClassName());
    return true;
  }
  bool VisitDeclRefExpr(DeclRefExpr* ref) { return add(ref->getDecl()); }
  bool VisitMemberExpr(MemberExpr* member) { return add(member->getMemberDecl()); }
  bool VisitCXXConstructExpr(CXXConstructExpr* made) { return add(made->getConstructor()); }
  bool VisitOverloadExpr(OverloadExpr* overloaded) {
    for (const NamedDecl* decl : overloaded->decls()) add(decl);
    return true;
  }
  bool VisitIntegerLiteral(IntegerLiteral* literal) {
    return add(llvm::toString(literal->getValue(), 16, false));
  }
  bool VisitCharacterLiteral(CharacterLiteral* literal) {
    return add(std::to_string(literal->getValue()));
  }
  bool VisitStringLiteral(StringLiteral* literal) { return add(literal->getBytes().str()); }
  bool VisitFloatingLiteral(FloatingLiteral* literal) {
    llvm::SmallString<32> digits;
    literal->getValue().toString(digits);
    return add(digits.str().str());
  }
  bool VisitCXXBoolLiteralExpr(CXXBoolLiteralExpr* literal) {
    return add(literal->getValue() ? "true" : "false");
  }
  bool VisitUnaryOperator(UnaryOperator* op) { return add(std::to_string(op->getOpcode())); }
  bool VisitBinaryOperator(BinaryOperator* op) { return add(std::to_string(op->getOpcode())); }
  bool VisitCastExpr(CastExpr* cast) {
    return add(cast->getCastKindName() + cast->getType().getCanonicalType().getAsString(policy_));
  }
  bool VisitVarDecl(VarDecl* variable) {
    if (!variable->isLocalVarDeclOrParm() && variable->isExternallyVisible() &&
        variable->isThisDeclarationADefinition() != VarDecl::DeclarationOnly)
      definitions.insert(usr_of(variable));
    return add(variable->getType().getCanonicalType().getAsString(policy_));
  }
  bool VisitFunctionDecl(FunctionDecl* function) {
    if (function->doesThisDeclarationHaveABody() && function->isExternallyVisible() &&
        !function->isDependentContext())
      definitions.insert(usr_of(function));
    return add(function->getType().getCanonicalType().getAsString(policy_));
  }

 private:
  bool add(const std::string& part) {
    text += std::to_string(part.size()) + " " + part;
    return true;
  }
  bool add(const Decl* decl) {
    const auto* named = dyn_cast<NamedDecl>(decl);
    const auto* variable = dyn_cast<VarDecl>(decl);
    // What is local is the same where its function is.
    const bool local = variable != nullptr && variable->isLocalVarDeclOrParm();
    return add(local && named != nullptr ? named->getNameAsString() : usr_of(decl));
  }

  const PrintingPolicy policy_;
};

}  // namespace

std::string usr_of(const Decl* decl) {
  llvm::SmallString<128> usr;
  index::generateUSRForDecl(decl, usr);
  return usr.str().str();
}

void read_definitions(ASTContext& context, const std::vector<std::string>& sources, Unit& unit) {
  const SourceManager& manager = context.getSourceManager();
  for (std::size_t i = 0; i < sources.size(); ++i) {
    Meaning meaning(context.getPrintingPolicy());
    for (Decl* decl : context.getTranslationUnitDecl()->decls()) {
      const auto file = manager.getFileEntryRefForID(
          manager.getFileID(manager.getExpansionLoc(decl->getLocation())));
      if (file && file->getName() == sources[i]) meaning.TraverseDecl(decl);
    }
    if (i == 0) unit.defines = std::move(meaning.definitions);
    unit.digests[sources[i]] = sha256_hex(meaning.text);
  }
}

}  // namespace mort::analyzer
