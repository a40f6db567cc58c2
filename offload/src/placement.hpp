// A plan in the making: who is where, and what is left of each node. Never overfull.
#pragma once

#include <cstdint>
#include <vector>

#include "model.hpp"

namespace mort::offload {

/// A node and the gain there; node -1 when none has room.
struct Choice {
  std::int32_t node = -1;
  std::int64_t gain = -1;
};

class Placement {
 public:
  explicit Placement(const Model& model);

  const Model& model() const { return *model_; }
  const std::vector<std::int32_t>& assign() const { return assign_; }
  std::int32_t node_of(std::int32_t task) const { return assign_[task]; }
  bool placed(std::int32_t task) const { return assign_[task] >= 0; }
  std::int64_t free_cpu(std::int32_t node) const { return free_cpu_[node]; }
  std::int64_t free_memory(std::int32_t node) const { return free_memory_[node]; }

  /// `task` may run on `node` and fits into what is left of it.
  bool has_room(std::int32_t task, std::int32_t node) const {
    return model_->cpu(task) <= free_cpu_[node] && model_->memory(task) <= free_memory_[node] &&
           model_->allowed(task, node);
  }
  /// The same, were `leaving` gone from the node.
  bool has_room_without(std::int32_t task, std::int32_t node, std::int32_t leaving) const;
  /// `task` would fit on `node` if nothing else were there.
  bool could_hold(std::int32_t task, std::int32_t node) const;

  void place(std::int32_t task, std::int32_t node);
  void remove(std::int32_t task);

  /// gain(t,j) of OFFLOAD 1: edges to tasks on the node, and from virtual tasks there.
  std::int64_t gain(std::int32_t task, std::int32_t node) const;
  /// The node with room of the largest gain, ties to the smaller id. Cost: nodes + edges of the
  /// task.
  Choice best_node(std::int32_t task, std::int32_t except = -1) const;

  /// Utilisation of `a` is lower than that of `b`; exact.
  bool less_utilised(std::int32_t a, std::int32_t b) const;

 private:
  const Model* model_;
  std::vector<std::int32_t> assign_;
  std::vector<std::int64_t> free_cpu_;
  std::vector<std::int64_t> free_memory_;
  std::vector<std::int64_t> utilization_ppb_;    ///< before this plan, in thousand-millionths
  mutable std::vector<std::int64_t> node_gain_;  ///< scratch of best_node; all zero between calls
};

}  // namespace mort::offload
