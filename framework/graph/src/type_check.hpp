// Checks a table of message types that came from outside.
#pragma once

#include "json_reader.hpp"
#include "mort/graph/task_graph.hpp"

namespace mort::graph {

/// Refuses the first field whose type is not well-formed, not in the table, or leads back to its
/// own struct.
void check_types(const TypeTable& table, const Value& place);

}  // namespace mort::graph
