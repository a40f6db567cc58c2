// Maps, sets, optional, span and function, as the interpreter knows them.
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

Cell* StdModels::optional_call(Interpreter& in, const Call& call, const std::string& name) {
  auto* list = call.self->value.as<List>();
  const auto& args = call.args;
  const SourceLocation place = call.expr->getExprLoc();
  const auto* cls = cast<CXXMethodDecl>(call.callee)->getParent();
  const QualType element = element_type(cls);
  if (element.isNull() || Interpreter::has_destructor(element) ||
      !Interpreter::copies_plainly(element))
    return nullptr;
  if (name == "reset") {
    in.store(call.self, List{}, place);
    return in.new_cell(Value());
  }
  if (name == "operator=" && args.size() == 1) {
    if (args[0] == call.self) return call.self;
    const auto* source =
        call.callee->getParamDecl(0)->getType().getNonReferenceType()->getAsCXXRecordDecl();
    if (source != nullptr && source->getIdentifier() != nullptr &&
        source->getName() == "nullopt_t") {
      in.store(call.self, List{}, place);
      return call.self;
    }
    if (list == nullptr && call.self->value.unknown() == nullptr) return nullptr;
    const bool is_optional = source != nullptr && kind(source) == StdKind::kOptional;
    if (is_optional && source->getCanonicalDecl() != cls->getCanonicalDecl()) return nullptr;
    if (is_optional && args[0]->value.as<List>() == nullptr) return nullptr;
    if (is_optional && args[0]->value.as<List>()->items.empty()) {
      in.store(call.self, List{}, place);
      return call.self;
    }
    Value value =
        in.clone(is_optional ? args[0]->value.as<List>()->items[0]->value : args[0]->value);
    value = as_element(in, std::move(value), element, call.expr);
    if (list != nullptr && !list->items.empty()) {
      in.store(list->items[0], std::move(value), place);  // the element stays where it is
      ++call.self->version;
    } else {
      List one;
      one.items.push_back(in.new_cell(std::move(value)));
      in.store(call.self, one, place);
    }
    return call.self;
  }
  if (list == nullptr) return nullptr;
  if (name == "has_value" || (name == "convert" && call.callee->getReturnType()->isBooleanType()))
    return in.new_cell(in.boolean(!list->items.empty()));
  if ((name == "operator*" || name == "value") && !list->items.empty()) return list->items[0];
  if (name == "operator->" && !list->items.empty()) return in.new_cell(Pointer{list->items[0]});
  if (name == "value_or" && args.size() == 1) {
    return in.new_cell(list->items.empty()
                           ? as_element(in, in.clone(args[0]->value), element, call.expr)
                           : in.clone(list->items[0]->value));
  }
  return nullptr;
}

// ---- Spans: where they begin, and how long they are

std::optional<Value> StdModels::make_span(Interpreter& in, const CXXRecordDecl* cls,
                                          const std::vector<Cell*>& args) {
  const auto fields = std::vector<const FieldDecl*>(cls->field_begin(), cls->field_end());
  if (fields.empty() || args.empty() || args.size() > 2) return std::nullopt;
  if (args.size() == 1 && args[0]->value.as<Record>() &&
      kind(args[0]->value.as<Record>()->cls) == StdKind::kSpan) {
    const auto& from = *args[0]->value.as<Record>();
    const Cell* start = member(args[0]->value, fields[0]->getName().str().c_str());
    if (start == nullptr || from.fields.size() != 2) return std::nullopt;
    Record span{cls, {}};
    for (const FieldDecl* declared : fields) {
      const Cell* same = member(args[0]->value, declared->getName().str().c_str());
      if (same == nullptr) return std::nullopt;
      span.fields[declared] = in.new_cell(same->value);
    }
    return Value(span);
  }
  Pointer start;
  std::int64_t length = 0;
  if (const auto* list = args[0]->value.as<List>(); list != nullptr && args.size() == 1) {
    start = Pointer{args[0], 0, args[0]->version};
    length = static_cast<std::int64_t>(list->items.size());
  } else if (const auto* begin = args[0]->value.as<Pointer>();
             begin != nullptr && args.size() == 2 && begin->index >= 0) {
    start = *begin;
    if (const auto* end = args[1]->value.as<Pointer>();
        end != nullptr && end->cell == begin->cell) {
      length = end->index - begin->index;
    } else if (const auto count = size_of(args[1])) {
      length = static_cast<std::int64_t>(*count);
    } else {
      return std::nullopt;
    }
  } else {
    return std::nullopt;
  }
  if (fields.size() != 2) return std::nullopt;
  Record span{cls, {}};
  span.fields[fields[0]] = in.new_cell(start);
  span.fields[fields[1]] = in.new_cell(in.integer(length, in.context().LongLongTy));
  return Value(span);
}

