// What one source says, before the sources of a job are joined: plain data, without Clang.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "mort/graph/task_graph.hpp"

namespace mort::analyzer {

struct PlacedClass {
  std::string name;
  graph::Place place;
};

/// Tasks, message types and findings of one source.
struct Unit {
  std::vector<graph::TaskDecl> tasks;
  graph::TypeTable types;
  std::map<std::string, graph::Place> type_places;
  std::vector<graph::Diagnostic> diagnostics;
  std::vector<PlacedClass> task_classes;      ///< classes whose constructor calls RegTask
  std::set<std::string> constructed_classes;  ///< classes of registered tasks, with their bases
  std::vector<std::string> files_read;
};

}  // namespace mort::analyzer
