// Source -> graph: reads C++ task sources and tells which task subscribes to and publishes what.
#pragma once

#include <string>
#include <vector>

#include "mort/base/result.hpp"
#include "mort/graph/task_graph.hpp"

namespace mort::analyzer {

/// What to read and how to compile it.
struct Options {
  std::vector<std::string> sources;
  /// As for clang++, e.g. "-std=c++20", "-Iinclude". Only flags that say how to read C++ are
  /// obeyed: what loads plugins, writes files or reaches into the compiler is dropped.
  std::vector<std::string> compile_flags;
  std::string
      display_root;  ///< files below it are shown relative to it; empty: paths stay absolute
  int jobs = 1;      ///< sources that are parsed at the same time
};

/// What the sources say. Everything is sorted: the same sources in any order give the same
/// analysis.
struct Analysis {
  graph::TaskGraph graph;
  std::vector<graph::Diagnostic> diagnostics;  ///< the last note of an error starts with "cure: "
  std::vector<std::string> files_read;         ///< real paths of sources and headers

  /// True when no diagnostic is an error.
  bool ok() const;
};

/// Parses each source and follows the values that reach RegTask, RegSub and RegPub, and the topics
/// and types of Take, TryTake and Publish. What is not known is an error diagnostic, never a guess.
/// Errors: kInvalid for what is no finding about the code: no sources, a file that cannot be read.
/// Threads: any; `jobs` threads of its own. Cost: a parse of each source, about a second.
Result<Analysis> analyze(const Options& options);

}  // namespace mort::analyzer