Cell* StdModels::span_call(Interpreter& in, const Call& call, const std::string& name) {
  const auto* record = call.self->value.as<Record>();
  if (record == nullptr) return nullptr;
  const auto* cls = cast<CXXMethodDecl>(call.callee)->getParent();
  const auto fields = std::vector<const FieldDecl*>(cls->field_begin(), cls->field_end());
  if (fields.size() != 2 || record->fields.size() != 2 || record->fields.count(fields[0]) == 0)
    return nullptr;
  const auto* start = record->fields.at(fields[0])->value.as<Pointer>();
  const auto* number = record->fields.at(fields[1])->value.as<llvm::APSInt>();
  if (start == nullptr || start->cell == nullptr || number == nullptr) return nullptr;
  const std::int64_t length = number->getExtValue();
  const auto at = [&](std::int64_t index) -> Cell* {
    if (index < 0 || index >= length)
      return in.new_cell(in.unknown_at("this index is out of range", call.expr));
    return in.dereference(Pointer{start->cell, start->index + index, start->version}, call.expr);
  };
  const auto index = call.args.empty() ? std::nullopt : size_of(call.args[0]);
  if (name == "size") return in.new_cell(in.integer(length, call.callee->getReturnType()));
  if (name == "empty") return in.new_cell(in.boolean(length == 0));
  if (name == "begin" || name == "data") return in.new_cell(*start);
  if (name == "end")
    return in.new_cell(Pointer{start->cell, start->index + length, start->version});
  if (name == "front") return at(0);
  if (name == "back") return at(length - 1);
  if (name == "operator[]" && index) return at(static_cast<std::int64_t>(*index));
  if ((name == "first" || name == "last" || name == "subspan") && index &&
      static_cast<std::int64_t>(*index) <= length) {
    const auto from = static_cast<std::int64_t>(*index);
    std::int64_t offset = name == "first" ? 0 : name == "last" ? length - from : from;
    std::int64_t count = name == "subspan" ? length - from : from;
    if (name == "subspan" && call.args.size() == 2) {
      const auto wanted = size_of(call.args[1]);
      if (!wanted) return nullptr;
      if (*wanted != std::string::npos) {
        if (static_cast<std::int64_t>(*wanted) > count) return nullptr;
        count = static_cast<std::int64_t>(*wanted);
      }
    }
    const auto* made = call.callee->getReturnType()->getAsCXXRecordDecl();
    const auto span =
        make_span(in, made,
                  {in.new_cell(Pointer{start->cell, start->index + offset, start->version}),
                   in.new_cell(in.integer(count, in.context().LongLongTy))});
    return span ? in.new_cell(*span) : nullptr;
  }
  return nullptr;
}

// ---- Functions

