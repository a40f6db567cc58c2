// Message structs as CDR can carry them.
#include <clang/AST/DeclTemplate.h>
#include <clang/Basic/SourceManager.h>

#include <llvm/ADT/StringExtras.h>

#include "interpreter/std_models.hpp"
#include "tasks/message_types.hpp"

namespace mort::analyzer {

using namespace clang;

namespace {

constexpr std::size_t kMaxFields = 256;
constexpr std::uint64_t kMaxArrayLength = 1'000'000;

std::string spelling(QualType type, const ASTContext& context) {
  PrintingPolicy policy(context.getLangOpts());
  policy.SuppressTagKeyword = true;
  return type.getAsString(policy);
}

const TemplateArgumentList* std_template(QualType type, StringRef name) {
  const auto* instance =
      dyn_cast_or_null<ClassTemplateSpecializationDecl>(type->getAsCXXRecordDecl());
  if (instance == nullptr || !instance->isInStdNamespace() || instance->getName() != name)
    return nullptr;
  return &instance->getTemplateArgs();
}

/// The duration that is in a std::chrono::duration or time_point; null for other types.
const TemplateArgumentList* duration_of(QualType type) {
  const auto* instance =
      dyn_cast_or_null<ClassTemplateSpecializationDecl>(type->getAsCXXRecordDecl());
  if (instance == nullptr || StdModels::kind(instance) != StdKind::kPlain) return nullptr;
  if (instance->getName() == "time_point")
    return duration_of(instance->getTemplateArgs().get(1).getAsType().getCanonicalType());
  return instance->getName() == "duration" ? &instance->getTemplateArgs() : nullptr;
}

/// Are all values of a duration whole nanoseconds?
bool is_in_nanoseconds(const TemplateArgumentList& duration) {
  const auto* period = dyn_cast_or_null<ClassTemplateSpecializationDecl>(
      duration.get(1).getAsType()->getAsCXXRecordDecl());
  if (period == nullptr || !duration.get(0).getAsType()->isIntegerType()) return false;
  // std::ratio need not be in its lowest terms.
  const llvm::APSInt& part = period->getTemplateArgs().get(0).getAsIntegral();
  const llvm::APSInt& whole = period->getTemplateArgs().get(1).getAsIntegral();
  const llvm::APSInt nanoseconds = llvm::APSInt(part.extOrTrunc(128), false) *
                                   llvm::APSInt(llvm::APInt(128, 1'000'000'000), false);
  return nanoseconds % llvm::APSInt(whole.extOrTrunc(128), false) == 0;
}

}  // namespace

std::string MessageTypes::usable_name(const TagDecl* declaration, SourceLocation use) {
  const std::string name = declaration->getQualifiedNameAsString();
  const char* problem = nullptr;
  if (declaration->isInAnonymousNamespace()) {
    problem = "is in an anonymous namespace, so no other source can name it";
  } else if (declaration->getParentFunctionOrMethod() != nullptr) {
    problem = "is declared inside a function, so no other source can name it";
  } else if (declaration->getIdentifier() == nullptr) {
    problem = "has no name";
  } else if (isa<ClassTemplateSpecializationDecl>(declaration)) {
    problem = "is made from a template, which IDL cannot name";
  } else if (const auto* inside = dyn_cast<CXXRecordDecl>(declaration->getDeclContext());
             inside != nullptr && isa<ClassTemplateSpecializationDecl>(inside)) {
    problem = "is declared inside a template, which IDL cannot name";
  }
  if (problem == nullptr) return name;
  reporter_.error("message-name", "message type `" + name + "` " + problem, use,
                  {{declaration->getLocation(), "`" + name + "` is declared here"}},
                  "declare a plain struct of its own name in a named namespace");
  return {};
}

std::string MessageTypes::add_message(QualType type, SourceLocation use) {
  type = type.getCanonicalType().getUnqualifiedType();
  const std::string name = spelling(type, context_);
  if (const auto* shared = std_template(type, "shared_ptr")) {
    const std::string pointee = spelling(shared->get(0).getAsType().getUnqualifiedType(), context_);
    reporter_.error(
        "message-type", "the message is a `" + name + "`: a shared message must be const", use, {},
        "publish a std::shared_ptr<const " + pointee + ">, or the " + pointee + " itself");
    return {};
  }
  const auto* record = type->getAsCXXRecordDecl();
  if (record == nullptr || StdModels::kind(record) != StdKind::kNone) {
    reporter_.error(
        "message-type", "`" + name + "` is no message type: a message is a plain struct", use, {},
        "put the value into a struct of its own, e.g. struct Count { std::uint64_t value; };");
    return {};
  }
  return add_record(record, use);
}

std::string MessageTypes::add_record(const CXXRecordDecl* record, SourceLocation use) {
  record = cast<CXXRecordDecl>(record->getCanonicalDecl());
  if (const auto known = known_.find(record); known != known_.end()) return known->second;
  const std::string name = usable_name(record, use);
  known_[record] = {};
  if (name.empty()) return {};
  const CXXRecordDecl* definition = record->getDefinition();
  const std::vector<Note> used{{use, "it is used as a message here"}};
  const SourceLocation place = record->getLocation();
  const auto refuse = [&](const std::string& problem, const std::string& cure) {
    reporter_.error("message-type", "message type `" + name + "` " + problem, place, used, cure);
    return std::string();
  };
  if (definition == nullptr)
    return refuse("is declared but not defined here", "include the header that defines it");
  if (definition->isUnion()) return refuse("is a union", "use a struct with a field for each case");
  if (definition->getNumBases() != 0) {
    return refuse("has a base class",
                  "make the base a field of it, or repeat the base's fields in it");
  }
  if (!definition->isAggregate()) {
    return refuse("is no plain aggregate: it has constructors, virtual functions or private fields",
                  "leave only public fields in it; initialise them where they are declared");
  }
  std::size_t count = 0;
  for (const FieldDecl* field : definition->fields()) {
    (void)field;
    ++count;
  }
  if (count == 0) return refuse("has no fields", "give it a field, e.g. bool value = true;");
  if (count > kMaxFields) {
    return refuse("has " + std::to_string(count) + " fields; at most 256 are allowed",
                  "group some of them into structs of their own");
  }
  open_.insert(record);
  graph::StructType fields;
  bool good = true;
  for (const FieldDecl* field : definition->fields()) {
    const std::string field_name = field->getNameAsString();
    std::string type;
    if (field->isBitField() || field_name.empty()) {
      reporter_.error("message-field",
                      "field `" + field_name + "` of `" + name + "` is a bit-field or has no name",
                      field->getLocation(), used,
                      "make it a field of its own with a fixed-width type");
    } else {
      type = field_type(field->getType(), name, field_name, field->getLocation());
    }
    good = good && !type.empty();
    fields.fields.push_back({field_name, type});
  }
  open_.erase(record);
  if (!good) return {};
  unit_.types.structs[name] = std::move(fields);
  unit_.types.places[name] = reporter_.place(place);
  return known_[record] = name;
}

std::string MessageTypes::add_enum(const EnumDecl* declaration, SourceLocation use) {
  declaration = cast<EnumDecl>(declaration->getCanonicalDecl());
  if (const auto known = known_.find(declaration); known != known_.end()) return known->second;
  const std::string name = usable_name(declaration, use);
  known_[declaration] = {};
  if (name.empty()) return {};
  const EnumDecl* definition = declaration->getDefinition();
  graph::EnumType result;
  const QualType underlying = (definition != nullptr ? definition : declaration)->getIntegerType();
  const auto bits = context_.getTypeSize(underlying);
  if (bits > 64) {
    reporter_.error("message-field", "enum `" + name + "` has more than 64 bits",
                    declaration->getLocation(), {{use, "it is used in a message here"}},
                    "give it an underlying type of at most 64 bits");
    return {};
  }
  result.underlying =
      underlying->isBooleanType()
          ? "bool"
          : (underlying->isSignedIntegerType() ? "int" : "uint") + std::to_string(bits);
  for (const EnumConstantDecl* item :
       (definition != nullptr ? definition : declaration)->enumerators()) {
    const llvm::APSInt& value = item->getInitVal();
    // Of 64 bits without a sign: the same bits.
    result.enumerators.emplace_back(item->getNameAsString(), value.extOrTrunc(64).getSExtValue());
  }
  unit_.types.enums[name] = std::move(result);
  unit_.types.places[name] = reporter_.place(declaration->getLocation());
  return known_[declaration] = name;
}

std::string MessageTypes::field_type(QualType type, const std::string& owner,
                                     const std::string& field, SourceLocation place) {
  const std::string written = spelling(type, context_);
  type = type.getCanonicalType();
  const auto refuse = [&](const std::string& problem, const std::string& cure) {
    reporter_.error("message-field", "field `" + field + "` of `" + owner + "` is " + problem,
                    place, {}, cure);
    return std::string();
  };
  if (type.isConstQualified() || type.isVolatileQualified())
    return refuse("const or volatile, so it cannot be received", "drop the qualifier");
  if (const auto* builtin = type->getAs<BuiltinType>()) {
    switch (builtin->getKind()) {
      case BuiltinType::Bool:
        return "bool";
      case BuiltinType::Char_S:
      case BuiltinType::Char_U:
        return "char";
      case BuiltinType::Float:
        return "float";
      case BuiltinType::Double:
        return "double";
      default:
        break;
    }
    if (builtin->isInteger() && !type->isWideCharType() && !type->isChar8Type() &&
        !type->isChar16Type() && !type->isChar32Type()) {
      const auto bits = context_.getTypeSize(type);
      if (bits <= 64) return (builtin->isSignedInteger() ? "int" : "uint") + std::to_string(bits);
    }
    return refuse("a `" + written + "`, which CDR does not carry the same everywhere",
                  "use bool, char, a fixed-width integer (std::int32_t, ...), float or double");
  }
  if (const auto* enumeration = type->getAs<EnumType>())
    return add_enum(enumeration->getDecl(), place);
  if (type->isPointerType() || type->isMemberPointerType())
    return refuse("a pointer (`" + written + "`)", "hold the value itself, or a std::vector of it");
  if (type->isReferenceType())
    return refuse("a reference (`" + written + "`)", "hold the value itself");
  if (const auto* array = context_.getAsArrayType(type)) {
    const auto* constant = dyn_cast<ConstantArrayType>(array);
    const std::string element = spelling(array->getElementType(), context_);
    return refuse("a C array (`" + written + "`)",
                  "use std::array<" + element + ", " +
                      (constant ? llvm::toString(constant->getSize(), 10, false) : "N") + ">");
  }
  const auto* record = type->getAsCXXRecordDecl();
  if (record == nullptr)
    return refuse("a `" + written + "`, which cannot be sent",
                  "use numbers, text, lists or plain structs of them");
  if (StdModels::kind(record) != StdKind::kNone) {
    if (StdModels::kind(record) == StdKind::kText && record->getName() == "basic_string")
      return "string";
    if (const auto* args = std_template(type, "vector")) {
      const std::string element = field_type(args->get(0).getAsType(), owner, field, place);
      return element.empty() ? element : "sequence<" + element + ">";
    }
    if (const auto* args = std_template(type, "array")) {
      const llvm::APSInt size = args->get(1).getAsIntegral();
      if (size == 0 || size.ugt(kMaxArrayLength))
        return refuse("an array of a length that cannot be sent (`" + written + "`)",
                      "use 1 to 1 000 000 elements, or a std::vector");
      const std::string element = field_type(args->get(0).getAsType(), owner, field, place);
      return element.empty() ? element : "array<" + element + "," + llvm::toString(size, 10) + ">";
    }
    if (const auto* args = std_template(type, "optional")) {
      const std::string element = field_type(args->get(0).getAsType(), owner, field, place);
      return element.empty() ? element : "optional<" + element + ">";
    }
    if (const auto* args = std_template(type, "map");
        args != nullptr && StdModels::kind(record) == StdKind::kSorted) {
      const auto* key = args->get(0).getAsType()->getAsCXXRecordDecl();
      if (StdModels::kind(key) != StdKind::kText || key->getName() != "basic_string")
        return refuse("a map from something else than text (`" + written + "`)",
                      "use std::map<std::string, T>, or a std::vector of a struct with key and "
                      "value");
      const std::string element = field_type(args->get(1).getAsType(), owner, field, place);
      return element.empty() ? element : "map<string," + element + ">";
    }
    if (const auto* duration = duration_of(type)) {
      if (!is_in_nanoseconds(*duration))
        return refuse("a time in other units than whole nanoseconds (`" + written + "`)",
                      "use std::chrono::nanoseconds, microseconds, milliseconds, seconds, ..., or "
                      "send a double");
      return record->getName() == "duration" ? "duration" : "time_point";
    }
    const bool view = record->getIdentifier() != nullptr &&
                      (record->getName() == "basic_string_view" || record->getName() == "span");
    const bool map = record->getIdentifier() != nullptr && record->getName().contains("map");
    return refuse(
        "a `" + written + "`, which cannot be sent",
        view ? "a message owns what it holds: use std::string or std::vector"
        : map
            ? "use std::map<std::string, T> in its natural order, or a std::vector of a struct "
              "with key and value"
            : "use std::string, std::vector, std::array, std::optional, std::map, numbers, enums, "
              "std::chrono times or plain structs");
  }
  if (open_.count(cast<CXXRecordDecl>(record->getCanonicalDecl())) != 0) {
    return refuse("of type `" + written + "`, which contains itself",
                  "refer to the other element by an index or an id");
  }
  return add_record(record, place);
}

}  // namespace mort::analyzer
