// One coroutine on a guarded stack. The single place where execution switches between stacks.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <utility>

#include "mort/base/result.hpp"
#include "mort/base/sanitizers.hpp"
#include "mort/scheduler/stack.hpp"

namespace mort::scheduler {

namespace detail {

/// A suspended stack, and what was passed along.
struct Switched {
  void* from;
  void* data;
};
/// Boost.Context's switch under a name of our own, for its headers stay out of ours. It must be
/// called from inlined code: a function that switches and then returns is mispredicted by the
/// processor, which costs more than the switch.
Switched switch_stack(void* to, void* data) __asm__("jump_fcontext");

#ifdef __ARM_EABI_UNWINDER__
#error "32-bit ARM keeps more in __cxa_eh_globals than is exchanged here"
#endif
/// The head of __cxa_eh_globals in the Itanium C++ ABI: the exceptions that a thread handles.
struct ExceptionState {
  void* caught = nullptr;
  unsigned int uncaught = 0;
};

}  // namespace detail

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
  Coroutine(Coroutine&& other) noexcept : core_(std::exchange(other.core_, nullptr)) {}
  Coroutine& operator=(Coroutine&&) = delete;

  /// The C++ runtime's list of the exceptions that the calling thread handles: looking it up once
  /// for many resume() is worth a nanosecond each.
  static detail::ExceptionState& exceptions_of_this_thread();

  /// Runs the body until it suspends or ends. Call from outside.
  void resume(detail::ExceptionState& exceptions = exceptions_of_this_thread()) {
    Core& core = *core_;
    MORT_CHECK(!core.done);
    if constexpr (MORT_ASAN || MORT_TSAN) announce_entering();
    core.exchange(exceptions);
    core.inner = detail::switch_stack(core.inner, &core).from;
    core.exchange(exceptions);
    if constexpr (MORT_ASAN || MORT_TSAN) announce_left();
  }
  /// Gives control back to resume(). Call from inside the body.
  void suspend() {
    Core& core = *core_;
    if constexpr (MORT_ASAN || MORT_TSAN) announce_leaving(false);
    core.outer = detail::switch_stack(core.outer, nullptr).from;
    if constexpr (MORT_ASAN || MORT_TSAN) announce_entered();
    if (core.unwinding) throw_unwind();
  }
  /// Ends a suspended body by an exception out of suspend(), and frees the stack; a body that keeps
  /// swallowing it is leaked. Nothing but this may be called afterwards.
  void unwind();
  /// Lets the processor fetch what resume() will need; worth it where many take turns.
  void prefetch() const { __builtin_prefetch(core_); }
  bool done() const { return core_->done; }
  /// What the body threw, after done(); null when it returned.
  std::exception_ptr error() const;
  const Stack& stack() const;

 private:
  /// What a switch touches. It lies at the top of the coroutine's own stack, which is in memory
  /// anyway.
  struct Core {
    void* inner = nullptr;  ///< suspended body
    void* outer = nullptr;  ///< suspended resumer
    detail::ExceptionState exceptions;
    bool done = false;
    bool unwinding = false;

    /// Each stack handles exceptions of its own, where the C++ runtime has one list a thread.
    void exchange(detail::ExceptionState& current) {
      void* caught = current.caught;
      const unsigned int uncaught = current.uncaught;
      if (caught == exceptions.caught && uncaught == exceptions.uncaught) return;  // both none
      current.caught = exceptions.caught;
      current.uncaught = exceptions.uncaught;
      exceptions.caught = caught;
      exceptions.uncaught = uncaught;
    }
  };
  struct Impl;
  explicit Coroutine(Core* core) : core_(core) {}
  Impl& impl() const;
  static void main(detail::Switched resumed);
  void announce_entering();              // before control goes in
  void announce_entered();               // first thing inside
  void announce_leaving(bool for_good);  // before control goes out
  void announce_left();                  // first thing outside
  [[noreturn]] static void throw_unwind();

  Core* core_;
};

}  // namespace mort::scheduler
