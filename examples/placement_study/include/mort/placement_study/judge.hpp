// A second opinion on a plan, written apart from the planner: profit and overfull nodes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mort/graph/placement.hpp"

namespace mort::placement_study {

struct Judgement {
  std::int64_t profit = 0;              ///< bit/s that stay on one node
  std::vector<std::string> violations;  ///< one line for each task without a node, node overfull
};

/// Judges by cpu alone: generated instances have no memory, pins or measured load.
/// `fused`: per node and job only the heaviest set of tasks of which no two are on one path counts
/// (OFFLOAD 1), else the sum of all. Cost: O(tasks x edges / 64) for the paths.
Judgement judge(const graph::Instance& instance, const std::vector<std::int32_t>& assign,
                bool fused);

}  // namespace mort::placement_study
