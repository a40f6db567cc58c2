#include "mort/scheduler/lane.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

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

TEST(Lane, RunsWhatIsSpawnedInAPassIfItsPlaceIsStillAhead) {
  ManualClock clock;
  Lane lane(clock, "test");
  std::vector<std::string> trace;
  LaneTask* spawner = nullptr;
  spawner = *lane.spawn({.order = 5}, [&] {
    trace.emplace_back("5");
    for (const int order : {3, 7}) {
      EXPECT_TRUE(lane.spawn({.order = order},
                             [&trace, order] { trace.push_back(std::to_string(order)); }));
    }
    spawner->wait();
  });
  lane.turn();
  EXPECT_EQ(trace, (std::vector<std::string>{"5", "7"}));
  lane.turn();
  EXPECT_EQ(trace, (std::vector<std::string>{"5", "7", "3"}));
}

TEST(Lane, WhatATaskSpawnsChangesNothingOfThePass) {
  const SystemClock clock;
  Lane lane(clock, "test");
  std::vector<std::string> trace;
  const auto add = [&](int order) {
    ASSERT_TRUE(lane.spawn({.order = order}, [&, order] {
      trace.push_back(std::to_string(order));
      if (order == 3) lane.stop();
    }));
  };
  LaneTask* spawner = nullptr;
  spawner = *lane.spawn({.order = 5}, [&] {
    trace.emplace_back("5");
    add(3);
    add(7);
    spawner->wait();
  });
  lane.run();
  EXPECT_EQ(trace, (std::vector<std::string>{"5", "7", "3"}));
}

TEST(Lane, LetsATimerThatArmsItselfAgainStarveNobody) {
  ManualClock clock;
  Lane lane(clock, "test");
  int calls = 0;
  std::function<void()> again = [&] {
    ++calls;
    lane.at(clock.now(), again);
  };
  lane.at(clock.now(), again);
  EXPECT_TRUE(lane.turn());
  EXPECT_EQ(calls, 1);
  lane.turn();
  EXPECT_EQ(calls, 2);
}

TEST(Lane, ACommandMayCancelATimerAndATimerItself) {
  ManualClock clock;
  Lane lane(clock, "test");
  bool called = false;
  const auto other = lane.at(milliseconds(1), [&] { called = true; });
  Lane::TimerId own = 0;
  own = lane.at(Nanoseconds(0), [&] { lane.cancel(own); });
  lane.post([&] { lane.cancel(other); });
  lane.turn();
  clock.advance(milliseconds(1));
  EXPECT_FALSE(lane.turn());
  EXPECT_FALSE(called);
}

/// A task that waits until 10 ms, and what it was told.
class WaitUntil : public testing::Test {
 protected:
  void SetUp() override {
    auto spawned = lane_.spawn({}, [this] { woken_ = task_->wait_until(milliseconds(10)); });
    ASSERT_TRUE(spawned);
    task_ = *spawned;
    lane_.turn();
    EXPECT_EQ(lane_.next_deadline(), milliseconds(10));
  }
  ManualClock clock_;
  Lane lane_{clock_, "test"};
  LaneTask* task_ = nullptr;
  std::optional<bool> woken_;
};

TEST_F(WaitUntil, TellsThatTheTimeHasCome) {
  clock_.advance(milliseconds(9));
  EXPECT_FALSE(lane_.turn());
  clock_.advance(milliseconds(1));
  lane_.turn();
  EXPECT_EQ(woken_, false);
}

TEST_F(WaitUntil, TellsThatItWasWokenAndLeavesNoTimer) {
  task_->wake();
  lane_.turn();
  EXPECT_EQ(woken_, true);
  EXPECT_EQ(lane_.next_deadline(), std::nullopt);
}

TEST_F(WaitUntil, CountsAsWokenWhenBothHappenBeforeItRuns) {
  clock_.advance(milliseconds(20));
  lane_.post([this] { task_->wake(); });
  lane_.turn();
  EXPECT_EQ(woken_, true);
}

