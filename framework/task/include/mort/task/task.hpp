// The task SDK: derive from mort::Task, register in the constructor, write Run() as straight-line
// code.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "mort/message/message.hpp"
#include "mort/task/host.hpp"

namespace mort {

class InboxBase;

/// Resource hints of a task; the job YAML overrides them.
struct TaskOptions {
  double cpu = 0;                      ///< cores it asks for; 0 = not said (1)
  std::chrono::nanoseconds period{0};  ///< of WaitTick(); 0 = no period
  std::int64_t stack_bytes = 0;        ///< stack of its coroutine; 0 = default (256 KiB)
};

/// A unit of work that subscribes, computes and publishes, again and again, on one node.
/// Threads: all members are for the task's own coroutine; a task never migrates to another thread.
/// Calls from other threads throw std::logic_error, but for Log() and Param(); what other threads
/// have for a task they post to an Inbox (inbox.hpp).
class Task {
 public:
  Task() = default;
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  virtual ~Task() = default;

  /// The body. Waiting suspends the coroutine, never the thread. Returning finishes the task.
  /// An exception that leaves it ends this task alone; its text is in `mort logs`.
  virtual void Run() = 0;

  /// What the constructor registered; read by the worker and compared with the analysed graph.
  const Registration& registration() const { return registration_; }
  /// Set by the worker before Run(). Until then a ConstructionScope stands in, if there is one.
  void set_host(TaskHost* host) { host_ = host; }
  const std::vector<InboxBase*>& inboxes() const { return inboxes_; }

 protected:
  /// Names the task. Call it once, in the constructor.
  void RegTask(std::string_view name, const TaskOptions& options = {});
  /// Declares topics that this task subscribes to.
  void RegSub(const std::vector<std::string>& topics);
  /// Declares topics that this task subscribes to as feedback, which closes a loop: a controller
  /// reads what its plant measured. It takes no part in the order of tasks, holds no publisher
  /// back, and begins empty. The task ends without it: where all topics of RegSub have ended, what
  /// waits and takes answers as if these had ended too. A task that has only such topics is a
  /// source: it goes on until the job is being stopped. The publisher may be in another job, and
  /// need not be there yet.
  void RegFeedback(const std::vector<std::string>& topics);
  /// Declares topics that this task publishes.
  void RegPub(const std::vector<std::string>& topics);

  /// Waits for the next sample of `topic`. Null: the stream has ended, or the right to read it is
  /// gone.
  template <class T>
  std::shared_ptr<const T> Take(std::string_view topic) {
    return std::static_pointer_cast<const T>(host_for("Take").take(topic, message_type<T>(), true));
  }
  /// The next sample if there is one, else null; never waits.
  template <class T>
  std::shared_ptr<const T> TryTake(std::string_view topic) {
    return std::static_pointer_cast<const T>(
        host_for("TryTake").take(topic, message_type<T>(), false));
  }
  /// Publishes; waits while a `block` topic is full. False: the right to publish is gone, or, in a
  /// task without subscriptions, the job is being stopped and no WaitTick() has said so yet.
  template <class T>
  bool Publish(std::string_view topic, T message) {
    static_assert(!std::is_pointer_v<T>, "publish the message itself");
    return host_for("Publish").publish(topic, message_type<T>(),
                                       message::make_message<T>(std::move(message)));
  }
  /// Publishes an object that is shared, not copied, with subscribers in the same worker.
  template <class T>
  bool Publish(std::string_view topic, std::shared_ptr<const T> message) {
    return host_for("Publish").publish(topic, message_type<T>(), std::move(message));
  }

