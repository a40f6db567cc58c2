// The placement problem and its answer: instance and plan as plain data, and their JSON forms
// (OFFLOAD 2).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mort/base/result.hpp"

namespace mort::graph {

/// A candidate node. Units: cpu in the instance's own unit (cores in files, thousandths in live
/// jobs), bytes.
struct InstanceNode {
  std::int64_t cpu = 0;      ///< free cpu
  double utilization = 0.0;  ///< 0..1, before this plan
  std::optional<std::int64_t> memory;
  std::string name;  ///< node id of the fleet; may be empty
};

struct InstanceTask {
  std::int32_t job = 0;
  std::int64_t cpu = 0;
  std::int64_t memory = 0;
  std::optional<std::vector<std::int32_t>> nodes;  ///< allowed nodes; absent = all
  std::string name;
  std::optional<bool> io_bound;  ///< measured: computes in less than 30 % of its active time
  std::int64_t busy =
      0;  ///< measured cpu time x rate, in the unit of cpu; the fused model adds it up
};

struct InstanceEdge {
  std::int32_t from = 0;
  std::int32_t to = 0;
  std::int64_t rate = 0;  ///< bit/s
  std::string topic;      ///< may be empty
  bool feedback = false;  ///< counts as traffic, but orders nothing: such edges may close cycles
};

/// A virtual task: it publishes `topic` on a fixed node.
struct InstanceVirtual {
  std::int32_t node = 0;
  std::string topic;
};

struct InstanceVirtualEdge {
  std::int32_t virtual_task = 0;
  std::int32_t to = 0;
  std::int64_t rate = 0;
};

/// `mort-instance-1`. Ids are the indices.
struct Instance {
  std::string name;
  std::vector<InstanceNode> nodes;
  std::vector<InstanceTask> tasks;
  std::vector<InstanceEdge> edges;
  std::vector<InstanceVirtual> virtuals;
  std::vector<InstanceVirtualEdge> virtual_edges;
  std::int64_t cpu_per_core =
      1;  ///< the cpu unit, for texts: 1000 where cpu counts thousandths of a core
};

/// `mort-plan-1`.
struct Plan {
  std::string instance;
  std::string model = "plain";
  std::string algorithm;
  std::string objective = "edge";
  std::int64_t profit = 0;   ///< bit/s kept on one node (edge objective)
  std::int64_t total = 0;    ///< bit/s over all edges
  std::int64_t traffic = 0;  ///< bit/s that crosses the network (topic objective)
  /// No plan has more profit (edge objective), or less traffic (topic objective), than this; bit/s.
  std::optional<std::int64_t> bound;
  std::string choice;                ///< which algorithm made it, and why
  std::vector<std::int32_t> lanes;   ///< lane of each task on its node, from 0; empty = not given
  std::vector<std::int32_t> assign;  ///< node of each task, -1 = not placed
};

/// Reads and validates an instance (ids, ranges, acyclic). Errors: kInvalid with the place in the
/// document.
Result<Instance> instance_from_json(std::string_view text, const std::string& file);
std::string to_json(const Instance& instance);
std::string to_json(const Plan& plan);
Result<Plan> plan_from_json(std::string_view text, const std::string& file);

}  // namespace mort::graph
