// What lies between two lanes: messages on their way from a producer to a subscription.
#pragma once

#include <algorithm>
#include <atomic>
#include <boost/circular_buffer.hpp>
#include <optional>
#include <utility>

#include "mort/base/mutex.hpp"
#include "mort/base/result.hpp"
#include "mort/scheduler/atomics.hpp"
#include "mort/scheduler/spsc_ring.hpp"

namespace mort::worker {

/// A ring, and for keep_last, behind a ring that has no room, the newest values, in which the
/// oldest gives way. The order of the values is kept: while something is late, nothing new comes
/// into the ring. Threads: as said; one producer, one consumer.
template <class T, class Atomics = scheduler::StdAtomics, class MutexType = Mutex>
class CrossingQueue {
 public:
  CrossingQueue(std::size_t capacity, std::size_t most_late)
      : ring_(capacity), most_late_(most_late) {}

  /// The producer's: whether what comes now has to be late, too.
  bool has_late() const { return has_late_.load(std::memory_order_acquire); }
  /// The producer's: the ring must have room, and nothing be late.
  void push(T&& value) {
    const bool fits = ring_.push(std::move(value));
    MORT_CHECK(fits);  // it holds all that may be on its way
  }
  /// The producer's: what has given way. It ends without the mutex: a message may be large.
  std::optional<T> push_late(T value) {
    std::optional<T> gives_way;
    mutex_.lock();
    if (late_.size() == most_late_) {
      gives_way = std::move(late_.front());
      late_.pop_front();
    } else if (late_.full()) {
      late_.set_capacity(std::min(most_late_, std::max<std::size_t>(2, 2 * late_.capacity())));
    }
    late_.push_back(std::move(value));
    has_late_.store(true, std::memory_order_release);
    mutex_.unlock();
    return gives_way;
  }

  /// The consumer's: everything that has come, oldest first.
  template <class Take>
  void take_all(const Take& take) {
    // Before the ring is looked at: then nothing new comes into the ring behind it.
    const bool late = has_late();
    take_ring(take);
    if (late) take_late(take);
  }

 protected:
  template <class Take>
  void take_ring(const Take& take) {
    while (auto value = ring_.pop()) take(std::move(*value));
  }
  template <class Take>
  void take_late(const Take& take) {
    boost::circular_buffer<T> late;
    mutex_.lock();
    late.swap(late_);
    has_late_.store(false, std::memory_order_release);
    mutex_.unlock();
    for (T& value : late) take(std::move(value));
  }

 private:
  scheduler::SpscRing<T, Atomics> ring_;
  const std::size_t most_late_;
  typename Atomics::template Atomic<bool> has_late_{false};  ///< changed with the mutex held
  MutexType mutex_;
  boost::circular_buffer<T> late_ MORT_GUARDED_BY(mutex_);
};

}  // namespace mort::worker
