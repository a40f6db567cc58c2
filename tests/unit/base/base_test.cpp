#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <random>

#include "mort/base/clock.hpp"
#include "mort/base/histogram.hpp"
#include "mort/base/result.hpp"
#include "mort/base/sha256.hpp"

namespace mort {
namespace {

TEST(Histogram, EmptyOneHasZeroQuantiles) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.quantile(0.5), Nanoseconds(0));
  EXPECT_EQ(histogram.max(), Nanoseconds(0));
}

TEST(Histogram, SmallValuesAreExact) {
  for (int value = 0; value < 32; ++value) {
    Histogram histogram;
    histogram.add(Nanoseconds(value));
    histogram.add(Nanoseconds(1'000'000));
    EXPECT_EQ(histogram.quantile(0.5), Nanoseconds(value));
  }
}

TEST(Histogram, QuantilesAreNeverBelowAndAtMostSevenPercentAbove) {
  std::mt19937_64 engine(7);
  std::vector<std::int64_t> samples;
  Histogram histogram;
  for (int i = 0; i < 20'000; ++i) {
    samples.push_back(static_cast<std::int64_t>(engine() >> (engine() % 50 + 10)));
    histogram.add(Nanoseconds(samples.back()));
  }
  std::sort(samples.begin(), samples.end());
  for (const double q : {0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const auto rank = static_cast<std::size_t>(std::ceil(q * 20'000));
    const auto exact = static_cast<double>(samples[rank - 1]);
    const auto found = static_cast<double>(histogram.quantile(q).count());
    EXPECT_GE(found, exact) << q;
    EXPECT_LE(found, exact * 1.07 + 1) << q;
  }
  EXPECT_EQ(histogram.max().count(), samples.back());
}

TEST(Histogram, NegativeAndLargestValuesAreTaken) {
  Histogram histogram;
  histogram.add(Nanoseconds(-5));
  histogram.add(Nanoseconds(INT64_MAX));
  EXPECT_EQ(histogram.count(), 2U);
  EXPECT_EQ(histogram.quantile(0.1), Nanoseconds(0));
  EXPECT_EQ(histogram.quantile(1.0), Nanoseconds(INT64_MAX));
}

TEST(Histogram, MergingEqualsAddingAll) {
  std::mt19937_64 engine(3);
  Histogram all;
  Histogram parts[2];
  for (int i = 0; i < 1'000; ++i) {
    const Nanoseconds value(static_cast<std::int64_t>(engine() >> 30));
    all.add(value);
    parts[i % 2].add(value);
  }
  parts[0].merge(parts[1]);
  EXPECT_EQ(parts[0].buckets(), all.buckets());
  EXPECT_EQ(parts[0].count(), all.count());
  EXPECT_EQ(parts[0].max(), all.max());
}

TEST(Sha256, KnownDigests) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, FileDigestEqualsThatOfItsBytes) {
  const std::string path = testing::TempDir() + "mort_sha256_test";
  for (const std::size_t size : {0UL, 1UL, (1UL << 16) - 1, 1UL << 16, (1UL << 16) + 1}) {
    const std::string bytes(size, 'x');
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
    const auto found = sha256_file(path);
    ASSERT_TRUE(found) << size;
    EXPECT_EQ(*found, sha256_hex(bytes)) << size;
  }
  std::filesystem::remove(path);
}

TEST(Sha256, MissingFileIsAnErrorWithPlaceAndCure) {
  const auto found = sha256_file("/nonexistent/file");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kFailed);
  EXPECT_EQ(found.error().where, "/nonexistent/file");
  EXPECT_NE(found.error().cure, "");
}

TEST(Sha256, OnlySixtyFourLowerCaseDigitsAreAHash) {
  const std::string good = sha256_hex("x");
  EXPECT_TRUE(is_sha256_hex(good));
  EXPECT_FALSE(is_sha256_hex(""));
  EXPECT_FALSE(is_sha256_hex(good.substr(1)));
  EXPECT_FALSE(is_sha256_hex(good + "0"));
  EXPECT_FALSE(is_sha256_hex("../" + good.substr(3)));
  EXPECT_FALSE(is_sha256_hex("A" + good.substr(1)));
  EXPECT_FALSE(is_sha256_hex(std::string(1, '\0') + good.substr(1)));
}

TEST(Error, EveryCodeIsItsExitCode) {
  const std::pair<ErrorCode, int> cases[] = {
      {ErrorCode::kFailed, 1}, {ErrorCode::kInvalid, 2},     {ErrorCode::kInfeasible, 3},
      {ErrorCode::kDenied, 4}, {ErrorCode::kUnreachable, 5}, {ErrorCode::kInterrupted, 130}};
  for (const auto& [code, exit] : cases) EXPECT_EQ(exit_code(Error{code, "x", "", ""}), exit);
}

TEST(Error, TextHasPlaceCauseAndCureWhereTheyAreKnown) {
  EXPECT_EQ(to_string(Error{ErrorCode::kInvalid, "bad", "a.yaml:1:2", "fix it"}),
            "a.yaml:1:2: bad\n  cure: fix it");
  EXPECT_EQ(to_string(Error{ErrorCode::kInvalid, "bad", "", ""}), "bad");
}

Result<int> half(int value) {
  if (value % 2 != 0) return fail(ErrorCode::kInvalid, "odd");
  return value / 2;
}

Result<int> quarter(int value) {
  MORT_TRY(first, half(value));
  MORT_TRY(second, half(first));
  return second;
}

TEST(Result, TryPassesTheErrorOn) {
  EXPECT_EQ(quarter(8), 2);
  ASSERT_FALSE(quarter(6));
  EXPECT_EQ(quarter(6).error().message, "odd");
}

TEST(CheckDeathTest, FalseConditionAbortsWithItsPlace) {
  EXPECT_DEATH(MORT_CHECK(1 == 2), "1 == 2 is false at .*base_test.cpp");
}

TEST(ManualClock, MovesOnlyWhenTold) {
  ManualClock clock;
  const Nanoseconds start = clock.wall();
  EXPECT_EQ(clock.now(), Nanoseconds(0));
  clock.advance(std::chrono::seconds(2));
  EXPECT_EQ(clock.now(), std::chrono::seconds(2));
  EXPECT_EQ(clock.wall() - start, std::chrono::seconds(2));
}

}  // namespace
}  // namespace mort
