// RMBRF (algorithms 3 to 5 of the paper): a quick, safe estimate of the cpu that tasks need when
// those of one path never run at once.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model.hpp"

namespace mort::offload {

/// How the need of a group is estimated in the fused model.
enum class Fusion { kRmbrf, kRmbrfPlus, kExact };

/// "rmbrf", "rmbrf+" or "exact".
Fusion fusion_of(std::string_view name);

/// Finds the roads of lists of tasks; keeps its tables from one list to the next.
class Roads {
 public:
  /// `fusion` is one of the two estimates.
  Roads(const Model& model, Fusion fusion);

  /// The road of each task of `tasks` (of a group, in topo order), numbered from 0. Tasks of one
  /// road lie on one path. Source: OFFLOAD 3, RMBRF. Cost: O(tasks x roads) at worst.
  const std::vector<std::int32_t>& find(std::span<const std::int32_t> tasks);

  /// Of the list found last: the sum of the maxima of its roads.
  std::int64_t cpu() const;

 private:
  using TaskRoads = std::vector<std::int32_t>;

  std::int32_t best_road(std::int64_t cpu, const TaskRoads& roads) const;
  void pass_on(std::span<const std::int32_t> tasks, std::int32_t at);
  std::int32_t best_father(std::int32_t road) const;

  const Model& model_;
  Fusion fusion_;
  std::vector<std::int32_t> place_;       ///< of each task of the model in the list, or -1
  std::vector<std::int32_t> road_;        ///< of each task of the list
  std::vector<std::int64_t> maximum_;     ///< of each road
  std::vector<TaskRoads> arrived_;        ///< roads that have come to each task of the list
  std::vector<std::int32_t> fathers_;     ///< places of the direct predecessors of a task
  std::vector<std::int64_t> father_cpu_;  ///< theirs
};

/// need(g,L) for L = 1, 2, ... of a group, by road or exactly.
std::vector<std::int64_t> fused_needs(const Model& model, Fusion fusion, Roads& roads,
                                      std::span<const std::int32_t> group);

}  // namespace mort::offload
