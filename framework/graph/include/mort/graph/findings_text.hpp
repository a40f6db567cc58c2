// Findings as a person reads them, in the manner of Clang.
#pragma once

#include <string>
#include <vector>

#include "mort/graph/task_graph.hpp"

namespace mort::graph {

/// Each finding with its place, its line and a caret, its notes and its cure; then how many there
/// are. Relative files are below `root`; a file that cannot be read shows no line.
std::string findings_text(const std::vector<Diagnostic>& findings, const std::string& root);

/// Without the characters that drive a terminal.
std::string printable(std::string text);

}  // namespace mort::graph
