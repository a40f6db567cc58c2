#include "type_check.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "field_type.hpp"
#include "names.hpp"

namespace mort::graph {
namespace {

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
      if (outermost(element).kind == FieldType::Kind::kBasic || table_.enums.count(element) > 0)
        continue;
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
