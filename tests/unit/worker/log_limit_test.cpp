#include "log_limit.hpp"

#include <gmock/gmock.h>

namespace mort::worker {
namespace {

using std::chrono::seconds;

TEST(LogLimit, WhatIsTooMuchIsCountedUntilItIsSaid) {
  LogLimit limit;
  int taken = 0;
  for (int i = 0; i < 200'000; ++i) taken += limit.take(seconds(1), "a line") ? 1 : 0;
  EXPECT_EQ(taken, kLinesAtOnce);
  EXPECT_EQ(limit.dropped(), 199'000U);
  EXPECT_FALSE(limit.take(seconds(2), "a line")) << "nothing goes before what is to be said";
  EXPECT_THAT(limit.say_dropped(), testing::StartsWith("199001 lines dropped: "));
  EXPECT_EQ(limit.dropped(), 0U);
  EXPECT_TRUE(limit.take(seconds(2), "a line"));
}

TEST(LogLimit, ATextOfManyLinesCountsAsMany) {
  LogLimit limit;
  EXPECT_TRUE(limit.take(seconds(1), std::string(kLinesAtOnce - 2, '\n')));
  EXPECT_TRUE(limit.take(seconds(1), "the last"));
  EXPECT_FALSE(limit.take(seconds(1), "one\ntwo"));
  EXPECT_EQ(limit.dropped(), 2U);
  limit.say_dropped();
  EXPECT_TRUE(limit.take(seconds(100), std::string(100'000, '\n'))) << "all that may be said";
  EXPECT_FALSE(limit.take(seconds(100), ""));
}

TEST(LimitedLog, WhatWasDroppedIsSaidWithinASecondAndOnce) {
  ManualClock clock;
  scheduler::Lane lane(clock, "lane");
  std::vector<std::string> said;
  auto log = std::make_shared<LimitedLog>(
      lane, [&said](const std::string& text) { said.push_back(text); });
  for (int i = 0; i < kLinesAtOnce + 7; ++i) log->add("a line");
  EXPECT_EQ(said.size(), static_cast<std::size_t>(kLinesAtOnce));
  clock.advance(seconds(1));
  lane.turn();
  ASSERT_EQ(said.size(), static_cast<std::size_t>(kLinesAtOnce) + 1);
  EXPECT_THAT(said.back(), testing::StartsWith("7 lines dropped: "));
  log->say_dropped();
  EXPECT_EQ(said.size(), static_cast<std::size_t>(kLinesAtOnce) + 1);
  for (int i = 0; i < kLinesAtOnce; ++i) log->add("a line");
  log.reset();  // with its task
  clock.advance(seconds(1));
  lane.turn();
  EXPECT_EQ(said.size(), static_cast<std::size_t>(kLinesAtOnce + 1 + kLinesASecond));
}

}  // namespace
}  // namespace mort::worker
