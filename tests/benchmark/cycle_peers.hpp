// One cycle of a task graph in other ways than Mort's: a thread for each task, and Boost.Fiber.
#pragma once

#include <chrono>
#include <vector>

namespace mort::benchmark_worker {

/// Tasks in topological order; each takes one message from every edge that ends in it and sends one
/// on every edge that begins there. Task 0 is the only source.
struct CycleGraph {
  struct Edge {
    int from;
    int to;
  };
  int tasks = 0;
  std::vector<Edge> edges;
  int sink = 0;  ///< the task that ends a cycle

  static CycleGraph chain(int tasks);
  /// A source, tasks - 2 beside each other, a sink.
  static CycleGraph diamond(int tasks);
  /// The job of examples/text_statistics: two raw data, three range counts, two joins, one result.
  static CycleGraph text_statistics();
};

/// Mean time of a cycle over `cycles` of them, one in flight, after some that are not counted.
std::chrono::duration<double, std::micro> cycle_on_threads(const CycleGraph& graph, int cycles);
std::chrono::duration<double, std::micro> cycle_on_fibers(const CycleGraph& graph, int cycles);

}  // namespace mort::benchmark_worker
