// The engine of a worker: the tasks of one job on one node, their lanes, ports and endpoints.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "mort/base/clock.hpp"
#include "mort/bus/bus.hpp"
#include "mort/scheduler/lane.hpp"
#include "mort/task/task.hpp"
#include "mort/worker/config.hpp"
#include "mort/worker/protocol.hpp"

namespace mort::worker {

/// Threads: everything on the control lane. The lanes of the tasks are driven by the caller: by
/// threads in the real worker, turn by turn in simulations. Every lane must be idle or stopped
/// before destruction.
class Worker {
 public:
  /// Called on the control lane.
  using Report = std::function<void(const Event&)>;

  Worker(const Config& config, bus::Bus& bus, scheduler::Lane& control,
         std::vector<scheduler::Lane*> lanes, Report report);
  ~Worker();

  /// Makes the tasks, compares them with the graph and opens the endpoints; kReady follows by
  /// itself. Errors: kInvalid when a registration differs from the graph, kFailed when an endpoint
  /// is refused.
  Result<void> load(const std::vector<TaskRegistration::Factory>& factories);
  void command(const Command& command);
  /// Ends all tasks at once, by unwinding them. Their lanes must still turn for it to take effect.
  void cancel();
  /// In a child of fork(): no task of it may go on as if it were the worker's.
  void forked();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Compares what the tasks of a library register with the graph; any difference is an error that
/// names it.
Result<void> compare(const graph::TaskGraph& graph, const std::vector<Registration>& registrations);

/// Loads a task library into this process for good and returns the factories it registered.
/// Errors: kInvalid with the loader's message.
Result<std::vector<TaskRegistration::Factory>> load_library(const std::string& path);

}  // namespace mort::worker
