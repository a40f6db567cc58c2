// A coroutine on a lane.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>

#include "mort/base/clock.hpp"
#include "mort/base/dense_object.hpp"
#include "mort/scheduler/coroutine.hpp"
#include "mort/scheduler/delay_stats.hpp"
#include "mort/scheduler/ready_queue.hpp"
#include "mort/scheduler/ticker.hpp"
#include "mort/scheduler/timer_queue.hpp"

namespace mort::scheduler {

class Lane;

/// A coroutine on a lane, with its place in the topological order of its job.
/// Threads: the lane's.
class alignas(64) LaneTask : private ReadyEntry, public DenseObject {
 public:
  ~LaneTask();
  LaneTask(const LaneTask&) = delete;
  LaneTask& operator=(const LaneTask&) = delete;

  /// Suspends until wake(). Call from inside the coroutine.
  void wait();
  /// The same until `deadline` at the latest: false when that came first.
  bool wait_until(Nanoseconds deadline);
  /// Waits for the coming tick and takes it; false when wake() came first. `ticker` then stays as
  /// it is, except that the end of the work of the last tick has been noted.
  bool wait_tick(Ticker& ticker);
  /// Makes it run in this or the next turn; a second wake before it ran changes nothing.
  void wake();

  bool done() const { return coroutine_.done(); }
  std::exception_ptr error() const { return coroutine_.error(); }
  Lane& lane() const { return lane_; }
  const std::string& name() const { return name_; }
  const Stack& stack() const { return coroutine_.stack(); }

  // Zero while the lane's accounting is off:
  /// How often it was dispatched.
  std::uint64_t runs() const { return runs_; }
  /// Time spent inside the body.
  Nanoseconds run_time() const { return run_time_; }
  /// CPU time that the body has used: its run time, less the share in which the thread was blocked
  /// or preempted. That share is measured now and then, and taken for the rest.
  Nanoseconds cpu_time() const;
  /// From wake() to dispatch. Every wake by a timer (from when it was due) or a command counts, and
  /// one in 16 of those by other tasks, for which the clock must be read.
  DelayStats queueing_delay() const { return queueing_delay_ ? *queueing_delay_ : DelayStats(); }

 private:
  friend class Lane;
  LaneTask(Lane& lane, std::uint64_t id, const std::string& name, Coroutine coroutine,
           std::function<void()> on_end);
  void wake_at(Nanoseconds when);
  void count_delay(Nanoseconds delay);
  static void timed_out(Timer& timer);

  /// Not a time: this wake is not counted.
  static constexpr Nanoseconds kNotSampled{-1};

  /// Knows the task it wakes.
  struct TaskTimer : Timer {
    explicit TaskTimer(LaneTask& owner) : Timer(&LaneTask::timed_out), task(owner) {}
    LaneTask& task;
  };

  // What every run touches is one line of the cache, with the entry.
  bool timed_out_ = false;
  bool notes_end_ = false;        ///< in wait_tick(), which asks for the end of the run before
  std::uint32_t runs_alone_ = 0;  ///< coming runs that share no reading of the clock
  std::uint32_t sampled_at_ = 0;  ///< when a run was last measured in CPU time too: Lane::ticks
  Coroutine coroutine_;
  Lane& lane_;
  Nanoseconds woken_at_ = kNotSampled;
  const std::string& name_;  ///< kept by the lane
  std::uint64_t runs_ = 0;
  Nanoseconds run_time_{0};
  // Further ones:
  const std::uint64_t id_;
  Nanoseconds last_end_{0};     ///< of the last run that noted it
  Nanoseconds sampled_run_{0};  ///< of all that were
  Nanoseconds sampled_cpu_{0};
  TaskTimer timer_{*this};
  std::function<void()> on_end_;
  /// Made when it is needed, so that tasks lie close together.
  std::unique_ptr<DelayStats> queueing_delay_;
};

}  // namespace mort::scheduler
