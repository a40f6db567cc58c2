// mort-optimal as it is run: what it writes, and its exit codes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "mort/graph/placement.hpp"

namespace mort::optimal {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class Program : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  /// Returns the exit code; what was written is in out_ and err_.
  int run(const std::string& arguments) {
    const std::string command = std::string("'") + MORT_OPTIMAL_PROGRAM + "' " + arguments +
                                " > '" + folder_ + "/out' 2> '" + folder_ + "/err'";
    const int status = std::system(command.c_str());
    out_ = read(folder_ + "/out");
    err_ = read(folder_ + "/err");
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  static std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  const std::string folder_ = testing::TempDir() + "mort_optimal_" + std::to_string(getpid());
  const std::string tiny_ = std::string("'") + MORT_TEST_DATA + "/instances/tiny03.json'";
  std::string out_;
  std::string err_;
};

TEST_F(Program, WritesAProvedPlanAndNothingElse) {
  ASSERT_EQ(run(tiny_ + " --model fused --objective topic"), 0) << err_;
  const auto plan = graph::plan_from_json(out_, "out");
  ASSERT_TRUE(plan) << to_string(plan.error());
  EXPECT_EQ(plan->algorithm, "optimal");
  EXPECT_EQ(plan->model, "fused");
  EXPECT_EQ(plan->objective, "topic");
  EXPECT_EQ(plan->bound, plan->traffic);
  EXPECT_EQ(plan->choice, "optimum, proved");
  EXPECT_EQ(err_, "");
}

TEST_F(Program, ReadsTheStandardInputAndWritesAFile) {
  ASSERT_EQ(run("- --out '" + folder_ + "/plan.json' < " + tiny_), 0) << err_;
  EXPECT_EQ(out_, "");
  EXPECT_TRUE(graph::plan_from_json(read(folder_ + "/plan.json"), "plan.json"));
}

TEST_F(Program, RefusalsHaveACauseACureAndAnExitCode) {
  EXPECT_EQ(run(folder_ + "/absent.json"), 2);
  EXPECT_THAT(err_, HasSubstr("absent.json: cannot be read: No such file"));
  EXPECT_THAT(err_, HasSubstr("\n  cure: "));
  EXPECT_EQ(run("'" + folder_ + "'"), 2);
  EXPECT_EQ(run("- < /dev/null"), 2);
  EXPECT_THAT(err_, StartsWith("standard input:"));
  EXPECT_EQ(run(tiny_ + " --model magic"), 2);
  EXPECT_EQ(run(""), 2);
  EXPECT_EQ(run(tiny_ + " --out /nowhere/plan.json"), 1);
  EXPECT_THAT(err_, HasSubstr("\n  cure: "));
}

TEST_F(Program, NothingFitsIsExitCode3) {
  std::ofstream(folder_ + "/big.json")
      << R"({"format":"mort-instance-1","name":"big","nodes":[{"id":0,"cpu":1}],)"
      << R"("tasks":[{"id":0,"job":0,"cpu":2}],"edges":[],"virtual":[],"vedges":[]})";
  EXPECT_EQ(run("'" + folder_ + "/big.json'"), 3);
  EXPECT_THAT(err_, HasSubstr("no plan exists: task 0 asks for 2 cpu"));
  EXPECT_THAT(err_, HasSubstr("\n  cure: "));
}

}  // namespace
}  // namespace mort::optimal
