// Who is on which node, and whether that is too much for it, in either feasibility model.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model.hpp"

namespace mort::offload {

/// Keeps count without judging: a node may be overfull for a while.
class Occupancy {
 public:
  explicit Occupancy(const Model& model);

  const Model& model() const { return *model_; }
  const std::vector<std::int32_t>& assign() const { return assign_; }
  std::int32_t node_of(std::int32_t task) const { return assign_[task]; }
  /// In no particular order.
  const std::vector<std::int32_t>& members(std::int32_t node) const { return members_[node]; }

  void enter(std::int32_t task, std::int32_t node);
  void leave(std::int32_t task);
  void move(std::int32_t task, std::int32_t node) {
    leave(task);
    enter(task, node);
  }

  /// Capacity less the cpu of the tasks there, one by one: below 0 where a fused plan relies on
  /// fusion.
  std::int64_t free_cpu(std::int32_t node) const { return free_cpu_[node]; }
  std::int64_t free_memory(std::int32_t node) const { return free_memory_[node]; }

  /// Measured use of the tasks there.
  std::int64_t busy(std::int32_t node) const { return busy_[node]; }

  /// `tasks`, none of which is on `node`, may run there and fit beside those that do.
  bool fits(std::span<const std::int32_t> tasks, std::int32_t node) const;
  bool fits(std::int32_t task, std::int32_t node) const { return fits({&task, 1}, node); }
  /// What the tasks of the node ask for, in the model's way of adding up.
  std::int64_t needed_cpu(std::int32_t node) const;
  /// By how much the tasks of the node ask for more cpu than it has, in the model's way of adding
  /// up.
  std::int64_t excess_cpu(std::int32_t node) const;
  bool overfull(std::int32_t node) const { return free_memory(node) < 0 || excess_cpu(node) > 0; }

 private:
  std::int64_t load(std::int32_t node) const;
  std::int64_t load_with(std::span<const std::int32_t> more, std::int32_t node) const;

  const Model* model_;
  std::vector<std::int32_t> assign_;
  std::vector<std::vector<std::int32_t>> members_;
  std::vector<std::int32_t> place_;  ///< of each task among the members of its node
  std::vector<std::int64_t> free_cpu_;
  std::vector<std::int64_t> free_memory_;
  std::vector<std::int64_t> busy_;
  mutable std::vector<std::int64_t> load_;  ///< fused cpu of each node, once it is asked for
  mutable std::vector<std::int32_t> scratch_;
};

}  // namespace mort::offload
