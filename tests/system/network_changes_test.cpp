// Interfaces and addresses that change while a job runs that may lose nothing.
#include "support/namespace_fleet.hpp"

namespace mort::test {
namespace {

const std::string kJob = std::string(MORT_TEST_DATA) + "/jobs/stream/job.yaml";
constexpr int kMoved = 1;
const std::string kNewAddress = "10.77.0.9";

class NetworkChanges : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!NamespaceFleet::possible()) GTEST_SKIP() << "no right to make network namespaces here";
    fleet_ = std::make_unique<NamespaceFleet>();
  }
  /// Agents that find each other by multicast, or by addresses alone.
  void start_agents(bool by_multicast) {
    for (int node = 0; node < NamespaceFleet::kNodes; ++node) {
      std::vector<std::string> peers;
      for (int other = 0; !by_multicast && other < NamespaceFleet::kNodes; ++other)
        peers.insert(peers.end(), {"--peer", NamespaceFleet::address(other)});
      fleet_->start_agent(node, peers);
    }
    ASSERT_TRUE(fleet_->wait_for_nodes(NamespaceFleet::kNodes));
  }
  bool logged(int node, const std::string& text) {
    return fleet_->run(node, {"logs", "stream"}).out.find(text) != std::string::npos;
  }
  void expect_exact(const std::function<void()>& change) {
    auto following = std::async(std::launch::async, [this] {
      return fleet_->run(0, {"submit", kJob, "--follow", "--json"}, 200);
    });
    EXPECT_TRUE(wait_for([&] { return logged(0, "at 99"); }));
    change();
    const auto ran = following.get();
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
    const Json report = Json::parse(ran.out);
    EXPECT_EQ(report["state"], "completed");
    EXPECT_EQ(report["results"]["stream/seen"]["count"], 600) << report["results"].dump();
    EXPECT_EQ(report["results"]["stream/seen"]["gaps"], 0);
    EXPECT_EQ(report["results"]["stream/seen"]["back"], 0);
    expect_lossless(report);
    // There, for what an agent says while nobody hears it stays where it is.
    EXPECT_TRUE(logged(kMoved, "network: eth0 has lost"));
    EXPECT_TRUE(fleet_->wait_for_nodes(NamespaceFleet::kNodes));
  }
  std::unique_ptr<NamespaceFleet> fleet_;
};

TEST_F(NetworkChanges, AnInterfaceThatIsReplacedLosesNothing) {
  start_agents(true);
  expect_exact([this] {
    fleet_->unplug(kMoved);
    std::this_thread::sleep_for(std::chrono::seconds(10));
    fleet_->plug(kMoved, NamespaceFleet::address(kMoved));
  });
}

TEST_F(NetworkChanges, AnotherAddressOfANodeLosesNothing) {
  start_agents(true);
  expect_exact([this] { fleet_->readdress(kMoved, kNewAddress); });
}

TEST_F(NetworkChanges, AnotherInterfaceWithAnotherAddressLosesNothingWithoutMulticast) {
  start_agents(false);
  expect_exact([this] {
    fleet_->unplug(kMoved);
    std::this_thread::sleep_for(std::chrono::seconds(3));
    fleet_->plug(kMoved, kNewAddress);
  });
}

TEST_F(NetworkChanges, AnInterfaceThatComesUpAfterItsAgentJoinsTheFleet) {
  fleet_->unplug(kMoved);
  for (int node = 0; node < NamespaceFleet::kNodes; ++node) fleet_->start_agent(node);
  ASSERT_TRUE(wait_for([&] { return fleet_->ask(0, {"nodes"}).size() == 2; }));
  ASSERT_TRUE(wait_for([&] { return fleet_->ask(kMoved, {"nodes"}).size() == 1; }));
  fleet_->plug(kMoved, NamespaceFleet::address(kMoved));
  ASSERT_TRUE(fleet_->wait_for_nodes(NamespaceFleet::kNodes));
  const auto ran = fleet_->run(kMoved, {"submit", kJob, "--follow", "--json", "--set", "count=50"});
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_EQ(Json::parse(ran.out)["results"]["stream/seen"]["sum"], 49 * 50 / 2);
}

}  // namespace
}  // namespace mort::test
