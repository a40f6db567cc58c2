// The standard library as the interpreter knows it.
#include "std_models.hpp"

#include <clang/AST/DeclTemplate.h>

#include <cmath>
#include <cstdio>

namespace mort::analyzer {

using namespace clang;

namespace {

/// The number behind a known, small, non-negative integer.
std::optional<std::size_t> size_of(const Cell* cell) {
  const auto* number = cell->value.as<llvm::APSInt>();
  if (number == nullptr || number->getMinSignedBits() > 64) return std::nullopt;
  // npos is all ones: as unsigned it is larger than any text.
  return static_cast<std::size_t>(number->getExtValue());
}

const Unknown* first_unknown(const std::vector<Cell*>& cells) {
  for (const Cell* cell : cells) {
    if (cell->value.unknown() != nullptr) return cell->value.unknown();
  }
  return nullptr;
}

/// Text from what a std::string can be made of, appended to or compared with. `callee` tells (text,
/// position) from (pointer, length).
std::optional<std::string> text_from(const FunctionDecl* callee, const std::vector<Cell*>& args) {
  if (args.empty()) return std::string();
  const Value& head = args[0]->value;
  constexpr std::size_t first = 0;
  if (const auto* text = head.as<std::string>()) {
    if (args.size() == 1) return *text;
    const auto* number = args[1]->value.as<llvm::APSInt>();
    if (number == nullptr || args.size() > 3) return std::nullopt;
    const std::size_t second = size_of(args[1]).value_or(std::string::npos);
    const bool is_pointer =
        callee->getNumParams() > 0 && callee->getParamDecl(0)->getType()->isPointerType();
    if (args.size() == 2 && is_pointer) {
      return second <= text->size() ? std::optional(text->substr(0, second)) : std::nullopt;
    }
    if (second > text->size() || is_pointer) return std::nullopt;
    if (args.size() == 2) return text->substr(second);
    const auto third = size_of(args[2]);
    return third ? std::optional(text->substr(second, *third)) : std::nullopt;
  }
  if (const auto* number = head.as<llvm::APSInt>()) {
    if (args.size() == first + 1) return std::string(1, static_cast<char>(number->getExtValue()));
    const auto* fill = args[first + 1]->value.as<llvm::APSInt>();
    if (fill == nullptr || number->ugt(Interpreter::kMaxIterations)) return std::nullopt;
    return std::string(number->getZExtValue(), static_cast<char>(fill->getExtValue()));
  }
  // A range of characters: begin and end of one text.
  const auto* begin = head.as<Pointer>();
  const auto* end = args.size() > first + 1 ? args[first + 1]->value.as<Pointer>() : nullptr;
  if (begin != nullptr && end != nullptr && begin->cell == end->cell && begin->cell != nullptr) {
    if (const auto* text = begin->cell->value.as<std::string>();
        text && begin->index >= 0 && end->index >= begin->index)
      return text->substr(begin->index, end->index - begin->index);
  }
  return std::nullopt;
}

}  // namespace

StdKind StdModels::kind(const CXXRecordDecl* record) {
  if (record == nullptr) return StdKind::kNone;
  bool in_std = record->isInStdNamespace();
  if (const auto* space = dyn_cast<NamespaceDecl>(record->getDeclContext());
      space != nullptr && space->getName() == "__gnu_cxx") {
    return StdKind::kOther;  // libstdc++ keeps its iterators there
  }
  for (const DeclContext* scope = record->getDeclContext(); scope != nullptr && !in_std;
       scope = scope->getParent()) {
    in_std = scope->isStdNamespace();
  }
  if (!in_std || record->getIdentifier() == nullptr)
    return in_std ? StdKind::kOther : StdKind::kNone;
  const StringRef name = record->getName();
  if (name == "basic_string" || name == "basic_string_view") {
    const auto* instance = dyn_cast<ClassTemplateSpecializationDecl>(record);
    return instance != nullptr && instance->getTemplateArgs()[0].getAsType()->isSpecificBuiltinType(
                                      BuiltinType::Char_S)
               ? StdKind::kText
               : (instance != nullptr && instance->getTemplateArgs()[0].getAsType()->isCharType()
                      ? StdKind::kText
                      : StdKind::kOther);
  }
  if (name == "vector" || name == "array" || name == "initializer_list") return StdKind::kList;
  if (name == "unique_ptr" || name == "shared_ptr") return StdKind::kSmartPointer;
  if (name == "duration" || name == "time_point" || name == "pair" || name == "ratio" ||
      name == "__pair_base")
    return StdKind::kPlain;
  return StdKind::kOther;
}

StdKind StdModels::kind(QualType type) {
  return kind(type.getNonReferenceType()->getAsCXXRecordDecl());
}

bool StdModels::is_allocator(QualType type) {
  const auto* record = type.getNonReferenceType()->getAsCXXRecordDecl();
  return record != nullptr && kind(record) == StdKind::kOther &&
         record->getIdentifier() != nullptr && record->getName() == "allocator";
}

Value StdModels::convert(Interpreter& in, Value value, QualType type, const Expr* where) {
  if (value.unknown() != nullptr) return value;
  if (const auto* number = value.as<llvm::APSInt>()) {
    if (type->isBooleanType()) return in.boolean(number->getBoolValue());
    if (type->isIntegralOrEnumerationType()) {
      llvm::APSInt result = number->extOrTrunc(in.context().getIntWidth(type));
      result.setIsUnsigned(!type->isSignedIntegerOrEnumerationType());
      return result;
    }
    if (type->isFloatingType()) {
      double real = number->isSigned() ? static_cast<double>(number->getExtValue())
                                       : static_cast<double>(number->getZExtValue());
      return convert(in, real, type, where);
    }
  }
  if (const auto* real = value.as<double>()) {
    if (type->isBooleanType()) return in.boolean(*real != 0);
    if (type->isIntegralOrEnumerationType()) {
      if (!(std::abs(*real) < 9e18)) return in.unknown_at("this number overflows", where);
      return in.integer(static_cast<std::int64_t>(*real), type);
    }
    if (type->isSpecificBuiltinType(BuiltinType::Float))
      return static_cast<double>(static_cast<float>(*real));
  }
  return value;
}

Value StdModels::zero(Interpreter& in, QualType type, const Expr* where) {
  if (type->isIntegralOrEnumerationType()) return in.integer(0, type);
  if (type->isFloatingType()) return 0.0;
  if (type->isPointerType() || type->isNullPtrType()) return Pointer{};
  if (const auto* array = in.context().getAsConstantArrayType(type);
      array != nullptr && array->getSize().ule(Interpreter::kMaxIterations)) {
    List list;
    for (std::uint64_t i = 0; i < array->getSize().getZExtValue(); ++i) {
      list.items.push_back(in.new_cell(zero(in, array->getElementType(), where)));
    }
    return list;
  }
  const auto* record = type->getAsCXXRecordDecl();
  switch (kind(record)) {
    case StdKind::kText:
      return std::string();
    case StdKind::kSmartPointer:
      return Pointer{};
    case StdKind::kList:
      if (record->getName() == "array") return zero(in, record->field_begin()->getType(), where);
      return List{};
    case StdKind::kNone:
    case StdKind::kPlain:
      if (record != nullptr && !record->isUnion() && record->hasDefinition()) {
        Record made{record, {}};
        for (const FieldDecl* declared : record->fields()) {
          if (!declared->getType()->isReferenceType())
            made.fields[declared] = in.new_cell(zero(in, declared->getType(), where));
        }
        return made;
      }
      break;
    default:
      break;
  }
  return in.unknown_at("values of type `" + type.getAsString() + "` are not followed", where);
}

std::optional<Value> StdModels::construct(Interpreter& in, const CXXConstructExpr* expr,
                                          const std::vector<Cell*>& args) {
  const CXXConstructorDecl* callee = expr->getConstructor();
  const CXXRecordDecl* record = callee->getParent();
  const StdKind what = kind(record);
  if (what == StdKind::kNone || what == StdKind::kPlain) return std::nullopt;
  const Unknown* unknown = first_unknown(args);
  const auto give_up = [&](const std::string& reason) -> Value {
    for (Cell* arg : args)
      in.escape(arg->value, in.unknown_at("it goes into a value that is not followed", expr));
    if (unknown != nullptr) return *unknown;
    return in.unknown_at(reason, expr);
  };
  const std::string type =
      "values of type `" + expr->getType().getUnqualifiedType().getAsString() + "` ";
  if (what == StdKind::kOther && !args.empty() && args[0]->value.as<Pointer>() &&
      record->getIdentifier() != nullptr && record->getName().endswith("iterator")) {
    return args[0]->value;  // iterator to const_iterator
  }
  if (what == StdKind::kOther) return give_up(type + "are not followed");
  if (what == StdKind::kSmartPointer) {
    if (args.empty()) return Pointer{};
    if (args[0]->value.as<Pointer>()) return args[0]->value;
    return give_up(type + "are not followed");
  }
  if (what == StdKind::kText) {
    if (unknown != nullptr) return *unknown;
    if (auto text = text_from(callee, args)) return *text;
    if (!args.empty() && args[0]->value.as<List>()) {
      std::string text;
      for (const Cell* item : args[0]->value.as<List>()->items) {
        const auto* c = item->value.as<llvm::APSInt>();
        if (c == nullptr) return give_up("this text is not followed");
        text.push_back(static_cast<char>(c->getExtValue()));
      }
      return text;
    }
    return give_up("this way to make a text is not followed");
  }
  // Lists.
  if (args.empty()) return zero(in, expr->getType(), expr);
  if (args[0]->value.as<List>()) return in.clone(args[0]->value);
  if (unknown == nullptr || args[0]->value.as<llvm::APSInt>()) {
    if (const auto* count = args[0]->value.as<llvm::APSInt>();
        count != nullptr && count->ule(Interpreter::kMaxIterations)) {
      List list;
      const auto* instance = dyn_cast<ClassTemplateSpecializationDecl>(record);
      for (std::uint64_t i = 0; i < count->getZExtValue(); ++i) {
        const bool filled = args.size() > 1;
        list.items.push_back(
            in.new_cell(filled ? in.clone(args[1]->value)
                               : zero(in, instance->getTemplateArgs()[0].getAsType(), expr)));
      }
      return list;
    }
    const auto* begin = args[0]->value.as<Pointer>();
    const auto* end = args.size() > 1 ? args[1]->value.as<Pointer>() : nullptr;
    if (begin && end && begin->cell && begin->cell == end->cell && begin->index >= 0 &&
        begin->index <= end->index) {
      if (const auto* source = begin->cell->value.as<List>();
          source && end->index <= static_cast<std::int64_t>(source->items.size())) {
        List part;
        part.items.assign(source->items.begin() + begin->index, source->items.begin() + end->index);
        return in.clone(part);
      }
    }
  }
  return give_up("this way to make a list is not followed");
}

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
  for (const Cell* arg : call.args) {
    if (arg->value.as<Pointer>() != nullptr) return false;
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
    return in.new_cell(*text);
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
    if (from && count && *from <= text->size()) return in.new_cell(text->substr(*from, *count));
    return nullptr;
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
      in.store(call.self, in.clone(args[0]->value), place);
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
    in.store(call.self, call.args[0]->value, place);
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
