#include "source/definitions.hpp"

#include <clang/AST/RecordLayout.h>
#include <clang/AST/RecursiveASTVisitor.h>
#include <clang/Basic/SourceManager.h>
#include <clang/Index/USRGeneration.h>
#include <llvm/ADT/StringExtras.h>

#include "mort/base/sha256.hpp"
#include "tasks/sdk_calls.hpp"

namespace mort::analyzer {

using namespace clang;

namespace {

/// 64 bits tell the declarations of a job apart.
std::string short_hash(const std::string& text) {
  return sha256_hex(text).substr(0, 16);
}

/// Writes down what a piece of code means: which declarations its names stand for, its types,
/// literals and operators.
class Meaning : public RecursiveASTVisitor<Meaning> {
 public:
  explicit Meaning(const ASTContext& context)
      : context_(context), policy_(context.getPrintingPolicy()) {}

  std::string text;

  bool shouldVisitImplicitCode() const { return true; }
  bool shouldVisitTemplateInstantiations() const { return false; }

  bool VisitStmt(Stmt* stmt) {
    add(std::string(stmt->getStmtClassName()));
    if (const auto* expr = dyn_cast<Expr>(stmt)) add(expr->getType());
    return true;
  }
  bool VisitDeclRefExpr(DeclRefExpr* ref) { return add(ref->getDecl()); }
  bool VisitMemberExpr(MemberExpr* member) { return add(member->getMemberDecl()); }
  bool VisitCXXConstructExpr(CXXConstructExpr* made) { return add(made->getConstructor()); }
  bool VisitCXXDefaultArgExpr(CXXDefaultArgExpr* arg) { return TraverseStmt(arg->getExpr()); }
  bool VisitCXXDefaultInitExpr(CXXDefaultInitExpr* init) { return TraverseStmt(init->getExpr()); }
  bool VisitOverloadExpr(OverloadExpr* overloaded) {
    for (const NamedDecl* decl : overloaded->decls()) add(decl);
    return true;
  }
  bool VisitUnaryExprOrTypeTraitExpr(UnaryExprOrTypeTraitExpr* trait) {
    add(std::to_string(trait->getKind()));
    return trait->isArgumentType() ? add(trait->getArgumentType()) : true;
  }
  bool VisitTypeTraitExpr(TypeTraitExpr* trait) {
    return add(trait->isValueDependent() ? "?" : std::to_string(trait->getValue()));
  }
  bool VisitDesignatedInitExpr(DesignatedInitExpr* init) {
    for (const auto& designator : init->designators()) {
      if (designator.isFieldDesignator()) add(designator.getFieldName()->getName().str());
    }
    return true;
  }
  bool VisitInitListExpr(InitListExpr* list) {
    return list->getInitializedFieldInUnion() == nullptr || add(list->getInitializedFieldInUnion());
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
    return add(std::string(literal->getValue() ? "true" : "false"));
  }
  bool VisitUnaryOperator(UnaryOperator* op) { return add(std::to_string(op->getOpcode())); }
  bool VisitBinaryOperator(BinaryOperator* op) { return add(std::to_string(op->getOpcode())); }
  bool VisitCastExpr(CastExpr* cast) { return add(std::string(cast->getCastKindName())); }
  bool VisitVarDecl(VarDecl* variable) { return add(variable->getType()); }

  void add_function(const FunctionDecl* function) {
    add(function->getType());
    if (const auto* constructor = dyn_cast<CXXConstructorDecl>(function)) {
      for (const CXXCtorInitializer* init : constructor->inits()) {
        if (init->isAnyMemberInitializer()) add(init->getAnyMember());
        if (init->isBaseInitializer()) add(QualType(init->getBaseClass(), 0));
        TraverseStmt(init->getInit());
      }
    }
    TraverseStmt(function->getBody());
  }
  void add_variable(const VarDecl* variable) {
    add(variable->getType());
    TraverseStmt(const_cast<Expr*>(variable->getAnyInitializer()));
  }
  void add_record(const CXXRecordDecl* record) {
    for (const CXXBaseSpecifier& base : record->bases()) add(base.getType());
    for (const FieldDecl* field : record->fields()) {
      add(field);
      add(field->getType());
    }
    if (record->isDependentType() || record->isInvalidDecl()) return;
    const ASTRecordLayout& layout = context_.getASTRecordLayout(record);
    add(std::to_string(layout.getSize().getQuantity()));
    for (unsigned i = 0; i < layout.getFieldCount(); ++i)
      add(std::to_string(layout.getFieldOffset(i)));
  }

