#include "mort/dds_topics/fast_dds_bus.hpp"

#include <unistd.h>

#include "mort/base/result.hpp"
#include "support/bus_contract.hpp"

namespace mort::dds_topics {
namespace {

/// Node ids of this process: no other process shares memory with them.
std::string mark() {
  return "test-" + std::to_string(getpid()) + "-";
}

/// Two participants of one process on loopback, in a domain that nobody else on this machine uses.
class FastDdsFixture : public bus::BusFixture {
 public:
  /// Each on a node of its own: UDP.
  FastDdsFixture() : FastDdsFixture("a", "b") {}
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

 protected:
  FastDdsFixture(const std::string& first, const std::string& second)
      : claim_(std::move(*DomainClaim::claim())), first_(make(first)), second_(make(second)) {}

 private:
  std::unique_ptr<bus::Bus> make(const std::string& node) {
    ParticipantOptions options;
    options.domain = claim_.id();
    options.node = mark() + node;
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

/// Both on one node: shared memory, since every topic says how large its payloads are.
class SharedMemoryFixture : public FastDdsFixture {
 public:
  SharedMemoryFixture() : FastDdsFixture("a", "a") {}
  bus::Qos bounded(bus::Qos qos, std::size_t bytes) override {
    qos.max_payload = bytes;
    return qos;
  }
};

}  // namespace
}  // namespace mort::dds_topics

namespace mort::bus {
INSTANTIATE_TYPED_TEST_SUITE_P(Udp, BusContract, dds_topics::FastDdsFixture);
INSTANTIATE_TYPED_TEST_SUITE_P(SharedMemory, BusContract, dds_topics::SharedMemoryFixture);
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
