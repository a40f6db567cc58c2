// Algorithm 1 of the paper: tasks that exchange most go into one group.
#pragma once

#include <cstdint>
#include <vector>

#include "model.hpp"

namespace mort::offload {

/// In place of a task, where there is none.
constexpr std::int32_t kNoTask = -1;

/// The direct predecessor with the largest rate among those that `counts` accepts; ties to the
/// smaller tpos.
template <class Counts>
std::int32_t strongest_predecessor(const Model& model, std::int32_t task, Counts counts) {
  std::int32_t best = kNoTask;
  std::int64_t best_rate = -1;
  for (const Link& link : model.predecessors(task)) {
    if (!counts(link.task)) continue;
    const bool earlier = best == kNoTask || model.tpos(link.task) < model.tpos(best);
    if (link.rate > best_rate || (link.rate == best_rate && earlier)) {
      best = link.task;
      best_rate = link.rate;
    }
  }
  return best;
}

/// Groups ordered by their heads' tpos; the tasks of each in topo order.
/// Source: OFFLOAD 3, grouping (algorithm 1 of the paper). Cost: O(tasks + edges).
std::vector<std::vector<std::int32_t>> make_groups(const Model& model);

}  // namespace mort::offload
