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
  return free_call(in, call, name);
}

Cell* StdModels::text_call(Interpreter& in, const Call& call, const std::string& name) {
  auto* text = call.self->value.as<std::string>();
  const FunctionDecl* callee = call.callee;
  const auto& args = call.args;
  const SourceLocation place = call.expr->getExprLoc();
  const auto number = [&](std::size_t value) {
    return in.new_cell(in.integer(static_cast<std::int64_t>(value),
                                  call.callee->getReturnType().getNonReferenceType()));
  };
  if (name == "operator=" || name == "assign") {
    const Unknown* unknown = first_unknown(args);
    const auto made = unknown == nullptr ? text_from(callee, args) : std::nullopt;
    Value value =
        made ? Value(*made)
             : Value(unknown ? *unknown : in.unknown_at("this text is not followed", call.expr));
    in.store(call.self, in.passed_on(std::move(value), place, "it is assigned here"), place);
    return call.self;
  }
  if (name == "clear") {
    in.store(call.self, std::string(), place);
    return in.new_cell(Value());
  }
  if (text == nullptr) return nullptr;
  if (name == "swap" && args.size() == 1 && !args[0]->value.unknown()) {
    Value mine = in.clone(call.self->value);
    in.store(call.self, in.clone(args[0]->value), place);
    in.store(args[0], std::move(mine), place);
    return in.new_cell(Value());
  }
  if (name == "operator+=" || name == "append" || name == "push_back") {
    if (!in.may_change(call.self, place)) return call.self;
    const Unknown* unknown = first_unknown(args);
    const auto tail = unknown == nullptr ? text_from(callee, args) : std::nullopt;
    if (tail && text->size() + tail->size() <= 1'000'000) {
      *text += *tail;
    } else {
      in.store(
          call.self,
          in.passed_on(unknown ? *unknown : in.unknown_at("this text is not followed", call.expr),
                       place, "it is appended here"),
          place);
    }
    return call.self;
  }
  if (name == "reserve" || name == "shrink_to_fit") return in.new_cell(Value());
  if (name == "c_str" || name == "data" || name == "convert") {
    if (name == "data" && !cast<CXXMethodDecl>(call.callee)->isConst()) return nullptr;
    return in.new_cell(Interpreter::view_of(call.self, *text));
  }
  if (name == "size" || name == "length") return number(text->size());
  if (name == "empty") return in.new_cell(in.boolean(text->empty()));
  if (name == "begin" || name == "cbegin") return in.new_cell(Pointer{call.self, 0});
  if (name == "end" || name == "cend")
    return in.new_cell(Pointer{call.self, static_cast<std::int64_t>(text->size())});
  if (name == "operator[]" || name == "at") return in.element(call.self, args[0]->value, call.expr);
  if (name == "front")
    return in.element(call.self, in.integer(0, in.context().LongLongTy), call.expr);
  if (name == "back")
    return in.element(
        call.self, in.integer(static_cast<std::int64_t>(text->size()) - 1, in.context().LongLongTy),
        call.expr);
  if (first_unknown(args) != nullptr) return nullptr;
  if (name == "substr") {
    const auto from = args.empty() ? std::optional<std::size_t>(0) : size_of(args[0]);
    const auto count = args.size() < 2 ? std::optional(std::string::npos) : size_of(args[1]);
    if (!from || !count || *from > text->size()) return nullptr;
    Value part = text->substr(*from, *count);
    part.shows = call.self->value.shows;  // of a view, not of a string
    part.shown_version = call.self->value.shown_version;
    return in.new_cell(std::move(part));
  }
  if (name == "pop_back" && !text->empty()) {
    if (in.may_change(call.self, place)) text->pop_back();
    return in.new_cell(Value());
  }
  const auto other = args.empty() ? std::nullopt : text_from(callee, {args[0]});
  if (!other) return nullptr;
  if (name == "compare" && args.size() == 1)
    return in.new_cell(in.integer(text->compare(*other), in.context().IntTy));
  if (name == "starts_with")
    return in.new_cell(in.boolean(text->substr(0, other->size()) == *other));
  if (name == "ends_with") {
    return in.new_cell(in.boolean(text->size() >= other->size() &&
                                  text->substr(text->size() - other->size()) == *other));
  }
  if (name == "find" || name == "rfind") {
    const auto from = args.size() < 2
                          ? std::optional(name == "find" ? std::size_t{0} : std::string::npos)
                          : size_of(args[1]);
    if (from && args.size() < 3)
      return number(name == "find" ? text->find(*other, *from) : text->rfind(*other, *from));
  }
  return nullptr;
}

