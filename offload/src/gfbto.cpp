// Group-based task offloading with fusion of paths. Source: OFFLOAD 3, gfbto.
#include "algorithms.hpp"
#include "group_offloading.hpp"
#include "roads.hpp"

namespace mort::offload {

Result<graph::Plan> Gfbto::plan(const graph::Instance& instance, const Options& given) const {
  Options options = given;
  options.model = "fused";
  MORT_TRY_VOID(check_request(instance, options));
  const Model model(instance, options.model);
  const Fusion fusion = fusion_of(options.fusion);
  Roads roads(model, fusion);
  GroupRules rules;
  rules.needs = [&](std::span<const std::int32_t> group) {
    return fused_needs(model, fusion, roads, group);
  };
  rules.prefer_utilised = options.ties == "high";
  MORT_TRY(placement, offload_groups(model, rules));
  return finish(model, placement.assign(), name(), options);
}

}  // namespace mort::offload
