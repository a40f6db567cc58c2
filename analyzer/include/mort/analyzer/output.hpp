// An analysis as people, editors and other programs read it.
#pragma once

#include <iosfwd>
#include <string>

#include "mort/analyzer/analyzer.hpp"

namespace mort::analyzer {

/// Tasks, topics, edges.
void print_graph(std::ostream& out, const graph::TaskGraph& graph);
/// SARIF 2.1.0 (OASIS), for code scanning and editors.
std::string to_sarif(const Analysis& analysis, const std::string& root);
/// The access policy that allows the tasks what their code does and nothing else, as `mort rights
/// set` takes it. `job` is its name; empty: any job.
std::string to_rights(const graph::TaskGraph& graph, const std::string& job);

}  // namespace mort::analyzer
