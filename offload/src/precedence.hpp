// Which tasks of a job never run at once: those on one path of the DAG.
#pragma once

#include <cstdint>
#include <vector>

#include "mort/graph/placement.hpp"

namespace mort::offload {

/// Tasks of one connected graph that the fused model takes: the table of pairs grows as its square.
constexpr std::size_t kMaxFusedTasks = 32'768;

/// Tasks of the largest connected part of the instance's graph.
std::size_t largest_part(const graph::Instance& instance);

/// Reachability in the whole DAG between tasks of one job, as a table of bits for each connected
/// part of the graph. Source: OFFLOAD 1, fused model.
class Precedence {
 public:
  Precedence() = default;
  /// `topo` is a topological order of the instance's tasks.
  Precedence(const graph::Instance& instance, const std::vector<std::int32_t>& topo);

  /// Both are of one job, and one comes before the other: they share cpu when fused.
  bool ordered(std::int32_t a, std::int32_t b) const {
    if (part_[a] != part_[b]) return false;
    const std::int32_t bit = place_[b];
    return (rows_[row_[a] + static_cast<std::size_t>(bit) / 64] >> (bit % 64) & 1) != 0;
  }

 private:
  std::vector<std::int32_t> part_;   ///< connected part of each task
  std::vector<std::int32_t> place_;  ///< place of each task in its part
  std::vector<std::size_t> row_;     ///< where the task's row begins
  std::vector<std::uint64_t> rows_;
};

}  // namespace mort::offload
