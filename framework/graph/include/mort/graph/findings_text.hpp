// Findings as a person reads them, in the manner of Clang.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "mort/graph/task_graph.hpp"

namespace mort::graph {

/// Each finding with its place, its line and a caret, its notes and its cure; then how many there
/// are. Relative files are below `root`; a file that cannot be read shows no line.
std::string findings_text(const std::vector<Diagnostic>& findings, const std::string& root);

/// Lines of source files, each file read once. Relative files are below `root`.
class SourceLines {
 public:
  explicit SourceLines(std::string root) : root_(std::move(root)) {}

  /// Null when there is no such line, or its file is no regular one or larger than 16 MiB.
  const std::string* at(const Place& place);

 private:
  std::string root_;
  std::map<std::string, std::vector<std::string>> files_;
};

/// Without the characters that drive a terminal.
std::string printable(std::string text);

}  // namespace mort::graph
