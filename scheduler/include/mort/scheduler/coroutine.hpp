// One coroutine on a guarded stack. The single place where execution switches between stacks.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>

#include "mort/base/result.hpp"

namespace mort::scheduler {

/// A body that can stop in the middle and go on later, on the thread that made it.
/// Threads: one; create, resume and destroy on the same thread. Cost: a switch is a few register
/// moves, no system call.
class Coroutine {
 public:
  /// Errors: kFailed when the system gives no further stack (vm.max_map_count, memory).
  static Result<std::unique_ptr<Coroutine>> create(std::size_t stack_bytes,
                                                   std::function<void()> body);
  /// A suspended body is unwound by an exception out of suspend(); a body that keeps swallowing it
  /// is leaked.
  ~Coroutine();
  Coroutine(const Coroutine&) = delete;
  Coroutine& operator=(const Coroutine&) = delete;

  /// Runs the body until it suspends or ends. Call from outside.
  void resume();
  /// Gives control back to resume(). Call from inside the body.
  void suspend();
  bool done() const;
  /// What the body threw, after done(); null when it returned.
  std::exception_ptr error() const;

 private:
  struct Impl;
  explicit Coroutine(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mort::scheduler
