#include "task_runner.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>

#include "fork_guard.hpp"

namespace mort::worker {
namespace {

/// How often a publisher looks again while the bus has no room: DDS does not tell of
/// acknowledgements.
constexpr Nanoseconds kFullRetry = std::chrono::milliseconds(1);

/// `time` after `now`; the end of time where that is beyond it.
constexpr Nanoseconds later(Nanoseconds now, Nanoseconds time) {
  return time > Nanoseconds::max() - now ? Nanoseconds::max() : now + time;
}

std::string describe(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    int status = 0;
    const std::unique_ptr<char, void (*)(void*)> name(
        abi::__cxa_demangle(typeid(e).name(), nullptr, nullptr, &status), std::free);
    return (status == 0 ? std::string(name.get()) : "exception") + ": " + e.what();
  } catch (...) {
    return "an exception that is not a std::exception";
  }
}

bool is_task_ended(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const TaskEnded&) {
    return true;
  } catch (...) {
    return false;
  }
}

}  // namespace

// What waits is inlined up to the call that the task makes: each frame less is one or two lines of
// the cache for each task that waits, and a return less that may be predicted wrongly (decision
// 0013).
[[gnu::always_inline]] inline void TaskRunner::suspend() {
  if (cancelled_) throw_ended();
  burst_ = 0;
  owner_.task->wait();
  if (cancelled_) throw_ended();
}

TaskRunner::TaskRunner(Settings settings, scheduler::Lane& lane, Hooks hooks)
    : lane_(lane), settings_(std::move(settings)), hooks_(std::move(hooks)) {}

TaskRunner::~TaskRunner() {
  unwind();
}

void TaskRunner::throw_ended() const {
  if (is_forked_child()) end_forked_child("of task " + settings_.name + " called its task's SDK");
  throw TaskEnded{};
}

void TaskRunner::unwind() {
  cancelled_ = true;
  unwinding_ = true;
  if (owner_.task != nullptr) lane_.remove(std::exchange(owner_.task, nullptr));
}

void TaskRunner::add(std::unique_ptr<Subscription> subscription) {
  is_source_ = is_source_ && subscription->feedback();
  has_feedback_ = has_feedback_ || subscription->feedback();
  subscriptions_.add(std::move(subscription)).set_owner(owner_);
}

void TaskRunner::add(std::unique_ptr<Publication> publication) {
  publications_.add(std::move(publication));
}

void TaskRunner::add(InboxBase& inbox) {
  inboxes_.push_back(&inbox);
}

void TaskRunner::start(std::function<void()> body) {
  if (!inboxes_.empty()) {
    inbox_bell_ = std::make_unique<scheduler::Doorbell>(lane_, [this] { wake(); });
    for (InboxBase* inbox : inboxes_) inbox->open([bell = inbox_bell_.get()] { bell->ring(); });
  }
  if (settings_.period.count() > 0)
    ticker_ = std::make_unique<scheduler::Ticker>(settings_.period,
                                                  lane_.clock().now() + settings_.period);
  auto spawned = lane_.spawn({settings_.name, settings_.order, settings_.stack_bytes},
                             std::move(body), [this] { ended_with(owner_.task->error()); });
  if (!spawned) {
    ended_with(std::make_exception_ptr(std::runtime_error(to_string(spawned.error()))));
    return;
  }
  owner_.task = *spawned;
  started_ = lane_.clock().now();
  set_state("running", {});
}

void TaskRunner::ended_with(std::exception_ptr error) {
  if (is_forked_child()) {
    end_forked_child("of task " + settings_.name +
                     (error && !is_task_ended(error)
                          ? " let an exception leave Run(): " + describe(error)
                          : std::string(" returned from Run()")));
  }
  for (InboxBase* inbox : inboxes_) inbox->close();
  report_dropped();
  for (const auto& subscription : subscriptions()) subscription->detach();
  for (const auto& publication : publications()) publication->end();
  if (owner_.task != nullptr) {
    measure(*(spent_ = std::make_unique<TaskStats>()));
    lane_.remove(std::exchange(owner_.task, nullptr));
  }
  if (!error || is_task_ended(error))
    set_state("finished", {});
  else
    set_state("failed", describe(error));
}

void TaskRunner::set_state(const std::string& state, const std::string& message) {
  state_ = state;
  if (hooks_.on_state) hooks_.on_state(state, message);
}

