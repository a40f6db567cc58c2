// How much a task may log: what is more is dropped where it is said, and counted.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "mort/base/rate_limit.hpp"
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

}  // namespace mort::worker
