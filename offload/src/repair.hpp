// REPAIR of OFFLOAD 3: finds a place for tasks that fitted nowhere.
#pragma once

#include <cstdint>
#include <vector>

#include "mort/base/result.hpp"
#include "placement.hpp"

namespace mort::offload {

/// Places `tasks`, moving others where needed; in the end packs everything anew.
/// Errors: kInfeasible with the tasks that could not be placed and why.
Result<void> repair(Placement& placement, std::vector<std::int32_t> tasks);

/// The gentle levels of REPAIR for one task: room as it is, one move of another task, several
/// moves. False, and nothing changed, when none of them helps.
bool make_room_and_place(Placement& placement, std::int32_t task);

/// Packs all tasks anew, with no regard to gain. Returns the tasks that found no room; empty when
/// all are placed. `exhausted` tells whether every possibility was tried, so that there is no plan
/// at all.
struct Packing {
  Placement placement;
  std::vector<std::int32_t> left;
  bool exhausted = false;
};
Packing pack(const Model& model);

/// Moves and swaps while profit rises.
void climb(Placement& placement);

/// kInfeasible, with causes for the tasks that `packing` left.
Error infeasible(const Packing& packing);

}  // namespace mort::offload
