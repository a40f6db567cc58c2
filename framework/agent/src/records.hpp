// What the agents say in /cmd and /state about jobs, nodes and topics: the bodies of records, and
// their JSON.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mort/agent/placement.hpp"
#include "mort/base/result.hpp"
#include "mort/space/record.hpp"
#include "mort/worker/protocol.hpp"
#include "namesake.hpp"

namespace mort::agent {

// /cmd keys of a job.
std::string submit_key(const std::string& job);
std::string epoch_key(const std::string& job);
std::string start_key(const std::string& job);
std::string stop_key(const std::string& job);
std::string end_key(const std::string& job);
inline constexpr std::string_view kJobPrefix = "job/";
// /state keys.
std::string node_key(const std::string& node);
std::string worker_key(const std::string& job, const std::string& node);
std::string topic_key(const std::string& topic);
// /right keys.
inline constexpr const char* kPolicyKey = "policy";

/// /cmd: a job as accepted.
struct SubmitRecord {
  std::string job;  ///< id
  std::string name;
  std::string owner;  ///< the agent that drives its life cycle
  std::string user;
  std::int64_t submitted_ms = 0;
  std::string manifest;  ///< mort-job-1
  std::string plan;      ///< Placement as JSON
  std::map<std::string, std::string> assign;
  std::map<std::string, int> lanes;  ///< task -> lane on its node; empty = not given
  std::string request;               ///< that the submission was named by; may be empty
};

inline constexpr const char* kCompleted = "completed";
/// All tasks ended, but samples are missing that the job had promised.
inline constexpr const char* kCompletedWithLosses = "completed with losses";
inline constexpr const char* kStopped = "stopped";
inline constexpr const char* kFailed = "failed";

/// /cmd: how a job ended.
struct EndRecord {
  std::string state;  ///< one of kCompleted, kCompletedWithLosses, kStopped, kFailed
  std::string reason;
  std::int64_t ended_ms = 0;
};

enum class Phase { kFetching, kStarting, kReady, kRunning, kDone, kCrashed, kRefused };
std::string_view to_string(Phase phase);

/// Where a reader stands in a topic: samples of one incarnation of the writer that it has passed.
struct Reach {
  std::uint32_t writer = 0;
  std::uint64_t samples = 0;
  bool operator==(const Reach&) const = default;
};

/// What the workers of an epoch that crashed on one node had reported last (see accounting.hpp).
struct PastStats {
  struct Published {
    std::vector<std::uint64_t> sent;  ///< by incarnation
    std::uint64_t bytes = 0;
    std::uint64_t memory_bytes = 0;
    bool operator==(const Published&) const = default;
  };
  struct Subscribed {
    std::uint64_t expected = 0;
    std::uint64_t delivered = 0;
    std::uint64_t lost = 0;
    std::vector<Reach> reaches;  ///< by incarnation of the publisher, the newest last
    bool operator==(const Subscribed&) const = default;
  };
  struct Received {
    std::uint64_t local_bytes = 0;
    std::uint64_t network_bytes = 0;
    std::uint64_t refused = 0;
    bool operator==(const Received&) const = default;
  };
  std::uint32_t restarts = 0;  ///< workers that crashed after their tasks had been started
  std::map<std::string, Published> published;                           ///< by topic
  std::map<std::string, std::map<std::string, Subscribed>> subscribed;  ///< by topic and task
  std::map<std::string, Received> received;                             ///< by topic
  bool operator==(const PastStats&) const = default;
};

/// /state: the worker of one job on one node.
struct WorkerRecord {
  std::string job;
  std::string node;
  std::uint32_t epoch = 0;
  Phase phase = Phase::kFetching;
  std::string message;
  std::uint32_t crashes = 0;  ///< without a minute of health between them
  std::map<std::string, std::string> task_states;
  std::map<std::string, std::string> task_messages;  ///< of failures
  std::uint32_t incarnation = 0;                     ///< of the worker that `stats` are of
  worker::Stats stats;
  PastStats past;
};

/// /state: a topic that is being published.
struct TopicRecord {
  std::string topic;
  std::string type;
  std::string job;
  std::string task;
  std::string node;
  double rate_hz = 0;
  TopicRate rate;
};

std::string to_json(const SubmitRecord& record);
std::string to_json(const EndRecord& record);
std::string to_json(const WorkerRecord& record);
std::string to_json(const TopicRecord& record);
std::string to_json(const NodeInfo& node, const Beat& beat = {});
std::string epoch_to_json(std::uint32_t epoch);
std::string stop_to_json(const std::string& user);

// Each gives nothing for a body that is not well formed: a foreign record is passed over, not
// obeyed.
std::optional<SubmitRecord> submit_from_json(std::string_view text);
std::optional<EndRecord> end_from_json(std::string_view text);
std::optional<WorkerRecord> worker_from_json(std::string_view text);
std::optional<TopicRecord> topic_from_json(std::string_view text);
std::optional<NodeInfo> node_from_json(std::string_view text);
std::optional<Beat> beat_from_json(std::string_view text);
std::optional<std::uint32_t> epoch_from_json(std::string_view text);

/// A measured rate in bit/s; nothing for one that no topic can have.
std::optional<std::int64_t> rate_of(const worker::PublishedStats& published);

/// Everything /cmd says of one job.
struct JobView {
  SubmitRecord submit;
  std::uint32_t epoch = 1;
  bool started = false;  ///< in this epoch
  bool stopping = false;
  std::optional<EndRecord> end;
  std::vector<std::string> nodes() const;  ///< of the plan, each once
};

/// The rates that a plan (Placement as JSON) was made with.
std::map<std::string, TopicRate> planned_rates(const std::string& plan);
/// What a plan (Placement as JSON) needs of each node, in thousandths of a core.
std::map<std::string, std::int64_t> planned_cpu(const std::string& plan);
/// "submitted", "starting", "running", "stopping", or the state of its end.
std::string state_of(const JobView& job);

}  // namespace mort::agent
