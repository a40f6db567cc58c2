// A worker below its supervisor (mort/worker/supervision.hpp), as the agent sees it.
#pragma once

#include <sys/types.h>

#include <memory>
#include <set>
#include <string>

#include "descriptor.hpp"
#include "mort/base/mutex.hpp"
#include "mort/base/result.hpp"
#include "mort/worker/supervision.hpp"

namespace mort::agent {

/// The supervisors of this agent. When one is killed, what was below it becomes children of the
/// agent, which takes orphans for that reason. Threads: any.
class SupervisorFamily {
 public:
  SupervisorFamily();
  /// Starts a supervisor; gives its pid, or -1 with errno. `start` runs in the child.
  template <class Start>
  pid_t add(Start start);
  /// Reaps a supervisor that has ended and gives its status; ends the orphans that it left.
  int remove(pid_t supervisor, bool may_have_left_orphans);

 private:
  bool kill_orphans();

  Mutex mutex_;
  std::set<pid_t> supervisors_ MORT_GUARDED_BY(mutex_);
};

/// Threads: one at a time.
class SupervisedProcess {
 public:
  /// Starts `worker_program` below the supervisor beside it, with `control` as its control
  /// descriptor and `output` as stdout and stderr. Errors: kFailed.
  static Result<std::unique_ptr<SupervisedProcess>> start(std::shared_ptr<SupervisorFamily> family,
                                                          const std::string& worker_program,
                                                          const Descriptor& control,
                                                          const Descriptor& output);
  /// Ends all of it, and waits for that.
  ~SupervisedProcess();
  SupervisedProcess(const SupervisedProcess&) = delete;
  SupervisedProcess& operator=(const SupervisedProcess&) = delete;

  /// Readable when read_reports() has something to do.
  int descriptor() const { return reports_.get(); }
  void read_reports();
  /// The worker and all its descendants have ended, or the supervisor is gone.
  bool has_ended() const { return ended_; }
  /// "was killed by signal 6 (Aborted)"; once it has ended. Waits for the supervisor.
  std::string how_it_ended();
  /// Asks the supervisor to end all of it; it does within moments.
  void kill();
  /// Ends a supervisor that does not do as it is asked, and so all of it.
  void kill_supervisor() const;
  /// A debugger holds the worker.
  bool is_traced() const;

 private:
  SupervisedProcess() = default;

  std::shared_ptr<SupervisorFamily> family_;  // with the launcher and the others that it started
  Descriptor reports_;
  pid_t supervisor_ = -1;
  pid_t worker_ = -1;
  bool ended_ = false;
  bool reported_ = false;
  int status_ = 0;
  std::size_t filled_ = 0;
  worker::SupervisorReport report_;
};

}  // namespace mort::agent
