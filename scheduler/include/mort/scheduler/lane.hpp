// A lane: one thread, and the coroutines, timers and commands that take turns on it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "mort/base/clock.hpp"
#include "mort/base/result.hpp"
#include "mort/scheduler/lane_task.hpp"
#include "mort/scheduler/mailbox.hpp"
#include "mort/scheduler/ready_queue.hpp"
#include "mort/scheduler/stack.hpp"
#include "mort/scheduler/ticker.hpp"
#include "mort/scheduler/timer_queue.hpp"

namespace mort::scheduler {

class Lane;

/// The lane that the calling thread turns; null while there is none. A signal handler may read it.
extern constinit thread_local Lane* turning_lane [[gnu::tls_model("local-exec")]];

struct LaneOptions {
  std::string name;
  /// Real-time priority (SCHED_FIFO, 1..99) of the lane's thread.
  std::optional<int> fifo_priority;
  /// The cores on which the lane's thread may run; empty: all.
  std::vector<int> cores;
  /// Whether run times and delays are measured. Cost: one clock read a turn and one a run, or a
  /// part of one where runs are shorter than a microsecond.
  bool accounting = true;
  /// Told by run(), on the lane's thread, what of the above the system refuses; the lane runs
  /// without it. Empty: it is logged as a warning.
  std::function<void(const Error&)> on_refused;
};

struct SpawnOptions {
  std::string name = "task";
  int order = 0;  ///< topological; equal ones run in the order of spawn()
  std::size_t stack_bytes = 256 * 1024;
};

/// What waits in a lane's mailbox.
class LaneCommand {
 public:
  LaneCommand* next = nullptr;
  /// On the lane; `*this` may have ended afterwards.
  virtual void run() = 0;
  /// Instead of run(), when the lane closes first.
  virtual void drop() = 0;

 protected:
  ~LaneCommand() = default;
};

/// One turn: commands posted by other threads, timers that are due, then ready coroutines in
/// topological order. Threads: post(), stop() and hog() from any; everything else from the lane's
/// own thread (or while it does not run). Cost: see LaneOptions::accounting, and the reading of CPU
/// time at most 1 000 times a second; an idle lane sleeps in one kernel wait.
class Lane {
 public:
  using TimerId = std::uint64_t;

  Lane(const Clock& clock, LaneOptions options);
  Lane(const Clock& clock, std::string name) : Lane(clock, LaneOptions{std::move(name)}) {}
  ~Lane();
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  /// The only door for other threads, beside a Doorbell. Commands run in order of arrival; false
  /// once the lane is closed. Cost: an allocation, and a system call when the lane sleeps.
  bool post(std::function<void()> command);
  /// The same without an allocation: `command` is the lane's until it runs or is dropped.
  bool post(LaneCommand& command) { return mailbox_.push(&command); }

  /// Calls `action` once at `when` (Clock::now()); equal times keep the order of the calls.
  TimerId at(Nanoseconds when, std::function<void()> action);
  TimerId after(Nanoseconds delay, std::function<void()> action) {
    return at(clock_.now() + delay, std::move(action));
  }
  void cancel(TimerId timer);

  /// Adds a coroutine, ready to run; `on_end` is called on the lane after it has ended.
  /// Errors: as Stack::map.
  Result<LaneTask*> spawn(SpawnOptions options, std::function<void()> body,
                          std::function<void()> on_end = {});
  Result<LaneTask*> spawn(int order, std::size_t stack_bytes, std::function<void()> body,
                          std::function<void()> on_end) {
    return spawn({.order = order, .stack_bytes = stack_bytes}, std::move(body), std::move(on_end));
  }
  /// Frees an ended or suspended coroutine.
  void remove(LaneTask* task);

  /// One turn; false when there was nothing to do.
  bool turn();
  /// When the next timer is due.
  std::optional<Nanoseconds> next_deadline() const { return timers_.next(); }

  /// Turns until stop(), sleeping while idle. With a ManualClock use turn() instead.
  void run();
  void stop() { mailbox_.stop(); }
  /// Refuses further posts and drops the waiting commands and all timers.
  void close();

  const Clock& clock() const { return clock_; }
  const std::string& name() const { return options_.name; }
  /// The last reading of the clock: of the begin of what runs now, where it was woken by a timer or
  /// a command; else up to 15 runs older. Free where clock().now() costs 20 to 30 ns.
  Nanoseconds now() {
    if (!now_is_fresh_) read_clock();
    return now_;
  }
  /// The task that runs now; null on the lane's own stack.
  const LaneTask* running() const { return running_; }

  struct Run {
    std::string task;
    Nanoseconds time{0};
  };
  /// What hog() has seen so far.
  struct HogWatch {
    std::uint64_t run = 0;
    Nanoseconds since{0};
  };
  /// The task that still is in the run in which an earlier call found it, `threshold` or longer
  /// ago, and how long ago that was. To be called now and then. Threads: any, each with its own
  /// `watch`.
  std::optional<Run> hog(HogWatch& watch, Nanoseconds threshold) const;

 private:
  friend class LaneTask;

  bool run_commands();
  bool run_timers();
  [[gnu::always_inline]] bool run_ready();
  [[gnu::always_inline]] bool run_all();
  [[gnu::always_inline]] void dispatch(LaneTask& task);
  [[gnu::always_inline]] static void suspend(LaneTask& task);
  [[gnu::always_inline]] LaneTask* next_to_hand_over_to();
  [[gnu::always_inline]] void begin_run(LaneTask& task);
  [[gnu::always_inline]] void end_run(LaneTask& task);
  /// Time in units of 2^20 ns, about a millisecond; it wraps.
  static std::uint32_t ticks(Nanoseconds time) {
    return static_cast<std::uint32_t>(time.count() >> 20);
  }
  void begin_sample(LaneTask& task);
  void end_sample(LaneTask& task);
  void charge();
  void read_clock() {
    now_ = clock_.now();
    now_is_fresh_ = true;
  }
  Nanoseconds wake_time();
  void apply_thread_options();

