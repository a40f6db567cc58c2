// A worker engine in this process, whose tasks a benchmark describes by data instead of classes.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "mort/bus/memory_bus.hpp"
#include "mort/message/message.hpp"
#include "mort/scheduler/lane.hpp"
#include "mort/task/task.hpp"
#include "mort/worker/worker.hpp"

namespace mort::benchmark_worker {

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
};

/// Runs the tasks on lanes of their own threads until all have ended.
/// `type`: name of the message type of every topic.
void run_worker(const std::vector<Spec>& specs, const std::string& type,
                const graph::TopicSettings& topics);

}  // namespace mort::benchmark_worker
