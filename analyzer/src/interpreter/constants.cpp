// Constants: variables that never change, and what Clang's own evaluator knows.
#include <clang/AST/APValue.h>
#include <clang/AST/RecursiveASTVisitor.h>
#include <clang/Basic/SourceManager.h>

#include "interpreter/interpreter.hpp"
#include "interpreter/std_models.hpp"

namespace mort::analyzer {

using namespace clang;

namespace {

/// Finds variables that are used other than by reading them.
class WriteFinder : public RecursiveASTVisitor<WriteFinder> {
 public:
  bool shouldVisitTemplateInstantiations() const { return true; }
  bool shouldVisitImplicitCode() const { return true; }  // else lists are seen without their casts
  bool VisitImplicitCastExpr(ImplicitCastExpr* cast) {
    const bool reads = cast->getCastKind() == CK_LValueToRValue ||
                       (cast->getCastKind() == CK_NoOp && cast->getType().isConstQualified());
    if (const auto* ref = dyn_cast<DeclRefExpr>(cast->getSubExpr()->IgnoreParens()); ref && reads)
      read_.insert(ref);
    return true;
  }
  bool VisitDeclRefExpr(DeclRefExpr* ref) {
    const auto* variable = dyn_cast<VarDecl>(ref->getDecl());
    if (variable != nullptr && !variable->getType().isConstQualified()) used_[ref] = variable;
    return true;
  }
  std::set<const VarDecl*> written() const {
    std::set<const VarDecl*> result;
    for (const auto& [ref, variable] : used_) {
      if (read_.count(ref) == 0) result.insert(variable->getCanonicalDecl());
    }
    return result;
  }

