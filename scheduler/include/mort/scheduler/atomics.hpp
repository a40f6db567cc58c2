// What the hand-over between threads does to shared memory. The algorithms of mailbox.hpp and
// spsc_ring.hpp take it as a parameter, so that a model test runs the same code on atomics of its
// own and tries every interleaving.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "mort/base/clock.hpp"

namespace mort::scheduler {

/// The machine's atomics, and the kernel's futex.
struct StdAtomics {
  template <class T>
  using Atomic = std::atomic<T>;

  /// Sequentially consistent: of two threads that each write, fence and then read what the other
  /// writes, at least one sees it.
  static void fence() { std::atomic_thread_fence(std::memory_order_seq_cst); }

  /// Sleeps if `word` is `expected`, until wake() or `deadline` (CLOCK_MONOTONIC); may return
  /// early. False once the deadline has passed.
  static bool wait(const std::atomic<std::uint32_t>& word, std::uint32_t expected,
                   std::optional<Nanoseconds> deadline);
  /// Ends the sleep of the thread that waits on `word`. Cost: a system call.
  static void wake(const std::atomic<std::uint32_t>& word);
};

}  // namespace mort::scheduler
