// A YAML document as a tree that knows the place of every key and value. Built from yaml-cpp's
// events, so that duplicate keys, aliases and depth are seen before anything is unfolded.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mort/base/result.hpp"
#include "mort/graph/task_graph.hpp"

namespace mort::graph {

struct YamlNode {
  enum class Kind { kNull, kScalar, kSequence, kMap };
  Kind kind = Kind::kNull;
  std::string text;  ///< of a scalar
  Place place;
  std::vector<YamlNode> keys;   ///< of a map; all scalars, no two alike
  std::vector<YamlNode> items;  ///< entries of a sequence, values of a map

  const YamlNode* find(std::string_view key) const;
};

/// "a mapping", "a list", "text" or "nothing".
std::string_view kind_name(const YamlNode& node);

/// Reads the one document in `text`. Errors: kInvalid with file:line:column.
Result<YamlNode> read_yaml(std::string_view text, const std::string& file);

}  // namespace mort::graph
