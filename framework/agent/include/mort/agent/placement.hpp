// From a job and the nodes of a fleet to a plan: builds the planner's instance and reads its
// answer.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mort/base/result.hpp"
#include "mort/graph/manifest.hpp"
#include "mort/graph/placement.hpp"

namespace mort::agent {

/// A node as the planner sees it. Units: thousandths of a core.
struct NodeInfo {
  std::string id;
  std::string arch;
  std::int64_t cpu_millis = 0;
  std::int64_t free_cpu_millis = 0;
  double utilization = 0;  ///< 0..1, live
  std::map<std::string, std::string> labels;
};

/// A topic that is already published in the fleet.
struct PublishedTopic {
  std::string topic;
  std::string node;
  std::string type;
  std::int64_t rate_bps = 0;
};

/// Why a task sits where it does.
struct PlacementReason {
  std::string task;
  std::string node;
  std::string why;
};

struct Placement {
  graph::Plan plan;
  std::map<std::string, std::string> assign;  ///< task -> node; the follow task too
  std::vector<PlacementReason> reasons;       ///< in topological order
  std::vector<std::string>
      assumed;  ///< topics whose size (1 KiB) or rate (1 Hz) was not known and taken
  std::map<std::string, std::int64_t> rates;  ///< expected bit/s of each topic
};

/// `count` equal idle nodes of this machine's architecture: node0, node1, ...
std::vector<NodeInfo> equal_nodes(int count, double cpu);

/// Plans `manifest` on `nodes`. `follow_node` adds the follow task there. Pure.
/// Errors: kInfeasible with the tasks that fit nowhere and why; kInvalid for an unknown algorithm
/// or a topic of the job that nobody publishes.
Result<Placement> place(const graph::Manifest& manifest, const std::vector<NodeInfo>& nodes,
                        const std::vector<PublishedTopic>& published,
                        const std::optional<std::string>& follow_node,
                        const std::string& algorithm);

/// Refuses a topic that the job reads and neither the job nor `published` has, or has with another
/// type.
Result<void> check_virtual_topics(const graph::Manifest& manifest,
                                  const std::vector<PublishedTopic>& published);

/// {"algorithm","objective","assign":{...},"profit_bps","total_bps","traffic_bps","rates_bps":{...},"reasons":[...],"assumed":[...]}
std::string to_json(const Placement& placement);

}  // namespace mort::agent