void TaskRunner::wake() {
  if (owner_.task != nullptr) owner_.task->wake();
}

void TaskRunner::stop() {
  stopping_ = true;
  wake();
}

void TaskRunner::cancel() {
  cancelled_ = true;
  wake();
}

namespace {

Delay to_delay(const scheduler::DelayStats& stats) {
  return {stats.count(), stats.quantile(0.5), stats.quantile(0.99), stats.max()};
}

}  // namespace

void TaskRunner::measure(TaskStats& stats) const {
  stats.runs = owner_.task->runs();
  stats.queueing = to_delay(owner_.task->queueing_delay());
  stats.run_s = std::chrono::duration<double>(owner_.task->run_time()).count();
  stats.cpu_s = std::chrono::duration<double>(owner_.task->cpu_time()).count();
  stats.active_s = std::chrono::duration<double>(lane_.clock().now() - started_).count();
}

TaskStats TaskRunner::stats() const {
  TaskStats stats = spent_ ? *spent_ : TaskStats{};
  stats.task = settings_.name;
  stats.state = state_;
  if (owner_.task != nullptr) measure(stats);
  if (ticker_) {
    stats.ticks = ticker_->ticks();
    stats.missed_ticks = ticker_->missed();
    stats.overruns = ticker_->overruns();
    stats.lateness = to_delay(ticker_->lateness());
  }
  return stats;
}

void TaskRunner::wait_until(Nanoseconds deadline) {
  if (cancelled_) throw_ended();
  burst_ = 0;
  owner_.task->wait_until(deadline);
  if (cancelled_) throw_ended();
}

bool TaskRunner::loop_ended() const {
  if (is_source_) return stopping_;
  return std::all_of(subscriptions().begin(), subscriptions().end(), [](const auto& subscription) {
    return subscription->feedback() || subscription->finished();
  });
}

void TaskRunner::throw_not_registered(std::string_view topic) const {
  throw std::logic_error("task " + settings_.name + " takes from topic \"" + std::string(topic) +
                         "\", which it has not registered with RegSub");
}

void TaskRunner::throw_other_thread(const char* call) const {
  throw std::logic_error("task " + settings_.name + " calls " + call +
                         " from another thread than its own; post() what that thread has to a "
                         "mort::Inbox of the task, and take it from there in Run()");
}

std::shared_ptr<const void> TaskRunner::take(std::string_view topic, const MessageType& type,
                                             bool wait) {
  require_own_thread(wait ? "Take" : "TryTake");
  if (cancelled_) throw_ended();
  Subscription& subscription = registered(topic);
  subscription.set_wanted(type);
  while (true) {
    if (wait && subscription.feedback() && loop_ended()) {  // whatever still goes round in it
      told_by_wait_ = stopping_;
      return nullptr;
    }
    if (!subscription.empty()) {
      if (subscription.front().holds(type)) return subscription.pop_object();
      if (auto object = open(subscription, type)) return object;
    } else if (!wait || subscription.finished()) {
      return nullptr;
    } else {
      suspend();
    }
  }
}

/// The object of the next message; null when it is none of the type. Apart from what waits, so that
/// little lies on a stack meanwhile.
[[gnu::noinline]] std::shared_ptr<const void> TaskRunner::open(Subscription& subscription,
                                                               const MessageType& type) {
  auto object = subscription.pop().take_object(type);
  if (object) return std::move(*object);
  subscription.count_undecodable();
  log("dropped a sample of " + subscription.topic() + ": " + object.error().message);
  return nullptr;
}

PayloadBytes TaskRunner::take_payload(std::string_view topic) {
  const Message message = registered(topic).pop();
  return message ? message.payload() : nullptr;
}

// What refuses lies apart from what publishes: its strings would make the frame of every publish
// five lines of the cache larger.
void TaskRunner::throw_not_published(std::string_view topic) const {
  throw std::logic_error("task " + settings_.name + " publishes topic \"" + std::string(topic) +
                         "\", which it has not registered with RegPub");
}

