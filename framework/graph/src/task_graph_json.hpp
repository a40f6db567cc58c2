// The task graph as part of a larger document (the manifest holds one).
#pragma once

#include "json_reader.hpp"
#include "mort/graph/task_graph.hpp"

namespace mort::graph {

OrderedJson graph_to_json(const TaskGraph& graph, const std::vector<Diagnostic>& diagnostics);
TaskGraph read_graph(const Value& value);

void write_place(OrderedJson& json, const Place& place);
Place read_place(const Value& value);

}  // namespace mort::graph
