#include "mort/base/rate_limit.hpp"

#include <gtest/gtest.h>

namespace mort {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

int taken(RateLimit& limit, Nanoseconds now, int tries) {
  int count = 0;
  for (int i = 0; i < tries; ++i) count += limit.take(now) ? 1 : 0;
  return count;
}

TEST(RateLimit, ABurstPassesAndThenSoManyASecond) {
  RateLimit limit(1000, 200);
  EXPECT_EQ(taken(limit, seconds(50), 5000), 1000);
  EXPECT_EQ(taken(limit, seconds(51), 5000), 200);
  EXPECT_EQ(taken(limit, seconds(51) + milliseconds(100), 5000), 20);
  EXPECT_EQ(taken(limit, seconds(1000), 5000), 1000) << "no more than a burst is saved";
}

TEST(RateLimit, WhatDoesNotFitTakesNothing) {
  RateLimit limit(10, 1);
  EXPECT_FALSE(limit.take(seconds(0), 11));
  EXPECT_TRUE(limit.take(seconds(0), 10));
}

TEST(RateLimit, AClockThatStepsBackGivesNothing) {
  RateLimit limit(10, 10);
  EXPECT_EQ(taken(limit, seconds(20), 20), 10);
  EXPECT_EQ(taken(limit, seconds(10), 20), 0);
  EXPECT_EQ(taken(limit, seconds(20), 20), 0);
  EXPECT_EQ(taken(limit, seconds(21), 20), 10);
}

}  // namespace
}  // namespace mort
