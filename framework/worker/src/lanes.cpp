#include <algorithm>
#include <iterator>
#include <set>

#include "mort/worker/config.hpp"

namespace mort::worker {

std::map<std::string, std::size_t> lanes_here(const Config& config, std::size_t cores) {
  std::vector<std::string> here;
  for (const std::string& name : graph::topological_order(config.manifest.graph)) {
    if (config.is_here(name)) here.push_back(name);
  }
  const std::size_t tasks = here.size();
  if (config.is_here(std::string(kFollowTask))) here.emplace_back(kFollowTask);

  std::map<std::string, std::size_t> lanes;
  std::set<int> given;
  for (const std::string& name : here) {
    if (const auto found = config.lanes.find(name); found != config.lanes.end())
      lanes[name] = static_cast<std::size_t>(*given.insert(found->second).first);
  }
  if (lanes.size() == here.size()) {
    for (auto& [name, lane] : lanes) {
      lane = static_cast<std::size_t>(
          std::distance(given.begin(), given.find(static_cast<int>(lane))));
    }
    return lanes;
  }
  // Neighbours share a lane, so that most hand-overs stay on one thread; follow goes with the last.
  const std::size_t count =
      std::clamp<std::size_t>(here.size(), 1, std::max<std::size_t>(cores, 1));
  for (std::size_t i = 0; i < tasks; ++i) lanes[here[i]] = i * count / tasks;
  if (here.size() > tasks) lanes[here.back()] = count - 1;
  return lanes;
}

}  // namespace mort::worker
