// A bounded queue between two threads.
#pragma once

#include <bit>
#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include "mort/scheduler/atomics.hpp"

namespace mort::scheduler {

/// A ring that one thread fills and one empties; both are wait-free. `T` may be move-only.
/// Threads: push() from the producer's, pop() and empty() from the consumer's. Cost: no allocation
/// after construction; each side reads the other's index only when the ring looks full or empty.
template <class T, class Atomics = StdAtomics>
class SpscRing {
 public:
  /// Shapes: room for `capacity` values, rounded up to a power of two.
  explicit SpscRing(std::size_t capacity)
      : mask_(std::bit_ceil(capacity < 1 ? std::size_t{1} : capacity) - 1),
        slots_(std::make_unique<Slot[]>(mask_ + 1)) {}
  ~SpscRing() {
    while (pop()) {
    }
  }
  SpscRing(const SpscRing&) = delete;
  SpscRing& operator=(const SpscRing&) = delete;

  std::size_t capacity() const { return mask_ + 1; }

  /// False when the ring is full: `value` is then as it was.
  bool push(T&& value) {
    const std::size_t tail = producer_.own.load(std::memory_order_relaxed);
    if (tail - producer_.others > mask_) {
      producer_.others = consumer_.own.load(std::memory_order_acquire);
      if (tail - producer_.others > mask_) return false;
    }
    new (slots_[tail & mask_].bytes) T(std::move(value));
    producer_.own.store(tail + 1, std::memory_order_release);
    __builtin_prefetch(&slots_[(tail + 1) & mask_], 1);  // it comes from the other's cache
    return true;
  }
  bool push(const T& value) { return push(T(value)); }

  std::optional<T> pop() {
    const std::size_t head = consumer_.own.load(std::memory_order_relaxed);
    if (head == consumer_.others) {
      consumer_.others = producer_.own.load(std::memory_order_acquire);
      if (head == consumer_.others) return std::nullopt;
    }
    T& slot = *std::launder(reinterpret_cast<T*>(slots_[head & mask_].bytes));
    std::optional<T> value(std::move(slot));
    slot.~T();
    consumer_.own.store(head + 1, std::memory_order_release);
    return value;
  }

  bool empty() const {
    return consumer_.own.load(std::memory_order_relaxed) ==
           producer_.own.load(std::memory_order_acquire);
  }

 private:
  static constexpr std::size_t kLine = 64;
  /// What is about as large as a cache line has one of its own.
  struct alignas(sizeof(T) > kLine / 2 ? kLine : alignof(T)) Slot {
    alignas(T) unsigned char bytes[sizeof(T)];
  };
  /// What one side writes, in a cache line of its own.
  struct alignas(kLine) Side {
    typename Atomics::template Atomic<std::size_t> own{0};
    std::size_t others = 0;  ///< the other side's index when it was last read
  };
  const std::size_t mask_;
  const std::unique_ptr<Slot[]> slots_;
  Side producer_;
  Side consumer_;
};

}  // namespace mort::scheduler
