#include "mort/scheduler/doorbell.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <thread>

#include "mort/scheduler/lane.hpp"
#include "mort/scheduler/spsc_ring.hpp"

namespace mort::scheduler {
namespace {

TEST(Doorbell, MakesOneCallOfManyRings) {
  ManualClock clock;
  Lane lane(clock, "test");
  int calls = 0;
  Doorbell bell(lane, [&] { ++calls; });
  bell.ring();
  bell.ring();
  EXPECT_TRUE(lane.turn());
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(lane.turn());
  bell.ring();
  lane.turn();
  EXPECT_EQ(calls, 2);
}

TEST(Doorbell, IsAnsweredAgainWhenItRingsDuringTheAnswer) {
  ManualClock clock;
  Lane lane(clock, "test");
  int calls = 0;
  std::optional<Doorbell> bell;
  bell.emplace(lane, [&] {
    if (++calls < 3) bell->ring();
  });
  bell->ring();
  while (lane.turn()) {
  }
  EXPECT_EQ(calls, 3);
}

TEST(Doorbell, IsCalledInItsPlaceAmongCommands) {
  ManualClock clock;
  Lane lane(clock, "test");
  std::vector<int> trace;
  Doorbell bell(lane, [&] { trace.push_back(2); });
  lane.post([&] { trace.push_back(1); });
  bell.ring();
  lane.post([&] { trace.push_back(3); });
  lane.turn();
  EXPECT_EQ(trace, (std::vector<int>{1, 2, 3}));
}

TEST(Doorbell, MayGoWhileItsRingIsPending) {
  ManualClock clock;
  Lane lane(clock, "test");
  {
    Doorbell bell(lane, [] { FAIL() << "called after its end"; });
    bell.ring();
  }
  EXPECT_TRUE(lane.turn());
}

TEST(Doorbell, MayGoBeforeAndAfterALaneThatClosesWithItsRingPending) {
  ManualClock clock;
  Lane lane(clock, "test");
  int calls = 0;
  auto before = std::make_unique<Doorbell>(lane, [&] { ++calls; });
  auto after = std::make_unique<Doorbell>(lane, [&] { ++calls; });
  before->ring();
  after->ring();
  before.reset();
  lane.close();
  after->ring();
  after.reset();
  EXPECT_EQ(calls, 0);
}

TEST(Doorbell, AndARingHandOverEverythingToALaneThatSleepsInBetween) {
  const SystemClock clock;
  Lane lane(clock, "test");
  constexpr int kValues = 50'000;
  SpscRing<std::unique_ptr<int>> ring(16);
  int next = 1;
  LaneTask* task = nullptr;
  auto spawned = lane.spawn({}, [&] {
    while (next <= kValues) {
      while (auto value = ring.pop()) {
        EXPECT_EQ(**value, next);
        ++next;
      }
      if (next <= kValues) task->wait();
    }
    lane.stop();
  });
  ASSERT_TRUE(spawned);
  task = *spawned;
  Doorbell bell(lane, [&] { task->wake(); });
  std::thread runner([&] { lane.run(); });
  for (int i = 1; i <= kValues; ++i) {
    auto value = std::make_unique<int>(i);
    while (!ring.push(std::move(value))) std::this_thread::yield();
    bell.ring();
  }
  runner.join();
  EXPECT_EQ(next, kValues + 1);
}

}  // namespace
}  // namespace mort::scheduler
