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
  if (name == "remove_prefix" || name == "remove_suffix") {
    const auto count = args.size() == 1 ? size_of(args[0]) : std::nullopt;
    if (!count || *count > text->size() || !in.may_change(call.self, place)) return nullptr;
    name == "remove_prefix" ? text->erase(0, *count) : text->erase(text->size() - *count);
    return in.new_cell(Value());
  }
  if (name == "insert" || name == "replace" || name == "erase") {
    const auto at = args.empty() ? std::nullopt : size_of(args[0]);
    const bool counts = name != "insert";
    auto count = counts && args.size() > 1 ? size_of(args[1]) : std::optional(std::string::npos);
    const std::size_t first = counts ? 2 : 1;
    if (!at || !count || *at > text->size() || args.size() > first + 1) return nullptr;
    std::string added;
    if (name != "erase") {
      const auto* part = args.size() == first + 1 ? args[first]->value.as<std::string>() : nullptr;
      if (part == nullptr) return nullptr;
      added = call.callee->getParamDecl(first)->getType()->isPointerType()
                  ? part->substr(0, part->find('\0'))
                  : *part;
    }
    if (!in.may_change(call.self, place)) return call.self;
    if (counts) {
      text->replace(*at, *count, added);
    } else {
      text->insert(*at, added);
    }
    return call.self;
  }
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
  if ((name == "find_first_of" || name == "find_last_of" || name == "find_first_not_of" ||
       name == "find_last_not_of") &&
      args.size() == 1) {
    return number(name == "find_first_of"       ? text->find_first_of(*other)
                  : name == "find_last_of"      ? text->find_last_of(*other)
                  : name == "find_first_not_of" ? text->find_first_not_of(*other)
                                                : text->find_last_not_of(*other));
  }
  if (name == "contains") return in.new_cell(in.boolean(text->find(*other) != std::string::npos));
  if (name == "find" || name == "rfind") {
    const auto from = args.size() < 2
                          ? std::optional(name == "find" ? std::size_t{0} : std::string::npos)
                          : size_of(args[1]);
    if (from && args.size() < 3)
      return number(name == "find" ? text->find(*other, *from) : text->rfind(*other, *from));
  }
  return nullptr;
}

namespace {

/// The values move up into the places of those that are erased, as references to elements see it.
void erase_items(Interpreter& in, List& list, std::int64_t first, std::int64_t last,
                 SourceLocation place) {
  const auto size = static_cast<std::int64_t>(list.items.size());
  const auto items = list.items;
  std::vector<std::pair<Value, SourceLocation>> kept;
  for (std::int64_t i = last; i < size; ++i)
    kept.push_back({in.clone(items[i]->value), items[i]->origin});
  for (std::size_t i = 0; i < kept.size(); ++i) {
    in.store(items[first + i], std::move(kept[i].first), place);
    items[first + i]->origin = kept[i].second;
  }
  list.items.resize(size - (last - first));
}

}  // namespace

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
    return in.new_cell(Pointer{call.self, 0, call.self->version});
  if (name == "end" || name == "cend")
    return in.new_cell(Pointer{call.self, size, call.self->version});
  if (name == "operator[]" || name == "at") return in.element(call.self, args[0]->value, call.expr);
  if (name == "front") return at(0);
  if (name == "back") return at(size - 1);
  if (name == "reserve" || name == "shrink_to_fit") return in.new_cell(Value());
  const QualType element = element_type(cast<CXXMethodDecl>(callee)->getParent());
  if (element.isNull()) return nullptr;
  const bool simple = Interpreter::copies_plainly(element) && !Interpreter::has_destructor(element);
  // One more element: a copy, or made in place.
  const auto made = [&](const std::vector<Cell*>& from, bool in_place) -> Cell* {
    Cell* cell = nullptr;
    if (!in_place && from.size() == 1) {
      cell = in.new_cell(as_element(in, in.clone(from[0]->value), element, call.expr));
    } else if (kind(element) == StdKind::kText) {
      const Unknown* unknown = first_unknown(from);
      const auto text = unknown == nullptr ? text_from(nullptr, from) : std::nullopt;
      cell = in.new_cell(
          text ? Value(*text)
               : Value(unknown ? *unknown : in.unknown_at("this text is not followed", call.expr)));
    } else if (from.size() == 1 &&
               (element->isScalarType() || kind(element) == StdKind::kSmartPointer)) {
      cell = in.new_cell(convert(in, in.clone(from[0]->value), element, call.expr));
    } else if (from.empty() && element->getAsCXXRecordDecl() == nullptr) {
      cell = in.new_cell(zero(in, element, call.expr));
    } else if (simple) {
      cell = made_in_place(in, call, element, from);
    }
    if (cell == nullptr) {
      const Unknown why =
          in.unknown_at("elements that are made in place are not followed", call.expr);
      for (Cell* arg : from) in.havoc(arg, why, true);
      cell = in.new_cell(why);
    }
    return cell;
  };
  const bool at_end = name == "push_back" || name == "emplace_back";
  if (at_end || name == "push_front" || name == "emplace_front") {
    if (!in.may_change(call.self, place)) {
      for (Cell* arg : args) in.escape(arg->value, *call.self->value.unknown());
      return in.new_cell(*call.self->value.unknown());
    }
    Cell* cell = made(args, name[0] == 'e');
    if (!call.arg_exprs.empty()) cell->origin = call.arg_exprs[0]->getBeginLoc();
    if (args.size() == 1 && args[0]->origin.isValid()) cell->origin = args[0]->origin;
    list = call.self->value.as<List>();  // what made the element may have changed it
    if (list == nullptr) return nullptr;
    list->items.insert(at_end ? list->items.end() : list->items.begin(), cell);
    return cell;
  }
  if (!simple && (name == "pop_back" || name == "pop_front" || name == "erase" || name == "resize"))
    return nullptr;
  if (name == "pop_front" && size > 0) {
    if (in.may_change(call.self, place)) list->items.erase(list->items.begin());
    return in.new_cell(Value());
  }
  if ((name == "erase" || name == "emplace") && !args.empty()) {
    const auto* where = args[0]->value.as<Pointer>();
    if (where == nullptr || where->cell != call.self || where->version != call.self->version ||
        where->index < 0 || where->index > size)
      return nullptr;
    const std::int64_t index = where->index;
    std::int64_t last = index + 1;
    if (name == "erase" && args.size() == 2) {
      const auto* end = args[1]->value.as<Pointer>();
      if (end == nullptr || end->cell != call.self || end->version != call.self->version ||
          end->index < index || end->index > size)
        return nullptr;
      last = end->index;
    }
    if (name == "erase" && last > size) return nullptr;
    if (!in.may_change(call.self, place)) return in.new_cell(*call.self->value.unknown());
    if (name == "erase") {
      erase_items(in, *list, index, last, place);
    } else {
      Cell* cell = made({args.begin() + 1, args.end()}, true);
      if ((list = call.self->value.as<List>()) == nullptr) return nullptr;
      list->items.insert(list->items.begin() + index, cell);
    }
    return in.new_cell(Pointer{call.self, index, call.self->version});
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
    if (where == nullptr || where->cell != call.self || where->version != call.self->version ||
        where->index < 0 || where->index > size)
      return nullptr;
    const std::int64_t at_index = where->index;
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
    for (Cell* item : items)
      item->value = as_element(in, std::move(item->value), element, call.expr);
    list->items.insert(list->items.begin() + at_index, items.begin(), items.end());
    return in.new_cell(Pointer{call.self, at_index, call.self->version});
  }
  return nullptr;
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
