#include "mort/space/record.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "mort/base/sha256.hpp"

namespace mort::space {
namespace {

Record sample_record() {
  Record record;
  record.space = kCmd;
  record.key = "job/statistics-1/submit";
  record.author = "node0.1f2e3d4c";
  record.author_seq = 7;
  record.boot = 3;
  record.priority = -2;
  record.stamp = {1'700'000'000'123, 4};
  record.seen = {{"node1.aa", 12}, {"node2.bb", 0}};
  record.body = "{\"job\":\"statistics-1\"}";
  return record;
}

TEST(Record, RoundTripKeepsEverything) {
  Record record = sample_record();
  record.signature = {1, 2, 3};
  const RecordPtr sealed = seal(record);
  const auto decoded = decode_record(encode(*sealed));
  ASSERT_TRUE(decoded) << to_string(decoded.error());
  const Record& back = **decoded;
  EXPECT_EQ(encode(back), encode(*sealed));
  EXPECT_EQ(back.seen, record.seen);
  EXPECT_EQ(back.stamp, record.stamp);
  EXPECT_EQ(back.boot, 3U);
  EXPECT_EQ(back.priority, -2);
  EXPECT_EQ(back.sha256, sealed->sha256);
  EXPECT_EQ(record_id(back), "cmd/node0.1f2e3d4c/7");
  EXPECT_EQ(node_of(back.author), "node0");
}

TEST(Record, WhatALaterVersionAddsIsHashedAndPassedOnUnread) {
  // As this version stored it, and with eight bytes more where the next one has them.
  const RecordPtr sealed = seal(sample_record());
  Envelope later = envelope_of(*sealed);
  ASSERT_EQ(std::vector<std::uint8_t>(later.head.end() - 4, later.head.end()),
            std::vector<std::uint8_t>(4, 0));  // the length of `more`
  later.head[later.head.size() - 4] = 8;
  later.head.insert(later.head.end(), {1, 2, 3, 4, 5, 6, 7, 8});
  EXPECT_FALSE(open_envelope(later));  // the hash holds it too
  later.sha256 = sha256_bytes(
      {{reinterpret_cast<const char*>(later.head.data()), later.head.size()}, later.body});
  const auto record = open_envelope(later);
  ASSERT_TRUE(record) << to_string(record.error());
  EXPECT_EQ((*record)->key, "job/statistics-1/submit");
  EXPECT_EQ(envelope_of(**record).head, later.head);
}

TEST(Record, AnyChangedPartIsRefusedByItsHash) {
  const Envelope good = envelope_of(*seal(sample_record()));
  for (std::size_t i = 0; i < good.head.size(); ++i) {
    Envelope bad = good;
    bad.head[i] ^= 1;
    EXPECT_FALSE(open_envelope(bad)) << i;
  }
  Envelope bad = good;
  bad.body.clear();
  EXPECT_FALSE(open_envelope(bad));
  bad = good;
  bad.sha256[31] ^= 1;
  EXPECT_FALSE(open_envelope(bad));
}

TEST(Record, ValuesThatNoRecordHasAreRefusedThoughTheHashIsRight) {
  const std::vector<std::function<void(Record&)>> changes = {
      [](Record& r) { r.space = "secrets"; },
      [](Record& r) { r.space.clear(); },
      [](Record& r) { r.key.clear(); },
      [](Record& r) { r.author.clear(); },
      [](Record& r) { r.author_seq = 0; },
      [](Record& r) { r.author_seq = ~std::uint64_t{0}; },
      [](Record& r) { r.boot = ~std::uint64_t{0}; },
      [](Record& r) { r.lifetime_ms = 5000; },  // not of /state
      [](Record& r) { r.stamp.wall_ms = kLastWallMs + 1; },
      [](Record& r) {
        r.seen.assign(5000, {"x", 1});
      },
      [](Record& r) { r.key.assign(513, 'k'); },
      [](Record& r) { r.author.assign(513, 'a'); }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    Record record = sample_record();
    changes[i](record);
    EXPECT_FALSE(decode_record(encode(*seal(record)))) << i;
  }
}

TEST(Record, OversizedRecordsAreRefused) {
  Record record = sample_record();
  record.body.assign(5 << 20, 'x');
  EXPECT_FALSE(decode_record(encode(*seal(record))));
}

TEST(Record, RandomAndTruncatedBytesAreRefused) {
  std::mt19937 random(1);
  const RecordPtr sample = seal(sample_record());
  const auto good = encode(*sample);
  for (std::size_t length = 0; length < good.size(); ++length) {
    EXPECT_FALSE(decode_record({good.data(), length})) << length;
  }
  int refused = 0;
  for (int i = 0; i < 5000; ++i) {
    auto bytes = good;
    for (unsigned n = 0; n < 1 + random() % 8; ++n)
      bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    if (auto decoded = decode_record(bytes)) {
      EXPECT_EQ((*decoded)->sha256, sample->sha256);  // padding or signature at most
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

using std::chrono::milliseconds;

TEST(HybridClock, NeverGoesBackAndCountsWithinAMillisecond) {
  HybridClock stamps;
  const Stamp first = stamps.next(milliseconds(1000));
  EXPECT_EQ(first, (Stamp{1000, 0}));
  EXPECT_EQ(stamps.next(milliseconds(1000)), (Stamp{1000, 1}));
  EXPECT_EQ(stamps.next(milliseconds(3)), (Stamp{1000, 2}));  // the wall clock was set back
  EXPECT_EQ(stamps.next(milliseconds(1003)), (Stamp{1003, 0}));
}

TEST(HybridClock, FollowsWhatItSawHoweverFarAhead) {
  HybridClock stamps;
  constexpr std::uint64_t kTenYears = 10ULL * 365 * 24 * 3600 * 1000;
  stamps.observe({kTenYears, 5});
  EXPECT_EQ(stamps.next(milliseconds(1000)), (Stamp{kTenYears, 6}));
  stamps.observe({1000, 0});  // of the past: nothing to follow
  EXPECT_EQ(stamps.next(milliseconds(1000)), (Stamp{kTenYears, 7}));
}

TEST(HybridClock, AUsedUpCounterGoesOnInTheNextMillisecond) {
  HybridClock stamps;
  stamps.observe({1000, 0xffff});
  EXPECT_EQ(stamps.next(milliseconds(1000)), (Stamp{1001, 0}));
}

TEST(HybridClock, AClockBefore1970OrBeyondTheLastYearGivesValidStamps) {
  HybridClock stamps;
  EXPECT_EQ(stamps.next(milliseconds(-5)), (Stamp{0, 1}));
  EXPECT_EQ(stamps.next(std::chrono::hours(24 * 365 * 280)).wall_ms, kLastWallMs);
}

}  // namespace
}  // namespace mort::space
