#include "mort/graph/type_structure.hpp"

#include <algorithm>

#include "field_type.hpp"
#include "names.hpp"

namespace mort::graph {
namespace {

constexpr std::size_t kShownMembers = 64;

std::string compare_fields(const StructType& a, const StructType& b) {
  for (std::size_t i = 0; i < std::min(a.fields.size(), b.fields.size()); ++i) {
    if (a.fields[i].name != b.fields[i].name) {
      return "field " + std::to_string(i + 1) + " is " + in_quotes(a.fields[i].name) +
             " in one and " + in_quotes(b.fields[i].name) + " in the other";
    }
  }
  if (a.fields.size() == b.fields.size()) return {};
  const auto& longer = a.fields.size() > b.fields.size() ? a.fields : b.fields;
  return "only one has field " + in_quotes(longer[std::min(a.fields.size(), b.fields.size())].name);
}

std::vector<std::pair<std::int64_t, std::string>> by_value(const EnumType& type) {
  std::vector<std::pair<std::int64_t, std::string>> all;
  for (const auto& [name, value] : type.enumerators) all.emplace_back(value, name);
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace

std::string_view wire_of(const EnumType& type) {
  if (type.underlying == "int64" || type.underlying == "uint64") return type.underlying;
  return type.underlying.starts_with("int") ? "int32" : "uint32";
}

std::string enumerator_text(const EnumType& type, std::int64_t value) {
  return type.underlying == "uint64" ? std::to_string(static_cast<std::uint64_t>(value))
                                     : std::to_string(value);
}

std::string TypeComparison::difference(const std::string& a, const std::string& b) {
  return compare(a, b);
}

std::string TypeComparison::compare(std::string_view a, std::string_view b) {
  if (a == b) return {};
  const FieldType left = outermost(a);
  const FieldType right = outermost(b);
  const std::string differs = std::string(a) + " in one and " + std::string(b) + " in the other";
  if (left.kind != right.kind || left.length != right.length) return differs;
  switch (left.kind) {
    case FieldType::Kind::kSequence:
    case FieldType::Kind::kArray:
    case FieldType::Kind::kOptional:
    case FieldType::Kind::kMap:
      return compare(left.inside, right.inside);
    case FieldType::Kind::kNamed:
      return compare_named(std::string(a), std::string(b));
    case FieldType::Kind::kBasic:
    case FieldType::Kind::kMalformed:
      break;
  }
  return differs;
}

std::string TypeComparison::compare_named(const std::string& a, const std::string& b) {
  // A pair that is met again on the way down says nothing new.
  const auto [known, fresh] = known_.try_emplace({a, b});
  if (!fresh) return known->second;
  std::string& found = known->second;
  const auto left = types_.structs.find(a);
  const auto right = types_.structs.find(b);
  if (left != types_.structs.end() && right != types_.structs.end()) {
    found = compare_fields(left->second, right->second);
    for (std::size_t i = 0; found.empty() && i < left->second.fields.size(); ++i) {
      const Field& field = left->second.fields[i];
      const std::string inside = compare(field.type, right->second.fields[i].type);
      if (!inside.empty()) found = "field " + in_quotes(field.name) + ": " + inside;
    }
    return found;
  }
  const auto left_enum = types_.enums.find(a);
  const auto right_enum = types_.enums.find(b);
  const bool enums = left_enum != types_.enums.end() && right_enum != types_.enums.end();
  if (!enums)
    found = a + " in one and " + b + " in the other";
  else if (by_value(left_enum->second) != by_value(right_enum->second))
    found = "the enumerators of " + a + " and " + b;
  else if (left_enum->second.underlying != right_enum->second.underlying)
    found = "the values of " + a + " are of type " + left_enum->second.underlying + ", of " + b +
            " of type " + right_enum->second.underlying;
  return found;
}

std::string definition_of(const TypeTable& types, const std::string& name) {
  std::vector<std::string> members;
  const auto found = types.structs.find(name);
  const auto enumeration = types.enums.find(name);
  const bool is_struct = found != types.structs.end();
  if (is_struct) {
    for (const Field& field : found->second.fields)
      members.push_back(field.type + " " + field.name + ";");
  } else if (enumeration != types.enums.end()) {
    for (const auto& [label, value] : enumeration->second.enumerators)
      members.push_back(label + " = " + enumerator_text(enumeration->second, value) + ",");
  } else {
    return {};
  }
  std::string text = (is_struct ? "struct " : "enum ") + name;
  if (!is_struct && enumeration->second.underlying != EnumType{}.underlying)
    text += " : " + enumeration->second.underlying;
  text += " {\n";
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (i == kShownMembers) {
      text += "  // and " + std::to_string(members.size() - i) + " more\n";
      break;
    }
    text += "  " + members[i] + "\n";
  }
  return text + "};";
}

}  // namespace mort::graph
