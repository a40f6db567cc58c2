// Unary, binary and arithmetic operators.
#include <clang/Basic/SourceManager.h>

#include "interpreter/interpreter.hpp"
#include "interpreter/std_models.hpp"

namespace mort::analyzer {

using namespace clang;

namespace {

/// Whether two pointers point to the same place; nothing when that is not known.
std::optional<bool> same_place(const Pointer& x, const Pointer& y) {
  const auto resolve = [](const Pointer& p) -> std::pair<const Cell*, std::int64_t> {
    if (p.cell == nullptr) return {nullptr, -1};
    if (p.index < 0)
      return p.cell->text != nullptr
                 ? std::pair<const Cell*, std::int64_t>{p.cell->text,
                                                        static_cast<std::int64_t>(p.cell->at)}
                 : std::pair<const Cell*, std::int64_t>{p.cell, -1};
    const auto* list = p.cell->value.as<List>();
    if (list != nullptr && static_cast<std::size_t>(p.index) < list->items.size())
      return {list->items[p.index], -1};
    return {p.cell, p.index};
  };
  const auto a = resolve(x);
  const auto b = resolve(y);
  if (a == b) return true;
  // One past the end of one list may be the begin of another.
  const bool past = (a.second >= 0) != (b.second >= 0) && a.first != nullptr && b.first != nullptr;
  if (past || (a.second >= 0 && b.second >= 0 && a.first != b.first)) return std::nullopt;
  return false;
}

}  // namespace

Value Interpreter::unary(const UnaryOperator* expr) {
  const Expr* sub = expr->getSubExpr();
  switch (expr->getOpcode()) {
    case UO_AddrOf:
      if (const auto* ref = dyn_cast<DeclRefExpr>(sub->IgnoreParens());
          ref != nullptr &&
          (isa<FieldDecl>(ref->getDecl()) || (isa<CXXMethodDecl>(ref->getDecl()) &&
                                              cast<CXXMethodDecl>(ref->getDecl())->isInstance())))
        return unknown_at("member pointers are not followed", expr);
      if (Cell* cell = lvalue(sub); cell->value.as<const FunctionDecl*>())
        return cell->value;
      else
        return Pointer{cell};
    case UO_PostInc:
    case UO_PostDec: {
      Cell* cell = lvalue(sub);
      Value old = clone(cell->value);
      const QualType type = expr->getType();
      const Value one = old.as<double>()
                            ? Value(1.0)
                            : integer(1, type->isIntegerType() ? type : context_.LongLongTy);
      store(cell, arithmetic(expr->isIncrementOp() ? BO_Add : BO_Sub, old, one, expr),
            expr->getExprLoc());
      return old;
    }
    case UO_LNot: {
      const Value value = truth(sub);
      if (const auto* known = value.as<llvm::APSInt>()) return boolean(!known->getBoolValue());
      return value;
    }
    default:
      break;
  }
  Value value = eval(sub);
  auto* number = value.as<llvm::APSInt>();
  if (expr->getOpcode() == UO_Plus || expr->getOpcode() == UO_Extension || value.unknown())
    return value;
  if (expr->getOpcode() == UO_Not && number != nullptr) return ~*number;
  if (expr->getOpcode() == UO_Minus) {
    if (const auto* real = value.as<double>()) return -*real;
    if (number != nullptr) return arithmetic(BO_Sub, integer(0, expr->getType()), value, expr);
  }
  return unknown_at("this operator is not followed", expr);
}

Value Interpreter::binary(const BinaryOperator* expr) {
  if (expr->isLogicalOp()) {
    const bool is_and = expr->getOpcode() == BO_LAnd;
    const Value left = truth(expr->getLHS());
    if (const auto* known = left.as<llvm::APSInt>()) {
      return known->getBoolValue() == is_and ? truth(expr->getRHS()) : left;
    }
    const bool thrown_before = thrown_;
    Value right;
    maybe(*left.unknown(), [&] {
      right = truth(expr->getRHS());
      return Flow::kNext;
    });
    thrown_ = thrown_before;
    if (const auto* known = right.as<llvm::APSInt>(); known && known->getBoolValue() != is_and)
      return right;
    return left;
  }
  if (expr->getOpcode() == BO_Comma) {
    eval(expr->getLHS());
    return eval(expr->getRHS());
  }
  if (expr->isAssignmentOp()) return clone(lvalue(expr)->value);
  if (expr->isShiftOp()) {
    const Value left = eval(expr->getLHS());
    return arithmetic(expr->getOpcode(), left, eval(expr->getRHS()), expr);
  }
  const auto operands = in_any_order(2, expr, [&](std::size_t i) {
    return new_cell(eval(i == 0 ? expr->getLHS() : expr->getRHS()));
  });
  return arithmetic(expr->getOpcode(), operands[0]->value, operands[1]->value, expr);
}

Value Interpreter::arithmetic(BinaryOperatorKind op, const Value& left, const Value& right,
                              const Expr* expr) {
  // A pointer that is not known any more may be used to write to what it points to.
  const auto lose = [&](Unknown why) -> Value {
    if (expr->getType()->isPointerType() || expr->getType()->isRecordType() || expr->isGLValue()) {
      escape(left, why);
      escape(right, why);
    }
    return why;
  };
  if (left.unknown() != nullptr) return lose(*left.unknown());
  if (right.unknown() != nullptr) return lose(*right.unknown());
  if (expr->getType()->isSpecificBuiltinType(BuiltinType::LongDouble))
    return unknown_at("long double is not followed", expr);
  const auto compare = [&](auto a, auto b) -> std::optional<bool> {
    switch (op) {
      case BO_EQ:
        return a == b;
      case BO_NE:
        return a != b;
      case BO_LT:
        return a < b;
      case BO_LE:
        return a <= b;
      case BO_GT:
        return a > b;
      case BO_GE:
        return a >= b;
      default:
        return std::nullopt;
    }
  };
  const auto* a = left.as<llvm::APSInt>();
  const auto* b = right.as<llvm::APSInt>();
  if (a != nullptr && b != nullptr) {
    const int order = llvm::APSInt::compareValues(*a, *b);
    if (op == BO_Cmp) return integer(order, context_.IntTy);  // an ordering is its sign
    if (const auto known = compare(order, 0)) return boolean(*known);
    // With 64 bits to spare nothing overflows unseen, shifts by too much excepted.
    const unsigned width = a->getBitWidth();
    const llvm::APSInt x = a->extend(width + 64 + 1);
    const llvm::APSInt y(b->extend(width + 64 + 1), x.isUnsigned());
    if ((op == BO_Div || op == BO_Rem) && *b == 0) return unknown_at("this divides by zero", expr);
    if ((op == BO_Shl || op == BO_Shr) && (b->isNegative() || b->ugt(width - 1)))
      return unknown_at("this shifts by too much", expr);
    std::optional<llvm::APSInt> wide;
    switch (op) {
      case BO_Add:
        wide = x + y;
        break;
      case BO_Sub:
        wide = x - y;
        break;
      case BO_Mul:
        wide = a->getBitWidth() <= 64 ? x * y : x;
        break;
      case BO_Div:
        wide = x / y;
        break;
      case BO_Rem:
        wide = x % y;
        break;
      case BO_And:
        wide = x & y;
        break;
      case BO_Or:
        wide = x | y;
        break;
      case BO_Xor:
        wide = x ^ y;
        break;
      case BO_Shl:
        wide = x << static_cast<unsigned>(b->getZExtValue());
        break;
      case BO_Shr:
        wide = x >> static_cast<unsigned>(b->getZExtValue());
        break;
      default:
        return unknown_at("this operator is not followed", expr);
    }
    const llvm::APSInt result = wide->trunc(width);
    if (result.isSigned() && result.extend(wide->getBitWidth()) != *wide)
      return unknown_at("this number overflows", expr);
    return result;
  }
  if (const auto* x = left.as<double>()) {
    if (const auto* y = right.as<double>()) {
      if (const auto known = compare(*x, *y)) return boolean(*known);
      if (op == BO_Add) return StdModels::convert(*this, *x + *y, expr->getType(), expr);
      if (op == BO_Sub) return StdModels::convert(*this, *x - *y, expr->getType(), expr);
      if (op == BO_Mul) return StdModels::convert(*this, *x * *y, expr->getType(), expr);
      if (op == BO_Div) return StdModels::convert(*this, *x / *y, expr->getType(), expr);
    }
  }
  if (const auto* x = left.as<Pointer>()) {
    if (const auto* y = right.as<Pointer>(); y != nullptr) {
      if (x->cell == y->cell && (x->index < 0) == (y->index < 0)) {
        if (const auto known = compare(x->index, y->index)) return boolean(*known);
        if (op == BO_Sub) return integer(x->index - y->index, context_.LongTy);
      } else if (op == BO_EQ || op == BO_NE) {
        if (const auto equal = same_place(*x, *y)) return boolean(*equal == (op == BO_EQ));
      }
    }
    if (b != nullptr && x->index >= 0 && (op == BO_Add || op == BO_Sub)) {
      return Pointer{x->cell, x->index + (op == BO_Add ? b->getExtValue() : -b->getExtValue()),
                     x->version};
    }
  }
  if (const auto* y = right.as<Pointer>();
      y != nullptr && a != nullptr && y->index >= 0 && op == BO_Add)
    return Pointer{y->cell, y->index + a->getExtValue(), y->version};
  if ((op == BO_EQ || op == BO_NE) && left.as<std::string>() && right.as<Pointer>())
    return boolean(op == BO_NE);
  return lose(unknown_at("this operator is not followed", expr));
}

}  // namespace mort::analyzer
