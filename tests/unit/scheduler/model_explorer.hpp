// Runs small concurrent programs in every interleaving of their atomic operations.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>
#include <cstring>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "mort/base/clock.hpp"
#include "mort/base/mutex.hpp"
#include "mort/scheduler/coroutine.hpp"

namespace mort::scheduler::model {

/// Threads of a program under test are coroutines; each gives control back before every atomic
/// operation, and the explorer decides who goes on. Depth-first over all decisions, each schedule
/// from the beginning. A store that is not sequentially consistent waits in a buffer of its thread,
/// where only that thread sees it, and when it reaches the others is a decision, too (total store
/// order, as x86 has it); fences, sequentially consistent stores and read-modify-writes wait for
/// the buffer to be empty. What orders weaker than that allow is left to TSan and to the stress
/// tests. Of schedules that differ only in the order of operations that do not touch each other one
/// is run to its end (sleep sets, Godefroid 1996), which loses no outcome and no deadlock.
class Explorer {
 public:
  using Body = std::function<void()>;
  /// One program, with what it shares. `check` is called after all threads have ended.
  struct Program {
    std::vector<Body> threads;
    std::function<std::optional<std::string>()> check;
  };

  struct Outcome {
    std::uint64_t schedules = 0;
    std::optional<std::string> failure;  ///< with which exploring ended
  };

  /// Explores every schedule of the program that `make` makes anew for each, until one fails.
  Outcome explore(const std::function<Program()>& make) {
    current_ = this;
    Outcome outcome;
    std::vector<Choice> path;
    do {
      outcome.failure = run(make(), path);
      if (!cut_) ++outcome.schedules;
    } while (!outcome.failure && advance(path));
    current_ = nullptr;
    return outcome;
  }

  // For the atomics of the program:
  static Explorer& current() { return *current_; }
  /// A point where another thread may go on first; `word` is what comes next.
  void step(const void* word, bool writes, bool empties_buffer = false) {
    if (running_ == nullptr) return;
    running_->next = {word, writes, empties_buffer};
    give_control();
  }
  /// Sleeps until wake(word).
  void sleep(const void* word) {
    running_->waits_for = word;
    running_->next = {};
    give_control();
  }
  /// A store that is on its way: `commit(word, bits)` makes it seen.
  struct Store {
    void* word;
    std::uint64_t bits;
    void (*commit)(void* word, std::uint64_t bits);
  };
  void buffer(const Store& store) {
    if (running_ == nullptr) return store.commit(store.word, store.bits);
    running_->buffer.push_back(store);
  }
  /// What the running thread has on its way to `word`, the newest of it.
  const Store* buffered(const void* word) const {
    if (running_ == nullptr) return nullptr;
    for (auto store = running_->buffer.rbegin(); store != running_->buffer.rend(); ++store) {
      if (store->word == word) return &*store;
    }
    return nullptr;
  }
  /// Which thread of the program is running.
  std::size_t running() const { return running_->index; }
  void wake(const void* word) {
    for (Thread& thread : threads_) {
      if (thread.waits_for != word) continue;
      thread.waits_for = nullptr;
      return;  // a futex wakes one
    }
  }

 private:
  struct Operation {
    const void* word = nullptr;  ///< null: it touches nothing that is shared
    bool writes = false;
    bool empties_buffer = false;  ///< it can only be done once nothing is on its way
  };
  /// Used again for the next schedule: making a coroutine is dear, above all under TSan.
  struct Thread {
    std::optional<Coroutine> coroutine;
    Body body;
    std::size_t index;
    bool ended = true;
    const void* waits_for = nullptr;
    Operation next;
    std::deque<Store> buffer;
  };
  /// A bit for each that may go on: threads, and from kBuffers on the buffers of their stores.
  using Threads = std::uint32_t;
  static constexpr std::size_t kBuffers = 16;
  struct Choice {
    std::size_t taken;
    Threads enabled;
    Threads asleep;  ///< whose next step leads only to what has been explored
  };

  /// What `mover` does next.
  Operation next_of(std::size_t mover) const {
    if (mover < kBuffers) return threads_[mover].next;
    return {threads_[mover - kBuffers].buffer.front().word, true};
  }
  bool independent(std::size_t a, std::size_t b) const {
    if (a % kBuffers == b % kBuffers) return false;
    const Operation one = next_of(a);
    const Operation other = next_of(b);
    return one.word != other.word || one.word == nullptr || (!one.writes && !other.writes);
  }
  Threads enabled() const {
    Threads all = 0;
    for (const Thread& thread : threads_) {
      if (!thread.buffer.empty()) all |= Threads{1} << (kBuffers + thread.index);
      if (!thread.ended && thread.waits_for == nullptr &&
          !(thread.next.empties_buffer && !thread.buffer.empty()))
        all |= Threads{1} << thread.index;
    }
    return all;
  }
  void move(std::size_t mover) {
    if (mover >= kBuffers) {
      auto& buffer = threads_[mover - kBuffers].buffer;
      buffer.front().commit(buffer.front().word, buffer.front().bits);
      buffer.pop_front();
      return;
    }
    running_ = &threads_[mover];
    running_->coroutine->resume();
    running_ = nullptr;
  }

