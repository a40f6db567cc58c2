// A plan in the making: who is where, and what is left of each node. Never overfull.
#pragma once

#include <cstdint>
#include <vector>

#include "occupancy.hpp"

namespace mort::offload {

/// A node and the gain there; node -1 when none has room.
struct Choice {
  std::int32_t node = -1;
  std::int64_t gain = -1;
};

class Placement {
 public:
  explicit Placement(const Model& model);

  const Model& model() const { return here_.model(); }
  const Occupancy& occupancy() const { return here_; }
  const std::vector<std::int32_t>& assign() const { return here_.assign(); }
  std::int32_t node_of(std::int32_t task) const { return here_.node_of(task); }
  bool placed(std::int32_t task) const { return node_of(task) >= 0; }
  std::int64_t free_cpu(std::int32_t node) const { return here_.free_cpu(node); }
  std::int64_t free_memory(std::int32_t node) const { return here_.free_memory(node); }

  /// `task` may run on `node` and fits into what is left of it.
  bool has_room(std::int32_t task, std::int32_t node) const { return here_.fits(task, node); }
  /// The same, were `leaving` gone from the node.
  bool has_room_without(std::int32_t task, std::int32_t node, std::int32_t leaving) const;
  /// `task` would fit on `node` if nothing else were there.
  bool could_hold(std::int32_t task, std::int32_t node) const;

  void place(std::span<const std::int32_t> tasks, std::int32_t node);
  void place(std::int32_t task, std::int32_t node) { place({&task, 1}, node); }
  void remove(std::int32_t task);

  /// gain(t,j) of OFFLOAD 1: edges to tasks on the node, and from virtual tasks there.
  std::int64_t gain(std::int32_t task, std::int32_t node) const;
  /// The node with room of the largest gain, ties to the smaller id. Cost: nodes + edges of the
  /// task.
  Choice best_node(std::int32_t task, std::int32_t except = -1) const;

 private:
  /// has_room_without takes a task out for a moment.
  mutable Occupancy here_;
  mutable std::vector<std::int64_t> node_gain_;  ///< scratch of best_node; all zero between calls
};

}  // namespace mort::offload
