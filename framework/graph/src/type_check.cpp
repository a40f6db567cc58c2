#include "type_check.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "names.hpp"

namespace mort::graph {
namespace {

constexpr std::string_view kBasic[] = {"bool",   "int8",   "int16",  "int32",  "int64",
                                       "uint8",  "uint16", "uint32", "uint64", "float",
                                       "double", "char",   "string"};
constexpr std::int64_t kMaxArray = std::int64_t{1} << 24;

bool is_basic(std::string_view type) {
  return std::find(std::begin(kBasic), std::end(kBasic), type) != std::end(kBasic);
}

bool unwrap(std::string_view& type, std::string_view head) {
  if (type.size() <= head.size() + 1 || type.substr(0, head.size()) != head) return false;
  if (type.back() != '>') return false;
  type = type.substr(head.size(), type.size() - head.size() - 1);
  return true;
}

/// Takes ",N" off the end of an array's inside. False when N is no number or out of bounds.
bool take_length(std::string_view& inside) {
  const std::size_t comma = inside.rfind(',');
  if (comma == std::string_view::npos) return false;
  std::string_view digits = inside.substr(comma + 1);
  while (!digits.empty() && digits.front() == ' ') digits.remove_prefix(1);
  std::int64_t length = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  inside = inside.substr(0, comma);
  return error == std::errc{} && end == digits.data() + digits.size() && length >= 1 &&
         length <= kMaxArray;
}

/// The innermost type of nested sequences and arrays; empty when the text is not well-formed.
std::string_view element_of(std::string_view type) {
  for (std::size_t depth = 0; depth < kMaxTypeDepth; ++depth) {
    if (unwrap(type, "sequence<")) continue;
    if (!unwrap(type, "array<")) return type;
    if (!take_length(type)) return {};
  }
  return {};
}

/// Walks the structs depth first; a struct met again on the way down contains itself.
class Walk {
 public:
  Walk(const TypeTable& table, const Value& place) : table_(table), place_(place) {}

  bool visit(const std::string& name, std::size_t depth) {
    if (heights_.count(name) > 0) return true;
    const Value at = place_.find("structs").find(name);
    if (depth > kMaxTypeDepth) return refuse_depth(at);
    if (!open_.insert(name).second) {
      at.refuse("struct " + in_quotes(name) + " contains itself", "send a message that has an end");
      return false;
    }
    std::size_t height = 0;
    for (const Field& field : table_.structs.at(name).fields) {
      const std::string element(element_of(field.type));
      if (is_basic(element) || table_.enums.count(element) > 0) continue;
      if (table_.structs.count(element) == 0) {
        at.refuse(
            "field " + in_quotes(field.name) + " has the unknown type " + in_quotes(field.type),
            "name a basic type, or a struct or enum of the same table");
        return false;
      }
      if (!visit(element, depth + 1)) return false;
      height = std::max(height, heights_.at(element) + 1);
    }
    if (height > kMaxTypeDepth) return refuse_depth(at);
    open_.erase(name);
    heights_[name] = height;
    return true;
  }

 private:
  static bool refuse_depth(const Value& at) {
    at.refuse("structs are nested too deeply", "send a message that has an end");
    return false;
  }

  const TypeTable& table_;
  const Value& place_;
  std::set<std::string> open_;
  std::map<std::string, std::size_t> heights_;  ///< of structs done: how deep others are in them
};

}  // namespace

void check_types(const TypeTable& table, const Value& place) {
  Walk walk(table, place);
  for (const auto& [name, unused] : table.structs) {
    if (!walk.visit(name, 0)) return;
  }
}

}  // namespace mort::graph