  /// Waits until any subscription has a sample. False: all have ended and are empty.
  bool WaitData() { return host_for("WaitData").wait_data(); }
  /// Waits until one of `topics` has a sample; kEnded: all of them have ended and are empty. An
  /// empty list means all that the task has registered, and without a timeout it waits as long as
  /// it takes; so too in the two calls that follow.
  WaitResult WaitAny(std::initializer_list<std::string_view> topics = {},
                     std::optional<std::chrono::nanoseconds> timeout = std::nullopt) {
    return host_for("WaitAny").wait_for(WaitFor::kAny, {topics.begin(), topics.size()}, timeout);
  }
  /// Waits until each of `topics` has a sample; kEnded: one of them has ended and is empty.
  WaitResult WaitAll(std::initializer_list<std::string_view> topics = {},
                     std::optional<std::chrono::nanoseconds> timeout = std::nullopt) {
    return host_for("WaitAll").wait_for(WaitFor::kAll, {topics.begin(), topics.size()}, timeout);
  }
  /// Waits until each of `topics` has a sample of the same tick: the n-th of its publisher, counted
  /// from the start of the job. Samples whose partners were lost are dropped and count as lost.
  /// Needs publishers that publish at the same ticks, as those that work off one source do; after a
  /// publisher was restarted in the middle of a stream its numbers go on where they stopped, so
  /// that such jobs want `on_crash: restart_job`. kEnded: as in WaitAll.
  WaitResult WaitSameTick(std::initializer_list<std::string_view> topics = {},
                          std::optional<std::chrono::nanoseconds> timeout = std::nullopt) {
    return host_for("WaitSameTick")
        .wait_for(WaitFor::kSameTick, {topics.begin(), topics.size()}, timeout);
  }
  /// Waits for the task's next period. False: there will be no more work, because every
  /// subscription has ended and is empty, or, in a task without subscriptions other than feedback,
  /// because the job is being stopped.
  bool WaitTick() { return host_for("WaitTick").wait_tick(); }
  /// Waits for a time; Sleep(0) only lets the other tasks of the lane run. In a task without
  /// subscriptions it ends the task when the job is being stopped.
  void Sleep(std::chrono::nanoseconds time) { host_for("Sleep").sleep(time); }
  /// True when `topic` has ended and all its samples were taken.
  bool Ended(std::string_view topic) const { return host_for("Ended").ended(topic); }
  /// Sends end-of-stream on all topics of this task; the same as returning from Run().
  [[noreturn]] void Finish() {
    host_for("Finish").finish();
    std::abort();  // not reached: a host throws
  }

  /// A parameter of the job; of a file parameter, the path of its local copy. Constructors may call
  /// it too, and IntParam() and Log(): the value is that of the job everywhere.
  /// Throws std::out_of_range when the job has none of that name.
  std::string Param(std::string_view name) const { return host_for("Param").param(name); }
  /// The same as a number; throws std::invalid_argument when it is none.
  std::int64_t IntParam(std::string_view name) const {
    return host_for("IntParam").int_param(name);
  }
  /// Writes a line to the job's log (`mort logs`).
  void Log(std::string_view text) const { host_for("Log").log(text); }

 private:
  friend class InboxBase;
  void add_inbox(InboxBase& inbox) { inboxes_.push_back(&inbox); }
  /// Throws std::logic_error, which names `call`, where there is no host.
  TaskHost& host_for(const char* call) const;

  TaskHost* host_ = nullptr;
  Registration registration_;
  std::vector<InboxBase*> inboxes_;  ///< members of the derived class
};

/// A task class that the library offers; made by MORT_TASK.
class TaskRegistration {
 public:
  using Factory = std::unique_ptr<Task> (*)();
  explicit TaskRegistration(Factory factory);
};

/// All factories registered by the libraries loaded so far, in order of registration.
const std::vector<TaskRegistration::Factory>& task_factories();

/// Offers one task of `Class`, constructed with the arguments that follow, to the job:
/// `MORT_TASK(RawData, "RawData1", "raw1", "C1");` at namespace scope, once for each task.
#define MORT_TASK(Class, ...) MORT_TASK_AT_(__COUNTER__, Class __VA_OPT__(, ) __VA_ARGS__)
#define MORT_TASK_AT_(counter, ...) MORT_TASK_NAMED_(counter, __VA_ARGS__)
#define MORT_TASK_NAMED_(counter, Class, ...)                                 \
  [[maybe_unused]] static const ::mort::TaskRegistration mort_task_##counter( \
      []() -> ::std::unique_ptr<::mort::Task> { return ::std::make_unique<Class>(__VA_ARGS__); })

}  // namespace mort
