#include "mort/dds_topics/fast_dds_bus.hpp"

#include "mort/base/result.hpp"
#include "support/bus_contract.hpp"

namespace mort::dds_topics {
namespace {

/// Two participants of one process on loopback, in a domain that nobody else on this machine uses.
class FastDdsFixture : public bus::BusFixture {
 public:
  FastDdsFixture()
      : claim_(std::move(*DomainClaim::claim())), first_(make("a")), second_(make("b")) {}
  bus::Bus& first() override { return *first_; }
  bus::Bus& second() override { return *second_; }
  bool wait_for(const std::function<bool()>& done) override {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!done()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }

 private:
  std::unique_ptr<bus::Bus> make(const std::string& name) {
    ParticipantOptions options;
    options.domain = claim_.id();
    options.name = name;
    options.interfaces = {"127.0.0.1"};
    options.peers = {"127.0.0.1"};
    auto made = make_fast_dds_bus(options);
    MORT_CHECK(made.has_value());
    return std::move(*made);
  }
  DomainClaim claim_;
  std::unique_ptr<bus::Bus> first_;
  std::unique_ptr<bus::Bus> second_;
};

}  // namespace
}  // namespace mort::dds_topics

namespace mort::bus {
INSTANTIATE_TYPED_TEST_SUITE_P(FastDdsBus, BusContract, dds_topics::FastDdsFixture);
}  // namespace mort::bus

namespace mort::dds_topics {
namespace {

TEST(DomainClaim, GivesEachClaimerADomainOfItsOwn) {
  const auto first = DomainClaim::claim();
  const auto second = DomainClaim::claim();
  ASSERT_TRUE(first);
  ASSERT_TRUE(second);
  EXPECT_NE(first->id(), second->id());
}

TEST(FastDdsBus, RefusesADomainIdThatFastDdsWouldExitOn) {
  ParticipantOptions options;
  options.domain = 233;
  const auto bus = make_fast_dds_bus(options);
  ASSERT_FALSE(bus);
  EXPECT_EQ(bus.error().code, ErrorCode::kInvalid);
}

}  // namespace
}  // namespace mort::dds_topics
