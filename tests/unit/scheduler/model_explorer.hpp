// Runs small concurrent programs in every interleaving of their atomic operations.
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "mort/base/clock.hpp"
#include "mort/scheduler/coroutine.hpp"

namespace mort::scheduler::model {

/// Threads of a program under test are coroutines; each gives control back before every atomic
/// operation, and the explorer decides who goes on. Depth-first over all decisions, each schedule
/// from the beginning, sequentially consistent: what weaker orders allow beyond that is left to
/// TSan and to the stress tests. Of schedules that differ only in the order of operations that do
/// not touch each other one is run to its end (sleep sets, Godefroid 1996), which loses no outcome
/// and no deadlock.
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
  void step(const void* word, bool writes) {
    if (running_ == nullptr) return;
    running_->next = {word, writes};
    give_control();
  }
  /// Sleeps until wake(word).
  void sleep(const void* word) {
    running_->waits_for = word;
    running_->next = {};
    give_control();
  }
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
  };
  /// Used again for the next schedule: making a coroutine is dear, above all under TSan.
  struct Thread {
    std::optional<Coroutine> coroutine;
    Body body;
    bool ended = true;
    const void* waits_for = nullptr;
    Operation next;
  };
  using Threads = std::uint32_t;  ///< a bit for each
  struct Choice {
    std::size_t taken;
    Threads enabled;
    Threads asleep;  ///< whose next step leads only to what has been explored
  };

  static bool independent(const Operation& a, const Operation& b) {
    return a.word != b.word || a.word == nullptr || (!a.writes && !b.writes);
  }

  std::optional<std::string> run(Program program, std::vector<Choice>& path) {
    while (threads_.size() < program.threads.size()) add_thread();
    for (std::size_t i = 0; i < program.threads.size(); ++i) {
      threads_[i].body = std::move(program.threads[i]);
      threads_[i].ended = false;
      threads_[i].waits_for = nullptr;
      threads_[i].next = {};
    }
    std::optional<std::string> failure;
    cut_ = false;
    Threads asleep = 0;
    for (std::size_t depth = 0;; ++depth) {
      Threads enabled = 0;
      bool all_done = true;
      for (std::size_t i = 0; i < threads_.size(); ++i) {
        if (threads_[i].ended) continue;
        all_done = false;
        if (threads_[i].waits_for == nullptr) enabled |= Threads{1} << i;
      }
      if (all_done) break;
      if (enabled == 0) {
        failure = "a thread sleeps for ever";
        break;
      }
      if (depth == path.size()) {
        if ((enabled & ~asleep) == 0) {
          cut_ = true;
          break;
        }
        path.push_back({first(enabled & ~asleep), enabled, asleep});
      }
      const Choice& choice = path[depth];
      Thread& chosen = threads_[choice.taken];
      asleep = 0;
      for (std::size_t i = 0; i < threads_.size(); ++i) {
        if ((choice.asleep >> i & 1U) != 0 && independent(threads_[i].next, chosen.next))
          asleep |= Threads{1} << i;
      }
      running_ = &chosen;
      running_->coroutine->resume();
      running_ = nullptr;
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

/// The atomics of a program under test, for the policy parameter of mailbox.hpp and spsc_ring.hpp.
struct ModelAtomics {
  template <class T>
  class Atomic {
   public:
    Atomic(T value = T{}) : value_(value) {}
    T load(std::memory_order = std::memory_order_seq_cst) const {
      Explorer::current().step(this, false);
      return value_;
    }
    void store(T value, std::memory_order = std::memory_order_seq_cst) {
      Explorer::current().step(this, true);
      value_ = value;
    }
    T exchange(T value, std::memory_order = std::memory_order_seq_cst) {
      Explorer::current().step(this, true);
      return std::exchange(value_, value);
    }
    bool compare_exchange_weak(T& expected, T value) {
      Explorer::current().step(this, true);
      if (value_ == expected) {
        value_ = value;
        return true;
      }
      expected = value_;
      return false;
    }

   private:
    friend struct ModelAtomics;
    T value_;
  };

  /// As the kernel does: comparing and falling asleep are one step.
  static bool wait(const Atomic<std::uint32_t>& word, std::uint32_t expected,
                   std::optional<Nanoseconds>) {
    Explorer::current().step(&word, true);
    if (word.value_ == expected) Explorer::current().sleep(&word);
    return true;
  }
  static void wake(const Atomic<std::uint32_t>& word) {
    Explorer::current().step(&word, true);
    Explorer::current().wake(&word);
  }
};

}  // namespace mort::scheduler::model
