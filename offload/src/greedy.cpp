#include "algorithms.hpp"
#include "repair.hpp"

namespace mort::offload {

// Source: OFFLOAD 3, greedy.
Result<graph::Plan> Greedy::plan(const graph::Instance& instance, const Options& options) const {
  MORT_TRY_VOID(check_request(instance, options));
  const Model model(instance, options.model);
  Placement placement(model);
  std::vector<std::int32_t> aside;
  for (const std::int32_t task : model.topo()) {
    const Choice best = placement.best_node(task);
    if (best.node < 0) {
      aside.push_back(task);
    } else {
      placement.place(task, best.node);
    }
  }
  MORT_TRY_VOID(repair(placement, aside));
  return finish(model, placement.assign(), name(), options);
}

}  // namespace mort::offload
