// Sets of tasks that may run at once, as the fused model needs them in rows.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model.hpp"

namespace mort::optimal {

using Tasks = std::vector<std::int32_t>;

/// All tasks, in sets such that only tasks of one set share cpu.
std::vector<Tasks> sharing_sets(const offload::Model& model);

/// The largest sets of tasks of which no two are ordered; nothing when there are more than `most`,
/// or more than 64 tasks.
std::vector<Tasks> maximal_antichains(const offload::Model& model,
                                      std::span<const std::int32_t> tasks, std::size_t most);

/// Pairs of places in `tasks` (in topological order) of which one comes right before the other.
std::vector<std::pair<std::size_t, std::size_t>> covering_pairs(
    const offload::Model& model, std::span<const std::int32_t> tasks);

}  // namespace mort::optimal