  std::optional<std::string> run(Program program, std::vector<Choice>& path) {
    while (threads_.size() < program.threads.size()) add_thread();
    for (std::size_t i = 0; i < program.threads.size(); ++i) {
      threads_[i].body = std::move(program.threads[i]);
      threads_[i].ended = false;
      threads_[i].waits_for = nullptr;
      threads_[i].next = {};
      threads_[i].buffer.clear();
    }
    std::optional<std::string> failure;
    cut_ = false;
    Threads asleep = 0;
    for (std::size_t depth = 0;; ++depth) {
      const Threads able = enabled();
      if (able == 0) {
        if (std::any_of(threads_.begin(), threads_.end(),
                        [](const Thread& thread) { return !thread.ended; }))
          failure = "a thread sleeps for ever";
        break;
      }
      if (depth == path.size()) {
        if ((able & ~asleep) == 0) {
          cut_ = true;
          break;
        }
        path.push_back({first(able & ~asleep), able, asleep});
      }
      const Choice& choice = path[depth];
      asleep = 0;
      for (Threads rest = choice.asleep; rest != 0; rest &= rest - 1) {
        if (independent(first(rest), choice.taken)) asleep |= rest & ~(rest - 1);
      }
      move(choice.taken);
    }
    if (!failure && !cut_) failure = program.check();
    for (Thread& thread : threads_) {
      if (!thread.ended) thread.coroutine->resume();  // running_ is null: it is given up
      thread.body = nullptr;
    }
    return failure;
  }

  struct GivenUp {};

  void give_control() {
    running_->coroutine->suspend();
    if (running_ == nullptr) throw GivenUp{};
  }

  void add_thread() {
    Thread& thread = threads_.emplace_back();
    thread.index = threads_.size() - 1;
    MORT_CHECK(thread.index < kBuffers);
    thread.coroutine.emplace(*Coroutine::create(stacks_, kStackBytes, [this, &thread] {
      while (true) {
        try {
          if (running_ != nullptr) thread.body();  // else it is given up before it began
        } catch (const GivenUp&) {
        }
        thread.ended = true;
        thread.coroutine->suspend();
      }
    }));
  }

  static std::size_t first(Threads threads) {
    return static_cast<std::size_t>(std::countr_zero(threads));
  }

  /// To the next schedule; false when there is none.
  static bool advance(std::vector<Choice>& path) {
    while (!path.empty()) {
      Choice& last = path.back();
      last.asleep |= Threads{1} << last.taken;
      if (const Threads rest = last.enabled & ~last.asleep; rest != 0) {
        last.taken = first(rest);
        return true;
      }
      path.pop_back();
    }
    return false;
  }

  static constexpr std::size_t kStackBytes = 16 * 1024;
  static inline Explorer* current_ = nullptr;
  StackPool stacks_;
  std::deque<Thread> threads_;
  Thread* running_ = nullptr;
  bool cut_ = false;  ///< the schedule is like one that was run before
};

/// The atomics of a program under test, for the policy parameter of what it runs.
struct ModelAtomics {
  template <class T>
  class Atomic {
   public:
    Atomic(T value = T{}) : value_(value) {}
    T load(std::memory_order = std::memory_order_seq_cst) const {
      Explorer::current().step(this, false);
      if (const auto* store = Explorer::current().buffered(this)) return from_bits(store->bits);
      return value_;
    }
    void store(T value, std::memory_order order = std::memory_order_seq_cst) {
      if (order == std::memory_order_seq_cst) {
        Explorer::current().step(this, true, true);
        value_ = value;
        return;
      }
      Explorer::current().step(nullptr, false);
      Explorer::current().buffer({this, to_bits(value), [](void* word, std::uint64_t bits) {
                                    static_cast<Atomic*>(word)->value_ = from_bits(bits);
                                  }});
    }
    T exchange(T value, std::memory_order = std::memory_order_seq_cst) {
      Explorer::current().step(this, true, true);
      return std::exchange(value_, value);
    }
    bool compare_exchange_weak(T& expected, T value) {
      Explorer::current().step(this, true, true);
      if (value_ == expected) {
        value_ = value;
        return true;
      }
      expected = value_;
      return false;
    }

   private:
    friend struct ModelAtomics;
    static std::uint64_t to_bits(T value) {
      static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(std::uint64_t));
      std::uint64_t bits = 0;
      std::memcpy(&bits, &value, sizeof value);
      return bits;
    }
    static T from_bits(std::uint64_t bits) {
      T value;
      std::memcpy(&value, &bits, sizeof value);
      return value;
    }
    T value_;
  };

  static void fence() { Explorer::current().step(nullptr, false, true); }

  /// As the kernel does: comparing and falling asleep are one step.
  static bool wait(const Atomic<std::uint32_t>& word, std::uint32_t expected,
                   std::optional<Nanoseconds>) {
    Explorer::current().step(&word, true, true);
    if (word.value_ == expected) Explorer::current().sleep(&word);
    return true;
  }
  static void wake(const Atomic<std::uint32_t>& word) {
    Explorer::current().step(&word, true, true);
    Explorer::current().wake(&word);
  }
};

/// A mutex of a program under test.
class MORT_THREAD_ATTRIBUTE(capability("mutex")) ModelMutex {
 public:
  void lock() MORT_THREAD_ATTRIBUTE(acquire_capability()) {
    while (true) {
      Explorer::current().step(this, true, true);
      if (!std::exchange(held_, true)) return;
      Explorer::current().sleep(this);
    }
  }
  void unlock() MORT_THREAD_ATTRIBUTE(release_capability()) {
    Explorer::current().step(this, true, true);
    held_ = false;
    Explorer::current().wake(this);
  }

 private:
  bool held_ = false;
};

}  // namespace mort::scheduler::model
