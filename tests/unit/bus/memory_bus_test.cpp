#include "mort/bus/memory_bus.hpp"

#include "mort/scheduler/lane.hpp"
#include "support/bus_contract.hpp"

namespace mort::bus {
namespace {

class MemoryFixture : public BusFixture {
 public:
  Bus& first() override { return first_; }
  Bus& second() override { return second_; }
  bool wait_for(const std::function<bool()>& done) override {
    for (int turns = 0; turns < 1000; ++turns) {
      if (done()) return true;
      lane_.turn();
    }
    return done();
  }

  ManualClock clock_;
  scheduler::Lane lane_{clock_, "bus"};
  MemoryNetwork network_{
      clock_, [this](std::function<void()> delivery) { lane_.post(std::move(delivery)); }};
  MemoryBus first_{network_, "a"};
  MemoryBus second_{network_, "b"};
};

INSTANTIATE_TYPED_TEST_SUITE_P(MemoryBus, BusContract, MemoryFixture);

TEST(MemoryNetwork, FilterMayDropAndChangePayloads) {
  MemoryFixture f;
  f.network_.set_filter([](const TopicSpec&, const std::string& from, const std::string& to,
                           std::vector<std::uint8_t>& payload) {
    EXPECT_EQ(from, "a");
    EXPECT_EQ(to, "b");
    payload.push_back(9);
    return payload[4] != 1;
  });
  auto writer = f.first().create_writer({"t", "T"}, {}, {}, {});
  auto reader = f.second().create_reader({"t", "T"}, {}, {}, {});
  (*writer)->write(std::vector<std::uint8_t>{0, 1, 0, 0, 1});
  (*writer)->write(std::vector<std::uint8_t>{0, 1, 0, 0, 2});
  while (f.lane_.turn()) {
  }
  const auto sample = (*reader)->take();
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->payload, (std::vector<std::uint8_t>{0, 1, 0, 0, 2, 9}));
  EXPECT_FALSE((*reader)->take());
}

TEST(Payload, HasAHeaderOfPlainCdrAndABoundedSize) {
  std::vector<std::uint8_t> bytes = {0, 0, 0, 0};
  EXPECT_TRUE(is_payload(bytes));
  bytes[1] = 1;
  EXPECT_TRUE(is_payload(bytes));
  EXPECT_FALSE(is_payload(std::span(bytes).first(3)));
  EXPECT_FALSE(is_payload({}));
  bytes.resize(kMaxPayload);
  EXPECT_TRUE(is_payload(bytes));
  bytes.resize(kMaxPayload + 1);
  EXPECT_FALSE(is_payload(bytes));
}

TEST(Qos, SuitsTheKindOfData) {
  const Qos small = qos_of(DataKind::kSmall);
  EXPECT_TRUE(small.reliable);
  EXPECT_FALSE(small.bulk);
  EXPECT_EQ(small.depth, 10);
  EXPECT_EQ(small.heartbeat, std::chrono::milliseconds(50));
  const Qos large = qos_of(DataKind::kLarge);
  EXPECT_TRUE(large.reliable);
  EXPECT_TRUE(large.bulk);
  EXPECT_LE(large.depth, 4);
  EXPECT_LE(large.heartbeat, std::chrono::milliseconds(20));
  const Qos sensor = qos_of(DataKind::kSensor);
  EXPECT_FALSE(sensor.reliable);
  EXPECT_EQ(sensor.depth, 5);
}

}  // namespace
}  // namespace mort::bus
