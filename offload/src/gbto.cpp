// Group-based task offloading. Source: OFFLOAD 3, gbto (algorithm 2 of the paper).
#include "algorithms.hpp"
#include "group_offloading.hpp"

namespace mort::offload {

Result<graph::Plan> Gbto::plan(const graph::Instance& instance, const Options& options) const {
  MORT_TRY_VOID(check_request(instance, options));
  const Model model(instance, options.model);
  GroupRules rules;
  rules.needs = [&](std::span<const std::int32_t> group) {
    std::vector<std::int64_t> needs;
    std::int64_t sum = 0;
    for (const std::int32_t task : group) needs.push_back(sum += model.cpu(task));
    return needs;
  };
  MORT_TRY(placement, offload_groups(model, rules));
  return finish(model, placement.assign(), name(), options);
}

}  // namespace mort::offload
