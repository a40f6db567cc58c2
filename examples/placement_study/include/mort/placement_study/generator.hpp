// Placement instances by recipe and seed, as the paper's experiments ask (OFFLOAD 4).
#pragma once

#include <cstdint>
#include <string_view>

#include "mort/base/result.hpp"
#include "mort/graph/placement.hpp"
#include "mort/placement_study/dag_stats.hpp"

namespace mort::placement_study {

enum class Merge {
  kUnion,  ///< jobs stay apart
  kChain   ///< each further job hangs on random earlier tasks: one connected job
};

/// Where virtual tasks sit.
enum class VirtualMode {
  kAtcp,   ///< on strong nodes: drawn by the square of their capacity
  kAtcpR,  ///< on weak nodes: drawn by the inverse of that square
  kRandom  ///< on any node
};

std::string_view name(Merge merge);       ///< "union" or "chain"
std::string_view name(VirtualMode mode);  ///< "atcp", "atcp-r" or "random"

struct Recipe {
  int tasks = 200;
  int nodes = 90;
  Merge merge = Merge::kUnion;
  VirtualMode virtual_mode = VirtualMode::kRandom;
  double factor = 1.5;  ///< capacity of all nodes over the demand of all tasks
  std::uint64_t seed = 1;
};

/// The same recipe and stats give the same instance on any machine.
/// Shapes: tasks are in topological order; every edge goes from a smaller to a larger id.
/// Units: rates in bit/s, cpu in cores.
/// Every node has at least one cpu, so that few tasks on many nodes get more than factor x demand.
/// Errors: kInvalid for numbers out of bounds.
Result<graph::Instance> generate(const Recipe& recipe, const DagStats& stats);

}  // namespace mort::placement_study
