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

TEST(Accounting, ReadsTheClockForEachTimedWakeAndOnceATurn) {
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

/// Tasks that take part in one pass after the other: each turn has one run of each, of the length
/// that `lengths` gives, and no wake that is timed.
class Rounds {
 public:
  Rounds(ManualClock& clock, std::vector<Nanoseconds> lengths) : lane_(clock, "test") {
    tasks_.resize(lengths.size());
    for (std::size_t i = 0; i < lengths.size(); ++i) {
      tasks_[i] = *lane_.spawn({.order = static_cast<int>(i)}, [&, this, i, length = lengths[i]] {
        while (true) {
          tasks_[i]->wake();
          clock.advance(length);
          tasks_[i]->wait();
        }
      });
    }
  }
  void turn(int times) {
    for (int i = 0; i < times; ++i) lane_.turn();
  }
  Nanoseconds run_time(std::size_t task) const { return tasks_[task]->run_time(); }

 private:
  Lane lane_;
  std::vector<LaneTask*> tasks_;
};

TEST(Accounting, ShortRunsShareAReadingOfTheClockAndNoTimeIsLost) {
  CountingClock clock;
  Rounds rounds(clock, std::vector<Nanoseconds>(32, Nanoseconds(128)));
  rounds.turn(1);
  clock.readings = 0;
  const Nanoseconds begin = clock.ManualClock::now();
  rounds.turn(1000);
  EXPECT_LT(clock.readings, 32'000 / 3);
  Nanoseconds sum{0};
  for (std::size_t i = 0; i < 32; ++i) {
    sum += rounds.run_time(i);
    EXPECT_NEAR(static_cast<double>(rounds.run_time(i).count()), 1001 * 128, 128) << i;
  }
  const Nanoseconds passed = clock.ManualClock::now() - begin + Nanoseconds(32 * 128);
  EXPECT_NEAR(static_cast<double>(sum.count()), static_cast<double>(passed.count()), 0.01 * 1e6);
}

TEST(Accounting, ATaskWithLongRunsAmongShortOnesIsChargedForThem) {
  ManualClock clock;
  std::vector<Nanoseconds> lengths(9, Nanoseconds(100));
  lengths[4] = std::chrono::microseconds(20);
  Rounds rounds(clock, lengths);
  rounds.turn(10'000);
  EXPECT_NEAR(static_cast<double>(rounds.run_time(4).count()), 20e3 * 10'000, 0.02 * 20e3 * 10'000);
  for (const std::size_t neighbour : {3U, 5U})
    EXPECT_LT(rounds.run_time(neighbour), rounds.run_time(4) / 50);
}

TEST(Accounting, ARareLongRunIsNotChargedToItsNeighbours) {
  ManualClock clock;
  Lane lane(clock, "test");
  const auto idle = waiting_tasks(lane, 100);  // so that CPU time is sampled seldom
  LaneTask* batch = nullptr;
  batch = *lane.spawn({.name = "batch", .order = 1001}, [&] {
    for (int i = 1;; ++i) {
      batch->wait();
      clock.advance(i % 50 == 0 ? milliseconds(12) : Nanoseconds(300));
    }
  });
  Ticker ticker(milliseconds(10), milliseconds(10));
  LaneTask* source = nullptr;
  source = *lane.spawn({.name = "source", .order = 1000}, [&] {
    while (true) {
      source->wait_tick(ticker);
      clock.advance(Nanoseconds(300));
      batch->wake();
    }
  });
  while (ticker.ticks() < 5000) {
    if (!lane.turn()) clock.advance(milliseconds(1));
  }
  EXPECT_EQ(ticker.overruns(), 0U);
  const double runs = static_cast<double>(source->runs());
  EXPECT_NEAR(static_cast<double>(source->run_time().count()), 300 * runs, 1000 * runs);
  EXPECT_NEAR(static_cast<double>(batch->run_time().count()), 12e6 * 100, 0.02 * 12e6 * 100);
}

TEST(Accounting, ARareLongRunOfATaskWithoutATickIsChargedToItMostly) {
  ManualClock clock;
  Lane lane(clock, "test");
  const auto idle = waiting_tasks(lane, 100);
  LaneTask* batch = nullptr;
  batch = *lane.spawn({.name = "batch", .order = 1001}, [&] {
    for (int i = 1;; ++i) {
      batch->wait();
      clock.advance(i % 50 == 0 ? milliseconds(10) : Nanoseconds(300));
    }
  });
  LaneTask* source = nullptr;
  source = *lane.spawn({.name = "source", .order = 1000}, [&] {
    while (true) {
      source->wake();
      source->wait();
      clock.advance(Nanoseconds(300));
      batch->wake();
    }
  });
  for (int i = 0; i < 50'000; ++i) lane.turn();
  const double runs = static_cast<double>(source->runs());
  EXPECT_LT(static_cast<double>(source->run_time().count()), (300 + 1000) * runs);
  EXPECT_NEAR(static_cast<double>(batch->run_time().count()), 10e6 * 1000, 0.01 * 10e6 * 1000);
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
  Lane::HogWatch watch;
  EXPECT_FALSE(lane.hog(watch, seconds(0)));
  std::thread runner([&] { lane.run(); });
  while (!running) std::this_thread::yield();
  EXPECT_FALSE(lane.hog(watch, seconds(0))) << "it may have begun just now";
  clock.advance(seconds(3));
  const auto hog = lane.hog(watch, seconds(1));
  EXPECT_FALSE(lane.hog(watch, seconds(4)));
  free = true;
  runner.join();
  ASSERT_TRUE(hog);
  EXPECT_EQ(hog->task, "hog");
  EXPECT_EQ(hog->time, seconds(3));
  EXPECT_FALSE(lane.hog(watch, seconds(0)));
}

}  // namespace
}  // namespace mort::scheduler
