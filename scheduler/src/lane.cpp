#include "mort/scheduler/lane.hpp"

#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "mort/base/log.hpp"
#include "overflow_scope.hpp"

namespace mort::scheduler {

constinit thread_local Lane* turning_lane = nullptr;

namespace {

/// Reading the clock would be much of a run that is shorter: a few of them in a row share a
/// reading.
constexpr Nanoseconds kShortRun = std::chrono::microseconds(1);
/// A task shares no reading in so many runs after one that was not short, or in as many as would
/// have taken as long if they were: what others are charged for it stays below that for each run.
constexpr Nanoseconds::rep kLeastAlone = 16;
constexpr Nanoseconds::rep kMostAlone = 1'000'000;

struct PostedFunction final : LaneCommand {
  explicit PostedFunction(std::function<void()> f) : function(std::move(f)) {}
  void run() override {
    function();
    delete this;
  }
  void drop() override { delete this; }
  std::function<void()> function;
};

}  // namespace

struct Lane::Action final : Timer {
  Action(Lane& owner, TimerId timer, std::function<void()> f)
      : Timer(&Action::call_action), lane(owner), id(timer), function(std::move(f)) {}
  static void call_action(Timer& timer) {
    auto& self = static_cast<Action&>(timer);
    const auto kept = self.lane.actions_.extract(self.id);  // the call may cancel or close
    self.function();
  }
  Lane& lane;
  const TimerId id;
  const std::function<void()> function;
};

Lane::Lane(const Clock& clock, LaneOptions options) : clock_(clock), options_(std::move(options)) {}

Lane::~Lane() {
  close();
  // While the lane is still whole: what unwinds may wake other tasks.
  while (!tasks_.empty()) remove(tasks_.begin()->second.get());
}

bool Lane::post(std::function<void()> command) {
  auto node = std::make_unique<PostedFunction>(std::move(command));
  if (!mailbox_.push(node.get())) return false;
  node.release();  // run() or drop() deletes it
  return true;
}

Lane::TimerId Lane::at(Nanoseconds when, std::function<void()> action) {
  const TimerId id = next_id_++;
  auto& added = actions_[id] = std::make_unique<Action>(*this, id, std::move(action));
  timers_.arm(*added, when);
  return id;
}

void Lane::cancel(TimerId timer) {
  const auto found = actions_.find(timer);
  if (found == actions_.end()) return;
  timers_.cancel(*found->second);
  actions_.erase(found);
}

Result<LaneTask*> Lane::spawn(SpawnOptions options, std::function<void()> body,
                              std::function<void()> on_end) {
  auto coroutine = Coroutine::create(stacks_, options.stack_bytes, std::move(body));
  if (!coroutine) return tl::unexpected<Error>(std::move(coroutine).error());
  const std::uint64_t id = next_id_++;
  const std::string& name = *names_.insert(std::move(options.name)).first;
  auto& added = tasks_[id] = std::unique_ptr<LaneTask>(
      new LaneTask(*this, id, name, std::move(*coroutine), std::move(on_end)));
  ready_.add(*added, {options.order, id});
  added->wake();
  return added.get();
}

void Lane::remove(LaneTask* task) {
  MORT_CHECK(task != running_);
  if (uncharged_count_ > 0) charge();  // it may be among them
  const auto node = tasks_.extract(task->id_);
  if (!task->done()) ready_.remove(*task);
  // Last, with the node: its body unwinds.
}

/// While the calling thread turns a lane; ends by an exception of a command too.
class Lane::Turning {
 public:
  explicit Turning(Lane& lane) : lane_(lane) {
    turning_lane = &lane;
    lane.exceptions_ = &Coroutine::exceptions_of_this_thread();
  }
  ~Turning() {
    turning_lane = outer_;
    lane_.turning_on_ = false;
  }
  Turning(const Turning&) = delete;
  Turning& operator=(const Turning&) = delete;

