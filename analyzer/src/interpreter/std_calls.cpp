// Calls of the standard library, as the interpreter knows them.
#include <clang/AST/DeclTemplate.h>

#include <cstdio>

#include "interpreter/std_models.hpp"
#include "interpreter/std_text.hpp"

namespace mort::analyzer {

using namespace clang;

bool StdModels::is_transparent(const Interpreter&, const Call& call) {
  const FunctionDecl* callee = call.callee;
  if (callee->isInStdNamespace() && callee->getIdentifier() != nullptr &&
      callee->getName() == "make_unique")
    return true;
  if (!callee->isConstexpr()) return false;
  if (const auto* method = dyn_cast<CXXMethodDecl>(callee)) {
    const StdKind what = kind(method->getParent());
    if (what == StdKind::kText || what == StdKind::kList || what == StdKind::kSmartPointer)
      return false;
    if (call.self != nullptr && call.self->value.as<Record>() == nullptr && !method->isStatic())
      return false;
  }
  // Algorithms over iterators would write through them in ways that are not followed.
  // With an unknown argument nothing is to be learnt from a body as long as std::sort's.
  for (const Cell* arg : call.args) {
    if (arg->value.as<Pointer>() != nullptr || arg->value.unknown() != nullptr) return false;
  }
  return true;
}

Cell* StdModels::call(Interpreter& in, const Call& call) {
  const FunctionDecl* callee = call.callee;
  if (callee == nullptr) return nullptr;
  if (const auto* method = dyn_cast<CXXMethodDecl>(callee)) {
    if (call.self == nullptr) return nullptr;
    std::string name = method->getIdentifier() != nullptr ? method->getName().str() : "";
    if (method->isOverloadedOperator())
      name = std::string("operator") + getOperatorSpelling(method->getOverloadedOperator());
    if (isa<CXXConversionDecl>(method)) name = "convert";
    switch (kind(method->getParent())) {
      case StdKind::kText:
        return text_call(in, call, name);
      case StdKind::kList:
        return list_call(in, call, name);
      case StdKind::kSmartPointer:
        return pointer_call(in, call, name);
      case StdKind::kSorted:
        return sorted_call(in, call, name);
      case StdKind::kOptional:
        return optional_call(in, call, name);
      case StdKind::kSpan:
        return span_call(in, call, name);
      case StdKind::kFunction:
        return function_call(in, call, name);
      case StdKind::kOther:
        if (call.self->value.as<Pointer>()) return pointer_call(in, call, name);  // iterators
        return nullptr;
      default:
        return nullptr;
    }
  }
  bool in_std = callee->isInStdNamespace();
  for (const DeclContext* scope = callee->getDeclContext(); scope != nullptr && !in_std;
       scope = scope->getParent()) {
    in_std = scope->isStdNamespace();
  }
  if (!in_std &&
      !(callee->isOverloadedOperator() && !call.args.empty() && call.args[0]->value.as<Pointer>() &&
        kind(callee->getParamDecl(0)->getType()) == StdKind::kOther))
    return nullptr;
  std::string name = callee->getIdentifier() != nullptr ? callee->getName().str() : "";
  if (callee->isOverloadedOperator())
    name = std::string("operator") + getOperatorSpelling(callee->getOverloadedOperator());
  if (const auto* literal = callee->getLiteralIdentifier())
    name = "\"\"" + literal->getName().str();
  if (Cell* done = algorithm(in, call, name)) return done;
  return free_call(in, call, name);
}

Cell* StdModels::pointer_call(Interpreter& in, const Call& call, const std::string& name) {
  auto* pointer = call.self->value.as<Pointer>();
  const SourceLocation place = call.expr->getExprLoc();
  if (pointer == nullptr || pointer->index < -1) return nullptr;
  if (name == "operator[]" && call.args.size() == 1 && pointer->index >= 0) {
    const auto* by = call.args[0]->value.as<llvm::APSInt>();
    if (by == nullptr) return nullptr;
    return in.dereference(
        Pointer{pointer->cell, pointer->index + by->getExtValue(), pointer->version}, call.expr);
  }
  if (name == "reset" && call.args.empty() && pointer->index == -1) {
    if (pointer->cell != nullptr && pointer->cell->value.as<Record>() != nullptr)
      in.escape(call.self->value, in.unknown_at("what it refers to is destroyed", call.expr));
    in.store(call.self, Pointer{}, place);
    return in.new_cell(Value());
  }
  if (name == "operator*") return in.dereference(call.self->value, call.expr);
  if (name == "operator->" || name == "get" || name == "base") return in.new_cell(*pointer);
  if (name == "convert") {
    return call.callee->getReturnType()->isBooleanType()
               ? in.new_cell(in.boolean(pointer->cell != nullptr))
               : nullptr;
  }
  if (name == "operator=" && call.args.size() == 1 && call.args[0]->value.as<Pointer>()) {
    const Value target = call.args[0]->value;
    if (call.callee->getParamDecl(0)->getType()->isRValueReferenceType() &&
        call.args[0] != call.self)
      in.store(call.args[0], Pointer{}, place);
    in.store(call.self, target, place);
    return call.self;
  }
  if (pointer->index < 0) return nullptr;
  if (name == "operator++" || name == "operator--") {
    const Pointer old = *pointer;
    in.store(call.self, Pointer{old.cell, old.index + (name == "operator++" ? 1 : -1), old.version},
             place);
    return call.args.empty() ? call.self : in.new_cell(old);
  }
  if ((name == "operator+" || name == "operator-" || name == "operator+=" ||
       name == "operator-=") &&
      call.args.size() == 1) {
    const auto* by = call.args[0]->value.as<llvm::APSInt>();
    if (by == nullptr) return nullptr;
    const Pointer moved{pointer->cell,
                        pointer->index + (name[8] == '+' ? by->getExtValue() : -by->getExtValue()),
                        pointer->version};
    if (name.size() == 9) return in.new_cell(moved);
    in.store(call.self, moved, place);
    return call.self;
  }
  return nullptr;
}

Cell* StdModels::free_call(Interpreter& in, const Call& call, const std::string& name) {
  const FunctionDecl* callee = call.callee;
  const auto& args = call.args;
  if (name == "make_shared" && args.empty()) {
    const auto* pointer = callee->getReturnType()->getAsCXXRecordDecl();
    const QualType type = element_type(pointer);
    if (type.isNull() || Interpreter::has_destructor(type)) return nullptr;
    if (Cell* object = made_in_place(in, call, type, args)) return in.new_cell(Pointer{object});
    return nullptr;
  }
  if (args.empty()) return nullptr;
  if (name == "swap" && args.size() == 2 && args[0]->value.as<List>() &&
      args[1]->value.as<List>()) {
    const auto* cls =
        args[0] != args[1]
            ? callee->getParamDecl(0)->getType().getNonReferenceType()->getAsCXXRecordDecl()
            : nullptr;
    if (cls == nullptr || kind(cls) != StdKind::kList || cls->getName() == "array") return nullptr;
    const SourceLocation place = call.expr->getExprLoc();
    if (in.may_change(args[0], place) && in.may_change(args[1], place)) {
      std::swap(args[0]->value, args[1]->value);
    } else {
      in.havoc(args[0], {"how it is swapped is not known", place, {}});
      in.havoc(args[1], {"how it is swapped is not known", place, {}});
    }
    return in.new_cell(Value());
  }
  if (name == "swap" && args.size() == 2 && args[0]->value.as<std::string>() &&
      args[1]->value.as<std::string>()) {
    const Value first = in.clone(args[0]->value);
    in.store(args[0], in.clone(args[1]->value), call.expr->getExprLoc());
    in.store(args[1], first, call.expr->getExprLoc());
    return in.new_cell(Value());
  }
  if (name == "move" && args.size() == 1) return args[0];
  if (name == "forward" || name == "as_const" || name == "move_if_noexcept") return args[0];
  const QualType result = call.callee->getReturnType().getNonReferenceType();
  if (name == "operator+" && kind(result) == StdKind::kText && args.size() == 2) {
    if (const Unknown* unknown = first_unknown(args)) {
      return in.new_cell(in.passed_on(*unknown, call.expr->getExprLoc(), "it is joined to a text"));
    }
    const auto left = text_from(callee, {args[0]});
    const auto right = text_from(callee, {args[1]});
    if (left && right && left->size() + right->size() <= 1'000'000)
      return in.new_cell(*left + *right);
    return nullptr;
  }
  if (const auto* sign = args[0]->value.as<llvm::APSInt>();
      sign != nullptr && args.size() == 2 && callee->isOverloadedOperator()) {
    const auto* cls =
        callee->getParamDecl(0)->getType().getNonReferenceType()->getAsCXXRecordDecl();
    if (cls != nullptr && cls->getIdentifier() != nullptr && cls->getName().endswith("_ordering")) {
      const std::int64_t order = sign->getExtValue();  // the other operand can only be 0
      if (name == "operator==") return in.new_cell(in.boolean(order == 0));
      if (name == "operator<") return in.new_cell(in.boolean(order < 0));
      if (name == "operator>") return in.new_cell(in.boolean(order > 0));
      if (name == "operator<=") return in.new_cell(in.boolean(order <= 0));
      if (name == "operator>=") return in.new_cell(in.boolean(order >= 0));
    }
    return nullptr;
  }
  if (args.size() == 2 && args[0]->value.as<std::string>() && args[1]->value.as<std::string>()) {
    const int order = args[0]->value.as<std::string>()->compare(*args[1]->value.as<std::string>());
    if (name == "operator==") return in.new_cell(in.boolean(order == 0));
    if (name == "operator!=") return in.new_cell(in.boolean(order != 0));
    if (name == "operator<") return in.new_cell(in.boolean(order < 0));
    if (name == "operator>") return in.new_cell(in.boolean(order > 0));
  }
  if (args.size() == 2 && args[0]->value.as<Pointer>() && args[1]->value.as<Pointer>() &&
      name.starts_with("operator")) {
    const auto* a = args[0]->value.as<Pointer>();
    const auto* b = args[1]->value.as<Pointer>();
    if (a->cell == b->cell && a->index >= 0 && b->index >= 0 && a->version != b->version)
      return nullptr;
    if (name == "operator==")
      return in.new_cell(in.boolean(a->cell == b->cell && a->index == b->index));
    if (name == "operator!=")
      return in.new_cell(in.boolean(a->cell != b->cell || a->index != b->index));
    if (name == "operator-" && a->cell == b->cell)
      return in.new_cell(in.integer(a->index - b->index, result));
    if (name == "operator<" && a->cell == b->cell)
      return in.new_cell(in.boolean(a->index < b->index));
  }
  if (name == "to_string" && args.size() == 1) {
    if (args[0]->value.unknown()) return args[0];
    if (const auto* number = args[0]->value.as<llvm::APSInt>()) {
      llvm::SmallString<32> digits;
      number->toString(digits, 10);
      return in.new_cell(digits.str().str());
    }
    if (const auto* real = args[0]->value.as<double>()) {
      char digits[400];
      std::snprintf(digits, sizeof digits, "%f", *real);
      return in.new_cell(std::string(digits));
    }
  }
  if ((name == "\"\"s" || name == "\"\"sv") && args[0]->value.as<std::string>()) {
    return in.new_cell(args[0]->value);
  }
  const bool is_list = args[0]->value.as<List>() != nullptr;
  if (name == "get" && is_list && args.size() == 1) {
    const auto* which = callee->getTemplateSpecializationArgs();
    if (which != nullptr && which->size() > 0 &&
        which->get(0).getKind() == TemplateArgument::Integral)
      return in.element(args[0], Value(which->get(0).getAsIntegral()), call.expr);
  }
  if (name == "back_inserter" && is_list && args.size() == 1)
    return in.new_cell(Pointer{args[0], Pointer::kBackInserter});
  if (name == "make_shared" && result->getAsCXXRecordDecl() != nullptr) {
    const QualType type = element_type(result->getAsCXXRecordDecl());
    if (!type.isNull() && kind(type) == StdKind::kText) {
      if (const auto text = first_unknown(args) ? std::nullopt : text_from(nullptr, args))
        return in.new_cell(Pointer{in.new_cell(*text)});
    }
    if (!type.isNull() && !Interpreter::has_destructor(type)) {
      if (Cell* object = made_in_place(in, call, type, args)) return in.new_cell(Pointer{object});
    }
    return nullptr;
  }
  if (name == "to_array" && is_list) return in.new_cell(in.clone(args[0]->value));
  if (args.size() == 1 && (is_list || args[0]->value.as<std::string>())) {
    const auto size = static_cast<std::int64_t>(is_list ? args[0]->value.as<List>()->items.size()
                                                        : args[0]->value.as<std::string>()->size());
    // Of an array of characters the zero at its end counts.
    if (!is_list && callee->getNumParams() > 0 &&
        callee->getParamDecl(0)->getType().getNonReferenceType()->isArrayType())
      return nullptr;
    if (name == "begin" || name == "cbegin")
      return in.new_cell(Pointer{args[0], 0, is_list ? args[0]->version : 0});
    if (name == "end" || name == "cend")
      return in.new_cell(Pointer{args[0], size, is_list ? args[0]->version : 0});
    if (name == "size" &&
        (is_list || kind(args[0]->value.as<std::string>() ? call.callee->getParamDecl(0)->getType()
                                                          : result) == StdKind::kText))
      return in.new_cell(in.integer(size, result));
    if (name == "ssize" && is_list) return in.new_cell(in.integer(size, result));
  }
  return nullptr;
}

}  // namespace mort::analyzer
