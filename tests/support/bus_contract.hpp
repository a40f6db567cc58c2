// What every bus must do; run over the in-memory bus and over Fast DDS.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <thread>

#include "mort/bus/bus.hpp"

namespace mort::bus {

/// Gives two buses of one domain, and makes time pass until `done` or a deadline.
class BusFixture {
 public:
  virtual ~BusFixture() = default;
  virtual Bus& first() = 0;
  virtual Bus& second() = 0;
  virtual bool wait_for(const std::function<bool()>& done) = 0;
  /// The settings of a topic whose payloads have at most `bytes`.
  virtual Qos bounded(Qos qos, std::size_t) { return qos; }
};

template <class Fixture>
class BusContract : public ::testing::Test {
 public:
  Fixture fixture;
};
TYPED_TEST_SUITE_P(BusContract);

constexpr std::size_t kBound = 64 * 1024;  ///< of the payloads of most topics here

inline std::vector<std::uint8_t> payload_of(std::uint32_t number, std::size_t size = 8) {
  std::vector<std::uint8_t> bytes(size, 0);
  bytes[1] = 1;  // CDR_LE
  for (int i = 0; i < 4; ++i)
    bytes[4 + static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(number >> (8 * i));
  return bytes;
}

template <class Fixture>
std::optional<Sample> next(Fixture& fixture, Reader& reader) {
  std::optional<Sample> sample;
  fixture.wait_for([&] { return (sample = reader.take()).has_value(); });
  return sample;
}

TYPED_TEST_P(BusContract, DeliversInOrderWithTheWritersOwnNumbersAndInfo) {
  auto& f = this->fixture;
  const TopicSpec topic{"contract/order", "test::Message"};
  Qos qos;
  qos.keep_all = true;
  auto reader = f.second().create_reader(topic, f.bounded(qos, kBound), {"b", "job", 7}, {});
  auto writer = f.first().create_writer(topic, f.bounded(qos, kBound), {"a", "job", 7}, {});
  ASSERT_TRUE(reader);
  ASSERT_TRUE(writer);
  ASSERT_TRUE(
      f.wait_for([&] { return !(*writer)->matched().empty() && !(*reader)->matched().empty(); }));
  EXPECT_EQ((*writer)->matched()[0].info, (EndpointInfo{"b", "job", 7}));
  EXPECT_EQ((*reader)->matched()[0].guid, (*writer)->guid());
  for (std::uint32_t i = 1; i <= 100; ++i) {
    ASSERT_TRUE(
        f.wait_for([&] { return (*writer)->write(payload_of(i)) == WriteStatus::kWritten; }));
    EXPECT_EQ((*writer)->last_sequence(), i);
  }
  for (std::uint32_t i = 1; i <= 100; ++i) {
    const auto sample = next(f, **reader);
    ASSERT_TRUE(sample);
    EXPECT_EQ(sample->payload, payload_of(i));
    EXPECT_EQ(sample->sequence, i);
    EXPECT_EQ(sample->writer, (*writer)->guid());
    ASSERT_TRUE(sample->info);
    EXPECT_EQ(*sample->info, (EndpointInfo{"a", "job", 7}));
  }
}

TYPED_TEST_P(BusContract, AFullKeepAllHistoryHoldsTheWriterBackAndLosesNothing) {
  auto& f = this->fixture;
  const TopicSpec topic{"contract/full", "test::Message"};
  Qos qos;
  qos.keep_all = true;
  qos.max_samples = 8;
  auto reader = f.second().create_reader(topic, f.bounded(qos, kBound), {}, {});
  auto writer = f.first().create_writer(topic, f.bounded(qos, kBound), {}, {});
  ASSERT_TRUE(
      f.wait_for([&] { return !(*writer)->matched().empty() && !(*reader)->matched().empty(); }));
  std::uint32_t written = 0;
  ASSERT_TRUE(f.wait_for([&] {
    const auto status = (*writer)->write(payload_of(written));
    if (status == WriteStatus::kWritten) ++written;
    return status == WriteStatus::kFull || written > 1000;
  }));
  EXPECT_LE(written, 100U) << "the writer was never held back";
  for (std::uint32_t i = 0; i < written; ++i) {
    const auto sample = next(f, **reader);
    ASSERT_TRUE(sample) << i << " of " << written;
    EXPECT_EQ(sample->payload, payload_of(i));
  }
  EXPECT_TRUE(f.wait_for([&] { return (*writer)->write(payload_of(0)) == WriteStatus::kWritten; }));
}

TYPED_TEST_P(BusContract, ALateReaderGetsWhatATransientLocalWriterKept) {
  auto& f = this->fixture;
  const TopicSpec topic{"contract/late", "test::Message"};
  Qos qos;
  qos.transient_local = true;
  qos.keep_all = true;
  auto writer = f.first().create_writer(topic, f.bounded(qos, kBound), {}, {});
  ASSERT_EQ((*writer)->write(payload_of(1)), WriteStatus::kWritten);
  ASSERT_EQ((*writer)->write(payload_of(2)), WriteStatus::kWritten);
  auto reader = f.second().create_reader(topic, f.bounded(qos, kBound), {}, {});
  for (std::uint32_t i = 1; i <= 2; ++i) {
    const auto sample = next(f, **reader);
    ASSERT_TRUE(sample);
    EXPECT_EQ(sample->payload, payload_of(i));
  }
}

TYPED_TEST_P(BusContract, AVolatileReaderGetsNothingFromBeforeItsMatch) {
  auto& f = this->fixture;
  const TopicSpec topic{"contract/volatile", "test::Message"};
  auto writer = f.first().create_writer(topic, f.bounded({}, kBound), {}, {});
  auto early = f.second().create_reader(topic, f.bounded({}, kBound), {}, {});
  ASSERT_TRUE(
      f.wait_for([&] { return !(*writer)->matched().empty() && !(*early)->matched().empty(); }));
  for (std::uint32_t i = 1; i <= 3; ++i) {
    ASSERT_EQ((*writer)->write(payload_of(i)), WriteStatus::kWritten);
    ASSERT_TRUE(next(f, **early));
  }
  auto late = f.second().create_reader(topic, f.bounded({}, kBound), {}, {});
  ASSERT_TRUE(
      f.wait_for([&] { return (*writer)->matched().size() == 2 && !(*late)->matched().empty(); }));
  ASSERT_EQ((*writer)->write(payload_of(4)), WriteStatus::kWritten);
  const auto sample = next(f, **late);
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->sequence, 4U);
  EXPECT_EQ(sample->payload, payload_of(4));
}

TYPED_TEST_P(BusContract, SaysWhenAnEndpointHasGone) {
  auto& f = this->fixture;
  const TopicSpec topic{"contract/gone", "test::Message"};
  auto writer = f.first().create_writer(topic, f.bounded({}, kBound), {}, {});
  auto reader = f.second().create_reader(topic, f.bounded({}, kBound), {}, {});
  ASSERT_TRUE(f.wait_for([&] { return !(*writer)->matched().empty(); }));
  reader->reset();
  EXPECT_TRUE(f.wait_for([&] { return (*writer)->matched().empty(); }));
}

TYPED_TEST_P(BusContract, CarriesALargePayload) {
  auto& f = this->fixture;
  const TopicSpec topic{"contract/large", "test::Message"};
  Qos qos;
  qos.keep_all = true;
  qos.bulk = true;
  qos.max_samples = 8;
  auto reader = f.second().create_reader(topic, f.bounded(qos, 5'000'000), {}, {});
  auto writer = f.first().create_writer(topic, f.bounded(qos, 5'000'000), {}, {});
  ASSERT_TRUE(
      f.wait_for([&] { return !(*writer)->matched().empty() && !(*reader)->matched().empty(); }));
  const auto large = payload_of(5, 5'000'000);
  ASSERT_EQ((*writer)->write(large), WriteStatus::kWritten);
  const auto sample = next(f, **reader);
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->payload, large);
}

