// Message types compared by what they are made of, not by their names.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "mort/graph/task_graph.hpp"

namespace mort::graph {

/// Compares types of one table: the same fields, by name, in the same order and of the same
/// structure, so that what one end encodes the other decodes to the same values.
class TypeComparison {
 public:
  explicit TypeComparison(const TypeTable& types) : types_(types) {}

  /// Empty when the two have the same structure; else the first difference, for a person. Types
  /// that are not in the table are equal to themselves only.
  std::string difference(const std::string& a, const std::string& b);

 private:
  std::string compare(std::string_view a, std::string_view b);
  std::string compare_named(const std::string& a, const std::string& b);

  const TypeTable& types_;
  std::map<std::pair<std::string, std::string>, std::string> known_;
};

/// The definition of a struct or enum of the table as C++ shows it, over several lines; empty for
/// others.
std::string definition_of(const TypeTable& types, const std::string& name);

}  // namespace mort::graph
