// Calls of lists: vector, array, deque, list.
#include <clang/AST/DeclTemplate.h>

#include <cstdio>

#include "interpreter/std_models.hpp"
#include "interpreter/std_text.hpp"

namespace mort::analyzer {

using namespace clang;

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
    if (args.size() == 3 && args[1]->value.as<Pointer>() && args[2]->value.as<Pointer>()) {
      const auto part = between(args[1]->value, args[2]->value);
      if (!part) return nullptr;
      added = part->items;
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

}  // namespace mort::analyzer