/// A payload that counts how often it is asked for.
class CountedSource : public PayloadSource {
 public:
  explicit CountedSource(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}
  std::size_t size() const override { return bytes_.size(); }
  void write_to(std::span<std::uint8_t> out) const override {
    ++writes;
    ASSERT_EQ(out.size(), bytes_.size());
    std::copy(bytes_.begin(), bytes_.end(), out.begin());
  }
  mutable int writes = 0;

 private:
  std::vector<std::uint8_t> bytes_;
};

TYPED_TEST_P(BusContract, APayloadIsMadeOnceAndSeenWhereItLies) {
  auto& f = this->fixture;
  const TopicSpec topic{"contract/source", "test::Message"};
  auto reader = f.second().create_reader(topic, f.bounded({}, kBound), {"b", "job", 7}, {});
  auto writer = f.first().create_writer(topic, f.bounded({}, kBound), {"a", "job", 7}, {});
  ASSERT_TRUE(
      f.wait_for([&] { return !(*writer)->matched().empty() && !(*reader)->matched().empty(); }));
  const CountedSource source(payload_of(3, 1000));
  ASSERT_EQ((*writer)->write(source), WriteStatus::kWritten);
  EXPECT_EQ(source.writes, 1);
  std::vector<std::uint8_t> seen;
  std::optional<SampleInfo> info;
  ASSERT_TRUE(f.wait_for([&] {
    info = (*reader)->take([&seen](std::span<const std::uint8_t> payload) {
      seen.assign(payload.begin(), payload.end());
    });
    return info.has_value();
  }));
  EXPECT_EQ(seen, payload_of(3, 1000));
  EXPECT_EQ(info->sequence, 1U);
  EXPECT_EQ(info->writer, (*writer)->guid());
  ASSERT_TRUE(info->info);
  EXPECT_EQ(*info->info, (EndpointInfo{"a", "job", 7}));
  EXPECT_FALSE(
      (*reader)->take([](std::span<const std::uint8_t>) { FAIL() << "nothing is there"; }));
}