Cell* StdModels::list_call(Interpreter& in, const Call& call, const std::string& name) {
  auto* list = call.self->value.as<List>();
  const FunctionDecl* callee = call.callee;
  const auto& args = call.args;
  const SourceLocation place = call.expr->getExprLoc();
  if (name == "operator=" || name == "assign") {
    if (args.size() == 1 && args[0]->value.as<List>()) {
      const auto* from = args[0]->value.as<List>();
      const bool moves = callee->getParamDecl(0)->getType()->isRValueReferenceType() &&
                         cast<CXXMethodDecl>(callee)->getParent()->getName() != "array";
      if (args[0] == call.self) return call.self;
      if (!moves && list != nullptr && list->items.size() == from->items.size()) {
        // The elements may stay where they are, so references to them see the new values.
        const Value copy = in.clone(args[0]->value);
        const auto& items = copy.as<List>()->items;
        ++call.self->version;
        const auto own = list->items;
        for (std::size_t i = 0; i < items.size(); ++i) {
          in.store(own[i], items[i]->value, place);
          own[i]->origin = items[i]->origin;
        }
        return call.self;
      }
      in.store(call.self, moves ? args[0]->value : in.clone(args[0]->value), place);
      return call.self;
    }
    if (args.size() == 1 && args[0]->value.unknown()) {
      in.store(call.self, in.passed_on(args[0]->value, place, "it is assigned here"), place);
      return call.self;
    }
    return nullptr;
  }
  if (name == "clear") {
    in.store(call.self, List{}, place);
    return in.new_cell(Value());
  }
  if (list == nullptr) return nullptr;
  const StringRef type = cast<CXXMethodDecl>(callee)->getParent()->getName();
  if (name == "swap" && args.size() == 1 && args[0]->value.as<List>() && type != "array") {
    // The elements keep their places in memory.
    if (in.may_change(call.self, place) && in.may_change(args[0], place)) {
      std::swap(call.self->value, args[0]->value);
    } else {
      in.havoc(call.self, {"how it is swapped is not known", place, {}});
      in.havoc(args[0], {"how it is swapped is not known", place, {}});
    }
    return in.new_cell(Value());
  }
  const auto size = static_cast<std::int64_t>(list->items.size());
  const auto at = [&](std::int64_t index) {
    return in.element(call.self, in.integer(index, in.context().LongLongTy), call.expr);
  };
  if (name == "size") return in.new_cell(in.integer(size, call.callee->getReturnType()));
  if (name == "empty") return in.new_cell(in.boolean(size == 0));
  if (name == "begin" || name == "cbegin" || name == "data")
    return in.new_cell(Pointer{call.self, 0});
  if (name == "end" || name == "cend") return in.new_cell(Pointer{call.self, size});
  if (name == "operator[]" || name == "at") return in.element(call.self, args[0]->value, call.expr);
  if (name == "front") return at(0);
  if (name == "back") return at(size - 1);
  if (name == "reserve" || name == "shrink_to_fit") return in.new_cell(Value());
  if (name == "push_back" || name == "emplace_back") {
    if (!in.may_change(call.self, place)) {
      for (Cell* arg : args) in.escape(arg->value, *call.self->value.unknown());
      return in.new_cell(*call.self->value.unknown());
    }
    const auto* instance =
        dyn_cast<ClassTemplateSpecializationDecl>(cast<CXXMethodDecl>(call.callee)->getParent());
    const QualType element = instance->getTemplateArgs()[0].getAsType();
    Value value = zero(in, element, call.expr);
    if (args.size() == 1 &&
        (!value.as<Record>() || args[0]->value.as<Record>() || args[0]->value.unknown())) {
      value = convert(in, in.clone(args[0]->value), element, call.expr);
    } else if (!args.empty() && kind(element) == StdKind::kText) {
      const Unknown* unknown = first_unknown(args);
      const auto text = unknown == nullptr ? text_from(callee, args) : std::nullopt;
      value =
          text ? Value(*text)
               : Value(unknown ? *unknown : in.unknown_at("this text is not followed", call.expr));
    } else if (!args.empty()) {
      value = in.unknown_at("elements that are made in place are not followed", call.expr);
    }
    Cell* cell = in.new_cell(std::move(value));
    if (!call.arg_exprs.empty()) cell->origin = call.arg_exprs[0]->getBeginLoc();
    if (args.size() == 1 && args[0]->origin.isValid()) cell->origin = args[0]->origin;
    list->items.push_back(cell);
    return cell;
  }
  if (name == "pop_back" && size > 0) {
    if (in.may_change(call.self, place)) list->items.pop_back();
    return in.new_cell(Value());
  }
  if (name == "resize" && args.size() == 1) {
    const auto count = size_of(args[0]);
    if (!count || *count > Interpreter::kMaxIterations || !in.may_change(call.self, place))
      return nullptr;
    const auto* instance =
        dyn_cast<ClassTemplateSpecializationDecl>(cast<CXXMethodDecl>(call.callee)->getParent());
    while (list->items.size() > *count) list->items.pop_back();
    while (list->items.size() < *count) {
      list->items.push_back(
          in.new_cell(zero(in, instance->getTemplateArgs()[0].getAsType(), call.expr)));
    }
    return in.new_cell(Value());
  }
  if (name == "insert" && args.size() >= 2) {
    const auto* where = args[0]->value.as<Pointer>();
    if (where == nullptr || where->cell != call.self || where->index < 0 || where->index > size)
      return nullptr;
    std::vector<Cell*> added;
    const auto* begin = args[1]->value.as<Pointer>();
    const auto* end = args.size() > 2 ? args[2]->value.as<Pointer>() : nullptr;
    if (args.size() == 3 && begin && end && begin->cell && begin->cell == end->cell &&
        begin->index >= 0 && begin->index <= end->index) {
      const auto* source = begin->cell->value.as<List>();
      if (source == nullptr || end->index > static_cast<std::int64_t>(source->items.size()))
        return nullptr;
      added.assign(source->items.begin() + begin->index, source->items.begin() + end->index);
    } else if (args.size() == 2 &&
               kind(args.size() == 2 ? call.callee->getParamDecl(1)->getType() : QualType()) ==
                   StdKind::kList &&
               args[1]->value.as<List>()) {
      added = args[1]->value.as<List>()->items;
    } else if (args.size() == 2) {
      added = {args[1]};
    } else {
      return nullptr;
    }
    if (!in.may_change(call.self, place)) return in.new_cell(*call.self->value.unknown());
    List copy;
    copy.items = added;
    const Value cloned = in.clone(copy);
    const auto& items = cloned.as<List>()->items;
    list->items.insert(list->items.begin() + where->index, items.begin(), items.end());
    return in.new_cell(Pointer{call.self, where->index});
  }
  return nullptr;
}

