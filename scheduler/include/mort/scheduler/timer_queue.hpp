// Timers in the order in which they are due.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "mort/base/clock.hpp"

namespace mort::scheduler {

/// One instant to wait for; part of what waits for it. It must not end while it is armed.
class Timer {
 public:
  explicit Timer(void (*due)(Timer&)) : due_(due) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  bool armed() const { return slot_ != kIdle; }
  /// The instant it was last armed for.
  Nanoseconds when() const { return when_; }
  void call() { due_(*this); }

 private:
  friend class TimerQueue;
  static constexpr std::size_t kIdle = ~std::size_t{0};
  void (*const due_)(Timer&);
  Nanoseconds when_{0};
  std::size_t slot_ = kIdle;
};

/// Cost: arm, cancel and pop are O(log n); no allocation once the queue has had its greatest size.
class TimerQueue {
 public:
  /// Equal times keep the order of the calls. A timer that is armed already is moved.
  void arm(Timer& timer, Nanoseconds when);
  void cancel(Timer& timer);
  /// The first timer if it is due at `now` and was armed before `horizon`; it is not armed any
  /// more.
  Timer* pop_due(Nanoseconds now, std::uint64_t horizon);
  /// Separates the timers armed so far from later ones.
  std::uint64_t horizon() const { return next_sequence_; }
  bool empty() const { return heap_.empty(); }
  std::optional<Nanoseconds> next() const;
  void clear();

 private:
  struct Item {
    Nanoseconds when;
    std::uint64_t sequence;
    Timer* timer;
    bool before(const Item& other) const {
      return when != other.when ? when < other.when : sequence < other.sequence;
    }
  };
  void put(std::size_t slot, const Item& item);
  void rise(std::size_t slot, const Item& item);
  void sink(std::size_t slot, const Item& item);
  void take_out(std::size_t slot);

  std::vector<Item> heap_;  ///< four children a node: half the levels, in neighbouring memory
  std::uint64_t next_sequence_ = 0;
};

}  // namespace mort::scheduler
