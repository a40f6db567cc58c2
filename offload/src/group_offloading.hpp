// What gbto and gfbto share: groups of tasks go to nodes, the most profitable group first.
#pragma once

#include <functional>

#include "placement.hpp"

namespace mort::offload {

/// Where the two differ.
struct GroupRules {
  /// need(g,L) for L = 1, 2, ..., the size of the group; the group is in topo order.
  std::function<std::vector<std::int64_t>(std::span<const std::int32_t>)> needs;
  /// How ties between nodes end: by higher utilisation, then less free cpu; or by lower, then more.
  bool prefer_utilised = false;
};

/// Places all tasks. Source: OFFLOAD 3, gbto (algorithm 2 of the paper). Errors: kInfeasible.
Result<Placement> offload_groups(const Model& model, const GroupRules& rules);

}  // namespace mort::offload
