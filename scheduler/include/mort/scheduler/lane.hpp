// A lane: one thread, and the coroutines, timers and commands that take turns on it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mort/base/clock.hpp"
#include "mort/base/mutex.hpp"
#include "mort/base/result.hpp"
#include "mort/scheduler/coroutine.hpp"

namespace mort::scheduler {

class Lane;

/// A coroutine on a lane, with its place in the topological order of its job.
class LaneTask {
 public:
  /// Suspends until wake(). Call from inside the coroutine.
  void wait();
  /// Makes it run in this or the next turn. Lane thread only; a second wake before it ran changes
  /// nothing.
  void wake();
  bool done() const { return coroutine_->done(); }
  std::exception_ptr error() const { return coroutine_->error(); }
  Lane& lane() const { return lane_; }
  /// Time spent inside the body.
  Nanoseconds run_time() const { return run_time_; }
  /// CPU time that the body has used: its run time, less the share in which the thread was blocked
  /// or preempted. That share is measured at most once each 100 us a task, and taken for the rest.
  Nanoseconds cpu_time() const;

 private:
  friend class Lane;
  LaneTask(Lane& lane, int order, std::uint64_t id) : lane_(lane), order_(order), id_(id) {}
  Lane& lane_;
  const int order_;
  const std::uint64_t id_;
  std::unique_ptr<Coroutine> coroutine_;
  std::function<void()> on_end_;
  Nanoseconds run_time_{0};
  Nanoseconds sampled_at_{0};  ///< when a turn was last measured in CPU time too
  Nanoseconds sampled_run_{0};
  Nanoseconds sampled_cpu_{0};
};

/// One turn: commands posted by other threads, timers that are due, then ready coroutines in
/// topological order. Threads: post() and stop() from any; everything else from the lane's own
/// thread (or before it runs). Cost: two clock reads a dispatch, and at most 10 000 times a second
/// and task two readings of the CPU time; an idle lane sleeps in one kernel wait.
class Lane {
 public:
  using TimerId = std::uint64_t;

  Lane(const Clock& clock, std::string name);
  ~Lane();
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  /// The only door for other threads. Commands run in order of arrival; false once the lane is
  /// closed.
  bool post(std::function<void()> command);

  /// Calls `action` once at `when` (Clock::now()); equal times keep the order of the calls.
  TimerId at(Nanoseconds when, std::function<void()> action);
  TimerId after(Nanoseconds delay, std::function<void()> action) {
    return at(clock_.now() + delay, std::move(action));
  }
  void cancel(TimerId timer);

  /// Adds a coroutine, ready to run; `on_end` is called on the lane after it has ended.
  /// Errors: as Coroutine::create.
  Result<LaneTask*> spawn(int order, std::size_t stack_bytes, std::function<void()> body,
                          std::function<void()> on_end);
  /// Frees an ended or suspended coroutine.
  void remove(LaneTask* task);

  /// One turn; false when there was nothing to do.
  bool turn();
  /// When the next timer is due.
  std::optional<Nanoseconds> next_deadline() const;

  /// Turns until stop(), sleeping while idle. With a ManualClock use turn() instead.
  void run();
  void stop();
  /// Refuses further posts and drops the waiting commands and all timers.
  void close();

  const Clock& clock() const { return clock_; }
  const std::string& name() const { return name_; }

 private:
  friend class LaneTask;
  using ReadyKey = std::pair<int, std::uint64_t>;

  bool run_commands();
  bool run_timers();
  bool run_ready();
  void dispatch(LaneTask& task);

  const Clock& clock_;
  const std::string name_;
  std::uint64_t next_id_ = 1;
  std::map<std::pair<Nanoseconds, TimerId>, std::function<void()>> timers_;
  std::map<TimerId, Nanoseconds> timer_times_;
  std::map<ReadyKey, LaneTask*> ready_;
  std::map<std::uint64_t, std::unique_ptr<LaneTask>> tasks_;

  Mutex mutex_;
  std::condition_variable_any wake_;
  std::vector<std::function<void()>> commands_ MORT_GUARDED_BY(mutex_);
  bool stopped_ MORT_GUARDED_BY(mutex_) = false;
  bool closed_ MORT_GUARDED_BY(mutex_) = false;
};

/// The instants of a periodic task: kept in phase, with what was missed counted.
class Ticker {
 public:
  Ticker(Nanoseconds period, Nanoseconds start) : period_(period), next_(start) {}
  /// When the coming tick is due.
  Nanoseconds due() const { return next_; }
  /// Takes the tick that is due; ticks that have wholly gone by meanwhile are missed, not made up
  /// for.
  void advance(Nanoseconds now);
  std::uint64_t missed() const { return missed_; }
  std::uint64_t ticks() const { return ticks_; }

 private:
  Nanoseconds period_;
  Nanoseconds next_;
  std::uint64_t missed_ = 0;
  std::uint64_t ticks_ = 0;
};

}  // namespace mort::scheduler