 private:
  Lane& lane_;
  Lane* const outer_ = turning_lane;
};

bool Lane::turn() {
  now_is_fresh_ = false;  // time may have passed since the last turn
  const Turning turning(*this);
  return run_all();
}

// These are inlined into one another down to the switch (decision 0013).
inline bool Lane::run_all() {
  const bool commands = run_commands();
  const bool timers = run_timers();
  const bool ready = run_ready();
  return commands || timers || ready;
}

bool Lane::run_commands() {
  LaneCommand* command = mailbox_.take_all();
  if (command == nullptr) return false;
  while (command != nullptr) {
    LaneCommand* next = command->next;
    command->run();
    command = next;
  }
  now_is_fresh_ = false;  // they may have taken their time
  return true;
}

bool Lane::run_timers() {
  if (timers_.empty()) return false;
  const Nanoseconds due = now();
  // What they arm themselves is for the next turn, so that commands are never starved.
  const std::uint64_t horizon = timers_.horizon();
  bool any = false;
  while (Timer* timer = timers_.pop_due(due, horizon)) {
    timer->call();
    any = true;
  }
  return any;
}

inline bool Lane::run_ready() {
  // Forward only: what becomes ready behind the pass waits for the next turn, for the same reason.
  bool any = false;
  while (ReadyEntry* entry = ready_.next()) {
    dispatch(*static_cast<LaneTask*>(entry));
    any = true;
  }
  if (uncharged_count_ > 0) charge();  // what follows is nobody's
  return any;
}

inline void Lane::dispatch(LaneTask& task) {
  begin_run(task);
  running_ = &task;
  task.coroutine_.resume(*exceptions_);
  LaneTask& last = *running_;  // tasks hand over to one another
  running_name_.store(nullptr, std::memory_order_relaxed);
  end_run(last);
  running_ = nullptr;
  if (!last.done()) return;
  if (uncharged_count_ > 0) charge();
  ready_.remove(last);
  if (const auto on_end = std::move(last.on_end_)) on_end();  // it may remove the task
}

/// Begins to measure a run in CPU time too.
void Lane::begin_sample(LaneTask& task) {
  if (uncharged_count_ > 0) charge();
  task.sampled_at_ = ticks(now_);
  sample_begin_ = now_;
  cpu_begin_ = clock_.thread_cpu();
  sampling_ = true;
}

void Lane::end_sample(LaneTask& task) {
  sampling_ = false;
  uncharged_most_ = 1;
  task.sampled_run_ += clock_.now() - sample_begin_;
  task.sampled_cpu_ += clock_.thread_cpu() - cpu_begin_;
}

/// Reads the clock and shares the time since it was read among the runs since then.
void Lane::charge() {
  const Nanoseconds begin = now_;
  read_clock();
  const Nanoseconds each = (now_ - begin) / uncharged_count_;
  const bool all_short = each < kShortRun;
  const auto alone =
      static_cast<std::uint32_t>(std::clamp(each / kShortRun, kLeastAlone, kMostAlone));
  for (std::uint32_t i = 0; i < uncharged_count_; ++i) {
    LaneTask& task = *uncharged_[i];
    task.run_time_ += each;
    if (task.notes_end_) task.last_end_ = now_;
    if (!all_short)
      task.runs_alone_ = std::max(task.runs_alone_, alone);
    else if (task.runs_alone_ > 0)
      --task.runs_alone_;
  }
  uncharged_count_ = 0;
  // Of changing length, so that every task is alone now and then, which tells whether its runs are
  // short. (Knuth's MMIX generator.)
  random_ = random_ * 6364136223846793005U + 1442695040888963407U;
  uncharged_most_ = 1 + static_cast<std::uint32_t>(random_ >> 60);
}

void Lane::run() {
  // The main thread's name is the process's, by which people look for it.
  if (gettid() != getpid()) pthread_setname_np(pthread_self(), name().substr(0, 15).c_str());
  apply_thread_options();
  const OverflowScope overflow;
  const Turning turning(*this);
  now_is_fresh_ = false;
  turning_on_ = true;
  while (!mailbox_.stopped()) {
    if (run_all()) continue;
    now_is_fresh_ = false;
    mailbox_.sleep(timers_.next());
  }
}

void Lane::apply_thread_options() {
  const auto refused = [this](int code, const std::string& what, const std::string& cure) {
    const Error error{ErrorCode::kFailed,
                      "lane " + name() + " runs without " + what + ": " + std::strerror(code),
                      {},
                      cure};
    if (options_.on_refused)
      options_.on_refused(error);
    else
      log::warning(to_string(error));
  };
  // Sleeps end at their time, not up to 50 us later; without effect on real-time threads.
  prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  if (options_.fifo_priority) {
    const sched_param param{.sched_priority = *options_.fifo_priority};
    if (const int code = pthread_setschedparam(pthread_self(), SCHED_FIFO, &param)) {
      refused(code, "SCHED_FIFO priority " + std::to_string(*options_.fifo_priority),
              "give the process CAP_SYS_NICE or a limit (`ulimit -r`) of that priority, which is 1 "
              "to 99");
    }
  }
  if (!options_.cores.empty()) {
    cpu_set_t set;
    CPU_ZERO(&set);
    std::string cores;
    for (const int core : options_.cores) {
      if (core >= 0 && core < CPU_SETSIZE) CPU_SET(static_cast<std::size_t>(core), &set);
      cores += " " + std::to_string(core);
    }
    if (const int code = pthread_setaffinity_np(pthread_self(), sizeof set, &set)) {
      refused(code, "being pinned to core(s)" + cores,
              "name cores that this machine has and this process may use (`nproc`, `taskset -p`)");
    }
  }
}

void Lane::close() {
  for (LaneCommand* command = mailbox_.close(); command != nullptr;) {
    LaneCommand* next = command->next;
    command->drop();
    command = next;
  }
  timers_.clear();
  actions_.clear();
}

std::optional<Lane::Run> Lane::hog(HogWatch& watch, Nanoseconds threshold) const {
  // Name, then number: a number that is newer than the name accuses nobody.
  const std::string* name = running_name_.load(std::memory_order_acquire);
  const std::uint64_t run = run_.load(std::memory_order_relaxed);
  const Nanoseconds now = clock_.now();
  if (name == nullptr || run != watch.run) {
    watch = {run, now};
    return std::nullopt;
  }
  if (now - watch.since < threshold) return std::nullopt;
  return Run{*name, now - watch.since};
}

}  // namespace mort::scheduler
