#include "mort/scheduler/ticker.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "mort/scheduler/lane.hpp"

namespace mort::scheduler {
namespace {

using std::chrono::milliseconds;

TEST(Ticker, KeepsPhaseAndCountsWhatItMissed) {
  Ticker ticker(milliseconds(20), milliseconds(100));
  ticker.advance(milliseconds(103));  // a little late: the next tick stays in phase
  EXPECT_EQ(ticker.due(), milliseconds(120));
  EXPECT_EQ(ticker.missed(), 0U);
  ticker.advance(milliseconds(185));  // 140, 160 and 180 have gone by; 180 is the one to run now
  EXPECT_EQ(ticker.due(), milliseconds(180));
  EXPECT_EQ(ticker.missed(), 2U);
  EXPECT_EQ(ticker.ticks(), 2U);
}

TEST(Ticker, CountsAnOverrunOnceATick) {
  Ticker ticker(milliseconds(20), milliseconds(0));
  ticker.work_ended(milliseconds(50));  // no tick has been taken yet
  EXPECT_EQ(ticker.overruns(), 0U);
  ticker.advance(milliseconds(0));
  ticker.work_ended(milliseconds(19));
  EXPECT_EQ(ticker.overruns(), 0U);
  ticker.advance(milliseconds(20));
  ticker.work_ended(milliseconds(40));
  ticker.work_ended(milliseconds(41));
  EXPECT_EQ(ticker.overruns(), 1U);
}

TEST(Ticker, TellsHowLateItsTicksWere) {
  Ticker ticker(milliseconds(20), milliseconds(0));
  for (int i = 0; i < 99; ++i) ticker.advance(ticker.due() + milliseconds(1));
  ticker.advance(ticker.due() + milliseconds(9));
  EXPECT_EQ(ticker.lateness().count(), 100U);
  EXPECT_EQ(ticker.lateness().max(), milliseconds(9));
  EXPECT_GE(ticker.lateness().quantile(0.5), milliseconds(1));
  EXPECT_LT(ticker.lateness().quantile(0.5), std::chrono::microseconds(1250));
  EXPECT_EQ(ticker.lateness().quantile(1.0), milliseconds(9));
}

TEST(DelayStats, HoldsQuantilesWithinAQuarter) {
  for (const std::int64_t value :
       {1'000LL, 1'024LL, 5'000LL, 123'456LL, 99'999'999LL, 16'000'000'000LL}) {
    DelayStats stats;
    stats.add(Nanoseconds(value));
    stats.add(Nanoseconds(value * 100));  // so that the greatest value does not bound the quantile
    const auto quantile = stats.quantile(0.5).count();
    EXPECT_GE(quantile, value);
    EXPECT_LE(quantile, std::max<std::int64_t>(value + value / 4, 1023)) << value;
  }
}

/// A task with a period of 10 ms whose ticks take the given times.
struct Working {
  explicit Working(std::vector<milliseconds> times, bool accounting)
      : lane(clock, LaneOptions{.name = "test", .accounting = accounting}) {
    task = *lane.spawn({}, [this, times = std::move(times)] {
      for (const milliseconds time : times) {
        if (!task->wait_tick(ticker)) ++woken;
        clock.advance(time);
      }
      task->wait_tick(ticker);
    });
    while (true) {
      if (lane.turn()) continue;
      if (!lane.next_deadline()) break;
      clock.advance(*lane.next_deadline() - clock.now());
    }
  }
  ManualClock clock;
  Lane lane;
  LaneTask* task = nullptr;
  Ticker ticker{milliseconds(10), milliseconds(10)};
  int woken = 0;
};

class TickingTask : public testing::TestWithParam<bool> {};

TEST_P(TickingTask, KeepsPhaseWithWorkOfAnyLength) {
  const Working task({milliseconds(1), milliseconds(9), milliseconds(3)}, GetParam());
  EXPECT_EQ(task.ticker.ticks(), 4U);
  EXPECT_EQ(task.clock.now(), milliseconds(40));
  EXPECT_EQ(task.ticker.missed(), 0U);
  EXPECT_EQ(task.ticker.overruns(), 0U);
  EXPECT_EQ(task.ticker.lateness().max(), Nanoseconds(0));
}

TEST_P(TickingTask, CountsWorkBeyondTheNextTickAsAnOverrunAndATickThatWentByAsMissed) {
  // The work of the tick of 10 ms ends at 22 and that of 20 at 65: 30 is taken then, and when 60 is
  // still to come in its turn, 40 and 50 have wholly gone by.
  const Working task({milliseconds(12), milliseconds(43)}, GetParam());
  EXPECT_EQ(task.ticker.overruns(), 2U);
  EXPECT_EQ(task.ticker.missed(), 2U);
  EXPECT_EQ(task.ticker.ticks(), 3U);
}

INSTANTIATE_TEST_SUITE_P(Accounting, TickingTask, testing::Bool());

TEST(Ticker, IsLeftAloneByAWake) {
  ManualClock clock;
  Lane lane(clock, "test");
  Ticker ticker(milliseconds(10), milliseconds(10));
  std::vector<bool> taken;
  LaneTask* task = nullptr;
  auto spawned = lane.spawn({}, [&] {
    for (int i = 0; i < 2; ++i) taken.push_back(task->wait_tick(ticker));
  });
  ASSERT_TRUE(spawned);
  task = *spawned;
  lane.turn();
  task->wake();
  lane.turn();
  clock.advance(milliseconds(10));
  lane.turn();
  EXPECT_EQ(taken, (std::vector<bool>{false, true}));
  EXPECT_EQ(ticker.ticks(), 1U);
}

}  // namespace
}  // namespace mort::scheduler
