// What lies between two lanes, in every interleaving of small cases: the code
// of crossing_queue.hpp itself, and around it what Subscription does.
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "crossing_queue.hpp"
#include "unit/scheduler/model_explorer.hpp"

namespace mort::worker {
namespace {

using scheduler::model::Explorer;
using scheduler::model::ModelAtomics;
using scheduler::model::ModelMutex;

/// A producer that is ahead of the lane it sends to, which looks `looks` times
/// and again at the end. That it looks again is what its bell is for
/// (HandoverModel).
template <class Queue>
Explorer::Program producer_that_is_ahead(int in_ring, int values, int looks) {
  struct Shared {
    explicit Shared(int in_ring) : queue(static_cast<std::size_t>(in_ring), 1) {}
    Queue queue;
    ModelAtomics::Atomic<int> taken{0};
    int dropped = 0;
    std::vector<int> got;
    void take_all() {
      queue.take_all([this](int value) {
        got.push_back(value);
        taken.store(static_cast<int>(got.size()), std::memory_order_release);
      });
    }
  };
  auto shared = std::make_shared<Shared>(in_ring);
  Explorer::Program program;
  program.threads.emplace_back([shared, in_ring, values] {
    for (int value = 1; value <= values; ++value) {
      const int load = value - 1 - shared->dropped - shared->taken.load(std::memory_order_acquire);
      if (shared->queue.has_late() || load >= in_ring) {
        if (shared->queue.push_late(value)) ++shared->dropped;
      } else {
        shared->queue.push(int{value});
      }
    }
  });
  program.threads.emplace_back([shared, looks] {
    for (int i = 0; i < looks; ++i) shared->take_all();
  });
  program.check = [shared, values]() -> std::optional<std::string> {
    shared->take_all();
    if (static_cast<int>(shared->got.size()) + shared->dropped != values)
      return "a value is neither taken nor dropped";
    for (std::size_t i = 1; i < shared->got.size(); ++i) {
      if (shared->got[i] <= shared->got[i - 1]) return "values are out of order";
    }
    return std::nullopt;
  };
  return program;
}

using Queue = CrossingQueue<int, ModelAtomics, ModelMutex>;

TEST(CrossingQueueModel, KeepsTheOrderAndTheNewestBehindAFullRing) {
  const auto outcome = Explorer().explore([] { return producer_that_is_ahead<Queue>(1, 3, 2); });
  EXPECT_EQ(outcome.failure, std::nullopt);
  RecordProperty("schedules", std::to_string(outcome.schedules));
  EXPECT_GT(outcome.schedules, 100U);
}

/// With every store seen at once.
struct StrongAtomics : ModelAtomics {
  template <class T>
  struct Atomic : ModelAtomics::Atomic<T> {
    using ModelAtomics::Atomic<T>::Atomic;
    void store(T value, std::memory_order = {}) { ModelAtomics::Atomic<T>::store(value); }
  };
};

TEST(CrossingQueueModel, KeepsTheOrderWhereTheRingHasRoomAgainBeforeWhatIsLate) {
  const auto outcome = Explorer().explore([] {
    return producer_that_is_ahead<CrossingQueue<int, StrongAtomics, ModelMutex>>(2, 4, 1);
  });
  EXPECT_EQ(outcome.failure, std::nullopt);
  RecordProperty("schedules", std::to_string(outcome.schedules));
  EXPECT_GT(outcome.schedules, 100U);
}

// The explorer finds what is wrong: each of these differs from the real thing
// in one line.

/// Sends by the ring although something is late.
class OvertakesWhatIsLate : public Queue {
 public:
  using Queue::Queue;
  static bool has_late() { return false; }
};

TEST(CrossingQueueModel, FindsAProducerThatOvertakesWhatIsLate) {
  const auto outcome =
      Explorer().explore([] { return producer_that_is_ahead<OvertakesWhatIsLate>(2, 4, 1); });
  EXPECT_NE(outcome.failure, std::nullopt);
}

/// Looks for what is late behind the ring.
class LooksForLateOnesTooLate : public Queue {
 public:
  using Queue::Queue;
  template <class Take>
  void take_all(const Take& take) {
    take_ring(take);
    if (has_late()) take_late(take);
  }
};

TEST(CrossingQueueModel, FindsAConsumerThatLooksForLateOnesBehindTheRing) {
  const auto outcome =
      Explorer().explore([] { return producer_that_is_ahead<LooksForLateOnesTooLate>(2, 4, 1); });
  EXPECT_NE(outcome.failure, std::nullopt);
}

}  // namespace
}  // namespace mort::worker