namespace {

[[noreturn, gnu::noinline]] void throw_too_large(std::string_view topic, std::size_t bytes) {
  throw std::length_error("a message of " + std::to_string(bytes) + " bytes on topic " +
                          std::string(topic) + "; the limit is " +
                          std::to_string(kMaxPayloadBytes));
}

[[noreturn, gnu::noinline]] void throw_refused(const Publication& publication, std::size_t bytes) {
  const std::size_t most = publication.max_payload;
  throw std::runtime_error(
      "the bus refused a message of " + std::to_string(bytes) + " bytes on topic " +
      publication.topic() +
      (most > 0 && bytes > most
           ? ": " + std::to_string(most) +
                 " are the most, by its type or by max_bytes in the job YAML; raise that"
           : ": Fast DDS could not send it, as after the death of a program that reads it"));
}

}  // namespace

bool TaskRunner::publish(std::string_view topic, const MessageType& type,
                         std::shared_ptr<const void> object) {
  require_own_thread("Publish");
  if (cancelled_) throw_ended();
  Publication* publication = this->publication(topic);
  if (publication == nullptr) throw_not_published(topic);
  const std::size_t bytes = type.encoded_size(object.get());
  if (bytes > kMaxPayloadBytes) throw_too_large(topic, bytes);
  // A source that does not wait for ticks learns of the stop here.
  if (is_told_to_stop()) return false;
  while (publication->allowed) {
    switch (publication->publish(object, type, bytes)) {
      case Publication::Status::kSent:
        let_others_run();
        return true;
      case Publication::Status::kFailed:
        throw_refused(*publication, bytes);
      case Publication::Status::kFullHere:
        suspend();
        break;
      case Publication::Status::kFullElsewhere:
        wait_until(later(lane_.clock().now(), kFullRetry));
        break;
    }
    if (is_told_to_stop()) return false;
  }
  return false;
}

void TaskRunner::yield() {
  owner_.task->wake();
  suspend();
}

/// A task that only publishes gives its lane to the others from time to time.
void TaskRunner::let_others_run() {
  constexpr int kBurst = 64;
  if (++burst_ >= kBurst) yield();
}

bool TaskRunner::wait_data() {
  return wait_for(WaitFor::kAny, {}, std::nullopt) == WaitResult::kReady;
}

bool TaskRunner::is_empty(const Input& input) {
  return input.topic != nullptr ? input.topic->empty() : input.inbox->empty();
}

bool TaskRunner::is_feedback(const Input& input) {
  return input.topic != nullptr && input.topic->feedback();
}

/// Feedback has no more to give when its loop has ended, and so has an inbox that is empty.
bool TaskRunner::is_finished(const Input& input) const {
  if (input.inbox != nullptr) return input.inbox->empty() && (input.inbox->ended() || loop_ended());
  return input.topic->finished() || (input.topic->feedback() && loop_ended());
}

/// Drops what has no partner any more. True: the oldest of all inputs, none of which is empty, have
/// one number.
bool TaskRunner::align(const std::vector<Input>& inputs) {
  while (std::none_of(inputs.begin(), inputs.end(), is_empty)) {
    std::uint64_t newest = 0;
    for (const Input& input : inputs) newest = std::max(newest, input.topic->front().sequence);
    bool all_equal = true;
    for (const Input& input : inputs) {
      if (input.topic->front().sequence == newest) continue;
      all_equal = false;
      while (!input.topic->empty() && input.topic->front().sequence < newest)
        input.topic->drop_front();
    }
    if (all_equal) return true;
  }
  return false;
}

/// Nothing: to be waited for.
std::optional<WaitResult> TaskRunner::look(WaitFor what) const {
  const auto finished = [this](const Input& input) { return is_finished(input); };
  const bool without_feedback = has_feedback_ && loop_ended();
  if (what == WaitFor::kAny) {
    if (without_feedback && std::all_of(awaited_.begin(), awaited_.end(), finished))
      return WaitResult::kEnded;
    if (!std::all_of(awaited_.begin(), awaited_.end(), is_empty)) return WaitResult::kReady;
    if (std::all_of(awaited_.begin(), awaited_.end(), finished)) return WaitResult::kEnded;
    return std::nullopt;
  }
  if (without_feedback && std::any_of(awaited_.begin(), awaited_.end(), is_feedback))
    return WaitResult::kEnded;
  const bool complete = what == WaitFor::kSameTick
                            ? align(awaited_)
                            : std::none_of(awaited_.begin(), awaited_.end(), is_empty);
  if (complete && !awaited_.empty()) return WaitResult::kReady;
  if (awaited_.empty() || std::any_of(awaited_.begin(), awaited_.end(), finished))
    return WaitResult::kEnded;
  return std::nullopt;
}

