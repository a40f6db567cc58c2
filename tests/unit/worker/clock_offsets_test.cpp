#include "clock_offsets.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace mort::worker {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Two nodes; the clock of b is `ahead` of that of a.
class ClockOffsetsTest : public testing::Test {
 protected:
  void send_to_b(Nanoseconds delay) {
    const auto report = a_.report(time_);
    time_ += delay;
    b_.receive(report, time_ + ahead_);
  }
  void send_to_a(Nanoseconds delay) {
    const auto report = b_.report(time_ + ahead_);
    time_ += delay;
    a_.receive(report, time_);
  }
  std::optional<Nanoseconds> offset_at_a() const { return a_.find("b")->offset(); }

  Nanoseconds time_ = hours(24 * 365 * 50);
  Nanoseconds ahead_ = seconds(40);
  ClockOffsets a_{"a", {"a", "b"}, 1};
  ClockOffsets b_{"b", {"a", "b"}, 1};
};

TEST_F(ClockOffsetsTest, AreKnownAfterReportsHaveCrossed) {
  send_to_b(milliseconds(1));
  EXPECT_FALSE(offset_at_a());
  time_ += milliseconds(300);
  send_to_a(milliseconds(1));
  EXPECT_EQ(offset_at_a(), ahead_);
  EXPECT_EQ(a_.stats().size(), 1U);
  EXPECT_EQ(a_.stats()[0].error, milliseconds(1) + microseconds(30))
      << "half of the round trip, and the drift while b kept the report";
  EXPECT_FALSE(b_.find("a")->offset());
  send_to_b(milliseconds(1));
  EXPECT_EQ(b_.find("a")->offset(), -ahead_);
}

TEST_F(ClockOffsetsTest, TheQuickestExchangeCountsAndBoundsTheError) {
  for (const int slow_us : {900, 40'000, 100, 7'000}) {
    send_to_b(microseconds(slow_us));
    send_to_a(microseconds(100));
    time_ += seconds(1);
  }
  EXPECT_EQ(offset_at_a(), ahead_);
  EXPECT_LT(a_.stats()[0].error, microseconds(400)) << "the best of them, grown old by a second";
}

TEST_F(ClockOffsetsTest, FollowAClockThatWasSet) {
  send_to_b(microseconds(50));
  send_to_a(microseconds(50));
  ahead_ = seconds(-7);
  for (int i = 0; i < 20; ++i) {
    send_to_b(microseconds(80));
    send_to_a(microseconds(80));
    time_ += seconds(1);
  }
  EXPECT_EQ(offset_at_a(), ahead_);
}

TEST_F(ClockOffsetsTest, AbsurdReportsAreIgnored) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  const std::int64_t now = time_.count();
  for (const std::int64_t sent :
       {kLeast, std::int64_t{-1}, std::int64_t{0}, std::int64_t{1}, now, kMost}) {
    for (const std::int64_t ours : {kLeast, std::int64_t{0}, now + 5'000'000'000, now, kMost}) {
      for (const std::int64_t received : {kLeast, std::int64_t{0}, now - 60'000'000'000, kMost})
        a_.receive({1, "b", sent, {{"a", ours, received}}}, time_);
    }
  }
  EXPECT_FALSE(offset_at_a());
  a_.receive({2, "b", now, {{"a", now, now}}}, time_);
  EXPECT_FALSE(offset_at_a()) << "of another epoch";
  a_.receive({1, "c", now, {{"a", now, now}}}, time_);
  a_.receive({1, "a", now, {{"a", now, now}}}, time_);
  EXPECT_EQ(a_.find("c"), nullptr);
  EXPECT_EQ(a_.find("a"), nullptr);
  a_.receive({1, "b", now, {{"a", now, now}}}, time_);
  EXPECT_EQ(offset_at_a(), Nanoseconds(0));
}

TEST(ClockOffsets, AJobOfOneNodeNeedsNone) {
  EXPECT_FALSE(ClockOffsets("a", {"a"}, 1).needed());
  EXPECT_TRUE(ClockOffsets("a", {"a", "b"}, 1).needed());
}

}  // namespace
}  // namespace mort::worker
