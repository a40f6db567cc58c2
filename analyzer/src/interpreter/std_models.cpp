// The standard library as the interpreter knows it.
#include "interpreter/std_models.hpp"

#include <clang/AST/DeclTemplate.h>
#include <clang/Basic/SourceManager.h>

#include <cmath>

#include "interpreter/std_text.hpp"

namespace mort::analyzer {

using namespace clang;

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
  const auto* instance = dyn_cast<ClassTemplateSpecializationDecl>(record);
  if (name == "vector" && instance != nullptr &&
      instance->getTemplateArgs()[0].getAsType()->isBooleanType())
    return StdKind::kOther;
  if (name == "vector" || name == "array" || name == "initializer_list" || name == "deque" ||
      name == "list")
    return StdKind::kList;
  if ((name == "map" || name == "set") && instance != nullptr) {
    const auto* order =
        instance->getTemplateArgs()[name == "map" ? 2 : 1].getAsType()->getAsCXXRecordDecl();
    return order != nullptr && order->isInStdNamespace() && order->getName() == "less"
               ? StdKind::kSorted
               : StdKind::kOther;
  }
  if (name == "optional") return StdKind::kOptional;
  if (name == "span") return StdKind::kSpan;
  if (name == "function") return StdKind::kFunction;
  if (name == "unique_ptr" || name == "shared_ptr") return StdKind::kSmartPointer;
  if (name == "duration" || name == "time_point" || name == "pair" || name == "ratio" ||
      name == "__pair_base" || name == "tuple" || name == "_Tuple_impl" || name == "_Head_base")
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
    case StdKind::kFunction:
      return Pointer{};
    case StdKind::kSorted:
    case StdKind::kOptional:
      return List{};
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

QualType StdModels::element_type(const CXXRecordDecl* list) {
  const auto* instance = dyn_cast_or_null<ClassTemplateSpecializationDecl>(list);
  return instance != nullptr && instance->getTemplateArgs()[0].getKind() == TemplateArgument::Type
             ? instance->getTemplateArgs()[0].getAsType()
             : QualType();
}

namespace {

/// A list of copies, converted to the type of the elements.
Value copied(Interpreter& in, const Value& list, const CXXRecordDecl* record, const Expr* expr) {
  Value copy = in.clone(list);
  const auto* instance = dyn_cast<ClassTemplateSpecializationDecl>(record);
  if (instance == nullptr || instance->getTemplateArgs()[0].getKind() != TemplateArgument::Type)
    return copy;
  const QualType element = instance->getTemplateArgs()[0].getAsType();
  for (Cell* item : copy.as<List>()->items)
    item->value = StdModels::as_element(in, std::move(item->value), element, expr);
  return copy;
}

}  // namespace

Value StdModels::as_element(Interpreter& in, Value value, QualType element, const Expr* where) {
  if (!Interpreter::copies_plainly(element)) {
    const Unknown why =
        in.unknown_at("how elements of this list are copied is not followed", where);
    in.escape(value, why);
    return why;
  }
  const auto* cls = element->getAsCXXRecordDecl();
  if (cls != nullptr && kind(cls) == StdKind::kText && value.as<std::string>() &&
      cls->getName() == "basic_string") {
    value.shows = nullptr;
  } else if (const auto* record = value.as<Record>();
             cls != nullptr && record != nullptr &&
             record->cls->getCanonicalDecl() != cls->getCanonicalDecl()) {
    const Unknown why = in.unknown_at("how elements of this list are made is not followed", where);
    in.escape(value, why);
    return why;
  } else if (cls != nullptr && kind(cls) == StdKind::kNone && !value.as<Record>() &&
             value.unknown() == nullptr) {
    return in.unknown_at("how elements of this list are made is not followed", where);
  }
  return convert(in, std::move(value), element, where);
}

std::optional<List> StdModels::between(const Value& first, const Value& last) {
  const auto* begin = first.as<Pointer>();
  const auto* end = last.as<Pointer>();
  if (begin == nullptr || end == nullptr || begin->cell == nullptr || begin->cell != end->cell ||
      begin->index < 0 || begin->index > end->index || begin->version != begin->cell->version ||
      end->version != end->cell->version)
    return std::nullopt;
  const auto* list = begin->cell->value.as<List>();
  if (list == nullptr || end->index > static_cast<std::int64_t>(list->items.size()))
    return std::nullopt;
  return List{{list->items.begin() + begin->index, list->items.begin() + end->index}};
}

std::optional<Value> StdModels::construct(Interpreter& in, const CXXConstructExpr* expr,
                                          const std::vector<Cell*>& args) {
  const CXXConstructorDecl* callee = expr->getConstructor();
  const CXXRecordDecl* record = callee->getParent();
  const StdKind what = kind(record);
  if (what == StdKind::kNone || what == StdKind::kPlain) return std::nullopt;
  const Unknown* unknown = first_unknown(args);
  PrintingPolicy policy(in.context().getLangOpts());
  policy.SuppressTagKeyword = true;
  const std::string type =
      "values of type `" + expr->getType().getUnqualifiedType().getAsString(policy) + "` ";
  const auto give_up = [&](const std::string& reason) -> Value {
    const Unknown lost = in.unknown_at("it goes into a value that is not followed", expr);
    for (std::size_t i = 0; i < args.size(); ++i) {
      const bool held = i < callee->getNumParams() &&
                        callee->getParamDecl(i)->getType()->isReferenceType() &&
                        !callee->getParamDecl(i)->getType()->getPointeeType().isConstQualified();
      held ? in.havoc(args[i], lost) : in.escape(args[i]->value, lost);
    }
    // The library's own default arguments are not to blame.
    const bool blame =
        unknown != nullptr && !in.context().getSourceManager().isInSystemHeader(unknown->place);
    return blame ? *unknown : in.unknown_at(reason, expr);
  };
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
  if (what == StdKind::kFunction) {
    if (args.empty() || args[0]->value.as<Pointer>()) return Pointer{};
    const auto* closure = args[0]->value.as<Record>();
    if ((closure != nullptr && kind(closure->cls) == StdKind::kNone &&
         Interpreter::copies_plainly(QualType(closure->cls->getTypeForDecl(), 0))) ||
        args[0]->value.as<const FunctionDecl*>())
      return in.clone(args[0]->value);
    return give_up(type + "are not followed");
  }
  if (what == StdKind::kSpan) {
    if (auto span = make_span(in, record, args)) return *span;
    return give_up("this way to make a span is not followed");
  }
  if (what == StdKind::kOptional) {
    if (args.empty()) return List{};
    const auto* source =
        callee->getNumParams() > 0
            ? callee->getParamDecl(0)->getType().getNonReferenceType()->getAsCXXRecordDecl()
            : nullptr;
    if (source != nullptr && source->getIdentifier() != nullptr && source->getName() == "nullopt_t")
      return List{};
    if (source != nullptr && kind(source) == StdKind::kOptional) {
      if (args[0]->value.as<List>() && source->getCanonicalDecl() == record->getCanonicalDecl())
        return copied(in, args[0]->value, record, expr);
      return give_up("this way to make an optional is not followed");
    }
    if (args.size() != 1) return give_up("this way to make an optional is not followed");
    List one;
    one.items.push_back(
        in.new_cell(as_element(in, in.clone(args[0]->value), element_type(record), expr)));
    return one;
  }
  if (what == StdKind::kSorted) {
    if (args.empty()) return List{};
    // A second argument can only be the comparison, which is the natural one.
    if (const auto* items = args[0]->value.as<List>()) return sorted(in, *items, record, expr);
    if (args[0]->value.as<Pointer>() == nullptr && args.size() == 1) return List{};
    if (args.size() > 1) {
      if (const auto part = between(args[0]->value, args[1]->value))
        return sorted(in, *part, record, expr);
    }
    return give_up("this way to make a map or set is not followed");
  }
  if (what == StdKind::kText) {
    if (unknown != nullptr) return *unknown;
    if (auto text = text_from(callee, args)) {
      Value made = std::move(*text);
      if (record->getName() == "basic_string_view" && !args.empty()) {
        made.shows = args[0]->value.shows;
        made.shown_version = args[0]->value.shown_version;
      }
      return made;
    }
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
  if (args[0]->value.as<List>() && args.size() == 1) {
    const bool moves = callee->isMoveConstructor() && record->getName() != "array";
    return moves ? args[0]->value : copied(in, args[0]->value, record, expr);
  }
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
    if (args.size() > 1) {
      if (const auto part = between(args[0]->value, args[1]->value))
        return copied(in, *part, record, expr);
    }
  }
  return give_up("this way to make a list is not followed");
}

}  // namespace mort::analyzer
