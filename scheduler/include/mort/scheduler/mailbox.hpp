// The only door of a lane for other threads: a list that many fill and one empties, and the place
// where that one sleeps while it is empty.
#pragma once

#include <cstdint>
#include <optional>

#include "mort/scheduler/atomics.hpp"

namespace mort::scheduler {

/// Nodes from any number of producers to one consumer, in the order in which they came. `Node` has
/// a member `Node* next`, which belongs to the list while the node is in it.
/// Threads: push() from any, lock-free; the rest from the consumer's. Cost: one compare-and-swap a
/// node; no allocation.
template <class Node, class Atomics = StdAtomics>
class MpscList {
 public:
  /// False once the list is closed: the node stays the caller's.
  bool push(Node* node) {
    Node* head = head_.load(std::memory_order_relaxed);
    do {
      if (head == closed()) return false;
      node->next = head;
    } while (!head_.compare_exchange_weak(head, node));
    return true;
  }
  bool empty() const {
    const Node* head = head_.load();
    return head == nullptr || head == closed();
  }
  /// Everything that has come, oldest first.
  Node* take_all() { return empty() ? nullptr : in_order(head_.exchange(nullptr)); }
  /// Refuses further nodes; gives what has come.
  Node* close() {
    Node* head = head_.exchange(closed());
    return head == closed() ? nullptr : in_order(head);
  }

 private:
  static Node* closed() { return reinterpret_cast<Node*>(std::uintptr_t{1}); }
  static Node* in_order(Node* newest) {
    Node* first = nullptr;
    while (newest != nullptr) {
      Node* older = newest->next;
      newest->next = first;
      first = newest;
      newest = older;
    }
    return first;
  }
  typename Atomics::template Atomic<Node*> head_{nullptr};
};

/// Where one thread sleeps. Announcing and checking are sequentially consistent on both sides:
/// either the sleeper sees what came, or the waker sees the sleeper.
template <class Atomics = StdAtomics>
class SleepGate {
 public:
  /// Call after what `pending` looks at was changed. Threads: any. Cost: a load while the sleeper
  /// is awake.
  void wake() {
    if (state_.load() == kAsleep && state_.exchange(kAwake) == kAsleep) Atomics::wake(state_);
  }
  /// Sleeps until wake() or `deadline`, unless `pending()`.
  template <class Pending>
  void sleep(const Pending& pending, std::optional<Nanoseconds> deadline) {
    state_.store(kAsleep);
    if (!pending()) {
      while (state_.load() == kAsleep && Atomics::wait(state_, kAsleep, deadline)) {
      }
    }
    state_.store(kAwake);
  }

 private:
  enum : std::uint32_t { kAwake, kAsleep };
  typename Atomics::template Atomic<std::uint32_t> state_{kAwake};
};

/// The list, the gate, and the wish to stop, in one line of the cache: a push that wakes the lane
/// needs all of it.
/// Threads: push() and stop() from any; the rest from the consumer's.
template <class Node, class Atomics = StdAtomics>
class alignas(64) Mailbox {
 public:
  bool push(Node* node) {
    if (!list_.push(node)) return false;
    // Whatever was in the list before: the thread that put it there may have been preempted before
    // it could wake the lane.
    gate_.wake();
    return true;
  }
  void stop() {
    stopped_.store(true);
    gate_.wake();
  }
  bool stopped() const { return stopped_.load(); }
  /// Nothing to take, and no stop().
  bool quiet() const { return list_.empty() && !stopped(); }
  Node* take_all() { return list_.take_all(); }
  Node* close() { return list_.close(); }
  /// Returns when there is something to take, after stop(), or at `deadline`; or early.
  void sleep(std::optional<Nanoseconds> deadline) {
    gate_.sleep([this] { return !quiet(); }, deadline);
  }

 private:
  MpscList<Node, Atomics> list_;
  SleepGate<Atomics> gate_;
  typename Atomics::template Atomic<bool> stopped_{false};
};

/// Lets one of many signals through until it has been answered.
template <class Atomics = StdAtomics>
class PendingFlag {
 public:
  /// True for the one that has to be passed on. What the caller wrote before is seen after the
  /// clear() that answers it. Threads: any.
  bool set() { return !pending_.exchange(true, std::memory_order_acq_rel); }
  /// Call before looking at what was signalled.
  void clear() { pending_.exchange(false, std::memory_order_acq_rel); }

 private:
  typename Atomics::template Atomic<bool> pending_{false};
};

}  // namespace mort::scheduler