TYPED_TEST_P(BusContract, WhatIsNoPayloadIsDroppedAndCounted) {
  auto& f = this->fixture;
  const TopicSpec topic{"contract/malformed", "test::Message"};
  Qos qos;
  qos.keep_all = true;
  auto reader = f.second().create_reader(topic, f.bounded(qos, kBound), {}, {});
  auto writer = f.first().create_writer(topic, f.bounded(qos, kBound), {}, {});
  ASSERT_TRUE(
      f.wait_for([&] { return !(*writer)->matched().empty() && !(*reader)->matched().empty(); }));
  using Bytes = std::vector<std::uint8_t>;
  for (const Bytes& malformed : {Bytes{0, 3, 0, 0, 1, 2, 3, 4}, Bytes{0, 7, 0, 0, 1, 2, 3, 4},
                                 Bytes{1, 1, 0, 0, 1, 2, 3, 4}}) {
    ASSERT_EQ((*writer)->write(malformed), WriteStatus::kWritten);
  }
  ASSERT_EQ((*writer)->write(payload_of(9)), WriteStatus::kWritten);
  const auto sample = next(f, **reader);
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->payload, payload_of(9));
  EXPECT_EQ(sample->sequence, 4U);
  EXPECT_EQ((*reader)->dropped(), 3U);
}

TYPED_TEST_P(BusContract, RefusesAPayloadThatNoReaderWouldTake) {
  auto& f = this->fixture;
  auto writer = f.first().create_writer({"contract/huge", "test::Message"}, {}, {}, {});
  EXPECT_EQ((*writer)->write(payload_of(1, kMaxPayload + 1)), WriteStatus::kFailed);
  EXPECT_EQ((*writer)->last_sequence(), 0U);
}

REGISTER_TYPED_TEST_SUITE_P(BusContract, DeliversInOrderWithTheWritersOwnNumbersAndInfo,
                            AFullKeepAllHistoryHoldsTheWriterBackAndLosesNothing,
                            ALateReaderGetsWhatATransientLocalWriterKept,
                            AVolatileReaderGetsNothingFromBeforeItsMatch, SaysWhenAnEndpointHasGone,
                            CarriesALargePayload, APayloadIsMadeOnceAndSeenWhereItLies,
                            WhatIsNoPayloadIsDroppedAndCounted,
                            RefusesAPayloadThatNoReaderWouldTake);

}  // namespace mort::bus
