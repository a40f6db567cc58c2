#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "mort/scheduler/lane.hpp"

namespace mort::scheduler {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Counts how often it is read.
class CountingClock : public ManualClock {
 public:
  Nanoseconds now() const override {
    ++readings;
    return ManualClock::now();
  }
  Nanoseconds thread_cpu() const override { return ManualClock::now(); }
  mutable int readings = 0;
};

/// `count` tasks that only wait.
std::vector<LaneTask*> waiting_tasks(Lane& lane, int count) {
  std::vector<LaneTask*> tasks(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    tasks[static_cast<std::size_t>(i)] =
        *lane.spawn({.name = "task " + std::to_string(i), .order = i}, [&lane] {
          while (true) const_cast<LaneTask*>(lane.running())->wait();
        });
  }
  return tasks;
}

TEST(Accounting, ReadsTheClockOnceARunAndOnceATurn) {
  CountingClock clock;
  Lane lane(clock, "test");
  const auto tasks = waiting_tasks(lane, 100);
  lane.turn();
  for (LaneTask* task : tasks) task->wake();
  clock.readings = 0;
  lane.turn();
  EXPECT_EQ(clock.readings, 101);
}

TEST(Accounting, ReadsNoClockWhenItIsOff) {
  CountingClock clock;
  Lane lane(clock, LaneOptions{.name = "test", .accounting = false});
  const auto tasks = waiting_tasks(lane, 100);
  lane.turn();
  for (LaneTask* task : tasks) task->wake();
  lane.turn();
  EXPECT_EQ(clock.readings, 0);
  EXPECT_EQ(tasks[0]->runs(), 0U);
}

TEST(Accounting, CountsRunsAndTheirTime) {
  ManualClock clock;
  Lane lane(clock, "test");
  LaneTask* task = nullptr;
  task = *lane.spawn({.name = "worker"}, [&] {
    for (int i = 1; i <= 3; ++i) {
      clock.advance(milliseconds(i));
      task->wait();
    }
  });
  for (int i = 0; i < 3; ++i) {
    lane.turn();
    task->wake();
  }
  EXPECT_EQ(task->name(), "worker");
  EXPECT_EQ(task->runs(), 3U);
  EXPECT_EQ(task->run_time(), milliseconds(6));
  lane.remove(task);
}

TEST(Accounting, MeasuresFromTheInstantATimerWasDue) {
  ManualClock clock;
  Lane lane(clock, "test");
  LaneTask* task = nullptr;
  task = *lane.spawn({}, [&] { task->wait_until(milliseconds(10)); });
  lane.turn();
  clock.advance(milliseconds(13));
  lane.turn();
  EXPECT_EQ(task->queueing_delay().count(), 2U);  // the first is its start
  EXPECT_EQ(task->queueing_delay().max(), milliseconds(3));
}

TEST(Accounting, MeasuresHowLongACommandsWakeWaitsBehindOthers) {
  ManualClock clock;
  Lane lane(clock, "test");
  LaneTask* busy = nullptr;
  busy = *lane.spawn({.order = 0}, [&] {
    busy->wait();
    clock.advance(milliseconds(7));
  });
  LaneTask* late = nullptr;
  late = *lane.spawn({.order = 1}, [&] { late->wait(); });
  lane.turn();
  lane.post([&] {
    busy->wake();
    late->wake();
  });
  lane.turn();
  EXPECT_EQ(late->queueing_delay().max(), milliseconds(7));
}

TEST(Accounting, SamplesTheWakesByOtherTasks) {
  ManualClock clock;
  Lane lane(clock, "test");
  LaneTask* reader = nullptr;
  reader = *lane.spawn({.order = 1}, [&] {
    while (true) reader->wait();
  });
  LaneTask* writer = nullptr;
  writer = *lane.spawn({.order = 0}, [&] {
    while (true) {
      writer->wait();
      reader->wake();
      clock.advance(milliseconds(2));  // the reader waits for the rest of this run
    }
  });
  lane.turn();
  const auto before = reader->queueing_delay().count();
  for (int i = 0; i < 160; ++i) {
    writer->wake();
    lane.turn();
  }
  EXPECT_EQ(reader->queueing_delay().count(), before + 10);
  EXPECT_EQ(reader->queueing_delay().max(), milliseconds(2));
}

TEST(Accounting, NamesTheLongestRunSinceTheLastLook) {
  ManualClock clock;
  Lane lane(clock, "test");
  EXPECT_FALSE(lane.take_longest_run());
  for (const int time : {2, 5, 3}) {
    ASSERT_TRUE(lane.spawn({.name = std::to_string(time) + " ms"},
                           [&clock, time] { clock.advance(milliseconds(time)); }));
  }
  lane.turn();
  const auto longest = lane.take_longest_run();
  ASSERT_TRUE(longest);
  EXPECT_EQ(longest->task, "5 ms");
  EXPECT_EQ(longest->time, milliseconds(5));
  EXPECT_FALSE(lane.take_longest_run());
}

TEST(Accounting, NamesATaskThatHogsItsLaneWhileItRuns) {
  ManualClock clock;
  Lane lane(clock, "test");
  std::atomic<bool> running{false};
  std::atomic<bool> free{false};
  ASSERT_TRUE(lane.spawn({.name = "hog"}, [&] {
    running = true;
    while (!free) std::this_thread::yield();
    lane.stop();
  }));
  EXPECT_FALSE(lane.hog(seconds(0)));
  std::thread runner([&] { lane.run(); });
  while (!running) std::this_thread::yield();
  clock.advance(seconds(3));
  const auto hog = lane.hog(seconds(1));
  EXPECT_FALSE(lane.hog(seconds(4)));
  free = true;
  runner.join();
  ASSERT_TRUE(hog);
  EXPECT_EQ(hog->task, "hog");
  EXPECT_EQ(hog->time, seconds(3));
  EXPECT_FALSE(lane.hog(seconds(0)));
}

}  // namespace
}  // namespace mort::scheduler