  struct Action;  ///< a timer of at()
  class Turning;

  const Clock& clock_;
  const LaneOptions options_;
  Mailbox<LaneCommand> mailbox_;

  Nanoseconds now_{0};
  bool now_is_fresh_ = false;
  LaneTask* running_ = nullptr;
  bool turning_on_ = false;  ///< in run(): the end of a turn is the begin of the next
  bool sampling_ = false;    ///< what runs now is measured in CPU time too
  detail::ExceptionState* exceptions_ = nullptr;  ///< of the thread that turns
  ReadyQueue ready_;
  TimerQueue timers_;
  std::uint64_t next_id_ = 1;
  std::uint32_t wakes_by_tasks_ = 0;

  /// Runs since the clock was read: their time is not charged to their tasks yet.
  static constexpr std::uint32_t kMostUncharged = 16;
  std::array<LaneTask*, kMostUncharged> uncharged_{};
  std::uint32_t uncharged_count_ = 0;
  std::uint32_t uncharged_most_ = 1;
  std::uint64_t random_ = 0;
  Nanoseconds queued_{0};        ///< queueing delay of what runs now, if it is to be counted
  Nanoseconds sample_begin_{0};  ///< of what is sampled
  Nanoseconds cpu_begin_{0};

  /// For hog(): the number of the run, then the name of its task; null on the lane's own stack.
  std::atomic<std::uint64_t> run_{0};
  std::atomic<const std::string*> running_name_{nullptr};

  std::unordered_map<TimerId, std::unique_ptr<Action>> actions_;
  std::set<std::string> names_;  ///< only grows, so that other threads may read a name
  StackPool stacks_;
  std::map<std::uint64_t, std::unique_ptr<LaneTask>> tasks_;
};

[[gnu::always_inline]] inline void LaneTask::wake_at(Nanoseconds when) {
  woken_at_ = when;
  lane_.ready_.make_ready(*this);
}

[[gnu::always_inline]] inline void LaneTask::wake() {
  if (!ready) wake_at(lane_.wake_time());
}

[[gnu::always_inline]] inline void LaneTask::wait() {
  Lane::suspend(*this);
}

[[gnu::always_inline]] inline Nanoseconds Lane::wake_time() {
  constexpr std::uint32_t kSampled = 16;
  if (!options_.accounting) return LaneTask::kNotSampled;
  if (running_ == nullptr) return now();
  return ++wakes_by_tasks_ % kSampled == 0 ? clock_.now() : LaneTask::kNotSampled;
}

/// The next task goes on directly, where nothing but tasks has its turn: half the switches of a way
/// by the lane's own stack, and the returns of tasks of one kind are predicted.
inline void Lane::suspend(LaneTask& task) {
  // Not task.lane_: with it, each switch would wait for what the last one loads from a stack.
  Lane* const lane = turning_lane;
  if (lane == nullptr || lane->running_ != &task)
    return task.coroutine_.suspend();  // back to what unwinds it
  LaneTask* const next = lane->next_to_hand_over_to();
  if (next == nullptr) return task.coroutine_.suspend(*lane->exceptions_);
  lane->end_run(task);
  lane->begin_run(*next);
  if (next == &task) return;
  if (const ReadyEntry* after = lane->ready_.near())
    static_cast<const LaneTask*>(after)->coroutine_.prefetch();
  lane->running_ = next;
  task.coroutine_.hand_over(next->coroutine_, *lane->exceptions_);
}

inline LaneTask* Lane::next_to_hand_over_to() {
  if (ReadyEntry* next = ready_.next_of_pass()) return static_cast<LaneTask*>(next);
  if (!turning_on_ || !ready_.all_ranked() || !timers_.empty() || !mailbox_.quiet()) return nullptr;
  ready_.begin_pass();
  return static_cast<LaneTask*>(ready_.next_of_pass());
}

inline void Lane::begin_run(LaneTask& task) {
  if (!options_.accounting) return;
  const bool timed = task.woken_at_ != LaneTask::kNotSampled;
  if ((timed || task.runs_alone_ > 0) && uncharged_count_ > 0) charge();
  const Nanoseconds begin = now();
  queued_ = timed ? begin - task.woken_at_ : LaneTask::kNotSampled;
  run_.store(run_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  running_name_.store(&task.name_, std::memory_order_release);
  // The CPU time of a run costs two system calls, so it is not read at every one; and less often
  // for each task where there are many, for the lane as a whole must not spend itself on it.
  if (task.runs_ == 0 || ticks(begin) - task.sampled_at_ > tasks_.size()) begin_sample(task);
}

inline void Lane::end_run(LaneTask& task) {
  if (!options_.accounting) {
    now_is_fresh_ = false;
    return;
  }
  // Not before the run: what counts it comes from a far cache after a sleep.
  if (queued_ != LaneTask::kNotSampled) task.count_delay(queued_);
  if (sampling_) end_sample(task);
  ++task.runs_;
  uncharged_[uncharged_count_++] = &task;
  if (task.runs_alone_ > 0 || uncharged_count_ >= uncharged_most_) charge();
}

}  // namespace mort::scheduler
