// Tasks may fork. The child has a copy of everything and the one thread that forked: it must never
// speak to the agent, touch DDS, or go on as a second worker.
#pragma once

#include <functional>
#include <string>

namespace mort::worker {

/// Guards this process from now on. A child of fork() closes `control_descriptor`, calls `in_child`
/// (which may only set flags), and its exit() writes what it has printed and then ends at once,
/// without the exit handlers of the worker. What the worker had printed before is written before
/// the fork, and once. Children by posix_spawn(), system() and popen() run another program and need
/// nothing of this. Call it once. Threads: before others are started.
void guard_forks(int control_descriptor, std::function<void()> in_child);

/// True in a child of fork().
bool is_forked_child();

/// Ends a child that has come to where only the worker may go; "PLACE" is said on stderr:
/// "... returned from Run()".
[[noreturn]] void end_forked_child(const std::string& place);

/// The sockets that are open now are closed in programs that tasks start.
void keep_sockets_from_programs();

}  // namespace mort::worker
