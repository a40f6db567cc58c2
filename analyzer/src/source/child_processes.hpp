// Runs pieces of work in processes of their own: what makes Clang crash, loop or eat memory takes
// down nothing else.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace mort::analyzer {

struct ChildLimits {
  std::chrono::seconds time{120};
  std::uint64_t memory_bytes = std::uint64_t{4} << 30;  ///< address space; not under sanitizers
};

/// How one piece ended.
struct ChildOutcome {
  std::string out;  ///< what `work` gave; empty when the child failed
  std::string
      failure;  ///< empty: it went well; else e.g. "ended by signal 11 (Segmentation fault)"
  bool timed_out = false;
  std::string last_words;  ///< the end of what it wrote to stderr
};

/// Calls `work(i)` for each i below `count`, each in a forked child, `jobs` at a time.
/// Threads: call it from a process that has no other threads at work.
std::vector<ChildOutcome> run_in_children(std::size_t count, int jobs, const ChildLimits& limits,
                                          const std::function<std::string(std::size_t)>& work);

}  // namespace mort::analyzer
