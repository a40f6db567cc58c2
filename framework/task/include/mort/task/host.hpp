// What a task asks of the worker that runs it; the worker implements it, tests may too.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mort/message/message_type.hpp"

namespace mort {

/// What one task registered in its constructor.
struct Registration {
  std::string name;
  double cpu = 0;
  std::chrono::nanoseconds period{0};
  std::int64_t stack_bytes = 0;
  std::vector<std::string> sub;       ///< with those of `feedback`
  std::vector<std::string> feedback;  ///< of RegFeedback
  std::vector<std::string> pub;
};

/// What a task waits for of several topics.
enum class WaitFor {
  kAny,      ///< a sample of one of them
  kAll,      ///< a sample of each of them
  kSameTick  ///< a sample of each of them with the same number; older ones are dropped
};

/// How a wait ended.
enum class WaitResult {
  kReady,    ///< what was waited for is there to take
  kTimeout,  ///< it did not come in time
  kEnded     ///< it will never come: streams have ended
};

/// Thrown through a task's stack when its job ends; never catch it (a bare `catch (...)` must
/// rethrow).
struct TaskEnded {};

/// The worker's side of a Task. Threads: only from the task's own coroutine.
class TaskHost {
 public:
  virtual ~TaskHost() = default;
  virtual std::shared_ptr<const void> take(std::string_view topic, const MessageType& type,
                                           bool wait) = 0;
  virtual bool publish(std::string_view topic, const MessageType& type,
                       std::shared_ptr<const void> message) = 0;
  virtual bool wait_data() = 0;
  /// No topics: all that the task has registered. No timeout: as long as it takes.
  virtual WaitResult wait_for(WaitFor what, std::span<const std::string_view> topics,
                              std::optional<std::chrono::nanoseconds> timeout) = 0;
  virtual bool wait_tick() = 0;
  virtual void sleep(std::chrono::nanoseconds time) = 0;
  virtual bool ended(std::string_view topic) const = 0;
  [[noreturn]] virtual void finish() = 0;
  virtual std::string param(std::string_view name) const = 0;
  virtual std::int64_t int_param(std::string_view name) const = 0;
  virtual void log(std::string_view text) const = 0;
};

/// The host of tasks while their constructors run: parameters and the log are there already, all
/// else throws std::logic_error, for there is nothing yet to wait for or to send to.
class ConstructionHost : public TaskHost {
 public:
  std::shared_ptr<const void> take(std::string_view topic, const MessageType& type,
                                   bool wait) final;
  bool publish(std::string_view topic, const MessageType& type,
               std::shared_ptr<const void> message) final;
  bool wait_data() final;
  WaitResult wait_for(WaitFor what, std::span<const std::string_view> topics,
                      std::optional<std::chrono::nanoseconds> timeout) final;
  bool wait_tick() final;
  void sleep(std::chrono::nanoseconds time) final;
  bool ended(std::string_view topic) const final;
  [[noreturn]] void finish() final;
};

/// While it lives, tasks of this thread that have no host of their own use `host`: around the calls
/// of factories. Scopes nest.
class ConstructionScope {
 public:
  explicit ConstructionScope(ConstructionHost& host);
  ~ConstructionScope();
  ConstructionScope(const ConstructionScope&) = delete;
  ConstructionScope& operator=(const ConstructionScope&) = delete;

 private:
  ConstructionHost* const outer_;
};

}  // namespace mort
