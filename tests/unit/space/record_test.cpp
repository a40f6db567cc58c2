#include "mort/space/record.hpp"

#include <gtest/gtest.h>

#include <random>

namespace mort::space {
namespace {

Record sample_record() {
  Record record;
  record.space = kCmd;
  record.key = "job/statistics-1/submit";
  record.author = "node0.1f2e3d4c";
  record.author_seq = 7;
  record.priority = -2;
  record.stamp = {1'700'000'000'123, 4};
  record.seen = {{kCmd, "node1.aa", 12}, {kCmd, "node2.bb", 0}};
  record.lifetime_ms = 5000;
  record.body = "{\"job\":\"statistics-1\"}";
  record.sha256 = record_hash(record);
  return record;
}

TEST(Record, RoundTripKeepsEverything) {
  Record record = sample_record();
  record.signature = {1, 2, 3};
  const auto decoded = decode_record(encode(record));
  ASSERT_TRUE(decoded) << to_string(decoded.error());
  EXPECT_EQ(encode(*decoded), encode(record));
  EXPECT_EQ(decoded->seen.size(), 2U);
  EXPECT_EQ(decoded->stamp, record.stamp);
  EXPECT_EQ(decoded->priority, -2);
  EXPECT_EQ(record_id(*decoded), "cmd/node0.1f2e3d4c/7");
}

TEST(Record, AnyChangedFieldIsRefusedByItsHash) {
  const std::vector<std::function<void(Record&)>> changes = {
      [](Record& r) { r.key += "x"; },        [](Record& r) { r.author = "node1.1f2e3d4c"; },
      [](Record& r) { r.author_seq = 8; },    [](Record& r) { r.priority = 9; },
      [](Record& r) { r.stamp.counter = 5; }, [](Record& r) { r.seen[0].through = 13; },
      [](Record& r) { r.lifetime_ms = 0; },   [](Record& r) { r.body.clear(); },
      [](Record& r) { r.space = kRight; },    [](Record& r) { r.sha256[0] ^= 1; },
      [](Record& r) { r.sha256.clear(); }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    Record record = sample_record();
    changes[i](record);
    const auto decoded = decode_record(encode(record));
    ASSERT_FALSE(decoded) << i;
    EXPECT_EQ(decoded.error().code, ErrorCode::kInvalid);
  }
}

TEST(Record, UnknownSpacesAndEmptyOrOverlongNamesAreRefused) {
  const std::vector<std::function<void(Record&)>> changes = {
      [](Record& r) { r.space = "secrets"; },
      [](Record& r) { r.space.clear(); },
      [](Record& r) { r.key.clear(); },
      [](Record& r) { r.author.clear(); },
      [](Record& r) { r.author_seq = 0; },
      [](Record& r) { r.key.assign(513, 'k'); },
      [](Record& r) { r.author.assign(513, 'a'); }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    Record record = sample_record();
    changes[i](record);
    record.sha256 = record_hash(record);  // the hash is right: the content is what is refused
    EXPECT_FALSE(decode_record(encode(record))) << i;
  }
}

TEST(Record, OversizedRecordsAreRefused) {
  Record record = sample_record();
  record.body.assign(5 << 20, 'x');
  record.sha256 = record_hash(record);
  EXPECT_FALSE(decode_record(encode(record)));
}

TEST(Record, RandomAndTruncatedBytesAreRefused) {
  std::mt19937 random(1);
  const auto good = encode(sample_record());
  for (std::size_t length = 0; length < good.size(); ++length) {
    EXPECT_FALSE(decode_record({good.data(), length})) << length;
  }
  int refused = 0;
  for (int i = 0; i < 5000; ++i) {
    auto bytes = good;
    for (unsigned n = 0; n < 1 + random() % 8; ++n)
      bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    if (auto decoded = decode_record(bytes)) {
      EXPECT_EQ(decoded->sha256, record_hash(sample_record()));  // padding or signature at most
    } else {
      ++refused;
    }
  }
  EXPECT_GT(refused, 4000);
  for (int i = 0; i < 5000; ++i) {
    std::vector<std::uint8_t> bytes(random() % 300);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    EXPECT_FALSE(decode_record(bytes));
  }
}

TEST(HybridClock, NeverGoesBackAndCountsWithinAMillisecond) {
  ManualClock clock;
  HybridClock stamps(clock);
  const Stamp first = stamps.next();
  const Stamp second = stamps.next();
  EXPECT_EQ(second.wall_ms, first.wall_ms);
  EXPECT_EQ(second.counter, first.counter + 1);
  clock.advance(std::chrono::milliseconds(3));
  EXPECT_EQ(stamps.next(), (Stamp{first.wall_ms + 3, 0}));
}

TEST(HybridClock, FollowsWhatItSawButNotFarIntoTheFuture) {
  ManualClock clock;
  HybridClock stamps(clock);
  const Stamp own = stamps.next();
  stamps.observe({own.wall_ms + 10'000, 5});
  EXPECT_EQ(stamps.next(), (Stamp{own.wall_ms + 10'000, 6}));
  stamps.observe({own.wall_ms, 0});  // of the past: nothing to follow
  EXPECT_EQ(stamps.next(), (Stamp{own.wall_ms + 10'000, 7}));
  stamps.observe({own.wall_ms + 61'000, 0});
  EXPECT_EQ(stamps.next(), (Stamp{own.wall_ms + 10'000, 8}));
}

}  // namespace
}  // namespace mort::space
