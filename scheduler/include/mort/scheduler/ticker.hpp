// The instants of a period.
#pragma once

#include <cstdint>

#include "mort/base/clock.hpp"
#include "mort/scheduler/delay_stats.hpp"

namespace mort::scheduler {

/// The instants of a periodic task: kept in phase without drift, with what went wrong counted.
class Ticker {
 public:
  Ticker(Nanoseconds period, Nanoseconds start) : period_(period), next_(start) {}
  /// When the coming tick is due.
  Nanoseconds due() const { return next_; }
  /// The work of the tick that was taken last was over at `at`: an overrun when the coming one was
  /// due by then. Counted once a tick.
  void work_ended(Nanoseconds at) {
    if (working_ && at >= next_) ++overruns_;
    working_ = false;
  }
  /// Takes the tick that is due; ticks that have wholly gone by meanwhile are missed, not made up
  /// for.
  void advance(Nanoseconds now);

  std::uint64_t ticks() const { return ticks_; }
  std::uint64_t missed() const { return missed_; }
  std::uint64_t overruns() const { return overruns_; }
  /// From the instant a tick was due until it was taken.
  const DelayStats& lateness() const { return lateness_; }

 private:
  Nanoseconds period_;
  Nanoseconds next_;
  std::uint64_t ticks_ = 0;
  std::uint64_t missed_ = 0;
  std::uint64_t overruns_ = 0;
  bool working_ = false;
  DelayStats lateness_;
};

}  // namespace mort::scheduler
