// Maps and sets in their natural order.
#include <clang/AST/DeclTemplate.h>

#include <algorithm>

#include "interpreter/std_models.hpp"
#include "interpreter/std_text.hpp"

namespace mort::analyzer {

using namespace clang;

namespace {

/// The order of two known keys; nothing when they are not known or of a type without a plain order.
std::optional<int> order_of(const Value& a, const Value& b) {
  if (const auto* x = a.as<std::string>()) {
    const auto* y = b.as<std::string>();
    return y != nullptr ? std::optional(x->compare(*y)) : std::nullopt;
  }
  const auto* x = a.as<llvm::APSInt>();
  const auto* y = b.as<llvm::APSInt>();
  return x != nullptr && y != nullptr ? std::optional(llvm::APSInt::compareValues(*x, *y))
                                      : std::nullopt;
}

Cell* member(const Value& record, const char* name) {
  const auto* known = record.as<Record>();
  if (known == nullptr) return nullptr;
  for (const auto& [declared, cell] : known->fields) {
    if (declared->getName() == name) return cell;
  }
  return nullptr;
}

const Value* key_of(const Value& item, bool is_map) {
  if (!is_map) return &item;
  const Cell* first = member(item, "first");
  return first != nullptr ? &first->value : nullptr;
}

/// How pointers that are keys are ordered says nothing of the texts behind them.
bool has_plain_keys(const CXXRecordDecl* cls) {
  const QualType key = StdModels::element_type(cls);
  return !key.isNull() &&
         (key->isIntegralOrEnumerationType() || (StdModels::kind(key) == StdKind::kText));
}

}  // namespace

std::optional<std::pair<std::size_t, bool>> StdModels::put(Interpreter& in, List& list, Value item,
                                                           bool is_map) {
  const Value* key = key_of(item, is_map);
  if (key == nullptr) return std::nullopt;
  std::size_t at = 0;
  for (; at < list.items.size(); ++at) {
    const Value* other = key_of(list.items[at]->value, is_map);
    const auto order = other != nullptr ? order_of(*key, *other) : std::nullopt;
    if (!order) return std::nullopt;
    if (*order == 0) return std::pair(at, false);
    if (*order < 0) break;
  }
  if (!key->as<std::string>() && !key->as<llvm::APSInt>()) return std::nullopt;
  list.items.insert(list.items.begin() + static_cast<std::ptrdiff_t>(at),
                    in.new_cell(std::move(item)));
  return std::pair(at, true);
}

Value StdModels::sorted(Interpreter& in, const List& items, const CXXRecordDecl* cls,
                        const Expr* where) {
  List list;
  const bool is_map = cls->getName() == "map";
  for (const Cell* item : items.items) {
    if (const Unknown* unknown = item->value.unknown()) return *unknown;
    Value value = in.clone(item->value);
    if (!has_plain_keys(cls) || (!is_map && !Interpreter::copies_plainly(element_type(cls))) ||
        !put(in, list, std::move(value), is_map)) {
      const Unknown why = in.unknown_at("the order of these keys is not followed", where);
      in.escape(Value(items), why);
      return why;
    }
    for (Cell* made : list.items) {
      if (!made->origin.isValid()) made->origin = item->origin;
    }
  }
  return list;
}

Cell* StdModels::sorted_call(Interpreter& in, const Call& call, const std::string& name) {
  auto* list = call.self->value.as<List>();
  const auto& args = call.args;
  const SourceLocation place = call.expr->getExprLoc();
  const auto* cls = cast<CXXMethodDecl>(call.callee)->getParent();
  const bool is_map = cls->getName() == "map";
  const auto* instance = cast<ClassTemplateSpecializationDecl>(cls);
  if (!has_plain_keys(cls)) return nullptr;
  if (name == "operator=" && args.size() == 1 && args[0]->value.as<List>()) {
    in.store(call.self, sorted(in, *args[0]->value.as<List>(), cls, call.expr), place);
    return call.self;
  }
  if (list == nullptr) return nullptr;
  const auto size = static_cast<std::int64_t>(list->items.size());
  const auto iterator = [&](std::int64_t index) {
    return in.new_cell(Pointer{call.self, index, call.self->version});
  };
  if (name == "size") return in.new_cell(in.integer(size, call.callee->getReturnType()));
  if (name == "empty") return in.new_cell(in.boolean(size == 0));
  if (name == "begin" || name == "cbegin") return iterator(0);
  if (name == "end" || name == "cend") return iterator(size);
  if (name == "clear" && !Interpreter::has_destructor(QualType(cls->getTypeForDecl(), 0))) {
    in.store(call.self, List{}, place);
    return in.new_cell(Value());
  }
  const auto position = [&](const Value& key) -> std::optional<std::int64_t> {
    for (std::size_t i = 0; i < list->items.size(); ++i) {
      const Value* other = key_of(list->items[i]->value, is_map);
      const auto order = other != nullptr ? order_of(key, *other) : std::nullopt;
      if (!order) return std::nullopt;
      if (*order == 0) return static_cast<std::int64_t>(i);
    }
    return key.as<std::string>() || key.as<llvm::APSInt>() ? std::optional<std::int64_t>(-1)
                                                           : std::nullopt;
  };
  const bool reads = name == "find" || name == "count" || name == "contains" || name == "at";
  if ((reads || name == "operator[]" || name == "erase") && args.size() == 1) {
    const auto found = position(args[0]->value);
    if (!found) return nullptr;
    if (name == "count") return in.new_cell(in.integer(*found >= 0, call.callee->getReturnType()));
    if (name == "contains") return in.new_cell(in.boolean(*found >= 0));
    if (name == "find") return iterator(*found >= 0 ? *found : size);
    if (name == "erase") {
      if (Interpreter::has_destructor(QualType(cls->getTypeForDecl(), 0)) ||
          !call.callee->getReturnType()->isIntegerType() || !in.may_change(call.self, place))
        return nullptr;
      if (*found >= 0) list->items.erase(list->items.begin() + *found);
      return in.new_cell(in.integer(*found >= 0, call.callee->getReturnType()));
    }
    if (*found >= 0) return member(list->items[*found]->value, "second");
    if (name == "at") return nullptr;
    if (!in.may_change(call.self, place)) return in.new_cell(*call.self->value.unknown());
    // A new element: its pair is made by hand.
    const auto* alias = cls->lookup(&in.context().Idents.get("value_type")).empty()
                            ? nullptr
                            : dyn_cast<TypedefNameDecl>(
                                  *cls->lookup(&in.context().Idents.get("value_type")).begin());
    const auto* pair =
        alias != nullptr ? alias->getUnderlyingType()->getAsCXXRecordDecl() : nullptr;
    if (pair == nullptr || !pair->hasDefinition()) return nullptr;
    Record record{pair, {}};
    for (const FieldDecl* declared : pair->fields()) {
      record.fields[declared] =
          in.new_cell(declared->getName() == "first"
                          ? in.clone(args[0]->value)
                          : zero(in, instance->getTemplateArgs()[1].getAsType(), call.expr));
    }
    const auto made = put(in, *list, record, true);
    return made ? member(list->items[made->first]->value, "second") : nullptr;
  }
  if (name == "insert" || name == "emplace" || name == "try_emplace" ||
      name == "insert_or_assign") {
    const QualType result = call.callee->getReturnType();
    if (name == "insert" && args.size() == 1 && args[0]->value.as<List>()) {
      if (!in.may_change(call.self, place)) return in.new_cell(Value());
      for (const Cell* item : args[0]->value.as<List>()->items) {
        if (!put(in, *list, in.clone(item->value), is_map)) {
          in.havoc(call.self, in.unknown_at("the order of these keys is not followed", call.expr));
          break;
        }
      }
      return in.new_cell(Value());
    }
    std::optional<Value> item;
    const auto* alias = cls->lookup(&in.context().Idents.get("value_type")).empty()
                            ? nullptr
                            : dyn_cast<TypedefNameDecl>(
                                  *cls->lookup(&in.context().Idents.get("value_type")).begin());
    const QualType element = alias != nullptr ? alias->getUnderlyingType() : QualType();
    if (element.isNull() || first_unknown(args) != nullptr) return nullptr;
    const auto* pair = is_map ? element->getAsCXXRecordDecl() : nullptr;
    Cell* first = nullptr;
    Cell* second = nullptr;
    if (!is_map && args.size() == 1) {
      item = as_element(in, in.clone(args[0]->value), element, call.expr);
    } else if (is_map && args.size() == 1) {
      first = member(args[0]->value, "first");
      second = member(args[0]->value, "second");
    } else if (is_map && args.size() == 2 && args[0]->value.as<Pointer>() == nullptr) {
      first = args[0];
      second = args[1];
    }
    if (is_map && first != nullptr && second != nullptr && pair != nullptr) {
      Record record{pair, {}};
      for (const FieldDecl* declared : pair->fields()) {
        record.fields[declared] = in.new_cell(
            as_element(in, in.clone((declared->getName() == "first" ? first : second)->value),
                       declared->getType().getUnqualifiedType(), call.expr));
      }
      item = record;
    }
    if (!item || result->getAsCXXRecordDecl() == nullptr ||
        result->getAsCXXRecordDecl()->getName() != "pair")
      return nullptr;
    const Value* key = key_of(*item, is_map);
    if (key == nullptr || !position(*key)) return nullptr;
    if (!in.may_change(call.self, place)) return in.new_cell(*call.self->value.unknown());
    const Value copy = in.clone(*item);
    const auto made = put(in, *list, std::move(*item), is_map);
    if (!made) return nullptr;
    if (!made->second && name == "insert_or_assign") {
      in.store(member(list->items[made->first]->value, "second"),
               in.clone(member(copy, "second")->value), place);
    }
    Record out{result->getAsCXXRecordDecl(), {}};
    for (const FieldDecl* declared : out.cls->fields()) {
      out.fields[declared] = declared->getName() == "first"
                                 ? iterator(static_cast<std::int64_t>(made->first))
                                 : in.new_cell(in.boolean(made->second));
    }
    return in.new_cell(out);
  }
  return nullptr;
}

}  // namespace mort::analyzer