Cell* StdModels::pointer_call(Interpreter& in, const Call& call, const std::string& name) {
  auto* pointer = call.self->value.as<Pointer>();
  const SourceLocation place = call.expr->getExprLoc();
  if (pointer == nullptr) return nullptr;
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
    in.store(call.self, Pointer{old.cell, old.index + (name == "operator++" ? 1 : -1)}, place);
    return call.args.empty() ? call.self : in.new_cell(old);
  }
  if ((name == "operator+" || name == "operator-" || name == "operator+=" ||
       name == "operator-=") &&
      call.args.size() == 1) {
    const auto* by = call.args[0]->value.as<llvm::APSInt>();
    if (by == nullptr) return nullptr;
    const Pointer moved{pointer->cell,
                        pointer->index + (name[8] == '+' ? by->getExtValue() : -by->getExtValue())};
    if (name.size() == 9) return in.new_cell(moved);
    in.store(call.self, moved, place);
    return call.self;
  }
  return nullptr;
}

Cell* StdModels::free_call(Interpreter& in, const Call& call, const std::string& name) {
  const FunctionDecl* callee = call.callee;
  const auto& args = call.args;
  if (args.empty()) return nullptr;
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
  if (name == "to_array" && is_list) return in.new_cell(in.clone(args[0]->value));
  if (args.size() == 1 && (is_list || args[0]->value.as<std::string>())) {
    const auto size = static_cast<std::int64_t>(is_list ? args[0]->value.as<List>()->items.size()
                                                        : args[0]->value.as<std::string>()->size());
    if (name == "begin" || name == "cbegin") return in.new_cell(Pointer{args[0], 0});
    if (name == "end" || name == "cend") return in.new_cell(Pointer{args[0], size});
    if (name == "size" &&
        (is_list || kind(args[0]->value.as<std::string>() ? call.callee->getParamDecl(0)->getType()
                                                          : result) == StdKind::kText))
      return in.new_cell(in.integer(size, result));
    if (name == "ssize" && is_list) return in.new_cell(in.integer(size, result));
  }
  return nullptr;
}

}  // namespace mort::analyzer
