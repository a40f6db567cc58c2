// A message of a plain fixed-size type costs no call of the heap once its job runs.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <new>

#include "mort/base/sanitizers.hpp"
#include "support/threaded_worker.hpp"

namespace {

/// Allocations of this thread while its window is open.
thread_local bool window_is_open = false;
thread_local std::uint64_t allocations = 0;

}  // namespace

#if !MORT_ASAN
// Not inlined: the compiler would take the pairs of new and free() for mistakes.
[[gnu::noinline]] void* operator new(std::size_t bytes) {
  if (window_is_open) ++allocations;
  if (void* memory = std::malloc(bytes)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
#endif

namespace mort {
namespace {

using threaded::Spec;
using threaded::SpecTask;

struct Plain {
  std::int64_t number = 0;
  std::array<double, 6> values{};
};

/// Beyond what the pool keeps.
struct Large {
  std::int64_t number = 0;
  std::array<double, 256> values{};
};

class WorkerAllocation : public testing::TestWithParam<int> {
 protected:
  static constexpr std::int64_t kMessages = 20'000;

  void SetUp() override {
#if MORT_ASAN
    GTEST_SKIP() << "under ASan messages come from the heap, so that it sees their use after free";
#endif
  }

  /// A publisher on lane 0 and a reader on the lane of the parameter.
  template <class T>
  void run() {
    // As many messages as may ever be under way (a block queue, the caches of two threads) exist
    // at once in the warm-up, so that it does not depend on the timing which are still to be made.
    constexpr std::int64_t kHeld = 300;
    constexpr std::int64_t kWarmUp = kHeld + 1020;
    std::atomic<std::int64_t> published{0};
    ManualClock clock;  // no statistics are gathered in the window: a second never goes by
    std::vector<Spec> specs(2);
    specs[0] = {"Publisher", {}, {"C1"}, [&](SpecTask& task) {
                  for (std::int64_t i = 1; i <= 2 * kWarmUp + kMessages; ++i) {
                    if (i == 2 * kWarmUp) window_is_open = true;
                    // Now and then a message is timed.
                    if (i % 1000 == 0) clock.advance(std::chrono::milliseconds(10));
                    task.Publish("C1", T{i, {}});
                    published.store(i, std::memory_order_relaxed);
                  }
                  window_is_open = false;
                  on_publisher_ = allocations;
                }};
    specs[1] = {"Reader",
                {"C1"},
                {},
                [&](SpecTask& task) {
                  std::vector<std::shared_ptr<const T>> held;
                  while (held.size() < kHeld) held.push_back(task.Take<T>("C1"));
                  while (published.load(std::memory_order_relaxed) < kWarmUp)
                    task.Sleep(Nanoseconds(0));
                  held.clear();
                  while (const auto message = task.Take<T>("C1")) {
                    sum_ += message->number;
                    if (message->number == 2 * kWarmUp) window_is_open = true;
                    if (message->number == 2 * kWarmUp + kMessages) window_is_open = false;
                  }
                  on_reader_ = allocations;
                },
                GetParam()};
    graph::TopicSettings block;
    block.history = graph::History::kKeepAll;
    block.block = true;
    threaded::ThreadedWorker worker(specs, message_type<T>().name, block, clock);
    const auto run = worker.run();
    ASSERT_TRUE(run) << to_string(run.error());
    EXPECT_EQ(worker.state("Publisher"), "finished");
    EXPECT_EQ(worker.state("Reader"), "finished");
    constexpr std::int64_t kAll = 2 * kWarmUp + kMessages;
    EXPECT_EQ(sum_, kAll * (kAll + 1) / 2 - kHeld * (kHeld + 1) / 2);
  }

  std::uint64_t on_publisher_ = 0;
  std::uint64_t on_reader_ = 0;
  std::int64_t sum_ = 0;
};

TEST_P(WorkerAllocation, PublishingAndTakingAPlainMessageNeedsNoHeap) {
  run<Plain>();
  EXPECT_EQ(on_publisher_, 0U);
  EXPECT_EQ(on_reader_, 0U);
}

TEST_P(WorkerAllocation, TheWindowSeesMessagesThatThePoolDoesNotKeep) {
  run<Large>();
  EXPECT_GE(on_publisher_, static_cast<std::uint64_t>(kMessages));
}

INSTANTIATE_TEST_SUITE_P(Lanes, WorkerAllocation, testing::Values(0, 1),
                         [](const testing::TestParamInfo<int>& lane) {
                           return lane.param == 0 ? "TheSame" : "Another";
                         });

}  // namespace
}  // namespace mort
