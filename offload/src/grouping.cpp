#include "grouping.hpp"

namespace mort::offload {

std::vector<std::vector<std::int32_t>> make_groups(const Model& model) {
  // A task joins its strongest predecessor's group; that task joins its own one's in turn. So a
  // group is a tree of strongest predecessors, and going from the front finds each father already
  // in his final group.
  std::vector<std::vector<std::int32_t>> groups;
  std::vector<std::size_t> group_of(model.tasks());
  for (const std::int32_t task : model.topo()) {
    const std::int32_t father =
        strongest_predecessor(model, task, [](std::int32_t) { return true; });
    if (father == kNoTask) groups.emplace_back();
    group_of[task] = father == kNoTask ? groups.size() - 1 : group_of[father];
    groups[group_of[task]].push_back(task);
  }
  return groups;
}

}  // namespace mort::offload