 private:
  std::map<const Expr*, const VarDecl*> used_;
  std::set<const Expr*> read_;
};

bool is_char_pointer(QualType type) {
  return type->isPointerType() && type->getPointeeType()->isCharType();
}

}  // namespace

// -----------------------------------------------------------------------------------

bool Interpreter::is_never_written(const VarDecl* variable) {
  if (!written_) {
    WriteFinder finder;
    for (Decl* decl : context_.getTranslationUnitDecl()->decls()) {
      if (!context_.getSourceManager().isInSystemHeader(decl->getLocation()))
        finder.TraverseDecl(decl);
    }
    written_ = finder.written();
  }
  return written_->count(variable->getCanonicalDecl()) == 0;
}

bool Interpreter::is_made_later(const VarDecl* variable) {
  const VarDecl* maker = made_now_.back();
  const VarDecl* definition = variable->getDefinition();
  if (maker->isStaticLocal() || variable->isStaticLocal() || variable->hasLocalStorage() ||
      definition == nullptr || definition->isConstexpr() || definition->getInit() == nullptr ||
      definition->getInit()->isValueDependent())
    return false;
  // C++ evaluates what is constant before anything else.
  Expr::EvalResult result;
  if (definition->getType()->isLiteralType(context_) && definition->evaluateValue() != nullptr &&
      definition->hasConstantInitialization())
    return false;
  const auto unordered = [](const VarDecl* one) {
    return one->getTemplateSpecializationKind() == TSK_ImplicitInstantiation;
  };
  // Sources are initialised in no known order.
  const SourceManager& sources = context_.getSourceManager();
  const auto file_of = [&](const VarDecl* one) {
    return sources.getFileID(sources.getExpansionLoc(one->getLocation()));
  };
  const bool of_another_source = definition->isExternallyVisible() && !definition->isInline() &&
                                 file_of(definition) != file_of(maker);
  return unordered(maker) || unordered(definition) || of_another_source ||
         !sources.isBeforeInTranslationUnit(definition->getLocation(), maker->getLocation());
}

void Interpreter::lose_mutable(Cell* cell, const Unknown& why) {
  if (const auto* list = cell->value.as<List>()) {
    for (Cell* item : list->items) lose_mutable(item, why);
  } else if (const auto* record = cell->value.as<Record>()) {
    const auto fields = record->fields;
    for (const auto& [declared, child] : fields)
      declared->isMutable() ? havoc(child, why, true) : lose_mutable(child, why);
  }
}

Cell* Interpreter::global(const VarDecl* variable, SourceLocation place) {
  const VarDecl* key = variable->getCanonicalDecl();
  if (const auto found = globals_.find(key); found != globals_.end()) return found->second;
  const std::string name = "`" + variable->getQualifiedNameAsString() + "`";
  const VarDecl* definition = nullptr;
  const Expr* init = variable->getAnyInitializer(definition);
  const auto refuse = [&](std::string why) {
    return new_cell(
        Unknown{std::move(why), place, {{variable->getLocation(), name + " is declared here"}}});
  };
  if (!made_now_.empty() && is_made_later(variable))
    return refuse(name + " may not have its value yet where it is used to make another variable");
  const bool local_to_source = !variable->isExternallyVisible() || variable->isStaticLocal();
  std::string reason;
  if (variable->hasLocalStorage() && variable->isUsableInConstantExpressions(context_)) {
    // A lambda may name it without capturing it.
    const APValue* constant = variable->evaluateValue();
    if (auto known = constant ? from_apvalue(*constant, variable->getType()) : std::nullopt) {
      return new_cell(std::move(*known));
    }
  }
  if (isa<ParmVarDecl>(variable) || (variable->hasLocalStorage() && !variable->isStaticLocal())) {
    return new_cell(Unknown{"the value of " + name + " does not reach this place", place, {}});
  }
  if (!variable->getType().isConstQualified() && !variable->getType()->isReferenceType() &&
      !(local_to_source && is_never_written(variable))) {
    reason = name + " is not const, so it may be changed elsewhere";
  } else if (init == nullptr || init->isValueDependent()) {
    reason = name + " has no value in this source";
    undefined_.insert(key);
  } else if (!globals_in_progress_.insert(key).second) {
    reason = name + " is defined by itself";
  }
  Cell* cell = nullptr;
  if (!reason.empty()) {
    cell = refuse(reason);
    if (!variable->getType()->isReferenceType()) cell->lost = *cell->value.unknown();
  } else {
    const auto uncertain = std::exchange(uncertain_, {});
    Frame frame;
    frames_.push_back(&frame);
    const APValue* constant = definition->isConstexpr() ? definition->evaluateValue() : nullptr;
    if (auto known = constant ? from_apvalue(*constant, variable->getType()) : std::nullopt) {
      cell = new_cell(std::move(*known));
    } else {
      const std::size_t mark = living_.size();
      made_now_.push_back(definition);
      const std::size_t first_allocated = allocated_.size();
      cell = bind(init, variable->getType());
      end_lives(mark);
      made_now_.pop_back();
      // What is constant is the pointer, not what it points to.
      for (std::size_t i = first_allocated; i < allocated_.size(); ++i)
        havoc(allocated_[i], {name + " points to what may be changed elsewhere", place, {}}, true);
      cell->value =
          passed_on(std::move(cell->value), definition->getLocation(), name + " is set to it");
    }
    frames_.pop_back();
    lose_mutable(cell, {name + " has members that may be changed elsewhere", place, {}});
    uncertain_ = uncertain;
    globals_in_progress_.erase(key);
  }
  cell->depth = 0;
  return globals_[key] = cell;
}

std::optional<Value> Interpreter::clang_value(const Expr* expr) {
  if (expr->isValueDependent() || expr->isTypeDependent() || expr->isGLValue()) return std::nullopt;
  if (const auto* called = dyn_cast<CallExpr>(expr)) {
    const FunctionDecl* callee = called->getDirectCallee();
    if (callee == nullptr || (!callee->isConstexpr() && callee->getBuiltinID() == 0))
      return std::nullopt;
  }
  const QualType type = expr->getType();
  if (!type->isArithmeticType() && !type->isEnumeralType() && !is_char_pointer(type) &&
      StdModels::kind(type) != StdKind::kPlain && StdModels::kind(type) != StdKind::kText)
    return std::nullopt;
  Expr::EvalResult result;
  if (!expr->EvaluateAsRValue(result, context_) || result.hasSideEffects() ||
      result.HasUndefinedBehavior)
    return std::nullopt;
  return from_apvalue(result.Val, type);
}

std::optional<std::string> Interpreter::text_at(const APValue& pointer) {
  if (!pointer.isLValue() || pointer.isNullPointer()) return std::nullopt;
  const auto offset = static_cast<std::size_t>(pointer.getLValueOffset().getQuantity());
  const APValue::LValueBase base = pointer.getLValueBase();
  std::string text;
  if (const auto* expr = base.dyn_cast<const Expr*>()) {
    const auto* literal = dyn_cast<StringLiteral>(expr);
    if (literal == nullptr || literal->getCharByteWidth() != 1) return std::nullopt;
    text = literal->getString().str();
  } else if (const auto* variable = dyn_cast_or_null<VarDecl>(base.dyn_cast<const ValueDecl*>())) {
    const auto* array = context_.getAsConstantArrayType(variable->getType());
    const APValue* value = variable->evaluateValue();
    if (array == nullptr || !array->getElementType()->isCharType() || value == nullptr ||
        !value->isArray())
      return std::nullopt;
    for (unsigned i = 0; i < value->getArrayInitializedElts(); ++i) {
      const APValue& item = value->getArrayInitializedElt(i);
      if (!item.isInt()) return std::nullopt;
      text.push_back(static_cast<char>(item.getInt().getExtValue()));
    }
  } else {
    return std::nullopt;
  }
  if (offset > text.size()) return std::nullopt;
  return text.substr(offset);
}

std::optional<Value> Interpreter::from_apvalue(const APValue& value, QualType type) {
  if (value.isInt()) return Value(value.getInt());
  if (value.isFloat()) {
    llvm::APFloat real = value.getFloat();
    bool exact = false;
    real.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven, &exact);
    return Value(real.convertToDouble());
  }
  if (value.isLValue()) {
    if (value.isNullPointer()) return Value(Pointer{});
    if (!is_char_pointer(type)) return std::nullopt;
    const auto text = text_at(value);
    if (!text) return std::nullopt;
    return Value(text->substr(0, text->find('\0')));
  }
  if (value.isArray()) {
    const auto* array = context_.getAsConstantArrayType(type);
    if (array == nullptr) return std::nullopt;
    if (array->getElementType()->isCharType()) {
      std::string text;
      for (unsigned i = 0; i < value.getArrayInitializedElts(); ++i) {
        if (!value.getArrayInitializedElt(i).isInt()) return std::nullopt;
        text.push_back(static_cast<char>(
            value.getArrayInitializedElt(i).getInt().extOrTrunc(64).getExtValue()));
      }
      while (!text.empty() && text.back() == '\0') text.pop_back();
      return Value(text);
    }
    List list;
    for (unsigned i = 0; i < value.getArraySize(); ++i) {
      auto item = from_apvalue(i < value.getArrayInitializedElts() ? value.getArrayInitializedElt(i)
                                                                   : value.getArrayFiller(),
                               array->getElementType());
      if (!item) return std::nullopt;
      list.items.push_back(new_cell(std::move(*item)));
    }
    return Value(std::move(list));
  }
  if (!value.isStruct()) return std::nullopt;
  const auto* cls = type->getAsCXXRecordDecl();
  if (cls == nullptr || value.getStructNumBases() != 0) return std::nullopt;
  const StdKind kind = StdModels::kind(cls);
  if (kind == StdKind::kText) {
    std::optional<std::uint64_t> size;
    std::optional<std::string> text;
    for (unsigned i = 0; i < value.getStructNumFields(); ++i) {
      const APValue& part = value.getStructField(i);
      if (part.isInt()) size = part.getInt().getZExtValue();
      if (part.isLValue()) text = part.isNullPointer() ? std::string() : text_at(part);
    }
    if (!size || !text || *size > text->size()) return std::nullopt;
    return Value(text->substr(0, *size));
  }
  if (kind == StdKind::kList) {
    if (value.getStructNumFields() != 1) return std::nullopt;
    return from_apvalue(value.getStructField(0), cls->field_begin()->getType());
  }
  if (kind != StdKind::kPlain && kind != StdKind::kNone) return std::nullopt;
  Record record{cls, {}};
  for (const FieldDecl* declared : cls->fields()) {
    auto part = from_apvalue(value.getStructField(declared->getFieldIndex()), declared->getType());
    if (!part) return std::nullopt;
    record.fields[declared] = new_cell(std::move(*part));
  }
  return Value(std::move(record));
}

}  // namespace mort::analyzer