 private:
  bool add(const std::string& part) {
    text += std::to_string(part.size()) + " " + part;
    return true;
  }
  bool add(QualType type) {
    // Within a template that was not instantiated some expressions have no type yet.
    return add(type.isNull() ? std::string() : type.getCanonicalType().getAsString(policy_));
  }
  bool add(const Decl* decl) {
    const auto* named = dyn_cast<NamedDecl>(decl);
    const auto* variable = dyn_cast<VarDecl>(decl);
    // What is local is the same where its function is.
    const bool local = variable != nullptr && variable->isLocalVarDeclOrParm();
    return add(local && named != nullptr ? named->getNameAsString() : usr_of(decl));
  }

  const ASTContext& context_;
  const PrintingPolicy policy_;
};

/// Every declaration that has a meaning of its own.
class Declarations : public RecursiveASTVisitor<Declarations> {
 public:
  Declarations(ASTContext& context, const std::string& source, Unit& unit)
      : context_(context), source_(source), unit_(unit) {}

  bool shouldVisitTemplateInstantiations() const { return true; }
  bool shouldVisitImplicitCode() const { return false; }

  // Their names count up, so that they depend on what was read before; they are read on their own.
  bool TraverseVarDecl(VarDecl* variable) {
    return sdk_class(variable->getType()->getAsCXXRecordDecl(), "TaskRegistration") != nullptr ||
           RecursiveASTVisitor::TraverseVarDecl(variable);
  }
  bool VisitFunctionDecl(FunctionDecl* function) {
    if (!function->doesThisDeclarationHaveABody()) return true;
    Meaning meaning(context_);
    meaning.add_function(function);
    keep(function, meaning.text);
    if (function->isExternallyVisible() && !function->isDependentContext() &&
        !function->isInlined() && is_in_source(function))
      unit_.defines.insert(usr_of(function));
    return true;
  }
  bool VisitVarDecl(VarDecl* variable) {
    if (variable->isLocalVarDeclOrParm() ||
        variable->isThisDeclarationADefinition() == VarDecl::DeclarationOnly)
      return true;
    Meaning meaning(context_);
    meaning.add_variable(variable);
    keep(variable, meaning.text);
    if (variable->isExternallyVisible() && !variable->isInline() && is_in_source(variable))
      unit_.defines.insert(usr_of(variable));
    return true;
  }
  bool VisitCXXRecordDecl(CXXRecordDecl* record) {
    if (!record->isThisDeclarationADefinition() || record->isLambda()) return true;
    Meaning meaning(context_);
    meaning.add_record(record);
    keep(record, meaning.text);
    return true;
  }
  bool VisitEnumConstantDecl(EnumConstantDecl* constant) {
    keep(constant, llvm::toString(constant->getInitVal(), 10));
    return true;
  }

 private:
  auto file_of(const Decl* decl) const {
    const SourceManager& sources = context_.getSourceManager();
    return sources.getFileEntryRefForID(
        sources.getFileID(sources.getExpansionLoc(decl->getLocation())));
  }
  void keep(const Decl* decl, const std::string& meaning) {
    // Names in unnamed namespaces and static ones are of their file; USRs only know its name.
    const auto file = file_of(decl);
    unit_.meanings.insert(
        short_hash(usr_of(decl) + "\n" + (file ? file->getName().str() : "") + "\n" + meaning));
  }
  bool is_in_source(const Decl* decl) const {
    const auto file = file_of(decl);
    return file && file->getName() == source_;
  }

  ASTContext& context_;
  const std::string& source_;
  Unit& unit_;
};

}  // namespace

std::string usr_of(const Decl* decl) {
  llvm::SmallString<128> usr;
  index::generateUSRForDecl(decl, usr);
  return usr.str().str();
}

std::string meaning_of(const CXXRecordDecl* cls) {
  Meaning meaning(cls->getASTContext());
  meaning.add_record(cls);
  for (const CXXMethodDecl* method : cls->methods()) {
    if (method->doesThisDeclarationHaveABody()) meaning.add_function(method);
  }
  return short_hash(meaning.text);
}

void read_definitions(ASTContext& context, const std::string& source, Unit& unit) {
  const SourceManager& sources = context.getSourceManager();
  Declarations declarations(context, source, unit);
  for (Decl* decl : context.getTranslationUnitDecl()->decls()) {
    if (!sources.isInSystemHeader(decl->getLocation())) declarations.TraverseDecl(decl);
  }
}

}  // namespace mort::analyzer