TaskRunner::Input TaskRunner::input_named(std::string_view name) const {
  if (Subscription* subscription = this->subscription(name)) return {subscription, nullptr};
  for (InboxBase* inbox : inboxes_) {
    if (equal(inbox->name(), name)) return {nullptr, inbox};
  }
  throw_not_registered(name);
}

void TaskRunner::report_dropped() const {
  for (InboxBase* inbox : inboxes_) {
    if (const std::uint64_t dropped = inbox->take_dropped(); dropped > 0) {
      log("inbox " + inbox->name() + " was full: " + std::to_string(dropped) +
          " posted messages are dropped; it holds " + std::to_string(inbox->capacity()));
    }
  }
}

WaitResult TaskRunner::wait_for(WaitFor what, std::span<const std::string_view> topics,
                                std::optional<Nanoseconds> timeout) {
  require_own_thread(what == WaitFor::kAny   ? "WaitAny"
                     : what == WaitFor::kAll ? "WaitAll"
                                             : "WaitSameTick");
  if (cancelled_) throw_ended();
  report_dropped();
  awaited_.clear();
  if (topics.empty()) {
    for (const auto& subscription : subscriptions())
      awaited_.push_back({subscription.get(), nullptr});
    if (what != WaitFor::kSameTick) {
      for (InboxBase* inbox : inboxes_) awaited_.push_back({nullptr, inbox});
    }
  } else {
    for (const std::string_view topic : topics) awaited_.push_back(input_named(topic));
  }
  if (what == WaitFor::kSameTick) {
    for (const Input& input : awaited_) {
      if (input.inbox == nullptr) continue;
      throw std::logic_error("task " + settings_.name + " waits for the same tick of inbox " +
                             input.inbox->name() + ", whose messages have no ticks");
    }
  }
  std::optional<Nanoseconds> deadline;
  while (true) {
    if (const auto result = look(what)) {
      if (*result == WaitResult::kEnded && is_source_) told_by_wait_ = stopping_;
      return *result;
    }
    if (!timeout) {
      suspend();
      continue;
    }
    const Nanoseconds now = lane_.clock().now();
    if (!deadline) deadline = later(now, *timeout);
    if (now >= *deadline) return WaitResult::kTimeout;
    wait_until(*deadline);
  }
}

bool TaskRunner::wait_tick() {
  require_own_thread("WaitTick");
  if (cancelled_) throw_ended();
  if (!ticker_) {
    throw std::logic_error(
        "task " + settings_.name +
        " calls WaitTick() without a period: give one in RegTask or in the job YAML");
  }
  while (true) {
    if (loop_ended()) {
      told_by_wait_ = stopping_;  // it may still publish what it has
      return false;
    }
    burst_ = 0;
    owner_.ticking = true;
    const bool ticked = owner_.task->wait_tick(*ticker_);
    owner_.ticking = false;
    if (cancelled_) throw_ended();
    if (ticked) return true;
  }
}

void TaskRunner::sleep(Nanoseconds time) {
  require_own_thread("Sleep");
  if (cancelled_) throw_ended();
  if (time.count() <= 0) return yield();
  const Nanoseconds until = later(lane_.clock().now(), time);
  while (lane_.clock().now() < until) {
    if (stopping_ && is_source_) throw TaskEnded{};
    wait_until(until);
  }
}

bool TaskRunner::ended(std::string_view topic) const {
  require_own_thread("Ended");
  const Subscription& subscription = registered(topic);
  return subscription.finished() || (subscription.feedback() && loop_ended());
}

void TaskRunner::finish() {
  require_own_thread("Finish");
  throw TaskEnded{};
}

std::string TaskRunner::param(std::string_view name) const {
  return param_of(*settings_.params, name);
}

std::int64_t TaskRunner::int_param(std::string_view name) const {
  return int_param_of(*settings_.params, name);
}

void TaskRunner::log(std::string_view text) const {
  if (is_forked_child()) {  // its thread is the only one: by way of what it prints
    std::fprintf(stderr, "%.*s\n", static_cast<int>(text.size()), text.data());
    return;
  }
  if (hooks_.on_log) hooks_.on_log(std::string(text));
}

}  // namespace mort::worker
