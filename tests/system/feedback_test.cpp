// Loops, in one job and across two.
#include "support/namespace_fleet.hpp"

namespace mort::test {
namespace {

std::string data(const std::string& file) {
  return std::string(MORT_SOURCE_DIR) + "/tests/data/feedback/" + file;
}

TEST(Feedback, AJobWithALoopEndsByItselfOnOneNodeAndOnTwo) {
  const Product product;
  for (const char* job : {"one_node.yaml", "two_nodes.yaml"}) {
    SCOPED_TRACE(job);
    const auto ran = product.run({"run", data(job), "--nodes", "2", "--json"});
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
    const Json report = Json::parse(ran.out);
    EXPECT_EQ(report["state"], "completed");
    const Json& final = report["results"]["final"];
    // Goals go up to 90, of which the last comes with the end.
    EXPECT_GT(final["value"], 60.0);
    EXPECT_LT(final["value"], 90.0);
    for (const Json& topic : report["topics"]) {
      for (const Json& reader : topic["subscribers"]) {
        EXPECT_EQ(reader["expected"],
                  reader["delivered"].get<std::uint64_t>() + reader["lost"].get<std::uint64_t>());
        const bool is_feedback = topic["topic"] == "measured" && reader["task"] == "Controller";
        if (is_feedback) continue;  // holds the latest values
        EXPECT_EQ(reader["lost"], 0) << topic.dump();
        EXPECT_EQ(reader["expected"], topic["sent"]) << topic.dump();
      }
      if (topic["topic"] == "setpoint") {
        EXPECT_EQ(final["number"], topic["sent"].get<std::int64_t>() - 1) << topic.dump();
      }
    }
  }
  EXPECT_EQ(product.remains(), "");
}

TEST(Feedback, WithoutItTheLoopIsRefusedAndTheCureNamesIt) {
  const Product product;
  const auto refused = product.run({"analyze", "--job", data("cycle.yaml")});
  EXPECT_EQ(refused.exit_code, 1) << refused.out;
  EXPECT_NE(refused.err.find("Controller -[setpoint]-> Plant -[measured]-> Controller"),
            std::string::npos)
      << refused.err;
  EXPECT_NE(refused.err.find("feedback: [TOPIC]"), std::string::npos) << refused.err;
  const auto shown = product.run({"analyze", "--job", data("one_node.yaml")});
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_NE(shown.out.find("edge Plant -> Controller (measured, feedback)"), std::string::npos)
      << shown.out;
}

class FeedbackOfTwoJobs : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!NamespaceFleet::possible()) GTEST_SKIP() << "no right to make network namespaces here";
    fleet_ = std::make_unique<NamespaceFleet>();
    fleet_->start_agent(0);
    fleet_->start_agent(1);
    ASSERT_TRUE(wait_for([&] { return fleet_->ask(0, {"nodes"}).size() == 2; }));
  }
  void submit(const std::string& job) const {
    const auto ran = fleet_->run(0, {"submit", data(job)});
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
  }
  std::string state(const std::string& job) const {
    for (const Json& one : fleet_->ask(0, {"jobs"})) {
      if (one["name"] == job && one["state"] != "stopped") return one["state"];
    }
    return "none";
  }
  /// The last turn that a job has logged.
  int turn(const std::string& job) const {
    const auto logs = fleet_->run(0, {"logs", job});
    const auto at = logs.out.rfind("turn ");
    return at == std::string::npos ? 0 : std::stoi(logs.out.substr(at + 5));
  }

  std::unique_ptr<NamespaceFleet> fleet_;
};

TEST_F(FeedbackOfTwoJobs, EachStartsWithoutTheOtherAndFindsItAlsoWhenItComesAgain) {
  submit("controller.yaml");
  ASSERT_TRUE(wait_for([&] { return state("controller") == "running"; })) << state("controller");
  EXPECT_EQ(turn("controller"), 0) << "nobody counts on";
  submit("plant.yaml");
  ASSERT_TRUE(wait_for([&] { return turn("controller") >= 50; })) << turn("controller");
  ASSERT_EQ(fleet_->run(0, {"stop", "plant"}).exit_code, 0);
  ASSERT_TRUE(wait_for([&] { return state("plant") == "none"; })) << state("plant");
  EXPECT_EQ(state("controller"), "running");
  const int before = turn("controller");
  submit("plant.yaml");
  EXPECT_TRUE(wait_for([&] { return turn("controller") >= before + 50; })) << turn("controller");
  for (const char* job : {"controller", "plant"})
    EXPECT_EQ(fleet_->run(0, {"stop", job}).exit_code, 0);
  EXPECT_TRUE(wait_for([&] { return state("controller") == "none" && state("plant") == "none"; }));
}

}  // namespace
}  // namespace mort::test
