// What the system is asked for the thread of a lane.
#include <gtest/gtest.h>
#include <sched.h>

#include <functional>
#include <thread>
#include <vector>

#include "mort/scheduler/lane.hpp"

namespace mort::scheduler {
namespace {

/// Runs a lane with these options on a thread of its own; what was refused.
std::vector<Error> refused_of(
    LaneOptions options, std::function<void()> command = [] {}) {
  std::vector<Error> refused;
  options.on_refused = [&](const Error& error) { refused.push_back(error); };
  const SystemClock clock;
  Lane lane(clock, std::move(options));
  lane.post(std::move(command));
  lane.post([&lane] { lane.stop(); });
  std::thread([&lane] { lane.run(); }).join();
  return refused;
}

TEST(LaneOptions, APriorityThatDoesNotExistIsRefusedWithItsCure) {
  const auto refused = refused_of({.name = "fast", .fifo_priority = 1000});
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_NE(refused[0].message.find("lane fast runs without SCHED_FIFO priority 1000"),
            std::string::npos)
      << refused[0].message;
  EXPECT_NE(refused[0].cure.find("CAP_SYS_NICE"), std::string::npos);
}

TEST(LaneOptions, APriorityIsEitherGivenOrRefused) {
  int policy = -1;
  const auto refused = refused_of({.name = "fast", .fifo_priority = 1},
                                  [&policy] { policy = sched_getscheduler(0); });
  EXPECT_EQ(refused.size(), policy == SCHED_FIFO ? 0U : 1U);
}

TEST(LaneOptions, CoresThatAreNotThereAreRefusedWithTheirNumbers) {
  const auto refused = refused_of({.name = "pinned", .cores = {1023, 99999}});
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_NE(refused[0].message.find("1023 99999"), std::string::npos) << refused[0].message;
  EXPECT_FALSE(refused[0].cure.empty());
}

TEST(LaneOptions, ALaneRunsOnTheCoresItIsGiven) {
  cpu_set_t allowed;
  ASSERT_EQ(sched_getaffinity(0, sizeof allowed, &allowed), 0);
  int core = 0;
  while (!CPU_ISSET(static_cast<std::size_t>(core), &allowed)) ++core;
  cpu_set_t seen;
  const auto refused = refused_of({.name = "pinned", .cores = {core}},
                                  [&seen] { sched_getaffinity(0, sizeof seen, &seen); });
  EXPECT_TRUE(refused.empty());
  EXPECT_EQ(CPU_COUNT(&seen), 1);
  EXPECT_TRUE(CPU_ISSET(static_cast<std::size_t>(core), &seen));
}

}  // namespace
}  // namespace mort::scheduler
