// How the agent core starts workers; an interface, so that simulations can start their own.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "mort/base/result.hpp"
#include "mort/scheduler/lane.hpp"
#include "mort/worker/config.hpp"
#include "mort/worker/protocol.hpp"

namespace mort::agent {

/// A running worker. Destroying it kills it. Threads: the agent's lane.
class WorkerProcess {
 public:
  virtual ~WorkerProcess() = default;
  virtual void send(const worker::Command& command) = 0;
};

/// Called on the agent's lane, never after the WorkerProcess is destroyed.
struct WorkerCallbacks {
  std::function<void(const worker::Event& event)> on_event;
  std::function<void(const std::string& line)> on_output;  ///< of stdout and stderr
  std::function<void(const std::string& how)> on_exit;     ///< "exited with 0", "was killed by
                                                           ///< signal 9 (Killed)"
};

class Launcher {
 public:
  virtual ~Launcher() = default;
  /// Errors: kFailed when the process cannot be started.
  virtual Result<std::unique_ptr<WorkerProcess>> launch(const worker::Config& config,
                                                        WorkerCallbacks callbacks) = 0;
};

/// Starts `program` (mort-worker) for each worker, below a supervisor (mort-supervisor, which is
/// beside it); both, and all that tasks have started, end with the agent.
std::unique_ptr<Launcher> make_process_launcher(std::string program, scheduler::Lane& lane);

}  // namespace mort::agent