TEST_F(WaitUntil, LeavesNoTimerWhenTheTaskIsRemoved) {
  lane_.remove(task_);
  EXPECT_EQ(lane_.next_deadline(), std::nullopt);
  EXPECT_EQ(woken_, std::nullopt);
}

TEST(Lane, UnwindsTasksThatWakeAndWaitWhileTheyUnwind) {
  ManualClock clock;
  bool unwound = false;
  {
    Lane lane(clock, "test");
    LaneTask* task = nullptr;
    struct Guard {
      LaneTask*& task;
      bool& unwound;
      ~Guard() {
        task->wake();
        task->lane().after(milliseconds(1), [] {});
        unwound = true;
      }
    };
    auto spawned = lane.spawn({}, [&] {
      const Guard guard{task, unwound};
      task->wait_until(milliseconds(5));
    });
    ASSERT_TRUE(spawned);
    task = *spawned;
    lane.turn();
    lane.remove(task);
    EXPECT_TRUE(unwound);
    EXPECT_FALSE(lane.turn());
  }
}

TEST(Lane, AWakeOfATaskThatHasEndedChangesNothing) {
  ManualClock clock;
  Lane lane(clock, "test");
  auto task = lane.spawn({.order = 1}, [] {});
  ASSERT_TRUE(task);
  lane.turn();
  (*task)->wake();
  ASSERT_TRUE(lane.spawn({.order = 0}, [] {}));  // ranks are given anew
  EXPECT_TRUE(lane.turn());
  EXPECT_FALSE(lane.turn());
  EXPECT_EQ((*task)->runs(), 1U);
}

TEST(Lane, DropsCommandsThatWaitWhenItCloses) {
  ManualClock clock;
  Lane lane(clock, "test");
  auto held = std::make_shared<int>(1);
  lane.post([held] { FAIL() << "a dropped command ran"; });
  lane.close();
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_FALSE(lane.turn());
}

TEST(Lane, TasksThatAreAlwaysReadyStarveNobody) {
  const SystemClock clock;
  for (const int tasks : {1, 3}) {
    Lane lane(clock, "test");
    std::vector<LaneTask*> all(static_cast<std::size_t>(tasks));
    std::atomic<int> runs{0};
    for (LaneTask*& task : all) {
      task = *lane.spawn({}, [&] {
        while (true) {
          ++runs;
          task->wake();
          task->wait();
        }
      });
    }
    std::thread other([&] {
      while (runs < 1000) std::this_thread::yield();
      lane.post([&] {
        EXPECT_EQ(lane.running(), nullptr);
        lane.after(milliseconds(1), [&] {
          EXPECT_EQ(lane.running(), nullptr);
          // What it adds has its turn too.
          EXPECT_TRUE(lane.spawn({.order = 1}, [&] { lane.stop(); }));
        });
      });
    });
    lane.run();
    other.join();
    EXPECT_GE(runs, 1000);
  }
}

TEST(Lane, ATaskMayTurnAnotherLane) {
  ManualClock clock;
  Lane outer(clock, "outer");
  Lane inner(clock, "inner");
  std::vector<std::string> trace;
  LaneTask* second = nullptr;
  LaneTask* first = *outer.spawn({}, [&] {
    inner.turn();
    second->wake();
    first->wait();
    trace.emplace_back("first");
  });
  second = *outer.spawn({.order = 1}, [&] { trace.emplace_back("second"); });
  LaneTask* other = *inner.spawn({}, [&] {
    trace.emplace_back("inner");
    other->wait();
  });
  outer.turn();
  first->wake();
  outer.turn();
  EXPECT_EQ(trace, (std::vector<std::string>{"inner", "second", "first"}));
}

TEST(Lane, WakesAtTheTimeOfATimerWhileItSleeps) {
  const SystemClock clock;
  Lane lane(clock, "test");
  Nanoseconds due{0};
  Nanoseconds called{0};
  lane.post([&] {
    due = clock.now() + milliseconds(2);
    lane.at(due, [&] {
      called = clock.now();
      lane.stop();
    });
  });
  lane.run();
  EXPECT_GE(called, due);
}

}  // namespace
}  // namespace mort::scheduler
