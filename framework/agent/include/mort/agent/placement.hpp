// From a job and the nodes of a fleet to a plan: builds the planner's instance and reads its
// answer.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mort/base/result.hpp"
#include "mort/graph/manifest.hpp"
#include "mort/graph/placement.hpp"
#include "mort/offload/planner.hpp"

namespace mort::agent {

/// A node as the planner sees it. Units: thousandths of a core, bytes.
struct NodeInfo {
  std::string id;
  std::string arch;
  std::int64_t cpu_millis = 0;
  std::int64_t free_cpu_millis = 0;
  double utilization = 0;  ///< 0..1, live
  std::map<std::string, std::string> labels;
  bool takes_tasks = true;             ///< false: it keeps what it runs, and gets no task more
  std::optional<std::int64_t> memory;  ///< what it offers; nothing = not known, not looked at
  std::optional<std::int64_t> free_memory;
};

/// Where a topic's rate comes from: counted while it was published; size and period that are
/// declared; or 1 KiB or 1 Hz taken for what nobody has said.
enum class RateSource { kMeasured, kExpected, kAssumed };
std::string_view to_string(RateSource source);
/// Nothing for any other text.
std::optional<RateSource> rate_source(std::string_view text);

struct TopicRate {
  std::int64_t bps = 0;
  RateSource source = RateSource::kAssumed;
};

/// Where programs are that publish in the fleet's DDS domain and are not Mort's. No node of a fleet
/// has this id.
inline constexpr std::string_view kExternalNode = "external";

/// A topic that is already published in the fleet; one on kExternalNode has the names on the wire.
struct PublishedTopic {
  std::string topic;
  std::string node;
  std::string type;
  TopicRate rate;
  bool reliable = true;  ///< whether an external writer offers to repeat what is lost
};

/// What an earlier run of the job, or the one under way, has measured of it.
struct Measurements {
  struct Topic {
    std::int64_t bytes = 0;  ///< of a mean sample
    std::int64_t rate_bps = 0;
    std::int64_t period_ns = 0;  ///< that its publisher declared then
    std::string type;
  };
  struct Task {
    std::int64_t busy_millis = 0;  ///< cpu time a second, in thousandths of a core
    bool io_bound = false;         ///< it computes in less than 30 % of its active time
  };
  std::map<std::string, Topic> topics;
  std::map<std::string, Task> tasks;
};

/// Why a task sits where it does.
struct PlacementReason {
  std::string task;
  std::string node;
  std::string why;
};

struct Placement {
  graph::Instance instance;
  graph::Plan plan;
  std::map<std::string, std::string> assign;       ///< task -> node; the follow task too
  std::vector<PlacementReason> reasons;            ///< in topological order
  std::map<std::string, int> lanes;                ///< task -> lane on its node; empty = not given
  std::map<std::string, std::int64_t> cpu_millis;  ///< node -> what the plan needs of it
  std::map<std::string, TopicRate> rates;          ///< of each topic, as planned with
  /// Topics whose publishers wait for readers on other nodes -> bytes that their histories may
  /// hold.
  std::map<std::string, std::int64_t> held_bytes;
  std::int64_t hold_for_ns = 0;
  graph::AfterHold after_hold = graph::AfterHold::kFail;
};

/// `count` equal idle nodes of this machine's architecture: node0, node1, ...
std::vector<NodeInfo> equal_nodes(int count, double cpu);

/// What a plan is made from, beside the job.
struct Surroundings {
  std::vector<NodeInfo> nodes;
  std::vector<PublishedTopic> published;
  Measurements measured;
  std::optional<std::string> follow_node;  ///< adds the follow task there
};

/// Plans `manifest`. Pure, where the options hold no time budget.
/// Errors: kInfeasible with the tasks that fit nowhere and why; kInvalid for options that the
/// planner does not know or a topic of the job that nobody publishes.
Result<Placement> place(const graph::Manifest& manifest, const Surroundings& surroundings,
                        const offload::Options& options);

/// `published` without the external topics that the job does not read; those that it reads have the
/// names that they have in the job.
std::vector<PublishedTopic> as_named_in(const graph::Manifest& manifest,
                                        const std::vector<PublishedTopic>& published);

/// {"algorithm","model","objective","choice","assign":{...},"lanes":{...},"cpu_millis":{...},"profit_bps","total_bps",
/// "traffic_bps","bound_bps","rates_bps":{...},"rate_sources":{...},"reasons":[...],"assumed":[...],
/// "hold":{"for_ns","then","bytes":{...}}}
std::string to_json(const Placement& placement);

/// The same with "instance" (mort-instance-1) and "plan" (mort-plan-1), for who wants to look
/// closer.
std::string to_json_with_instance(const Placement& placement);

/// A fleet as a file describes it: the array that `mort nodes --json` prints, or {"nodes": that
/// array, "topics": the array that `mort topics --json` prints}. Of a node only "node" and "cpu"
/// are required; the rest is as for an idle node of this machine's architecture. Errors: kInvalid
/// with the place in the file.
Result<Surroundings> surroundings_from_json(std::string_view text, const std::string& file);

}  // namespace mort::agent
