// Optional, span and function, and elements that are made in place.
#include <clang/AST/DeclTemplate.h>

#include "interpreter/std_models.hpp"
#include "interpreter/std_text.hpp"

namespace mort::analyzer {

using namespace clang;

namespace {

Cell* member(const Value& record, const char* name) {
  const auto* known = record.as<Record>();
  if (known == nullptr) return nullptr;
  for (const auto& [declared, cell] : known->fields) {
    if (declared->getName() == name) return cell;
  }
  return nullptr;
}

}  // namespace

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
  const auto first = call.args.empty() ? std::nullopt : size_of(call.args[0]);
  const std::int64_t index = first ? static_cast<std::int64_t>(*first) : -1;
  if (name == "size") return in.new_cell(in.integer(length, call.callee->getReturnType()));
  if (name == "empty") return in.new_cell(in.boolean(length == 0));
  if (name == "begin" || name == "data") return in.new_cell(*start);
  if (name == "end")
    return in.new_cell(Pointer{start->cell, start->index + length, start->version});
  if (name == "front") return at(0);
  if (name == "back") return at(length - 1);
  if (name == "operator[]" && first) return at(index);
  if ((name == "first" || name == "last" || name == "subspan") && index >= 0 && index <= length) {
    const std::int64_t from = index;
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
