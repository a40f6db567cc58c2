
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "system/fast_dds_fixture.hpp"

namespace mort::dds_topics {
namespace {}  // namespace
}  // namespace mort::dds_topics

namespace mort::bus {
INSTANTIATE_TYPED_TEST_SUITE_P(Udp, BusContract, dds_topics::FastDdsFixture);
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

TEST(FastDdsBus, CallsTheEventsOfTheEndpoints) {
  FastDdsFixture f;
  std::atomic<int> data = 0, reader_matches = 0, writer_matches = 0;
  auto reader = f.second().create_reader({"events", "T"}, {}, {},
                                         {[&] { ++data; }, [&] { ++reader_matches; }});
  auto writer = f.first().create_writer({"events", "T"}, {}, {}, {{}, [&] { ++writer_matches; }});
  ASSERT_TRUE(f.wait_for([&] { return reader_matches > 0 && writer_matches > 0; }));
  ASSERT_EQ((*writer)->write(bus::payload_of(1)), bus::WriteStatus::kWritten);
  EXPECT_TRUE(f.wait_for([&] { return data > 0; })) << "the participant's listener swallows it";
}

TEST(FastDdsBus, RefusesAPayloadLargerThanTheBoundOfItsTopic) {
  FastDdsFixture f;
  bus::Qos qos;
  qos.max_payload = 20'000;
  const auto writer = f.first().create_writer({"bound", "T"}, qos, {}, {});
  ASSERT_TRUE(writer);
  EXPECT_EQ((*writer)->write(bus::payload_of(1, 20'001)), bus::WriteStatus::kFailed);
  EXPECT_EQ((*writer)->write(bus::payload_of(1, 20'000)), bus::WriteStatus::kWritten);
  EXPECT_EQ((*writer)->last_sequence(), 1U);
}

TEST(FastDdsBus, LeavesTheSendBufferOfItsSocketsAlone) {
  int system_default = 0;
  std::ifstream("/proc/sys/net/core/wmem_default") >> system_default;
  FastDdsFixture f;
  int sockets = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int file = std::stoi(entry.path().filename());
    sockaddr_in address{};
    socklen_t length = sizeof address;
    if (getsockname(file, reinterpret_cast<sockaddr*>(&address), &length) != 0 ||
        address.sin_family != AF_INET) {
      continue;
    }
    int size = 0;
    length = sizeof size;
    ASSERT_EQ(getsockopt(file, SOL_SOCKET, SO_SNDBUF, &size, &length), 0);
    EXPECT_LE(size, 2 * system_default);
    ++sockets;
  }
  EXPECT_GT(sockets, 0);
}

TEST(FastDdsBus, TopicsWithoutABoundTakeNoMemoryForTheLargestPayload) {
  const auto resident_kb = [] {
    std::ifstream status("/proc/self/status");
    long kilobytes = 0;
    for (std::string word; status >> word;) {
      if (word == "VmRSS:") status >> kilobytes;
    }
    return kilobytes;
  };
  FastDdsFixture f;
  const long before = resident_kb();
  std::vector<std::unique_ptr<bus::Writer>> writers;
  for (int i = 0; i < 20; ++i) {
    auto writer = f.first().create_writer({"memory/" + std::to_string(i), "T"}, {}, {}, {});
    ASSERT_TRUE(writer);
    ASSERT_EQ((*writer)->write(bus::payload_of(1)), bus::WriteStatus::kWritten);
    writers.push_back(std::move(*writer));
  }
  EXPECT_LT(resident_kb() - before, static_cast<long>(20 * bus::kMaxPayload / 1024 / 4));
}

TEST(FastDdsBusDeathTest, EndpointsAreMadeOnTheThreadThatMadeTheBus) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        FastDdsFixture f;
        std::thread([&f] { (void)f.first().create_writer({"thread", "T"}, {}, {}, {}); }).join();
      },
      "is false at .*endpoints.cpp");
}

TEST(FastDdsBus, RefusesDatagramsThatNoNetworkTakes) {
  for (const std::uint32_t bytes : {100U, 65'501U}) {
    ParticipantOptions options;
    options.network.max_datagram = bytes;
    const auto bus = make_fast_dds_bus(options);
    ASSERT_FALSE(bus);
    EXPECT_EQ(bus.error().code, ErrorCode::kInvalid);
  }
}

TEST(FastDdsBus, RefusesADomainIdThatFastDdsWouldExitOn) {
  ParticipantOptions options;
  options.network.domain = 233;
  const auto bus = make_fast_dds_bus(options);
  ASSERT_FALSE(bus);
  EXPECT_EQ(bus.error().code, ErrorCode::kInvalid);
}

}  // namespace
}  // namespace mort::dds_topics
