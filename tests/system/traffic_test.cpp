// The topic objective is right: what a plan says will cross the network is what crosses it.
#include <iostream>

#include "support/namespace_fleet.hpp"

namespace mort::test {
namespace {

/// Sizes and rates of the topics differ from what a plan assumes without having measured them.
constexpr const char* kFanSource = R"(
#include "mort/task/task.hpp"
#include <vector>
struct Block { std::uint32_t number = 0; std::vector<std::uint8_t> bytes; };
class Source : public mort::Task {
 public:
  Source(std::string name, std::string topic, std::size_t bytes, int period_ms) : topic_(topic), bytes_(bytes) {
    RegTask(name, {.period = std::chrono::milliseconds(period_ms)});
    RegPub({topic_});
  }
  void Run() override {
    for (std::uint32_t number = 0; WaitTick(); ++number) {
      if (!Publish(topic_, Block{number, std::vector<std::uint8_t>(bytes_)})) return;
    }
  }
 private:
  const std::string topic_;
  const std::size_t bytes_;
};
MORT_TASK(Source, "Camera", "frames", 20000, 20);
MORT_TASK(Source, "Lidar", "points", 3000, 50);

class Relay : public mort::Task {
 public:
  Relay(std::string name, std::string from, std::string to, std::size_t bytes) : from_(from), to_(to), bytes_(bytes) {
    RegTask(name);
    RegSub({from_});
    RegPub({to_});
  }
  void Run() override {
    while (const auto block = Take<Block>(from_)) {
      if (!Publish(to_, Block{block->number, std::vector<std::uint8_t>(bytes_)})) return;
    }
  }
 private:
  const std::string from_;
  const std::string to_;
  const std::size_t bytes_;
};
MORT_TASK(Relay, "Edges", "frames", "edges", 5000);
MORT_TASK(Relay, "Faces", "frames", "faces", 700);
MORT_TASK(Relay, "Colours", "frames", "colours", 300);
MORT_TASK(Relay, "Archive", "frames", "archived", 100);

class Fuse : public mort::Task {
 public:
  Fuse() {
    RegTask("Fuse");
    RegSub({"edges", "faces", "points"});
    RegPub({"scene"});
  }
  void Run() override {
    while (WaitData()) {
      while (const auto block = TryTake<Block>("edges")) Publish("scene", Block{block->number, std::vector<std::uint8_t>(1500)});
      while (TryTake<Block>("faces")) {}
      while (TryTake<Block>("points")) {}
    }
  }
};
MORT_TASK(Fuse);
)";

/// `frames` has three readers on node1 and one on node2, `points` crosses to node2; `colours` is
/// read by the follow task alone, on a node that also reads `frames`.
constexpr const char* kFanJob = R"(
job: fan
sources: [fan.cpp]
tasks:
  Camera: {node: node0}
  Lidar: {node: node0}
  Edges: {node: node1}
  Faces: {node: node1}
  Colours: {node: node1}
  Archive: {node: node2}
  Fuse: {node: node2}
)";

class Traffic : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!NamespaceFleet::possible()) GTEST_SKIP() << "no right to make network namespaces here";
    fleet_ = std::make_unique<NamespaceFleet>();
    fleet_->start_all();
  }
  Json running(const std::string& job) const { return fleet_->ask(0, {"plan", "--running", job}); }
  /// Waits until the job has run for a time that makes its rates settle, and compares.
  void expect_traffic_as_planned(const std::string& job) {
    const auto carried = [&] {
      const Json plan = running(job);
      return plan.is_object() ? plan["counted"]["network_bytes"].get<std::uint64_t>() : 0U;
    };
    ASSERT_TRUE(wait_for([&] { return carried() > 0; }));
    const std::uint64_t payload_before = carried();
    const std::uint64_t wire_before = fleet_->bytes_sent();
    std::this_thread::sleep_for(std::chrono::seconds(10));  // what is measured, not a condition
    const std::uint64_t wire = fleet_->bytes_sent() - wire_before;
    const Json plan = running(job);
    const std::uint64_t payload =
        plan["counted"]["network_bytes"].get<std::uint64_t>() - payload_before;
    const double planned = plan["planned"]["traffic_bps"].get<double>();
    const double measured = plan["measured"]["traffic_bps"].get<double>();
    const double counted = plan["counted"]["network_bps"].get<double>();
    std::cout << job << ": planned " << planned << " bit/s, at measured rates " << measured
              << " bit/s, counted " << counted << " bit/s (" << 100 * (counted / measured - 1)
              << " %); in 10 s " << payload << " payload bytes, " << wire << " bytes on the wire\n";
    RecordProperty("measured_bps", std::to_string(measured));
    RecordProperty("counted_bps", std::to_string(counted));
    EXPECT_GT(counted, 0.95 * measured);
    EXPECT_LT(counted, 1.05 * measured);
    std::int64_t sum = 0;
    for (const Json& topic : plan["topics"]) {
      EXPECT_EQ(topic["rate_source"], "measured") << topic.dump();
      const double expected = topic["traffic_bps"].get<double>();
      EXPECT_NEAR(topic["network_bps"].get<double>(), expected, 0.05 * expected) << topic.dump();
      sum += topic["traffic_bps"].get<std::int64_t>();
    }
    EXPECT_EQ(sum, plan["measured"]["traffic_bps"]);
  }
  std::unique_ptr<NamespaceFleet> fleet_;
};

TEST_F(Traffic, OfAFanOutIsOnceForEachRemoteWorker) {
  const TempDir dir;
  dir.file("fan.cpp", kFanSource);
  auto following = std::async(std::launch::async, [&, job = dir.file("job.yaml", kFanJob)] {
    return fleet_->run(1, {"submit", job, "--follow", "--json"});
  });
  expect_traffic_as_planned("fan");
  std::map<std::string, int> workers;
  const Json plan = running("fan");
  for (const Json& topic : plan["topics"])
    workers[topic["topic"]] = topic["remote_workers"].get<int>();
  const std::map<std::string, int> expected = {{"frames", 2}, {"points", 1},  {"edges", 1},
                                               {"faces", 1},  {"colours", 0}, {"archived", 1},
                                               {"scene", 1}};
  EXPECT_EQ(workers, expected);
  EXPECT_EQ(fleet_->run(2, {"stop", "fan"}).exit_code, 0);
  EXPECT_EQ(following.get().exit_code, 0);
}

TEST_F(Traffic, OfTheMainJobIsAsPlanned) {
  ASSERT_EQ(fleet_->run(2, {"submit", kExample + "/job.yaml"}).exit_code, 0);
  expect_traffic_as_planned("text_statistics");
  EXPECT_EQ(fleet_->run(2, {"stop", "text_statistics"}).exit_code, 0);
}

}  // namespace
}  // namespace mort::test
