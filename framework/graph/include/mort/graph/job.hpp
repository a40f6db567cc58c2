// The job description (job YAML): what to build, resources, parameters, QoS. No edges: these come
// from the source.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mort/base/result.hpp"
#include "mort/graph/task_graph.hpp"

namespace mort::graph {

enum class OnCrash { kRestartWorker, kRestartJob };
/// What becomes of a job when a reader has been away for hold_for.
enum class AfterHold { kFail, kGoOn };
enum class Reliability { kReliable, kBestEffort };
enum class History { kKeepLast, kKeepAll };

/// A parameter that tasks read with Param(name). A `file` parameter is shipped with the job; tasks
/// get its local path.
struct Param {
  std::string value;  ///< text as written, or the absolute path of the file
  bool file = false;
  Place place;
};

/// How a subscription keeps what its task has not taken yet (DDS HISTORY). keep_last with depth 1
/// is the latest value; block makes publishers wait.
struct QueueSettings {
  History history = History::kKeepLast;
  std::int32_t depth = 10;  ///< samples kept with keep_last
  bool block = false;       ///< publisher waits for slow subscribers (keep_all)
};

/// What the YAML says of one task; absent values leave the hints of RegTask in force.
struct TaskSettings {
  std::optional<std::int64_t> cpu_millis;
  std::optional<std::int64_t> period_ns;
  std::optional<std::int64_t> stack_bytes;
  std::optional<std::int64_t> memory_bytes;   ///< reserved on its node
  std::optional<std::string> node;            ///< pinned to this node id
  std::map<std::string, std::string> labels;  ///< the node must carry these labels
  /// By topic; a topic that is absent has the topic's own settings.
  std::map<std::string, QueueSettings> subscriptions;
  Place place;
  /// Topics that it reads as feedback. For the analyzer alone, which puts them into the graph: a
  /// manifest does not carry them.
  std::vector<std::string> feedback;
};

/// What the YAML says of one topic.
struct TopicSettings : QueueSettings {
  Reliability reliability = Reliability::kReliable;
  bool depth_given = false;           ///< else the DDS history has the depth of its kind of data
  std::optional<std::int64_t> bytes;  ///< expected payload, for planning
  std::optional<std::int64_t> max_bytes;  ///< of a payload; larger ones are refused
  bool external = false;  ///< published by another job or program, never by this job
  bool ros2 = false;      ///< on the wire under the names that ROS 2 gives them
  Place place;
};

/// A topic that a declaration names.
struct DeclaredPort {
  std::string topic;
  std::string type;  ///< qualified name of the message type; empty where the code is to show it
  Place place;
};

/// What `declares:` says of one task in the place of its code, where the code leaves it open until
/// run time. Absent members are for the code to say.
struct Declaration {
  std::string name;  ///< of the task
  /// All topics of its RegSub (RegPub) calls, in order.
  std::optional<std::vector<DeclaredPort>> sub;
  std::optional<std::vector<DeclaredPort>> pub;
  std::optional<std::int64_t> cpu_millis;
  std::optional<std::int64_t> period_ns;
  std::optional<std::int64_t> stack_bytes;
  Place place;
};

/// How the lanes (threads) of the job's workers are scheduled by the kernel.
struct LaneSettings {
  std::optional<int> fifo_priority;  ///< SCHED_FIFO, 1..99; absent: as every other thread
  std::vector<int> cores;            ///< lane i runs on cores[i % size] alone; empty: on any
};

/// A whole job YAML.
struct Job {
  std::string name;
  std::string file;                  ///< path of the YAML
  std::vector<std::string> sources;  ///< absolute paths
  std::vector<std::string> include;  ///< absolute include directories
  std::map<std::string, Param> params;
  OnCrash on_crash = OnCrash::kRestartWorker;
  /// `when: {PARAM: {on_crash: ...}}`: applies where PARAM is set and neither "", "0" nor "false".
  std::map<std::string, OnCrash> when_on_crash;
  /// How long publishers of topics that block wait for a reader on a node that is not heard.
  std::int64_t hold_for_ns = 60'000'000'000;
  AfterHold after_hold = AfterHold::kFail;
  std::map<std::string, TaskSettings> tasks;
  std::map<std::string, TopicSettings> topics;
  TopicSettings topic_defaults;  ///< `topics: {"*": {...}}`
  LaneSettings lanes;
  /// By the name of the task, or by the place of its MORT_TASK as "FILE:LINE" with FILE relative to
  /// the YAML's folder. For the analyzer alone: a manifest does not carry them.
  std::map<std::string, Declaration> declares;

  OnCrash effective_on_crash() const;
  const TopicSettings& topic(const std::string& name) const;
  /// Of a feedback subscription: keep_last of the topic's depth, so that a loop never waits for
  /// itself, unless the task's own settings of it say otherwise.
  QueueSettings queue(const std::string& task, const std::string& topic,
                      bool feedback = false) const;
};

/// Reads a job YAML; relative paths are taken from the YAML's folder.
/// Errors: kInvalid with file:line:column for unknown keys, wrong types, missing files, duplicate
/// keys, bad names.
Result<Job> load_job(const std::string& path);
Result<Job> parse_job(std::string_view text, const std::string& path);

/// Applies `--set name=value`; relative file paths are taken from the working directory.
/// Errors: kInvalid when the job declares no such parameter or a file is missing.
Result<void> set_param(Job& job, std::string_view assignment);

/// Checks what YAML and graph say of each other: settings of tasks or topics that the graph does
/// not have, external topics that it publishes, parameters that shaped it with another value.
std::vector<Diagnostic> check(const Job& job, const TaskGraph& graph);

/// Bytes from a number with B, KiB, MiB or GiB, as "200 MiB" or "1.5GiB"; nothing for other text.
/// What does not fit 64 bits becomes the largest number.
std::optional<std::int64_t> parse_bytes(std::string_view text);

/// Nanoseconds from a number with ms, s, m or h, as "500ms" or "1.5 h"; nothing for other text.
/// What does not fit 64 bits becomes the largest number.
std::optional<std::int64_t> parse_duration(std::string_view text);

/// True when `name` is 1..128 characters of [A-Za-z0-9_.-], starting with a letter or underscore
/// ('/' allowed in topics).
bool is_valid_name(std::string_view name);
bool is_valid_topic(std::string_view name);
/// True for a qualified C++ name of at most 512 characters, as "demo::Frame".
bool is_valid_type_name(std::string_view name);

/// JSON Schema (draft 2020-12) of the job YAML.
std::string job_schema();

}  // namespace mort::graph
