#include "mort/scheduler/lane.hpp"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>

namespace mort::scheduler {
namespace {

/// The CPU time of a turn costs two system calls, so it is not read at every one.
constexpr Nanoseconds kCpuSampling = std::chrono::microseconds(100);

}  // namespace

void LaneTask::wait() {
  coroutine_->suspend();
}

Nanoseconds LaneTask::cpu_time() const {
  if (sampled_run_.count() <= 0) return run_time_;
  const double share =
      static_cast<double>(sampled_cpu_.count()) / static_cast<double>(sampled_run_.count());
  return Nanoseconds(static_cast<Nanoseconds::rep>(std::clamp(share, 0.0, 1.0) *
                                                   static_cast<double>(run_time_.count())));
}

void LaneTask::wake() {
  if (!coroutine_->done()) lane_.ready_.emplace(std::pair(order_, id_), this);
}

Lane::Lane(const Clock& clock, std::string name) : clock_(clock), name_(std::move(name)) {}
Lane::~Lane() {
  close();
}

bool Lane::post(std::function<void()> command) {
  {
    const MutexLock lock(mutex_);
    if (closed_) return false;
    commands_.push_back(std::move(command));
    if (commands_.size() > 1) return true;  // the first one has woken the lane
  }
  wake_.notify_one();
  return true;
}

Lane::TimerId Lane::at(Nanoseconds when, std::function<void()> action) {
  const TimerId id = next_id_++;
  timers_.emplace(std::pair(when, id), std::move(action));
  timer_times_.emplace(id, when);
  return id;
}

void Lane::cancel(TimerId timer) {
  const auto found = timer_times_.find(timer);
  if (found == timer_times_.end()) return;
  timers_.erase({found->second, timer});
  timer_times_.erase(found);
}

Result<LaneTask*> Lane::spawn(int order, std::size_t stack_bytes, std::function<void()> body,
                              std::function<void()> on_end) {
  auto coroutine = Coroutine::create(stack_bytes, std::move(body));
  if (!coroutine) return tl::unexpected<Error>(coroutine.error());
  const std::uint64_t id = next_id_++;
  auto task = std::unique_ptr<LaneTask>(new LaneTask(*this, order, id));
  task->coroutine_ = std::move(*coroutine);
  task->on_end_ = std::move(on_end);
  LaneTask* result = task.get();
  tasks_.emplace(id, std::move(task));
  result->wake();
  return result;
}

void Lane::remove(LaneTask* task) {
  ready_.erase({task->order_, task->id_});
  tasks_.erase(task->id_);
}

bool Lane::turn() {
  const bool commands = run_commands();
  const bool timers = run_timers();
  const bool ready = run_ready();
  return commands || timers || ready;
}

bool Lane::run_commands() {
  std::vector<std::function<void()>> commands;
  {
    const MutexLock lock(mutex_);
    commands.swap(commands_);
  }
  for (auto& command : commands) command();
  return !commands.empty();
}

bool Lane::run_timers() {
  if (timers_.empty()) return false;
  const Nanoseconds now = clock_.now();
  bool any = false;
  while (!timers_.empty() && timers_.begin()->first.first <= now) {
    auto node = timers_.extract(timers_.begin());
    timer_times_.erase(node.key().second);
    node.mapped()();
    any = true;
  }
  return any;
}

bool Lane::run_ready() {
  // Forward only: what becomes ready behind the cursor waits for the next turn, so commands are
  // never starved.
  bool any = false;
  auto next = ready_.begin();
  while (next != ready_.end()) {
    const ReadyKey key = next->first;
    LaneTask* task = next->second;
    ready_.erase(next);
    dispatch(*task);
    any = true;
    next = ready_.upper_bound(key);
  }
  return any;
}

void Lane::dispatch(LaneTask& task) {
  const Nanoseconds begin = clock_.now();
  const bool sampled = task.sampled_run_.count() == 0 || begin - task.sampled_at_ >= kCpuSampling;
  const Nanoseconds cpu_begin = sampled ? clock_.thread_cpu() : Nanoseconds(0);
  task.coroutine_->resume();
  const Nanoseconds run = clock_.now() - begin;
  task.run_time_ += run;
  if (sampled) {
    task.sampled_at_ = begin;
    task.sampled_run_ += run;
    task.sampled_cpu_ += clock_.thread_cpu() - cpu_begin;
  }
  if (task.done() && task.on_end_) {
    const auto on_end = std::move(task.on_end_);  // it may remove the task
    on_end();
  }
}

std::optional<Nanoseconds> Lane::next_deadline() const {
  if (timers_.empty()) return std::nullopt;
  return timers_.begin()->first.first;
}

void Lane::run() {
  // The main thread's name is the process's, by which people look for it.
  if (gettid() != getpid()) pthread_setname_np(pthread_self(), name_.substr(0, 15).c_str());
  while (true) {
    {
      const MutexLock lock(mutex_);
      if (stopped_) return;
    }
    if (turn()) continue;
    const MutexLock lock(mutex_);
    const auto deadline = next_deadline();
    while (!stopped_ && commands_.empty()) {
      if (!deadline) {
        wake_.wait(mutex_);
        continue;
      }
      const std::chrono::steady_clock::time_point until{
          std::chrono::duration_cast<std::chrono::steady_clock::duration>(*deadline)};
      if (wake_.wait_until(mutex_, until) == std::cv_status::timeout) break;
    }
  }
}

void Lane::stop() {
  {
    const MutexLock lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
}

void Lane::close() {
  std::vector<std::function<void()>> dropped;  // destroyed outside the lock: captures may post
  {
    const MutexLock lock(mutex_);
    closed_ = true;
    dropped.swap(commands_);
  }
  timers_.clear();
  timer_times_.clear();
}

void Ticker::advance(Nanoseconds now) {
  ++ticks_;
  next_ += period_;
  if (next_ <= now) {
    const auto behind = static_cast<std::uint64_t>((now - next_) / period_);
    missed_ += behind;
    next_ += period_ * static_cast<Nanoseconds::rep>(behind);
  }
}

}  // namespace mort::scheduler