Cell* StdModels::invoke(Interpreter& in, const Call& call, Cell* callable,
                        const std::vector<Cell*>& args) {
  Call inner;
  inner.expr = call.expr;
  if (const auto* function = callable->value.as<const FunctionDecl*>()) {
    inner.callee = *function;
  } else if (const auto* record = callable->value.as<Record>()) {
    inner.self = callable;
    const FunctionDecl* found = nullptr;
    int count = 0;
    for (const Decl* decl : record->cls->decls()) {
      const FunctionTemplateDecl* pattern = dyn_cast<FunctionTemplateDecl>(decl);
      const auto consider = [&](const FunctionDecl* one) {
        const auto* method = dyn_cast<CXXMethodDecl>(one);
        if (method == nullptr || method->getOverloadedOperator() != OO_Call) return;
        found = one;
        ++count;
      };
      if (pattern != nullptr) {
        for (const FunctionDecl* instance : pattern->specializations()) consider(instance);
      } else if (const auto* single = dyn_cast<FunctionDecl>(decl)) {
        consider(single);
      }
    }
    if (count != 1) return nullptr;
    inner.callee = found;
  }
  if (inner.callee == nullptr || inner.callee->getNumParams() != args.size()) return nullptr;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const QualType type = inner.callee->getParamDecl(i)->getType();
    in.refresh(args[i], call.expr->getExprLoc());
    if (type->isReferenceType()) {
      const auto* cls = type.getNonReferenceType()->getAsCXXRecordDecl();
      const auto* record = args[i]->value.as<Record>();
      if (record != nullptr && cls != nullptr &&
          record->cls->getCanonicalDecl() != cls->getCanonicalDecl() &&
          !record->cls->isDerivedFrom(cls))
        return nullptr;
      if ((args[i]->value.as<std::string>() != nullptr) != (kind(type) == StdKind::kText) &&
          args[i]->value.unknown() == nullptr && !type.getNonReferenceType()->isPointerType())
        return nullptr;
      inner.args.push_back(args[i]);
    } else {
      inner.args.push_back(in.new_cell(as_element(in, in.clone(args[i]->value), type, call.expr)));
    }
  }
  const FunctionDecl* definition = nullptr;
  if (!inner.callee->hasBody(definition)) return nullptr;
  return in.run(inner);
}

Cell* StdModels::function_call(Interpreter& in, const Call& call, const std::string& name) {
  if (name == "operator()") return invoke(in, call, call.self, call.args);
  if (name == "convert" && call.callee->getReturnType()->isBooleanType()) {
    if (call.self->value.unknown() != nullptr) return nullptr;
    return in.new_cell(in.boolean(call.self->value.as<Pointer>() == nullptr));
  }
  return nullptr;
}

// ---- Elements made in place: the library's own `new` says which constructor is called

Cell* StdModels::made_in_place(Interpreter& in, const Call& call, QualType type,
                               const std::vector<Cell*>& args) {
  std::set<const FunctionDecl*> seen;
  const CXXNewExpr* found = nullptr;
  const FunctionDecl* maker = nullptr;
  const auto search = [&](const FunctionDecl* function, int depth, const auto& again) -> void {
    const FunctionDecl* definition = nullptr;
    if (function == nullptr || found != nullptr || depth > 14 || !function->hasBody(definition) ||
        definition->isDependentContext() || !seen.insert(definition).second)
      return;
    const auto visit = [&](const Stmt* stmt, const auto& deeper) -> void {
      if (stmt == nullptr || found != nullptr) return;
      if (const auto* made = dyn_cast<CXXNewExpr>(stmt);
          made && made->getNumPlacementArgs() == 1 && made->getConstructExpr() != nullptr &&
          in.context().hasSameUnqualifiedType(made->getAllocatedType(), type) &&
          definition->getNumParams() >= args.size()) {
        found = made;
        maker = definition;
        return;
      }
      for (const Stmt* child : stmt->children()) deeper(child, deeper);
      if (const auto* called = dyn_cast<CallExpr>(stmt))
        again(called->getDirectCallee(), depth + 1, again);
      if (const auto* constructed = dyn_cast<CXXConstructExpr>(stmt))
        again(constructed->getConstructor(), depth + 1, again);
    };
    if (const auto* constructor = dyn_cast<CXXConstructorDecl>(definition)) {
      for (const auto* init : constructor->inits()) visit(init->getInit(), visit);
    }
    visit(definition->getBody(), visit);
  };
  search(call.callee, 0, search);
  if (found == nullptr || maker->getNumParams() != args.size() + 1) return nullptr;
  Interpreter::Frame frame;
  frame.depth = in.uncertain_.size();
  for (std::size_t i = 0; i < args.size(); ++i)
    frame.variables[maker->getParamDecl(i + 1)] = args[i];
  in.frames_.push_back(&frame);
  Cell* cell = in.new_cell(Value());
  in.construct(cell, found->getConstructExpr());
  in.frames_.pop_back();
  return cell;
}

}  // namespace mort::analyzer
