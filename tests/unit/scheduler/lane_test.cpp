#include "mort/scheduler/lane.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

namespace mort::scheduler {
namespace {

using std::chrono::milliseconds;
constexpr std::size_t kStack = 64 * 1024;

TEST(Lane, RunsCommandsThenTimersThenTasksInTopologicalOrder) {
  ManualClock clock;
  Lane lane(clock, "test");
  std::vector<std::string> trace;
  for (const int order : {2, 0, 1}) {
    ASSERT_TRUE(lane.spawn(
        order, kStack, [&trace, order] { trace.push_back("task " + std::to_string(order)); }, {}));
  }
  lane.at(Nanoseconds(0), [&] { trace.emplace_back("timer"); });
  lane.post([&] { trace.emplace_back("command"); });
  EXPECT_TRUE(lane.turn());
  EXPECT_EQ(trace, (std::vector<std::string>{"command", "timer", "task 0", "task 1", "task 2"}));
  EXPECT_FALSE(lane.turn());
}

TEST(Lane, RunsASubscriberInTheTurnOfItsPublisher) {
  ManualClock clock;
  Lane lane(clock, "test");
  std::vector<std::string> trace;
  LaneTask* reader = nullptr;
  auto spawned = lane.spawn(1, kStack,
                            [&] {
                              while (true) {
                                trace.emplace_back("read");
                                reader->wait();
                              }
                            },
                            {});
  ASSERT_TRUE(spawned);
  reader = *spawned;
  lane.turn();
  ASSERT_TRUE(lane.spawn(0, kStack,
                         [&] {
                           trace.emplace_back("publish");
                           reader->wake();
                           reader->wake();  // a second wake before it ran changes nothing
                         },
                         {}));
  lane.turn();
  EXPECT_EQ(trace, (std::vector<std::string>{"read", "publish", "read"}));
  lane.remove(reader);
}

/// Of the time that passes, the thread computes a share; in the rest it is blocked.
class BlockingClock : public Clock {
 public:
  explicit BlockingClock(double share) : share_(share) {}
  Nanoseconds now() const override { return time_; }
  Nanoseconds wall() const override { return time_; }
  Nanoseconds thread_cpu() const override {
    ++readings;
    return Nanoseconds(static_cast<Nanoseconds::rep>(share_ * static_cast<double>(time_.count())));
  }
  void pass(Nanoseconds time) { time_ += time; }
  mutable int readings = 0;

 private:
  const double share_;
  Nanoseconds time_{0};
};

TEST(Lane, CountsTheCpuTimeOfATaskWithoutTheTimeInWhichItWasBlocked) {
  BlockingClock clock(0.25);
  Lane lane(clock, "test");
  LaneTask* task = nullptr;
  const auto spawned = lane.spawn(0, kStack,
                                  [&] {
                                    while (true) {
                                      clock.pass(milliseconds(4));
                                      task->wait();
                                    }
                                  },
                                  {});
  ASSERT_TRUE(spawned);
  task = *spawned;
  for (int turn = 0; turn < 10; ++turn) {
    lane.turn();
    task->wake();
  }
  EXPECT_EQ(task->run_time(), milliseconds(40));
  EXPECT_EQ(task->cpu_time(), milliseconds(10));
  lane.remove(task);
}

TEST(Lane, ReadsTheCpuTimeOfShortTurnsNowAndThenAndTakesItForTheRest) {
  BlockingClock clock(0.5);
  Lane lane(clock, "test");
  LaneTask* task = nullptr;
  const auto spawned = lane.spawn(0, kStack,
                                  [&] {
                                    while (true) {
                                      clock.pass(std::chrono::microseconds(1));
                                      task->wait();
                                    }
                                  },
                                  {});
  ASSERT_TRUE(spawned);
  task = *spawned;
  for (int turn = 0; turn < 1000; ++turn) {
    lane.turn();
    task->wake();
  }
  EXPECT_EQ(task->run_time(), milliseconds(1));
  EXPECT_EQ(task->cpu_time(), std::chrono::microseconds(500));
  EXPECT_LE(clock.readings, 2 * 11);
  lane.remove(task);
}

TEST(Lane, CallsTimersAtTheirTimeAndInOrder) {
  ManualClock clock;
  Lane lane(clock, "test");
  std::vector<int> trace;
  lane.after(milliseconds(2), [&] { trace.push_back(2); });
  lane.after(milliseconds(1), [&] { trace.push_back(1); });
  const auto cancelled = lane.after(milliseconds(1), [&] { trace.push_back(9); });
  lane.cancel(cancelled);
  EXPECT_FALSE(lane.turn());
  clock.advance(milliseconds(1));
  EXPECT_TRUE(lane.turn());
  EXPECT_EQ(trace, (std::vector<int>{1}));
  EXPECT_EQ(lane.next_deadline(), milliseconds(2));
  clock.advance(milliseconds(5));
  lane.turn();
  EXPECT_EQ(trace, (std::vector<int>{1, 2}));
}

TEST(Lane, ReportsTheEndOfATaskWhichMayRemoveIt) {
  ManualClock clock;
  Lane lane(clock, "test");
  LaneTask* task = nullptr;
  bool failed = false;
  auto spawned = lane.spawn(
      0, kStack, [] { throw std::runtime_error("x"); },
      [&] {
        failed = task->error() != nullptr;
        lane.remove(task);
      });
  ASSERT_TRUE(spawned);
  task = *spawned;
  lane.turn();
  EXPECT_TRUE(failed);
}

TEST(Lane, TakesCommandsOfManyThreadsWithoutLosingOne) {
  const SystemClock clock;
  Lane lane(clock, "test");
  int count = 0;  // touched on the lane alone
  constexpr int kThreads = 4;
  constexpr int kPosts = 5000;
  std::thread runner([&] { lane.run(); });
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        for (int n = 0; n < kPosts; ++n) lane.post([&count] { ++count; });
      });
    }
  }
  lane.post([&lane] { lane.stop(); });
  runner.join();
  EXPECT_EQ(count, kThreads * kPosts);
}

TEST(Lane, RefusesPostsAfterClose) {
  ManualClock clock;
  Lane lane(clock, "test");
  lane.close();
  EXPECT_FALSE(lane.post([] {}));
}

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

/// One simulated hour of periodic tasks that do seeded work: the trace's hash.
std::uint64_t simulate(unsigned seed) {
  ManualClock clock;
  Lane lane(clock, "simulation");
  std::mt19937 random(seed);
  std::uint64_t hash = 14695981039346656037ULL;
  std::vector<LaneTask*> tasks(20);
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const auto period = milliseconds(500 + random() % 5000);
    auto spawned = lane.spawn(static_cast<int>(i), kStack,
                              [&, i, period] {
                                Ticker ticker(period, clock.now() + period);
                                while (true) {
                                  lane.at(ticker.due(), [&tasks, i] { tasks[i]->wake(); });
                                  tasks[i]->wait();
                                  ticker.advance(clock.now());
                                  hash = (hash ^ (i * 1000003 + random())) * 1099511628211ULL;
                                }
                              },
                              {});
    tasks[i] = *spawned;
  }
  while (clock.now() < std::chrono::hours(1)) {
    if (!lane.turn()) clock.advance(*lane.next_deadline() - clock.now());
  }
  for (LaneTask* task : tasks) lane.remove(task);
  return hash;
}

TEST(Lane, RunsASimulatedHourTheSameForTheSameSeed) {
  const auto first = simulate(3);
  EXPECT_EQ(first, simulate(3));
  EXPECT_NE(first, simulate(4));
}

}  // namespace
}  // namespace mort::scheduler
