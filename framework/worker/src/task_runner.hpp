// Runs one task as a coroutine on its lane: the worker's side of what mort::Task asks for.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "mort/scheduler/lane.hpp"
#include "mort/task/task.hpp"
#include "parameters.hpp"
#include "ports.hpp"

namespace mort::worker {

/// The ports of one task by topic. A task has a few, or a great many.
template <class Port>
class PortMap {
 public:
  Port& add(std::unique_ptr<Port> port) {
    Port& added = *port;
    ports_.push_back(std::move(port));
    if (index_) {
      index_->emplace(added.topic(), &added);
    } else if (ports_.size() > kFew) {
      index_ = std::make_unique<Index>();
      for (const auto& one : ports_) index_->emplace(one->topic(), one.get());
    }
    return added;
  }
  /// Null when there is none.
  Port* find(std::string_view topic) const {
    if (!index_) {
      for (const auto& port : ports_) {
        if (port->topic() == topic) return port.get();
      }
      return nullptr;
    }
    const auto found = index_->find(topic);
    return found == index_->end() ? nullptr : found->second;
  }
  const std::vector<std::unique_ptr<Port>>& all() const { return ports_; }

 private:
  using Index = std::unordered_map<std::string_view, Port*>;
  static constexpr std::size_t kFew = 8;  ///< up to here comparing is quicker than hashing
  std::vector<std::unique_ptr<Port>> ports_;
  std::unique_ptr<Index> index_;
};

/// Threads: the lane of the task, except where said.
class TaskRunner : public TaskHost {
 public:
  struct Settings {
    std::string name;
    int order = 0;
    Nanoseconds period{0};
    std::size_t stack_bytes = 0;
    const Parameters* params = nullptr;
  };
  /// Called on the lane of the task.
  struct Hooks {
    std::function<void(const std::string& state, const std::string& message)> on_state;
    std::function<void(const std::string& text)> on_log;
  };
  TaskRunner(Settings settings, scheduler::Lane& lane, Hooks hooks);
  ~TaskRunner() override;

  // Before the start:
  void add(std::unique_ptr<Subscription> subscription);
  void add(std::unique_ptr<Publication> publication);
  Subscription* subscription(std::string_view topic) const { return subscriptions_.find(topic); }
  Publication* publication(std::string_view topic) const { return publications_.find(topic); }
  const std::vector<std::unique_ptr<Subscription>>& subscriptions() const {
    return subscriptions_.all();
  }
  const std::vector<std::unique_ptr<Publication>>& publications() const {
    return publications_.all();
  }

  /// Starts `body` as the coroutine; a stack that cannot be had fails the task.
  void start(std::function<void()> body);
  /// Asks a task without subscriptions to end at its next WaitTick().
  void stop();
  /// Unwinds the task at its next wait.
  void cancel();
  /// Ends it at once. Its lane must not run.
  void unwind();
  /// Lets it look again at what it waits for.
  void wake();
  TaskStats stats() const;
  const std::string& name() const { return settings_.name; }
  scheduler::Lane& lane() const { return lane_; }

  /// The next payload of `topic`, for the sink that knows no C++ type; null when there is none.
  PayloadBytes take_payload(std::string_view topic);

  // TaskHost:
  std::shared_ptr<const void> take(std::string_view topic, const MessageType& type,
                                   bool wait) override;
  bool publish(std::string_view topic, const MessageType& type,
               std::shared_ptr<const void> message) override;
  bool wait_data() override;
  WaitResult wait_for(WaitFor what, std::span<const std::string_view> topics,
                      std::optional<Nanoseconds> timeout) override;
  bool wait_tick() override;
  void sleep(Nanoseconds time) override;
  bool ended(std::string_view topic) const override;
  [[noreturn]] void finish() override;
  std::string param(std::string_view name) const override;
  std::int64_t int_param(std::string_view name) const override;
  void log(std::string_view text) const override;

 private:
  Message next(Subscription& subscription, bool wait);
  std::shared_ptr<const void> open(Message message, const MessageType& type,
                                   Subscription& subscription);
  void suspend();
  void yield();
  void let_others_run();
  void wait_until(Nanoseconds deadline);
  bool inputs_finished() const;
  bool is_told_to_stop() const { return stopping_ && subscriptions().empty() && !told_by_tick_; }
  Subscription& registered(std::string_view topic) const;
  void ended_with(std::exception_ptr error);
  void measure(TaskStats& stats) const;
  void set_state(const std::string& state, const std::string& message);

  // In the order in which a hand-over touches them.
  scheduler::Lane& lane_;
  scheduler::LaneTask* task_ = nullptr;
  int burst_ = 0;         ///< samples published since the last wait
  bool ticking_ = false;  ///< in WaitTick()
  bool stopping_ = false;
  bool told_by_tick_ = false;
  bool cancelled_ = false;
  PortMap<Subscription> subscriptions_;
  PortMap<Publication> publications_;
  std::vector<Subscription*> awaited_;  ///< of the wait_for() that goes on
  std::optional<scheduler::Ticker> ticker_;
  const Settings settings_;
  const Hooks hooks_;
  std::string state_ = "waiting";
  TaskStats spent_;  ///< of a task that has ended
  Nanoseconds started_{0};
};

}  // namespace mort::worker
