// One coroutine on a guarded stack. The single place where execution switches between stacks.
#pragma once

#include <cstddef>
#include <cstdint>
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
/// Leaves this stack for the one that was left as `to`, and returns where that called: what is
/// returned there tells of this one. On x86-64 ours (see switch_stack.cpp), elsewhere
/// Boost.Context's under a name of our own, for its headers stay out of ours.
#ifdef __x86_64__
Switched switch_stack(void* to, void* data) __asm__("mort_switch_stack");
#else
Switched switch_stack(void* to, void* data) __asm__("jump_fcontext");
#endif

#ifdef __aarch64__
/// How a stack rounds, which Boost's switch does not keep there.
class FloatMode {
 public:
  FloatMode() : mode_(get()) {}
  void restore() const {
    if (get() != mode_) set(mode_);
  }
  static void set(std::uint64_t mode) { __asm__ volatile("msr fpcr, %0" : : "r"(mode)); }

 private:
  static std::uint64_t get() {
    std::uint64_t mode = 0;
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
    return mode;
  }
  std::uint64_t mode_;
};
#else
struct FloatMode {
  void restore() const {}
  static void set(std::uint64_t) {}
};
#endif

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

  /// Runs the body until it, or one that it has handed over to, suspends or ends. Call from
  /// outside. `exceptions`: of the calling thread, here and below.
  void resume(detail::ExceptionState& exceptions = exceptions_of_this_thread()) {
    MORT_CHECK(!core_->done);
    Context here;
    core_->outer = &here;
    switch_stacks(here, *core_, exceptions);
  }
  /// Gives control back to resume(). Call from inside the body.
  void suspend(detail::ExceptionState& exceptions = exceptions_of_this_thread()) {
    switch_stacks(*core_, *core_->outer, exceptions);
    if (core_->unwinding) throw_unwind();
  }
  /// Suspends, and runs the body of `next`, which is suspended, instead: what gives control back to
  /// resume() then is that. Call from inside the body.
  void hand_over(Coroutine& next, detail::ExceptionState& exceptions) {
    next.core_->outer = core_->outer;
    switch_stacks(*core_, *next.core_, exceptions);
    if (core_->unwinding) throw_unwind();
  }
  /// Ends a suspended body by an exception out of suspend(), and frees the stack; a body that keeps
  /// swallowing it is leaked. Nothing but this may be called afterwards.
  void unwind();
  /// Lets the processor fetch what a switch to it will need; worth it where many take turns.
  void prefetch() const {
    const char* line = reinterpret_cast<const char*>(core_);
    for (int i = 0; i < 4; ++i, line -= 64) __builtin_prefetch(line);
  }
  bool done() const { return core_->done; }
  /// What the body threw, after done(); null when it returned.
  std::exception_ptr error() const;
  const Stack& stack() const;

 private:
  /// A stack while it is left.
  struct Context {
    void* suspended = nullptr;
    Context* to = nullptr;  ///< where control went
    detail::ExceptionState exceptions;
#if MORT_ASAN
    void* fake_stack = nullptr;
    const void* bottom = nullptr;
    std::size_t size = 0;
#endif
#if MORT_TSAN
    void* fiber = nullptr;
#endif
  };
  /// What a switch touches. It lies at the top of the coroutine's own stack, which is in memory
  /// anyway.
  struct Core : Context {
    Context* outer = nullptr;  ///< the suspended resumer
    bool done = false;
    bool unwinding = false;
  };
  static void switch_stacks(Context& from, Context& to, detail::ExceptionState& exceptions) {
    if constexpr (MORT_ASAN || MORT_TSAN) announce_leaving(from, to, false);
    exchange(from, to, exceptions);
    from.to = &to;
    const detail::FloatMode mode;
    arrive(from, detail::switch_stack(to.suspended, &from));
    mode.restore();
  }
  /// Each stack handles exceptions of its own, where the C++ runtime has one list a thread.
  static void exchange(Context& from, Context& to, detail::ExceptionState& current) {
    if ((current.caught == nullptr) & (to.exceptions.caught == nullptr) &
        ((current.uncaught | to.exceptions.uncaught) == 0))
      return;
    from.exceptions = current;
    current = std::exchange(to.exceptions, {});
  }
  /// First thing on a stack that control comes to.
  static void arrive(Context& here, const detail::Switched& switched) {
    Context& left = *static_cast<Context*>(switched.data);
    left.suspended = switched.from;
    if constexpr (MORT_ASAN || MORT_TSAN) announce_arrived(here, left);
  }
  struct Impl;
  explicit Coroutine(Core* core) : core_(core) {}
  Impl& impl() const;
  static void main(detail::Switched resumed);
  static void announce_leaving(Context& from, Context& to, bool for_good);
  static void announce_arrived(Context& here, Context& left);
  [[noreturn]] static void throw_unwind();

  Core* core_;
};

}  // namespace mort::scheduler
