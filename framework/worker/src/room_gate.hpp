// How a producer that is held back learns of room.
#pragma once

#include <atomic>

#include "mort/scheduler/atomics.hpp"

namespace mort::worker {

/// The producer marks that it waits and then looks for room; a consumer makes room and then looks
/// for the mark. The fence between the two steps lets at least one of them see the other.
template <class Atomics = scheduler::StdAtomics>
class RoomGate {
 public:
  /// True: `has_room()` by now. False: a made() will answer true. Threads: the producer's.
  template <class HasRoom>
  bool wait(const HasRoom& has_room) {
    waiting_.store(true, std::memory_order_relaxed);
    Atomics::fence();
    if (!has_room()) return false;
    waiting_.store(false, std::memory_order_relaxed);
    return true;
  }
  /// Call after room was made. True once for each wait() that was not: the producer has to be told.
  /// Threads: any consumer's. Cost: `same_lane` spares the fence.
  bool made(bool same_lane) {
    if (!same_lane) Atomics::fence();
    return waiting_.load(std::memory_order_relaxed) && waiting_.exchange(false);
  }

 private:
  typename Atomics::template Atomic<bool> waiting_{false};
};

}  // namespace mort::worker
