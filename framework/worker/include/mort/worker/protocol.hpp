// What worker and agent say to each other after the start: one JSON object a line over a socket
// pair.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "mort/base/histogram.hpp"
#include "mort/base/result.hpp"
#include "mort/worker/config.hpp"

namespace mort::worker {

/// Agent to worker.
struct Command {
  enum class Kind { kStart, kStop, kRights, kExit } kind = Kind::kExit;
  std::set<Denial> denied;  ///< kRights: the new whole set
};

/// What one published topic has carried. Units: samples, payload bytes, Hz.
struct PublishedStats {
  std::string topic;
  std::string task;
  std::string type;
  std::uint64_t sent = 0;
  std::uint64_t bytes = 0;
  std::uint64_t memory_bytes = 0;  ///< handed to subscribers in this worker by pointer
  double rate_hz = 0;
};

/// What one subscription has seen. expected = delivered + lost.
struct SubscribedStats {
  std::string topic;
  std::string task;
  std::uint64_t expected = 0;
  std::uint64_t delivered = 0;  ///< put into its queue and not dropped from there
  std::uint64_t lost = 0;
  std::uint64_t waiting = 0;  ///< of those delivered: not taken by the task yet
  bool left = false;          ///< the task ended before the stream did: it expects no more
  /// From publish() until the task took it. Between nodes by clocks that were compared; without
  /// samples while they were not. In memory at most one in 10 ms is timed.
  Histogram latency;
};

/// What one topic has brought into this worker from elsewhere.
struct ReceivedStats {
  std::string topic;
  std::uint64_t samples = 0;
  std::uint64_t local_bytes = 0;    ///< from another process of this node
  std::uint64_t network_bytes = 0;  ///< from another node
  std::uint64_t refused = 0;        ///< payloads that are no message of the topic's type
  std::uint64_t origin = 0;         ///< number of the last sample that is not counted here
  /// The writers of the topic's own job that were heard, in order: sample n of an incarnation has
  /// the number base + n. What a publisher sends after so many crashes counts as lost, not as
  /// taken.
  struct Writer {
    std::uint32_t incarnation = 0;
    std::uint64_t after = 0;  ///< number of the last sample of the writer before
    std::uint64_t base = 0;
    bool operator==(const Writer&) const = default;
  };
  static constexpr std::size_t kMostWriters = 256;
  std::vector<Writer> writers;
};

/// How long something waited, over all times that it did.
struct Delay {
  std::uint64_t count = 0;
  Nanoseconds p50{0};
  Nanoseconds p99{0};
  Nanoseconds max{0};
};

/// The wall clock of another node of the job.
struct ClockStats {
  std::string node;
  Nanoseconds offset{0};  ///< its clock minus ours
  Nanoseconds error{0};   ///< the offset is right within this: half of a round trip, and drift
};

struct TaskStats {
  std::string task;
  std::string state;               ///< "waiting", "running", "finished", "failed"
  double run_s = 0;                ///< time inside the body
  std::uint64_t runs = 0;          ///< times that it was resumed
  std::uint64_t ticks = 0;         ///< periods that it has worked
  std::uint64_t missed_ticks = 0;  ///< periods that went by wholly
  std::uint64_t overruns = 0;      ///< ticks whose work lasted beyond the next one's instant
  double cpu_s = 0;                ///< CPU time that the body has used
  double active_s = 0;             ///< from its start to its end, or until now
  Delay queueing;                  ///< from ready to resumed
  Delay lateness;                  ///< of ticks, from their instant
};

struct Stats {
  std::vector<PublishedStats> published;
  std::vector<SubscribedStats> subscribed;
  std::vector<ReceivedStats> received;
  std::vector<TaskStats> tasks;
  std::vector<ClockStats> clocks;
  double active_s = 0;  ///< since this worker's tasks were started; up to their end
};

/// How often a worker says that it is alive.
inline constexpr Nanoseconds kBeat = std::chrono::seconds(1);
/// Lines that a task may log, and that a worker may print; what is more is dropped and counted.
inline constexpr int kLinesAtOnce = 1000;
inline constexpr int kLinesASecond = 200;
/// Bytes of the text of a log line, a failure or a refusal; what is longer is shortened.
inline constexpr std::size_t kLongestText = 64UL << 10;
/// Bytes of a result's event; a longer result is replaced by a text that says so.
inline constexpr std::size_t kLongestResult = 128UL << 20;

/// Worker to agent.
struct Event {
  enum class Kind {
    kJoined,   ///< on the bus; text: the process's participant
    kReady,    ///< loaded, and every endpoint of the job is matched
    kRefused,  ///< the library is not what the graph says; text: why
    kTask,     ///< task: name; state; text: message of a failure
    kLog,      ///< task, text
    kResult,   ///< topic; text: the last message as JSON
    kStats,
    kDone,    ///< all tasks have ended; stats are final
    kBroken,  ///< the job cannot keep what it promised; text: why
    kAlive    ///< said every kBeat, whatever the tasks do
  } kind = Kind::kReady;
  std::string task;
  std::string topic;
  std::string state;
  std::string text;
  Stats stats;
};

std::string to_json(const Command& command);
Result<Command> command_from_json(std::string_view line);
/// Begins with {"event":"KIND".
std::string to_json(const Event& event);
Result<Event> event_from_json(std::string_view line);
/// The kind that is named so; nothing for other names.
std::optional<Event::Kind> event_kind(std::string_view name);
/// The form in which stats travel in /state.
std::string to_json(const Stats& stats);
Result<Stats> stats_from_json(std::string_view text);

}  // namespace mort::worker
