#include "lanes.hpp"

#include <algorithm>
#include <map>

#include "roads.hpp"

namespace mort::offload {

std::vector<std::int32_t> lanes_of(const Model& model, const std::vector<std::int32_t>& assign) {
  std::map<std::pair<std::int32_t, std::int32_t>, std::vector<std::int32_t>> workers;
  for (const std::int32_t task : model.topo())
    workers[{assign[task], model.instance().tasks[task].job}].push_back(task);
  std::vector<std::int32_t> lanes(assign.size());
  Roads roads(model, Fusion::kRmbrf);
  for (const auto& [worker, tasks] : workers) {
    if (model.fused()) {
      const std::vector<std::int32_t>& road = roads.find(tasks);
      for (std::size_t i = 0; i < tasks.size(); ++i) lanes[tasks[i]] = road[i];
      continue;
    }
    const std::int64_t per_core = std::max<std::int64_t>(model.instance().cpu_per_core, 1);
    const std::int64_t cores = (model.capacity(worker.first) + per_core - 1) / per_core;
    const auto count = static_cast<std::int64_t>(tasks.size());
    const std::int64_t used = std::clamp<std::int64_t>(count, 1, std::max<std::int64_t>(cores, 1));
    for (std::int64_t i = 0; i < count; ++i)
      lanes[tasks[i]] = static_cast<std::int32_t>(i * used / count);
  }
  return lanes;
}

}  // namespace mort::offload
