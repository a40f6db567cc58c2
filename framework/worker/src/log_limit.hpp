// How much a task may log: what is more is dropped where it is said, and counted.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "mort/base/rate_limit.hpp"
#include "mort/scheduler/lane.hpp"
#include "mort/worker/protocol.hpp"

namespace mort::worker {

/// Threads: the lane of the task.
class LogLimit {
 public:
  /// True when `text` may be said now; else its lines are counted.
  bool take(Nanoseconds now, std::string_view text) {
    const auto lines = 1 + std::count(text.begin(), text.end(), '\n');
    if (dropped_ == 0 &&
        limit_.take(now, static_cast<double>(std::min<std::ptrdiff_t>(lines, kLinesAtOnce))))
      return true;
    dropped_ += static_cast<std::uint64_t>(lines);
    return false;
  }
  std::uint64_t dropped() const { return dropped_; }
  /// What is to be said of the lines that were dropped since the last call.
  std::string say_dropped() {
    return std::to_string(std::exchange(dropped_, 0)) + " lines dropped: a task may log " +
           std::to_string(kLinesASecond) + " lines a second, " + std::to_string(kLinesAtOnce) +
           " at once";
  }

 private:
  RateLimit limit_{kLinesAtOnce, kLinesASecond};
  std::uint64_t dropped_ = 0;
};

/// The log of a task within its limit. How many lines were dropped is said within a second, or when
/// the task gives its lane back. Threads: the lane.
class LimitedLog : public std::enable_shared_from_this<LimitedLog> {
 public:
  LimitedLog(scheduler::Lane& lane, std::function<void(const std::string& text)> say)
      : lane_(lane), say_(std::move(say)) {}
  void add(const std::string& text) {
    const bool is_first = limit_.dropped() == 0;
    if (limit_.take(lane_.clock().now(), text)) return say_(text);
    if (!is_first) return;
    lane_.after(std::chrono::seconds(1), [late = weak_from_this()] {
      if (const auto log = late.lock()) log->say_dropped();
    });
  }
  void say_dropped() {
    if (limit_.dropped() > 0) say_(limit_.say_dropped());
  }

 private:
  scheduler::Lane& lane_;
  const std::function<void(const std::string& text)> say_;
  LogLimit limit_;
};

}  // namespace mort::worker
