// Messages to a task from threads that are not its own: the callbacks of drivers and libraries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "mort/task/task.hpp"

namespace mort {

/// What the worker and WaitAny() see of an inbox.
class InboxBase {
 public:
  InboxBase(const InboxBase&) = delete;
  InboxBase& operator=(const InboxBase&) = delete;

  const std::string& name() const { return name_; }
  /// So that WaitAny({"goal", frames_}) names it among topics.
  operator std::string_view() const { return name_; }
  /// No message will be posted any more. Threads: any.
  void End();

  // For the worker. Threads: the task's.
  /// From now on `wake` is called, on any thread, when something is there to take.
  void open(std::function<void()> wake);
  /// Refuses what is posted from now on.
  void close();
  bool empty() const;
  bool ended() const;
  /// Messages refused since the last call because the inbox was full.
  std::uint64_t take_dropped();
  std::size_t capacity() const { return capacity_; }

 protected:
  InboxBase(Task* task, std::string_view name, std::size_t capacity);
  virtual ~InboxBase() = default;

  /// Whether there is room for one more, which is counted then; under the lock.
  bool reserve();
  bool wait();
  /// After a message was put in or the inbox was ended; under the lock.
  void ring();

  mutable std::mutex mutex_;
  std::size_t size_ = 0;

 private:
  Task* const task_;
  const std::string name_;
  const std::size_t capacity_;
  std::function<void()> wake_;
  bool ended_ = false;
  bool closed_ = false;
  std::uint64_t dropped_ = 0;
};

/// A member of a task: `mort::Inbox<Frame> frames_{this, "frames"};`. Any thread may post to it;
/// the task takes from it, and waits for it among its topics with WaitAny({..., frames_}). It is no
/// topic: the graph does not know it. Threads that post must be joined before the task is
/// destroyed, as in its destructor: a join in Run() holds up the lane.
template <class T>
class Inbox : public InboxBase {
 public:
  static constexpr std::size_t kCapacity = 1024;
  /// `name` must not be that of a topic of the task.
  Inbox(Task* task, std::string_view name, std::size_t capacity = kCapacity)
      : InboxBase(task, name, capacity) {}

  /// False: it is full, or the task has ended. The message is dropped then; what was dropped
  /// because it was full is counted and told in the job's log. Threads: any.
  bool post(T message) {
    const std::lock_guard lock(mutex_);
    if (!reserve()) return false;
    messages_.push_back(std::move(message));
    ring();
    return true;
  }
  /// The oldest message if there is one; never waits.
  std::optional<T> TryTake() {
    const std::lock_guard lock(mutex_);
    if (messages_.empty()) return std::nullopt;
    std::optional<T> message(std::move(messages_.front()));
    messages_.pop_front();
    --size_;
    return message;
  }
  /// Waits for the next message. Nothing: it has ended, or the task has no more work because its
  /// topics have ended or, in a task without topics to read, the job is being stopped.
  std::optional<T> Take() {
    while (true) {
      if (auto message = TryTake()) return message;
      if (!wait()) return TryTake();
    }
  }

 private:
  std::deque<T> messages_;
};

}  // namespace mort
