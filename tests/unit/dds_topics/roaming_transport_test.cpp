// Addresses that come over the wire.
#include "roaming_transport.hpp"

#include <fastdds/rtps/transport/ChainingTransport.h>
#include <fastdds/rtps/transport/TransportReceiverInterface.h>
#include <fastdds/rtps/transport/UDPv4TransportDescriptor.h>
#include <fastrtps/utils/IPLocator.h>
#include <gtest/gtest.h>

namespace mort::dds_topics {
namespace {

namespace fastdds = eprosima::fastdds::rtps;
using eprosima::fastrtps::rtps::IPLocator;
using eprosima::fastrtps::rtps::Locator_t;
using eprosima::fastrtps::rtps::octet;

constexpr int kHeader = 20;

Locator_t locator(const char* address, std::uint16_t port) {
  Locator_t made;
  IPLocator::createLocator(LOCATOR_KIND_UDPv4, address, port, made);
  return made;
}

/// A participant that reads one locator out of each datagram.
class RoamingTransportTest : public testing::Test, public fastdds::TransportReceiverInterface {
 protected:
  void SetUp() override {
    // Allowed is what no interface has: nothing of this machine is.
    auto udp = std::make_shared<fastdds::UDPv4TransportDescriptor>();
    udp->interfaceWhiteList = {"203.0.113.9"};
    const auto network = std::make_shared<NetworkState>(udp->interfaceWhiteList);
    transport_.reset(dynamic_cast<fastdds::ChainingTransport*>(
        RoamingTransportDescriptor(udp, network).create_transport()));
    ASSERT_NE(transport_, nullptr);
    ASSERT_TRUE(transport_->init());
  }
  void OnDataReceived(const octet*, const std::uint32_t, const Locator_t&,
                      const Locator_t&) override {
    taken_ = transport_->transform_remote_locator(announced_, result_);
  }
  /// The participant 7,7,7... announces a locator in a datagram that comes from `source`.
  bool hear(const char* source, const Locator_t& announced) {
    std::vector<octet> data(kHeader, 7);
    announced_ = announced;
    transport_->receive(this, data.data(), kHeader, locator("127.0.0.1", 7400),
                        locator(source, 7411));
    return taken_;
  }

  std::unique_ptr<fastdds::ChainingTransport> transport_;
  Locator_t announced_;
  Locator_t result_;
  bool taken_ = false;
};

TEST_F(RoamingTransportTest, ALocatorOfAnotherMachineIsMarkedWithItsParticipant) {
  ASSERT_TRUE(hear("192.0.2.1", locator("192.0.2.1", 7411)));
  EXPECT_EQ(IPLocator::toIPv4string(result_), "192.0.2.1");
  EXPECT_EQ(std::vector<octet>(result_.address, result_.address + 12), std::vector<octet>(12, 7));
  // Where the mark is of this process, it stays.
  const Locator_t marked = result_;
  ASSERT_TRUE(transport_->transform_remote_locator(marked, result_));
  EXPECT_EQ(result_, marked);
}

TEST_F(RoamingTransportTest, AMarkFromTheWireCountsForNothing) {
  Locator_t forged = locator("192.0.2.1", 7411);
  std::fill_n(forged.address, 12, octet{9});
  ASSERT_TRUE(hear("192.0.2.1", forged));
  EXPECT_EQ(std::vector<octet>(result_.address, result_.address + 12), std::vector<octet>(12, 7));
}

TEST_F(RoamingTransportTest, AMarkFromTheWireDoesNotPassTheAllowList) {
  Locator_t plain = locator("127.0.0.1", 7411);
  EXPECT_FALSE(hear("127.0.0.1", plain));
  std::fill_n(plain.address, 12, octet{9});
  EXPECT_FALSE(hear("127.0.0.1", plain));
}

}  // namespace
}  // namespace mort::dds_topics
