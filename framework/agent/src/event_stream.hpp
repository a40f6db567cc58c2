// What a worker says, cut into events. A worker is as little trusted as the tasks in it: what it
// may say, and how much at once, follows from its job.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "mort/base/result.hpp"
#include "mort/worker/config.hpp"
#include "mort/worker/protocol.hpp"

namespace mort::agent {

/// Threads: one.
class EventStream {
 public:
  explicit EventStream(const worker::Config& config);

  /// Takes the next bytes; `take` gets each event that they complete, with the bytes that it took.
  /// Errors: kInvalid when they are no event of this job, or more than the longest such event may
  /// have; then the stream is of no use any more. Never holds more than that plus `bytes`.
  Result<void> add(std::string_view bytes,
                   const std::function<void(worker::Event event, std::size_t bytes)>& take);

  /// The longest line of a kind.
  std::size_t limit(worker::Event::Kind kind) const;

 private:
  using TaskAndTopic = std::pair<std::string, std::string>;
  Result<void> check_begin();
  Result<void> check(const worker::Event& event) const;
  Result<void> check(const worker::Stats& stats) const;

  std::set<std::string> tasks_;  ///< of this node
  std::set<std::string> topics_;
  std::set<std::string> results_;      ///< topics whose messages this worker reports
  std::set<TaskAndTopic> published_;   ///< of this node
  std::set<TaskAndTopic> subscribed_;  ///< the same
  std::size_t longest_stats_ = 0;
  std::string line_;
  std::size_t line_limit_ = 0;  ///< 0: the kind of the line is not known yet
};

}  // namespace mort::agent
