#include "roads.hpp"

#include <algorithm>
#include <numeric>

#include "antichain.hpp"

namespace mort::offload {

Fusion fusion_of(std::string_view name) {
  if (name == "rmbrf+") return Fusion::kRmbrfPlus;
  return name == "exact" ? Fusion::kExact : Fusion::kRmbrf;
}

Roads::Roads(const Model& model, Fusion fusion)
    : model_(model), fusion_(fusion), place_(model.tasks(), -1) {}

const std::vector<std::int32_t>& Roads::find(std::span<const std::int32_t> tasks) {
  road_.assign(tasks.size(), -1);
  maximum_.clear();
  if (arrived_.size() < tasks.size()) arrived_.resize(tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    place_[tasks[i]] = static_cast<std::int32_t>(i);
    arrived_[i].clear();
  }
  for (auto at = static_cast<std::int32_t>(tasks.size()) - 1; at >= 0; --at) {
    const std::int64_t cpu = model_.cpu(tasks[at]);
    TaskRoads& roads = arrived_[at];
    if (roads.empty()) {
      roads.push_back(static_cast<std::int32_t>(maximum_.size()));
      maximum_.push_back(cpu);
      road_[at] = roads[0];
    } else {
      road_[at] = best_road(cpu, roads);
      maximum_[road_[at]] = std::max(maximum_[road_[at]], cpu);
    }
    pass_on(tasks, at);
  }
  for (const std::int32_t task : tasks) place_[task] = -1;
  return road_;
}

/// theBestRoad. RMBRF: the largest road, or for a task larger than all of them the smallest.
/// RMBRF+: the smallest road that holds the task as it is, else the largest.
std::int32_t Roads::best_road(std::int64_t cpu, const TaskRoads& roads) const {
  const auto by_maximum = [&](std::int32_t a, std::int32_t b) { return maximum_[a] < maximum_[b]; };
  const std::int32_t largest = *std::max_element(roads.begin(), roads.end(), by_maximum);
  if (fusion_ == Fusion::kRmbrf) {
    return cpu > maximum_[largest] ? *std::min_element(roads.begin(), roads.end(), by_maximum)
                                   : largest;
  }
  std::int32_t best = -1;
  for (const std::int32_t road : roads) {
    if (maximum_[road] >= cpu && (best < 0 || maximum_[road] < maximum_[best])) best = road;
  }
  return best < 0 ? largest : best;
}

/// Each road of the task goes on to one of its direct predecessors in the list.
void Roads::pass_on(std::span<const std::int32_t> tasks, std::int32_t at) {
  const std::int32_t job = model_.instance().tasks[tasks[at]].job;
  fathers_.clear();
  father_cpu_.clear();
  for (const Link& link : model_.predecessors(tasks[at])) {
    if (place_[link.task] < 0 || model_.instance().tasks[link.task].job != job) continue;
    fathers_.push_back(place_[link.task]);
    father_cpu_.push_back(model_.cpu(link.task));
  }
  if (fathers_.empty()) return;
  TaskRoads& roads = arrived_[at];
  if (fathers_.size() == 1) {
    TaskRoads& there = arrived_[fathers_[0]];
    if (there.empty()) {
      there.swap(roads);
    } else {
      there.insert(there.end(), roads.begin(), roads.end());
    }
    return;
  }
  if (fusion_ == Fusion::kRmbrfPlus) {
    std::stable_sort(roads.begin(), roads.end(),
                     [&](std::int32_t a, std::int32_t b) { return maximum_[a] > maximum_[b]; });
  }
  for (const std::int32_t road : roads) arrived_[best_father(road)].push_back(road);
}

/// theBestFather: the smallest predecessor for a road whose maximum is above them all, else the
/// largest; RMBRF+ looks first among those that no road has come to. Ties: smaller tpos.
std::int32_t Roads::best_father(std::int32_t road) const {
  const bool above_all = maximum_[road] > *std::max_element(father_cpu_.begin(), father_cpu_.end());
  const auto before = [&](std::size_t a, std::size_t b) {
    if (fusion_ == Fusion::kRmbrfPlus) {
      const bool free_a = arrived_[fathers_[a]].empty();
      const bool free_b = arrived_[fathers_[b]].empty();
      if (free_a != free_b) return free_a;
    }
    if (father_cpu_[a] != father_cpu_[b])
      return above_all ? father_cpu_[a] < father_cpu_[b] : father_cpu_[a] > father_cpu_[b];
    return fathers_[a] < fathers_[b];
  };
  std::size_t best = 0;
  for (std::size_t i = 1; i < fathers_.size(); ++i) {
    if (before(i, best)) best = i;
  }
  return fathers_[best];
}

std::int64_t Roads::cpu() const {
  return std::accumulate(maximum_.begin(), maximum_.end(), std::int64_t{0});
}

std::vector<std::int64_t> fused_needs(const Model& model, Fusion fusion, Roads& roads,
                                      std::span<const std::int32_t> group) {
  std::vector<std::int64_t> needs;
  for (std::size_t length = 1; length <= group.size(); ++length) {
    const auto prefix = group.first(length);
    if (fusion == Fusion::kExact) {
      needs.push_back(fused_cpu(model, prefix));
    } else {
      roads.find(prefix);
      needs.push_back(roads.cpu());
    }
  }
  return needs;
}

}  // namespace mort::offload
