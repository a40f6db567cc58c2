// One coroutine on a guarded stack. The single place where execution switches between stacks.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <utility>

#include "mort/base/result.hpp"
#include "mort/scheduler/stack.hpp"

namespace mort::scheduler {

/// A body that can stop in the middle and go on later, always on the same thread. It may be made,
/// and after that thread has ended be destroyed, by another.
/// Cost: a switch is a few register moves, no system call; making one with a pooled stack is no
/// allocation beside the body's own.
class Coroutine {
 public:
  /// The stack is `pool`'s, which must outlive the coroutine. Errors: as Stack::map.
  static Result<Coroutine> create(StackPool& pool, std::size_t stack_bytes,
                                  std::function<void()> body);
  ~Coroutine() { unwind(); }
  Coroutine(Coroutine&& other) noexcept : impl_(std::exchange(other.impl_, nullptr)) {}
  Coroutine& operator=(Coroutine&&) = delete;

  /// The C++ runtime's list of the exceptions that the calling thread handles: looking it up once
  /// for many resume() is worth a nanosecond each.
  static void* exceptions_of_this_thread();

  /// Runs the body until it suspends or ends. Call from outside.
  void resume(void* exceptions = exceptions_of_this_thread());
  /// Gives control back to resume(). Call from inside the body.
  void suspend();
  /// Ends a suspended body by an exception out of suspend(), and frees the stack; a body that keeps
  /// swallowing it is leaked. Nothing but this may be called afterwards.
  void unwind();
  bool done() const;
  /// What the body threw, after done(); null when it returned.
  std::exception_ptr error() const;
  const Stack& stack() const;

 private:
  struct Impl;  ///< lies at the top of the stack, which the first switch touches anyway
  explicit Coroutine(Impl* impl) : impl_(impl) {}
  Impl* impl_;
};

}  // namespace mort::scheduler
