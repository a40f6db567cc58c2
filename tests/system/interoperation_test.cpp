// Mort and a program of another DDS vendor exchange every kind of field, both ways.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "mort/base/process.hpp"
#include "mort/dds_topics/fast_dds_bus.hpp"
#include "mort/message/message.hpp"

// The types of interop_graph.json, from which the other program's IDL is made.
namespace interop::msg {
enum class Level { kLow, kMiddle, kHigh };
struct Point {
  double x = 0;
  float y = 0;
};
struct Reading {
  bool ok = false;
  std::int8_t small = 0;
  std::uint16_t flags = 0;
  std::int64_t count = 0;
  double value = 0;
  std::string name;
  std::vector<std::int32_t> values;
  Level grade = Level::kLow;
  Point where;
  std::vector<Point> path;
};
}  // namespace interop::msg

namespace mort::dds_topics {
namespace {

using interop::msg::Level;
using interop::msg::Reading;

Reading reading() {
  Reading message;
  message.ok = true;
  message.small = -5;
  message.flags = 0xa5f0;
  message.count = std::int64_t{-3} << 40;
  message.value = 1.0 / 3.0;
  message.name = "sensor \xc3\xa4";
  message.values = {1, -2, 2'000'000'000};
  message.grade = Level::kMiddle;
  message.where = {2.5, -0.125F};
  message.path = {{1, 2}, {3, 4}};
  return message;
}

/// What comes back when the program `peer` takes reading() from `in` and writes to `out`.
std::optional<Reading> exchange(const char* peer, const bus::TopicSpec& in,
                                const bus::TopicSpec& out, const std::string& in_on_wire,
                                const std::string& out_on_wire, const std::string& type_on_wire) {
  setenv("CYCLONEDDS_URI",
         "<CycloneDDS><Domain><General><Interfaces><NetworkInterface address=\"127.0.0.1\"/>"
         "</Interfaces><AllowMulticast>false</AllowMulticast></General><Discovery>"
         "<ParticipantIndex>auto</ParticipantIndex><Peers><Peer address=\"127.0.0.1\"/></Peers>"
         "</Discovery></Domain></CycloneDDS>",
         1);
  const auto domain = DomainClaim::claim();
  if (!domain) return std::nullopt;
  auto other = std::async(std::launch::async, [&] {
    return run_process({peer, std::to_string(domain->id()), in_on_wire, out_on_wire}, 90);
  });
  std::optional<Reading> answer;
  {
    ParticipantOptions options;
    options.network.domain = domain->id();
    options.network.interfaces = {"127.0.0.1"};
    options.network.peers = {"127.0.0.1"};
    const auto bus = make_fast_dds_bus(options);
    if (!bus) return std::nullopt;
    const auto reader = (*bus)->create_reader(out, {}, {}, {});
    const auto writer = (*bus)->create_writer(in, {}, {"here", "job", 1}, {});
    if (!reader || !writer) return std::nullopt;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    auto again = std::chrono::steady_clock::now();
    while (!answer && std::chrono::steady_clock::now() < deadline) {
      // Repeated: the other side may not have found our reader when it gets the first.
      if ((*writer)->has_readers() && std::chrono::steady_clock::now() >= again) {
        (*writer)->write(message::encode(reading()));
        again += std::chrono::milliseconds(200);
      }
      if (const auto sample = (*reader)->take()) {
        EXPECT_TRUE(!sample->info || *sample->info == bus::EndpointInfo{}) << "foreign: epoch 0";
        const auto decoded = message::decode<Reading>(sample->payload);
        EXPECT_TRUE(decoded) << to_string(decoded.error());
        if (decoded) answer = *decoded;
        EXPECT_THAT((*bus)->foreign_topics(),
                    testing::ElementsAre(bus::ForeignTopic{out_on_wire, type_on_wire, true}));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  const auto ended = other.get();
  EXPECT_TRUE(ended && ended->exit_code == 0) << (ended ? ended->err : "");
  return answer;
}

void expect_changed(const Reading& answer) {
  const Reading sent = reading();
  EXPECT_EQ(answer.ok, false);
  EXPECT_EQ(answer.small, 5);
  EXPECT_EQ(answer.flags, 0x5a0f);
  EXPECT_EQ(answer.count, sent.count + 1);
  EXPECT_EQ(answer.value, sent.value * 2);
  EXPECT_EQ(answer.name, sent.name + " from Cyclone");
  EXPECT_EQ(answer.values, (std::vector<std::int32_t>{2'000'000'000, -2, 1}));
  EXPECT_EQ(answer.grade, Level::kHigh);
  EXPECT_EQ(answer.where.x, -0.125);
  EXPECT_EQ(answer.where.y, 2.5F);
  ASSERT_EQ(answer.path.size(), 2U);
  EXPECT_EQ(answer.path[1].x, 3);
  EXPECT_EQ(answer.path[1].y, 4);
}

TEST(Interoperation, CycloneTakesAndWritesMortsTopics) {
  const auto answer = exchange(MORT_CYCLONE_PEER, {"interop/there", "interop::msg::Reading"},
                               {"interop/back", "interop::msg::Reading"}, "interop/there",
                               "interop/back", "interop::msg::Reading");
  ASSERT_TRUE(answer);
  expect_changed(*answer);
}

TEST(Interoperation, UnderTheNamesOfRos2Too) {
  const auto answer =
      exchange(MORT_CYCLONE_ROS2_PEER, {"interop/there", "interop::msg::Reading", true},
               {"interop/back", "interop::msg::Reading", true}, "rt/interop/there",
               "rt/interop/back", "interop::msg::dds_::Reading_");
  ASSERT_TRUE(answer);
  expect_changed(*answer);
}

}  // namespace
}  // namespace mort::dds_topics
