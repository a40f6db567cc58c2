// The most valuable set of vertices of one tree that fits into a node: dynamic programming over the
// tree and the cpu.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include "bound_graph.hpp"

namespace mort::offload {

/// Worth of a vertex that may not be chosen.
constexpr std::int64_t kForbidden = std::numeric_limits<std::int64_t>::min() / 8;

/// Plain: the cpu of a set is the sum over its vertices. Fused: at most what its largest antichain
/// has. There a vertex shares the cpu of those below it, and what lies below a task with further
/// predecessors is left out of the count above it, since it may be ordered after anything there.
class TreeKnapsack {
 public:
  TreeKnapsack(const BoundGraph& graph, bool fused);

  /// Fills the tables of `tree`; those of other trees stay. `cpu` and `worth` are by vertex.
  void solve(std::size_t tree, std::int32_t capacity, std::span<const std::int32_t> cpu,
             std::span<const std::int64_t> worth);

  /// The best worth within cpu 0, 1, ... of the tree, up to where more cpu is of no use.
  std::span<const std::int64_t> best(std::size_t tree) const;

  /// Calls `choose` for each vertex of the best set within `cpu`.
  void select(std::size_t tree, std::int32_t cpu,
              const std::function<void(std::int32_t)>& choose) const;

  /// Elementary steps so far: the same on every machine.
  std::int64_t steps() const { return steps_; }

 private:
  struct Table {
    std::vector<std::int64_t> with;         ///< the vertex is chosen
    std::vector<std::int64_t> without;      ///< it is not
    std::vector<std::int64_t> best;         ///< the better of the two
    std::vector<std::int32_t> cpu_with;     ///< of its parent's cpu, what it got, the parent chosen
    std::vector<std::int32_t> cpu_without;  ///< the same, the parent not chosen
  };

  void close(std::int32_t vertex, std::int32_t cpu, std::int64_t worth);
  void merge(std::int32_t child, std::int32_t parent);

  const BoundGraph& graph_;
  bool fused_;
  std::int32_t capacity_ = 0;
  std::vector<Table> tables_;
  std::vector<std::int32_t> cpu_;    ///< as it was when the vertex was closed
  std::vector<std::int64_t> drawn_;  ///< scratch: a child's best, its parent chosen
  std::vector<std::int64_t> sum_;    ///< scratch
  std::int64_t steps_ = 0;
};

}  // namespace mort::offload
