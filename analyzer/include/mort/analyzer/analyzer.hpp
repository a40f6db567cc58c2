// Source -> graph: reads C++ task sources and tells which task subscribes to and publishes what.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "mort/base/result.hpp"
#include "mort/graph/job.hpp"
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
  int jobs = 1;      ///< sources that are parsed at the same time, each in a process of its own
  /// Folder of compile_commands.json, whose flags come before `compile_flags`; empty: none.
  std::string build_dir = {};
  /// The job that the sources are of: its parameters, declarations and topics. Null: not known.
  const graph::Job* job = nullptr;
  std::string cache_dir = {};  ///< keeps what unchanged sources say; empty: nothing is kept
  std::chrono::seconds time_limit{120};                       ///< of one source
  std::uint64_t memory_limit_bytes = std::uint64_t{4} << 30;  ///< of one source
};

/// What the sources say. Everything is sorted: the same sources in any order give the same
/// analysis.
struct Analysis {
  graph::TaskGraph graph;
  std::vector<graph::Diagnostic> diagnostics;  ///< the last note of an error starts with "cure: "
  std::vector<std::string> files_read;         ///< real paths of sources and headers
  std::vector<std::string> files_missing;      ///< looked for in vain, e.g. in include directories
  int parsed = 0;                              ///< sources that were not in the cache

  /// True when no diagnostic is an error.
  bool ok() const;
  /// 0: sound; 1: a sound graph with findings of severity error; 2: something is refused, because
  /// it cannot be read or known.
  int exit_code() const;
};

/// Parses each source and follows the values that reach RegTask, RegSub and RegPub, and the topics
/// and types of Take, TryTake and Publish. What is not known is an error diagnostic, never a guess.
/// A source that makes Clang crash or loop is an error diagnostic as well.
/// Errors: kInvalid for what is no finding about the code: no sources, a file that cannot be read,
/// broken compile commands.
/// Threads: call it from a process that has no other threads at work; it forks `jobs` children.
/// Cost: a parse of each source that is not in the cache, about half a second.
Result<Analysis> analyze(const Options& options);

}  // namespace mort::analyzer
