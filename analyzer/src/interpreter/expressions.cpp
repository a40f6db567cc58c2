// Expressions: values, lvalues and casts.
#include <clang/Basic/SourceManager.h>

#include "interpreter/interpreter.hpp"
#include "interpreter/std_models.hpp"

namespace mort::analyzer {

using namespace clang;

Value Interpreter::integer(std::int64_t value, QualType type) {
  llvm::APSInt result(type->isBooleanType() ? 1 : context_.getIntWidth(type),
                      !type->isSignedIntegerOrEnumerationType());
  result = static_cast<std::uint64_t>(value);
  return result;
}

Unknown Interpreter::unknown_at(std::string reason, const Expr* expr) {
  return {std::move(reason), expr->getExprLoc(), {}};
}

Value Interpreter::passed_on(Value value, SourceLocation place, const std::string& how) {
  if (auto* unknown = value.as<Unknown>(); unknown != nullptr && unknown->chain.size() < 12 &&
                                           place.isValid() &&
                                           !context_.getSourceManager().isInSystemHeader(place)) {
    for (const Note& note : unknown->chain) {
      if (note.place == place) return value;
    }
    unknown->chain.push_back({place, how});
  }
  return value;
}

Value Interpreter::eval(const Expr* expr) {
  ++steps_;
  return expr->isGLValue() ? clone(lvalue(expr)->value) : eval_rvalue(expr);
}

Value Interpreter::truth(const Expr* expr) {
  Value value = eval(expr);
  if (const auto* pointer = value.as<Pointer>()) return boolean(pointer->cell != nullptr);
  if (value.as<llvm::APSInt>() || value.unknown()) return value;
  return unknown_at("this condition is not followed", expr);
}

Cell* Interpreter::lvalue(const Expr* expr) {
  ++steps_;
  expr = expr->IgnoreParens();
  Cell* cell = lvalue_alone(expr);
  refresh(cell, expr->getExprLoc());
  if (!traces_.empty()) traces_.back()->seen.push_back(cell);
  return cell;
}

Cell* Interpreter::lvalue_alone(const Expr* expr) {
  if (!expr->isGLValue()) return new_cell(eval_rvalue(expr));
  if (const auto* full = dyn_cast<FullExpr>(expr)) return lvalue(full->getSubExpr());
  if (const auto* temporary = dyn_cast<MaterializeTemporaryExpr>(expr)) {
    Cell* cell = new_cell(eval(temporary->getSubExpr()));
    if (temporary->getExtendingDecl() == nullptr) live(cell, temporary->getType());
    return cell;
  }
  if (const auto* ref = dyn_cast<DeclRefExpr>(expr)) {
    if (const auto* variable = dyn_cast<VarDecl>(ref->getDecl())) {
      const auto& locals = frames_.back()->variables;
      if (const auto found = locals.find(variable); found != locals.end()) return found->second;
      return global(variable, ref->getLocation());
    }
    if (const auto* binding = dyn_cast<BindingDecl>(ref->getDecl())) {
      if (const auto* holder = binding->getHoldingVar()) {
        return holder->getInit() != nullptr
                   ? lvalue(holder->getInit())
                   : new_cell(unknown_at("this binding is not followed", expr));
      }
      return lvalue(binding->getBinding());
    }
    if (const auto* function = dyn_cast<FunctionDecl>(ref->getDecl())) return new_cell(function);
    if (const auto* object = dyn_cast<TemplateParamObjectDecl>(ref->getDecl())) {
      if (auto known = from_apvalue(object->getValue(), object->getType().getUnqualifiedType()))
        return new_cell(std::move(*known));
    }
  }
  if (const auto* member = dyn_cast<MemberExpr>(expr)) {
    if (const auto* variable = dyn_cast<VarDecl>(member->getMemberDecl())) {
      return global(variable, member->getMemberLoc());
    }
    if (const auto* function = dyn_cast<FunctionDecl>(member->getMemberDecl())) {
      return new_cell(function);
    }
    if (const auto* declared = dyn_cast<FieldDecl>(member->getMemberDecl())) {
      Cell* base = member->isArrow() ? dereference(eval(member->getBase()), expr)
                                     : lvalue(member->getBase());
      return field(base, declared, expr);
    }
  }
  if (const auto* subscript = dyn_cast<ArraySubscriptExpr>(expr)) {
    const Expr* base = subscript->getBase()->IgnoreParens();
    if (const auto* decay = dyn_cast<ImplicitCastExpr>(base);
        decay != nullptr && decay->getCastKind() == CK_ArrayToPointerDecay) {
      return element(lvalue(decay->getSubExpr()), eval(subscript->getIdx()), expr);
    }
    const Value pointer = eval(base);
    if (const auto* known = pointer.as<Pointer>();
        known != nullptr && known->cell != nullptr && known->index < 0) {
      const Value index = eval(subscript->getIdx());
      const auto* at = index.as<llvm::APSInt>();
      if (at != nullptr && *at == 0) return known->cell;
      const Unknown why = unknown_at("this index is out of range", expr);
      escape(pointer, why);
      return new_cell(why);
    } else if (known != nullptr && known->cell != nullptr) {
      return element(known->cell,
                     arithmetic(BO_Add, integer(known->index, context_.LongLongTy),
                                StdModels::convert(*this, eval(subscript->getIdx()),
                                                   context_.LongLongTy, expr),
                                expr),
                     expr);
    }
    return element(new_cell(pointer), eval(subscript->getIdx()), expr);
  }
  if (const auto* op = dyn_cast<UnaryOperator>(expr)) {
    if (op->getOpcode() == UO_Deref) return dereference(eval(op->getSubExpr()), expr);
    if (op->isPrefix() && op->isIncrementDecrementOp()) {
      Cell* cell = lvalue(op->getSubExpr());
      const QualType type = op->getType();
      const Value one = cell->value.as<double>()
                            ? Value(1.0)
                            : integer(1, type->isIntegerType() ? type : context_.LongLongTy);
      store(cell, arithmetic(op->isIncrementOp() ? BO_Add : BO_Sub, cell->value, one, expr),
            expr->getExprLoc());
      return cell;
    }
    if (op->getOpcode() == UO_Extension || op->getOpcode() == UO_Plus)
      return lvalue(op->getSubExpr());
  }
  if (const auto* op = dyn_cast<BinaryOperator>(expr)) {
    if (op->isAssignmentOp()) {
      if (const auto* compound = dyn_cast<CompoundAssignOperator>(op)) {
        Value right = eval(op->getRHS());  // C++17: what is assigned comes first
        Cell* cell = lvalue(op->getLHS());
        Value left =
            StdModels::convert(*this, clone(cell->value), compound->getComputationLHSType(), expr);
        Value result = arithmetic(BinaryOperator::getOpForCompoundAssignment(op->getOpcode()), left,
                                  right, expr);
        store(cell, StdModels::convert(*this, std::move(result), op->getType(), expr),
              expr->getExprLoc());
        return cell;
      }
      Value right = eval(op->getRHS());
      Cell* cell = lvalue(op->getLHS());
      store(cell, passed_on(std::move(right), expr->getExprLoc(), "it is assigned here"),
            expr->getExprLoc());
      return cell;
    }
    if (op->getOpcode() == BO_Comma) {
      eval(op->getLHS());
      return lvalue(op->getRHS());
    }
  }
  if (const auto* choice = dyn_cast<AbstractConditionalOperator>(expr)) return conditional(choice);
  if (const auto* called = dyn_cast<CallExpr>(expr)) return call(called);
  if (const auto* conversion = dyn_cast<CastExpr>(expr)) {
    switch (conversion->getCastKind()) {
      case CK_NoOp:
      case CK_DerivedToBase:
      case CK_UncheckedDerivedToBase:
      case CK_BaseToDerived:
      case CK_LValueBitCast:
        return lvalue(conversion->getSubExpr());
      default:
        break;
    }
  }
  if (const auto* literal = dyn_cast<StringLiteral>(expr);
      literal && literal->getCharByteWidth() == 1) {
    return new_cell(literal->getString().str());
  }
  if (const auto* list = dyn_cast<InitListExpr>(expr); list && list->getNumInits() == 1) {
    return lvalue(list->getInit(0));
  }
  if (const auto* arg = dyn_cast<CXXDefaultArgExpr>(expr)) return lvalue(arg->getExpr());
  if (const auto* init = dyn_cast<CXXDefaultInitExpr>(expr)) return lvalue(init->getExpr());
  if (const auto* param = dyn_cast<SubstNonTypeTemplateParmExpr>(expr))
    return lvalue(param->getReplacement());
  if (const auto* opaque = dyn_cast<OpaqueValueExpr>(expr); opaque && opaque->getSourceExpr()) {
    return lvalue(opaque->getSourceExpr());
  }
  return new_cell(unknown_at("this kind of expression is not followed", expr));
}

Value Interpreter::eval_rvalue(const Expr* expr) {
  expr = expr->IgnoreParens();
  if (expr->isTypeDependent() || expr->isValueDependent()) {
    return unknown_at("this is a template that is not instantiated", expr);
  }
  if (const auto* full = dyn_cast<FullExpr>(expr)) return eval(full->getSubExpr());
  if (const auto* temporary = dyn_cast<CXXBindTemporaryExpr>(expr))
    return eval(temporary->getSubExpr());
  if (const auto* conversion = dyn_cast<CastExpr>(expr)) return eval_cast(conversion);
  if (const auto* called = dyn_cast<CallExpr>(expr)) {
    return clone(call(called)->value);  // the cell may be an element that stays
  }
  if (const auto* made = dyn_cast<CXXConstructExpr>(expr)) {
    Cell* cell = new_cell(Value());
    construct(cell, made);
    return std::move(cell->value);
  }
  if (const auto* literal = dyn_cast<IntegerLiteral>(expr)) {
    return llvm::APSInt(literal->getValue(), !literal->getType()->isSignedIntegerType());
  }
  if (const auto* literal = dyn_cast<CharacterLiteral>(expr))
    return integer(literal->getValue(), literal->getType());
  if (const auto* literal = dyn_cast<CXXBoolLiteralExpr>(expr)) return boolean(literal->getValue());
  if (const auto* literal = dyn_cast<FloatingLiteral>(expr))
    return literal->getValueAsApproximateDouble();
  if (const auto* literal = dyn_cast<StringLiteral>(expr);
      literal && literal->getCharByteWidth() == 1) {
    return literal->getString().str();
  }
  if (const auto* list = dyn_cast<InitListExpr>(expr)) return initial_list(list);
  if (const auto* list = dyn_cast<CXXStdInitializerListExpr>(expr)) return eval(list->getSubExpr());
  if (isa<ImplicitValueInitExpr, CXXScalarValueInitExpr>(expr))
    return StdModels::zero(*this, expr->getType(), expr);
  if (isa<CXXNullPtrLiteralExpr, GNUNullExpr>(expr)) return Pointer{};
  if (isa<CXXThisExpr>(expr)) {
    if (frames_.back()->self != nullptr) return Pointer{frames_.back()->self};
    return unknown_at("this object is not known here", expr);
  }
  if (const auto* arg = dyn_cast<CXXDefaultArgExpr>(expr)) return eval(arg->getExpr());
  if (const auto* init = dyn_cast<CXXDefaultInitExpr>(expr)) return eval(init->getExpr());
  if (const auto* param = dyn_cast<SubstNonTypeTemplateParmExpr>(expr))
    return eval(param->getReplacement());
  if (const auto* op = dyn_cast<UnaryOperator>(expr)) return unary(op);
  if (const auto* op = dyn_cast<BinaryOperator>(expr)) return binary(op);
  if (const auto* op = dyn_cast<CXXRewrittenBinaryOperator>(expr)) {
    const auto form = op->getDecomposedForm();
    if (StdModels::kind(form.LHS->getType()) != StdKind::kText) return eval(op->getSemanticForm());
    const Value left = eval(form.LHS);
    const Value right = eval(form.RHS);
    const auto* a = left.as<std::string>();
    const auto* b = right.as<std::string>();
    return arithmetic(form.Opcode,
                      a != nullptr && b != nullptr ? integer(a->compare(*b), context_.IntTy) : left,
                      a != nullptr && b != nullptr ? integer(0, context_.IntTy) : right, expr);
  }
  if (const auto* choice = dyn_cast<AbstractConditionalOperator>(expr))
    return clone(conditional(choice)->value);
  if (const auto* closure = dyn_cast<LambdaExpr>(expr)) return lambda(closure);
  if (const auto* made = dyn_cast<CXXNewExpr>(expr); made && !made->isArray()) {
    Cell* cell = new_cell(Value());
    for (unsigned i = 0; i < made->getNumPlacementArgs(); ++i) {
      escape(eval(made->getPlacementArg(i)), unknown_at("an object is made in its place", expr));
    }
    allocated_.push_back(cell);
    if (const auto* constructed = made->getConstructExpr()) {
      construct(cell, constructed);
    } else if (made->getInitializer() != nullptr) {
      cell->value = eval(made->getInitializer());
    } else {
      cell->value = unknown_at("this object has no initial value", expr);
    }
    return Pointer{cell};
  }
  if (const auto* thrown = dyn_cast<CXXThrowExpr>(expr)) {
    if (thrown->getSubExpr() != nullptr) eval(thrown->getSubExpr());
    thrown_ = true;
    return Value();
  }
  if (const auto* loop = dyn_cast<ArrayInitLoopExpr>(expr)) return eval(loop->getCommonExpr());
  if (const auto* opaque = dyn_cast<OpaqueValueExpr>(expr); opaque && opaque->getSourceExpr()) {
    return eval(opaque->getSourceExpr());
  }
  if (const auto known = clang_value(expr)) return *known;
  for (const Stmt* child : expr->children()) {
    if (const auto* operand = dyn_cast_or_null<Expr>(child)) {
      escape(eval(operand), unknown_at("it goes into an expression that is not followed", expr));
    }
  }
  return unknown_at("this kind of expression is not followed", expr);
}

Value Interpreter::eval_cast(const CastExpr* expr) {
  const Expr* sub = expr->getSubExpr();
  switch (expr->getCastKind()) {
    case CK_LValueToRValue:
      if (sub->getType().isVolatileQualified()) {
        return unknown_at("volatile variables may change at any time", expr);
      }
      return clone(lvalue(sub)->value);
    case CK_ArrayToPointerDecay: {
      Cell* array = lvalue(sub);
      if (array->value.as<List>()) return Pointer{array, 0, array->version};
      if (const auto* text = array->value.as<std::string>()) return view_of(array, *text);
      return array->value;
    }
    case CK_ToVoid:
      sub->isGLValue() ? (void)lvalue(sub) : (void)eval(sub);
      return Value();
    case CK_NullToPointer:
      return Pointer{};
    case CK_NoOp:
    case CK_UserDefinedConversion:
    case CK_ConstructorConversion:
    case CK_FunctionToPointerDecay:
    case CK_BuiltinFnToFnPtr:
    case CK_DerivedToBase:
    case CK_UncheckedDerivedToBase:
    case CK_BaseToDerived:
      return eval(sub);
    case CK_IntegralCast:
    case CK_IntegralToBoolean:
    case CK_IntegralToFloating:
    case CK_FloatingToIntegral:
    case CK_FloatingToBoolean:
    case CK_FloatingCast:
    case CK_BooleanToSignedIntegral:
      return StdModels::convert(*this, eval(sub), expr->getType(), expr);
    case CK_PointerToBoolean: {
      const Value value = eval(sub);
      if (const auto* pointer = value.as<Pointer>()) return boolean(pointer->cell != nullptr);
      if (value.as<std::string>() || value.as<const FunctionDecl*>()) return boolean(true);
      return value;
    }
    default:
      Value value = eval(sub);
      if (value.unknown() != nullptr) return value;
      const Unknown why = unknown_at("this kind of cast is not followed", expr);
      escape(value, why);
      return why;
  }
}

Cell* Interpreter::element(Cell* base, const Value& index, const Expr* expr) {
  const auto* known = index.as<llvm::APSInt>();
  if (known != nullptr && known->getMinSignedBits() <= 64) {
    const std::int64_t at = known->getExtValue();
    if (const auto* list = base->value.as<List>()) {
      if (at >= 0 && static_cast<std::size_t>(at) < list->items.size()) return list->items[at];
      return new_cell(unknown_at("this index is out of range", expr));
    }
    if (const auto* text = base->value.as<std::string>()) {
      if (at >= 0 && static_cast<std::size_t>(at) <= text->size()) {
        Cell* cell = new_cell(integer(static_cast<std::size_t>(at) < text->size() ? (*text)[at] : 0,
                                      context_.CharTy));
        cell->text = base;
        cell->at = static_cast<std::size_t>(at);
        return cell;
      }
      return new_cell(unknown_at("this index is out of range", expr));
    }
  }
  Cell* cell = new_cell(base->value.unknown() ? base->value
                        : index.unknown()
                            ? index
                            : Value(unknown_at("elements of this type are not followed", expr)));
  cell->part_of = {base};
  if (const auto* list = base->value.as<List>()) {
    cell->part_of.insert(cell->part_of.end(), list->items.begin(), list->items.end());
  }
  return cell;
}

Cell* Interpreter::dereference(const Value& pointer, const Expr* expr) {
  if (const auto* known = pointer.as<Pointer>()) {
    if (known->cell == nullptr) return new_cell(unknown_at("this pointer is null", expr));
    if (known->index == -1) return known->cell;
    if (known->index < 0 ||
        (known->cell->value.as<List>() && known->version != known->cell->version)) {
      const Unknown why = unknown_at("this iterator may not be valid any more", expr);
      escape(pointer, why);
      return new_cell(why);
    }
    return element(known->cell, integer(known->index, context_.LongLongTy), expr);
  }
  if (pointer.as<std::string>())
    return element(new_cell(pointer), integer(0, context_.IntTy), expr);
  if (pointer.as<const FunctionDecl*>()) return new_cell(pointer);
  if (pointer.unknown() != nullptr) return new_cell(pointer);
  return new_cell(unknown_at("this pointer is not followed", expr));
}

Cell* Interpreter::conditional(const AbstractConditionalOperator* expr) {
  const auto pick = [&](const Expr* operand) {
    return operand->isGLValue() ? lvalue(operand) : new_cell(eval(operand));
  };
  const Value condition = truth(expr->getCond());
  if (const auto* known = condition.as<llvm::APSInt>()) {
    return pick(known->getBoolValue() ? expr->getTrueExpr() : expr->getFalseExpr());
  }
  Unknown why = *condition.unknown();
  why.chain.push_back({expr->getQuestionLoc(), "which of the two is taken depends on it"});
  Cell* joined = new_cell(why);
  const bool thrown_before = thrown_;
  for (const Expr* operand : {expr->getTrueExpr(), expr->getFalseExpr()}) {
    maybe(why, [&] {
      Cell* cell = pick(operand);
      escape(cell->value, why);
      if (operand->isGLValue()) joined->part_of.push_back(cell);
      return Flow::kNext;
    });
  }
  thrown_ = thrown_before;
  return joined;
}

}  // namespace mort::analyzer
