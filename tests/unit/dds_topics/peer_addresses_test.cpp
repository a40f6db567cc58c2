#include "peer_addresses.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "farewell.hpp"
#include "interfaces.hpp"

namespace mort::dds_topics {
namespace {

constexpr Prefix kA = {1, 15, 1};
constexpr Prefix kB = {1, 15, 2};
const Address kOld = parse_address("10.77.0.2");
const Address kNew = parse_address("10.77.0.9");
const Address kSecond = parse_address("192.168.1.2");

TEST(PeerAddresses, AParticipantIsReachedWhereItAnnounced) {
  PeerAddresses peers;
  peers.announced(kA, {kOld, 7411});
  EXPECT_FALSE(peers.heard(kA, kOld));
  EXPECT_EQ(peers.current(kA, kOld), kOld);
}

TEST(PeerAddresses, AParticipantThatHasMovedIsReachedWhereItIsHeard) {
  PeerAddresses peers;
  peers.announced(kA, {kOld, 7411});
  peers.announced(kB, {kOld, 7413});
  EXPECT_TRUE(peers.heard(kA, kNew));
  EXPECT_FALSE(peers.heard(kA, kNew)) << "told once";
  EXPECT_EQ(peers.current(kA, kOld), kNew);
  EXPECT_EQ(peers.current(kB, kOld), kOld) << "another one of that machine was not heard yet";
  EXPECT_EQ(peers.all(), (std::set<PeerAddresses::Endpoint>{{kNew, 7411}, {kOld, 7413}}));
  EXPECT_FALSE(peers.heard(kA, kOld)) << "it is back, which is nothing to tell";
  EXPECT_EQ(peers.current(kA, kOld), kOld);
}

TEST(PeerAddresses, AMachineWithSeveralAddressesIsReachedAtEachOfThem) {
  PeerAddresses peers;
  peers.announced(kA, {kOld, 7411});
  peers.announced(kA, {kSecond, 7411});
  EXPECT_FALSE(peers.heard(kA, kSecond));
  EXPECT_EQ(peers.current(kA, kOld), kOld);
  EXPECT_EQ(peers.current(kA, kSecond), kSecond);
}

TEST(PeerAddresses, WhoAnnouncedNothingIsNotKept) {
  PeerAddresses peers;
  EXPECT_FALSE(peers.heard(kA, kNew));
  EXPECT_EQ(peers.current(kA, kOld), kOld);
  peers.announced(kA, {kOld, 7411});
  peers.heard(kA, kNew);
  peers.forget(kA);
  EXPECT_EQ(peers.current(kA, kOld), kOld);
  EXPECT_TRUE(peers.all().empty());
}

TEST(PeerAddresses, AFloodOfAnnouncementsIsBounded) {
  PeerAddresses peers;
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    Prefix prefix{};
    std::memcpy(prefix.data(), &i, sizeof i);
    peers.announced(prefix, {kOld, static_cast<std::uint16_t>(i)});
    peers.announced(kA, {i, 7411});
  }
  EXPECT_LE(peers.all().size(), 4096U + 64U);
}

TEST(Interfaces, AddressesAreReadAndWritten) {
  EXPECT_EQ(to_string(parse_address("10.77.0.2")), "10.77.0.2");
  EXPECT_EQ(parse_address("10.77.0"), 0U);
  EXPECT_EQ(parse_address("::1"), 0U);
}

TEST(Interfaces, LoopbackIsThereAndAnAllowListLeavesTheRestOut) {
  const auto all = interfaces({});
  ASSERT_FALSE(all.empty());
  const auto loopback = interfaces({"127.0.0.1"});
  ASSERT_EQ(loopback.size(), 1U);
  EXPECT_TRUE(loopback[0].loopback);
  EXPECT_TRUE(interfaces({"192.0.2.1"}).empty());
}

TEST(Interfaces, AChangeIsToldByWhatIsGoneAndWhatIsNew) {
  const std::vector<Interface> before = {{1, "lo", parse_address("127.0.0.1"), true},
                                         {2, "eth0", kOld, false}};
  const std::vector<Interface> after = {{1, "lo", parse_address("127.0.0.1"), true},
                                        {3, "wlan0", kNew, false}};
  EXPECT_EQ(describe_change(before, after), "eth0 has lost 10.77.0.2; wlan0 has 10.77.0.9 now");
  EXPECT_EQ(describe_change(after, after), "");
}

/// The layout of RTPS 2.3, 8.3.3 and 9.4: what tshark shows of Fast DDS's own goodbye.
TEST(Farewell, IsADisposeOfTheParticipantsDiscoveryData) {
  const Prefix who = {1, 15, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  const auto bytes = farewell_of(who);
  const std::vector<std::uint8_t> expected = {
      'R',  'T',  'P', 'S', 2,    2,    1,    15,                  // header
      1,    15,   2,   3,   4,    5,    6,    7,    8, 9, 10, 11,  // of its own writer
      0x15, 0x03, 52,  0,                                          // DATA with inline QoS
      0,    0,    16,  0,   0,    1,    0,    0xc7, 0, 1, 0,  0xc2,
      0,    0,    0,   0,   0xff, 0xff, 0xff, 0x7f,  // to the SPDP reader
      0x70, 0,    16,  0,   1,    15,   2,    3,    4, 5, 6,  7,
      8,    9,    10,  11,  0,    0,    1,    0xc1,                // the key
      0x71, 0,    4,   0,   0,    0,    0,    3,    1, 0, 0,  0};  // status, end
  EXPECT_EQ(bytes, expected);
}

}  // namespace
}  // namespace mort::dds_topics
