// What passes between an agent and the supervisor (mort-supervisor) that it starts for each worker.
//
// agent -> supervisor -> worker -> what the tasks start. The supervisor is the worker's parent, the
// one that orphans below the worker come to, and the head of a session of its own. When the worker
// has ended it ends all that is left below it, then reports. It ends the worker when its socket to
// the agent closes, be it that the agent wants that or that the agent is gone. When the supervisor
// is killed, the kernel kills the worker.
#pragma once

#include <cstdint>

namespace mort::worker {

/// Descriptors that the worker and the supervisor find open.
inline constexpr int kControlDescriptor = 3;      ///< of the worker
inline constexpr int kSupervisionDescriptor = 4;  ///< of the supervisor

/// Supervisor to agent, over a stream socket.
struct SupervisorReport {
  enum Kind : std::int32_t { kStarted = 1, kEnded = 2 };
  std::int32_t kind = 0;
  std::int32_t value = 0;  ///< kStarted: the worker's pid; kEnded: its status, as of waitpid
};

}  // namespace mort::worker
