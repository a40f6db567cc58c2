// A job that may lose nothing, and what may come between: killed workers, a cut link. The result is
// exact, or the job says what is missing.
#include "support/namespace_fleet.hpp"

namespace mort::test {
namespace {

const std::string kJob = std::string(MORT_TEST_DATA) + "/jobs/stream/job.yaml";
constexpr int kCount = 600;
constexpr int kSum = kCount * (kCount - 1) / 2;

class Losses : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!NamespaceFleet::possible()) GTEST_SKIP() << "no right to make network namespaces here";
    fleet_ = std::make_unique<NamespaceFleet>();
    fleet_->start_all();
  }
  /// Starts the job, and calls `fault` once the sink has seen a hundred samples.
  ProcessResult run(const std::function<void()>& fault, const std::string& job = kJob) {
    auto following = std::async(std::launch::async, [this, job] {
      return fleet_->run(0, {"submit", job, "--follow", "--json"}, 200);
    });
    EXPECT_TRUE(wait_for([&] { return is_running(); }));
    EXPECT_TRUE(wait_for([&] {
      return fleet_->run(0, {"logs", "stream"}).out.find("at 99") != std::string::npos;
    }));
    fault();
    return following.get();
  }
  bool is_running() const {
    for (const Json& job : fleet_->ask(0, {"jobs"})) {
      if (job["state"] == "running") return true;
    }
    return false;
  }
  static std::uint64_t lost(const Json& report) {
    std::uint64_t sum = 0;
    for (const Json& topic : report["topics"]) sum += topic["lost"].get<std::uint64_t>();
    return sum;
  }
  static void expect_balanced(const Json& report) {
    for (const Json& topic : report["topics"]) {
      for (const Json& reader : topic["subscribers"]) {
        EXPECT_EQ(topic["sent"],
                  reader["delivered"].get<std::uint64_t>() + reader["lost"].get<std::uint64_t>())
            << topic.dump();
      }
    }
  }
  std::unique_ptr<NamespaceFleet> fleet_;
};

TEST_F(Losses, AKilledWorkerLeavesNoSampleUnaccountedAndTheJobSaysWhatIsMissing) {
  for (const int node : {1, 2}) {
    SCOPED_TRACE(node);
    const auto ran = run([&] { EXPECT_EQ(fleet_->kill_workers(node), 1); });
    ASSERT_FALSE(ran.out.empty()) << ran.err;
    const Json report = Json::parse(ran.out);
    expect_balanced(report);
    EXPECT_EQ(report["state"], "completed with losses");
    EXPECT_EQ(ran.exit_code, 1);
    EXPECT_NE(ran.err.find("the worker on node" + std::to_string(node) + " crashed 1 time"),
              std::string::npos)
        << ran.err;
    EXPECT_GT(lost(report), 0U);
    if (node == 1) {
      EXPECT_EQ(report["results"]["stream/seen"]["back"], 0);
    }
  }
}

TEST_F(Losses, ALinkThatIsCutForLongLosesNothing) {
  const auto ran = run([&] {
    fleet_->cut(1);
    std::this_thread::sleep_for(std::chrono::seconds(8));
    fleet_->heal(1);
  });
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const Json report = Json::parse(ran.out);
  EXPECT_EQ(report["state"], "completed");
  EXPECT_EQ(report["results"]["stream/seen"]["sum"], kSum) << report["results"].dump();
  EXPECT_EQ(report["results"]["stream/seen"]["gaps"], 0);
  expect_lossless(report);
}

TEST_F(Losses, AReaderThatStaysAwayFailsTheJobWithTheReasonOrTheJobGoesOn) {
  for (const bool go_on : {false, true}) {
    SCOPED_TRACE(go_on);
    const TempDir dir;
    std::string yaml = read_file(kJob);
    const std::string source = "stream.cpp";
    yaml.replace(yaml.find(source), source.size(), fs::path(kJob).parent_path() / source);
    yaml += "hold_for: 3s\nafter_hold: " + std::string(go_on ? "go_on" : "fail") + "\n";
    const auto ran = run(
        [&] {
          fleet_->cut(1);
          std::this_thread::sleep_for(std::chrono::seconds(8));
          fleet_->heal(1);
        },
        dir.file("job.yaml", yaml));
    EXPECT_EQ(ran.exit_code, 1) << ran.err;
    ASSERT_FALSE(ran.out.empty()) << ran.err;
    const Json report = Json::parse(ran.out);
    EXPECT_EQ(report["state"], go_on ? "completed with losses" : "failed");
    const std::string reason = report["reason"];
    EXPECT_NE(reason.find(go_on ? "task Relay lost "
                                : "the worker on node1, which reads stream/numbers, was not heard "
                                  "for 3 s (hold_for)"),
              std::string::npos)
        << reason;
    if (go_on) expect_balanced(report);
    EXPECT_TRUE(wait_for([&] { return fleet_->product().processes("mort-worker").empty(); }));
  }
}

}  // namespace
}  // namespace mort::test
