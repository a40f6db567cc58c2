// A worker engine whose lanes have threads of their own, and whose tasks a test or benchmark
// describes by data instead of classes.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mort/bus/memory_bus.hpp"
#include "mort/message/message.hpp"
#include "mort/scheduler/lane.hpp"
#include "mort/task/task.hpp"
#include "mort/worker/worker.hpp"

namespace mort::threaded {

struct Spec;

/// A task that registers and does what its Spec says. Its calls are public, for the bodies.
class SpecTask : public Task {
 public:
  explicit SpecTask(const Spec& spec);
  void Run() override;
  using Task::Publish;
  using Task::Sleep;
  using Task::Take;
  using Task::TryTake;
  using Task::WaitTick;

 private:
  const Spec& spec_;
};

struct Spec {
  std::string name;
  std::vector<std::string> sub;
  std::vector<std::string> pub;
  std::function<void(SpecTask&)> body;
  int lane = 0;
  /// Of its subscriptions; a topic that is absent has the settings of all topics.
  std::map<std::string, graph::QueueSettings> queues = {};
};

/// One engine on the in-memory bus, which the control lane drives.
class ThreadedWorker {
 public:
  /// `type`: name of the message type of every topic. With a clock that a test moves, the control
  /// lane turns without sleeping. The clock must outlive the worker.
  ThreadedWorker(std::vector<Spec> specs, const std::string& type,
                 const graph::TopicSettings& topics, const Clock& clock);

  /// Loads and starts the tasks, each lane on a thread, and control on the caller's; returns when
  /// all have ended. Call once. Errors: what Worker::load says.
  Result<void> run();
  /// For the bodies, while run() is under way. Threads: any.
  void send(worker::Command command);

  /// Called on the control lane when all tasks have ended and the engine is still there.
  std::function<void()> on_done;

  // After run():
  const worker::Stats& stats() const { return stats_; }
  /// Of a task: "finished", or "failed: " and why.
  const std::string& state(const std::string& task) const { return states_.at(task); }
  const std::map<std::string, std::string>& states() const { return states_; }

 private:
  void report(const worker::Event& event);

  const std::vector<Spec> specs_;
  const Clock& clock_;
  worker::Config config_;
  scheduler::Lane control_;
  bus::MemoryNetwork network_;
  bus::MemoryBus bus_;
  std::vector<std::unique_ptr<scheduler::Lane>> lanes_;
  std::unique_ptr<worker::Worker> engine_;
  worker::Stats stats_;
  std::map<std::string, std::string> states_;
};

}  // namespace mort::threaded
