// The keys of the job YAML: one table that the reader and the JSON Schema share.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mort/graph/limits.hpp"

namespace mort::graph {

struct Key {
  enum class Kind {
    kName,      ///< is_valid_name
    kTopic,     ///< is_valid_topic
    kType,      ///< is_valid_type_name
    kPath,      ///< of an existing file
    kFiles,     ///< list of files
    kFolders,   ///< list of folders
    kNumber,    ///< decimal number with `decimals` places, from `min` to `max`
    kChoice,    ///< one of `choices`
    kBytes,     ///< number and unit, B to GiB, from `min` to `max` bytes
    kDuration,  ///< number and unit, ms to h, from `min` to `max` nanoseconds
    kLabels,    ///< label: value
    kFlag,      ///< true or false
    kCpus,      ///< list of CPU numbers up to `max`, as "0,2-3"
    kPorts,     ///< list of topics, each alone or with its message type
    kTopics,    ///< list of topics
    kSection,   ///< a mapping of its own
  };
  std::string_view name;
  Kind kind = Kind::kName;
  std::string_view text;  ///< one line for editors
  std::int64_t min = 0;   ///< in units of 10^-decimals
  std::int64_t max = 0;
  int decimals = 0;
  std::string_view choices;  ///< separated by one space
  bool required = false;
};

inline constexpr std::string_view kOnCrashChoices = "restart_worker restart_job";

inline constexpr Key kJobKeys[] = {
    {"job", Key::Kind::kName, "Name of the job", 0, 0, 0, "", true},
    {"sources", Key::Kind::kFiles, "C++ files of the tasks, relative to this file", 0, 0, 0, "",
     true},
    {"include", Key::Kind::kFolders, "Include folders, relative to this file"},
    {"params", Key::Kind::kSection, "Parameters that tasks read with Param(name)"},
    {"on_crash", Key::Kind::kChoice, "What a crash of a worker does to the job", 0, 0, 0,
     kOnCrashChoices},
    {"hold_for", Key::Kind::kDuration,
     "How long publishers of topics with overflow block wait for a reader whose node is not heard",
     kMinHoldNs, kMaxHoldNs},
    {"after_hold", Key::Kind::kChoice,
     "What happens then: the job fails, or it goes on and the samples are lost", 0, 0, 0,
     "fail go_on"},
    {"when", Key::Kind::kSection,
     "Settings that apply where a parameter is set (not empty, 0 or false)"},
    {"tasks", Key::Kind::kSection, "Resources and places of tasks, by task name"},
    {"topics", Key::Kind::kSection, "QoS of topics, by topic name; \"*\" gives the defaults"},
    {"declares", Key::Kind::kSection,
     "What the code of a task leaves open until run time, by the task's name or by FILE:LINE of "
     "its "
     "MORT_TASK"},
    {"lanes", Key::Kind::kSection, "How the kernel schedules the threads of the job's workers"},
};

inline constexpr Key kLaneKeys[] = {
    {"fifo_priority", Key::Kind::kNumber,
     "Real-time priority (SCHED_FIFO); needs CAP_SYS_NICE or a limit in `ulimit -r`", 1,
     kMaxFifoPriority},
    {"cores", Key::Kind::kCpus, "CPUs that the lanes are pinned to, one each in turn, as 0,2-3", 0,
     kMaxCpu},
};

inline constexpr Key kParamKeys[] = {
    {"file", Key::Kind::kPath, "A file that is shipped with the job; tasks get its local path", 0,
     0, 0, "", true},
};

inline constexpr Key kWhenKeys[] = {
    {"on_crash", Key::Kind::kChoice, "Replaces on_crash of the job", 0, 0, 0, kOnCrashChoices},
};

inline constexpr Key kTaskKeys[] = {
    {"cpu", Key::Kind::kNumber, "Cores that the task asks for, in steps of 0.001", 0, kMaxCpuMillis,
     3},
    {"period_ms", Key::Kind::kNumber,
     "Time between two turns, in milliseconds; not together with rate_hz", kMinPeriodNs,
     kMaxPeriodNs, 6},
    {"rate_hz", Key::Kind::kNumber, "Turns a second; not together with period_ms", 278,
     10'000'000'000, 6},
    {"memory", Key::Kind::kBytes, "Memory that the task reserves on its node, as 200 MiB", 1,
     kMaxMemoryBytes},
    {"node", Key::Kind::kName, "Id of the node that the task is pinned to"},
    {"labels", Key::Kind::kLabels, "Labels that the node must carry"},
    {"stack_kb", Key::Kind::kNumber, "Stack of the task, in units of 1024 bytes", kMinStackKb,
     kMaxStackKb},
    {"subscriptions", Key::Kind::kSection,
     "Queues of the task's subscriptions by topic, where they differ from the topic's"},
    {"feedback", Key::Kind::kTopics,
     "Topics that the task reads as feedback: they close a loop, order nothing, and it ends "
     "without "
     "them"},
};

inline constexpr Key kQueueKeys[] = {
    {"history", Key::Kind::kChoice, "Which samples wait for a slow subscriber", 0, 0, 0,
     "keep_last keep_all"},
    {"depth", Key::Kind::kNumber, "Samples kept; needs history keep_last", 1, kMaxDepth},
    {"overflow", Key::Kind::kChoice,
     "When the queue is full: the publisher waits (needs keep_all and reliable), or samples are "
     "dropped",
     0, 0, 0, "block drop"},
};

inline constexpr Key kTopicKeys[] = {
    {"reliability", Key::Kind::kChoice, "Are lost samples sent again", 0, 0, 0,
     "reliable best_effort"},
    kQueueKeys[0],  // history
    kQueueKeys[1],  // depth
    kQueueKeys[2],  // overflow
    {"bytes", Key::Kind::kNumber, "Expected payload, for planning before anything is measured", 1,
     kMaxPayloadBytes},
    {"max_bytes", Key::Kind::kNumber,
     "Largest payload where the type does not say it: larger ones are refused when they are sent, "
     "and within a node it goes by shared memory",
     1, kMaxPayloadBytes},
    {"external", Key::Kind::kFlag,
     "The topic is published by another job or DDS program; not for \"*\""},
    {"ros2", Key::Kind::kFlag, "The topic has the names on the wire that ROS 2 would give it"},
};

/// `name` goes with a place, the others with a task's name too. Numbers are those of kTaskKeys.
inline constexpr Key kDeclareKeys[] = {
    {"name", Key::Kind::kName, "Name of the task that is registered at this place", 0, 0, 0, "",
     true},
    {"sub", Key::Kind::kPorts, "All topics of its RegSub calls, in order"},
    {"pub", Key::Kind::kPorts, "All topics of its RegPub calls, in order"},
    kTaskKeys[0],  // cpu
    kTaskKeys[1],  // period_ms
    kTaskKeys[2],  // rate_hz
    kTaskKeys[6],  // stack_kb
};
inline constexpr std::span<const Key> kDeclareKeysByName = std::span(kDeclareKeys).subspan(1);

inline constexpr Key kPortKeys[] = {
    {"topic", Key::Kind::kTopic, "Name of the topic", 0, 0, 0, "", true},
    {"type", Key::Kind::kType, "Qualified name of its message type, as demo::Frame"},
};

inline const Key& key_of(std::span<const Key> keys, std::string_view name) {
  for (const Key& key : keys) {
    if (key.name == name) return key;
  }
  return keys.front();
}

inline std::vector<std::string> choices_of(const Key& key) {
  std::vector<std::string> all;
  for (std::string_view rest = key.choices; !rest.empty();) {
    const std::size_t space = rest.find(' ');
    all.emplace_back(rest.substr(0, space));
    rest = space == std::string_view::npos ? std::string_view{} : rest.substr(space + 1);
  }
  return all;
}

}  // namespace mort::graph
