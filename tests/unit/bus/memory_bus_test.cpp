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
    return payload[0] != 1;
  });
  auto writer = f.first().create_writer({"t", "T"}, {}, {}, {});
  auto reader = f.second().create_reader({"t", "T"}, {}, {}, {});
  (*writer)->write(std::vector<std::uint8_t>{1});
  (*writer)->write(std::vector<std::uint8_t>{2});
  while (f.lane_.turn()) {
  }
  const auto sample = (*reader)->take();
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->payload, (std::vector<std::uint8_t>{2, 9}));
  EXPECT_FALSE((*reader)->take());
}

}  // namespace
}  // namespace mort::bus
