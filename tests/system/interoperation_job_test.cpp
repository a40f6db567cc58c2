// A running job and a program of another DDS vendor, on two hosts: each reads a topic of the other.
#include "support/namespace_fleet.hpp"

namespace mort::test {
namespace {

constexpr int kMessages = 200;

struct Names {
  std::string job;
  std::string peer;      ///< the other program
  std::string measured;  ///< on the wire
  std::string type;      ///< of measured, on the wire
  std::string judged;
};

const Names kMorts = {"job.yaml", MORT_CYCLONE_JOB_PEER, "interop/measured",
                      "interop::msg::Measured", "interop/judged"};
const Names kRos2s = {"job_ros2.yaml", MORT_CYCLONE_ROS2_JOB_PEER, "rt/interop/measured",
                      "interop::msg::dds_::Measured_", "rt/interop/judged"};

/// Empty when it is not listed.
Json entry_of(const Json& list, const std::string& topic) {
  for (const Json& entry : list) {
    if (entry["topic"] == topic) return entry;
  }
  return Json::object();
}

/// The agents are on node0 and node1; the other program is on node2, where there is none.
class InteroperationOfAJob : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!NamespaceFleet::possible()) GTEST_SKIP() << "no right to make network namespaces here";
    fleet_ = std::make_unique<NamespaceFleet>();
    fleet_->start_agent(0);
    fleet_->start_agent(1);
    ASSERT_TRUE(wait_for([&] { return fleet_->ask(0, {"nodes"}).size() == 2; }));
  }

  std::future<ProcessResult> start_other(const Names& names) const {
    return std::async(std::launch::async, [this, names] {
      return fleet_->run_other(
          2, {names.peer, "0", names.measured, names.judged, std::to_string(kMessages)});
    });
  }
  bool sees_other(int node, const Names& names) const {
    return entry_of(fleet_->ask(node, {"topics"}), names.measured)["node"] == "external";
  }

  void expect_exchange(const Names& names) {
    const std::string job = std::string(MORT_SOURCE_DIR) + "/tests/data/interop/" + names.job;
    const auto early = fleet_->run(0, {"submit", job});
    EXPECT_EQ(early.exit_code, 2) << early.out;
    EXPECT_NE(early.err.find("\"interop/measured\", which nobody publishes"), std::string::npos)
        << early.err;

    auto other = start_other(names);
    ASSERT_TRUE(wait_for([&] { return sees_other(0, names) && sees_other(1, names); }));
    const Json listed = entry_of(fleet_->ask(1, {"topics"}), names.measured);
    EXPECT_EQ(listed["type"], names.type);
    EXPECT_EQ(listed["reliable"], true);

    const auto ran = fleet_->run(0, {"submit", job, "--follow", "--json"});
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
    const auto answered = other.get();
    EXPECT_EQ(answered.exit_code, 0) << answered.err;
    EXPECT_EQ(answered.out, "sent " + std::to_string(kMessages) + ", right answers " +
                                std::to_string(kMessages) + ", wrong 0\n");

    const Json report = Json::parse(ran.out);
    EXPECT_EQ(report["state"], "completed");
    const Json total = {
        {"messages", kMessages}, {"wrong", 0}, {"value", kMessages * (kMessages - 1) / 2 / 4.0}};
    EXPECT_EQ(report["results"]["total"], total);
    const Json measured = entry_of(report["topics"], "interop/measured");
    EXPECT_EQ(measured["delivered"], kMessages) << measured.dump();
    EXPECT_EQ(measured["lost"], 0);
    EXPECT_EQ(measured["refused"], 0);
    ASSERT_EQ(measured["subscribers"].size(), 1U) << measured.dump();
    EXPECT_EQ(measured["subscribers"][0]["expected"], kMessages);
    EXPECT_GT(measured["paths"]["network"], kMessages / 10 * 200'000);
    EXPECT_EQ(measured["paths"]["shm"], 0);
    const Json judged = entry_of(report["topics"], "interop/judged");
    EXPECT_EQ(judged["sent"], kMessages);
    EXPECT_EQ(judged["refused"], 0);

    // It goes from the listing when it ends.
    EXPECT_TRUE(wait_for([&] {
      return entry_of(fleet_->ask(0, {"topics"}), names.measured).empty() &&
             entry_of(fleet_->ask(1, {"topics"}), names.measured).empty();
    }));
  }

  std::unique_ptr<NamespaceFleet> fleet_;
};

TEST_F(InteroperationOfAJob, ACycloneProgramFeedsATaskAndReadsItsAnswers) {
  expect_exchange(kMorts);
}

TEST_F(InteroperationOfAJob, UnderTheNamesOfRos2Too) {
  expect_exchange(kRos2s);
}

}  // namespace
}  // namespace mort::test
