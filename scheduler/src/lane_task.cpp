#include "mort/scheduler/lane_task.hpp"

#include <algorithm>

#include "mort/scheduler/lane.hpp"

namespace mort::scheduler {

LaneTask::LaneTask(Lane& lane, std::uint64_t id, const std::string& name, Coroutine coroutine,
                   std::function<void()> on_end)
    : coroutine_(std::move(coroutine)),
      lane_(lane),
      name_(name),
      id_(id),
      on_end_(std::move(on_end)) {}

LaneTask::~LaneTask() {
  coroutine_.unwind();           // while the rest is whole: the body may wait and wake
  lane_.timers_.cancel(timer_);  // a body that would not unwind may have left it
}

bool LaneTask::wait_until(Nanoseconds deadline) {
  struct Armed {  // the wait may end by an exception
    ~Armed() { task.lane_.timers_.cancel(task.timer_); }
    LaneTask& task;
  };
  timed_out_ = false;
  lane_.timers_.arm(timer_, deadline);
  const Armed armed{*this};
  wait();
  return !timed_out_;
}

bool LaneTask::wait_tick(Ticker& ticker) {
  // The work ended with the run that is suspended now, whose end the accounting reads anyway.
  const bool measured = lane_.options_.accounting;
  if (!measured) ticker.work_ended(lane_.clock_.now());
  lane_.uncharged_most_ = 1;  // this run shares no reading with what comes after it
  notes_end_ = true;
  const bool woken = wait_until(ticker.due());
  notes_end_ = false;
  if (measured) ticker.work_ended(last_end_);
  if (woken) return false;
  ticker.advance(lane_.now());
  return true;
}

void LaneTask::timed_out(Timer& timer) {
  LaneTask& task = static_cast<TaskTimer&>(timer).task;
  if (task.ready) return;  // woken in time
  task.timed_out_ = true;
  task.wake_at(task.lane_.options_.accounting ? timer.when() : kNotSampled);
}

void LaneTask::count_delay(Nanoseconds delay) {
  if (!queueing_delay_) queueing_delay_ = std::make_unique<DelayStats>();
  queueing_delay_->add(delay);
}

Nanoseconds LaneTask::cpu_time() const {
  if (sampled_run_.count() <= 0) return run_time_;
  const double share =
      static_cast<double>(sampled_cpu_.count()) / static_cast<double>(sampled_run_.count());
  return Nanoseconds(static_cast<Nanoseconds::rep>(std::clamp(share, 0.0, 1.0) *
                                                   static_cast<double>(run_time_.count())));
}

}  // namespace mort::scheduler
