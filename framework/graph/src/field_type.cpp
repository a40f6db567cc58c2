#include "field_type.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "mort/graph/limits.hpp"

namespace mort::graph {
namespace {

constexpr std::string_view kBasic[] = {"bool",   "int8",   "int16",  "int32",    "int64",
                                       "uint8",  "uint16", "uint32", "uint64",   "float",
                                       "double", "char",   "string", "duration", "time_point"};
constexpr std::int64_t kMaxArray = std::int64_t{1} << 24;

bool unwrap(std::string_view& type, std::string_view head) {
  if (type.size() <= head.size() + 1 || type.substr(0, head.size()) != head) return false;
  if (type.back() != '>') return false;
  type = type.substr(head.size(), type.size() - head.size() - 1);
  return true;
}

/// Takes ",N" off the end of an array's inside. 0 when N is no number or out of bounds.
std::int64_t take_length(std::string_view& inside) {
  const std::size_t comma = inside.rfind(',');
  if (comma == std::string_view::npos) return 0;
  std::string_view digits = inside.substr(comma + 1);
  while (!digits.empty() && digits.front() == ' ') digits.remove_prefix(1);
  std::int64_t length = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  inside = inside.substr(0, comma);
  const bool valid = error == std::errc{} && end == digits.data() + digits.size() && length >= 1 &&
                     length <= kMaxArray;
  return valid ? length : 0;
}

}  // namespace

FieldType outermost(std::string_view type) {
  using Kind = FieldType::Kind;
  if (unwrap(type, "sequence<")) return {Kind::kSequence, type};
  if (unwrap(type, "optional<")) return {Kind::kOptional, type};
  if (unwrap(type, "map<string,")) return {Kind::kMap, type};
  if (unwrap(type, "array<")) {
    const std::int64_t length = take_length(type);
    return length == 0 ? FieldType{} : FieldType{Kind::kArray, type, length};
  }
  if (type.empty()) return {};
  const bool basic = std::find(std::begin(kBasic), std::end(kBasic), type) != std::end(kBasic);
  return {basic ? Kind::kBasic : Kind::kNamed, type};
}

std::string_view element_of(std::string_view type) {
  for (std::size_t depth = 0; depth < kMaxTypeDepth; ++depth) {
    const FieldType layer = outermost(type);
    if (layer.kind == FieldType::Kind::kMalformed) return {};
    if (layer.kind == FieldType::Kind::kBasic || layer.kind == FieldType::Kind::kNamed)
      return layer.inside;
    type = layer.inside;
  }
  return {};
}

}  // namespace mort::graph
