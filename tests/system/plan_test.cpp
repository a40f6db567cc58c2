// `mort plan` on instance files: exit codes, files, and plans that an independent checker accepts.
#include "mort/graph/placement.hpp"
#include "support/product.hpp"

namespace mort::test {
namespace {

const std::string kInstances = std::string(MORT_TEST_DATA) + "/instances/";
/// From the folder that MORT_SHARED names, or from beside the source tree.
std::string checker() {
  const char* shared = std::getenv("MORT_SHARED");
  return (shared ? shared : MORT_SOURCE_DIR "/../shared") + std::string("/tools/check_plan.py");
}

ProcessResult plan(const std::string& instance, std::vector<std::string> more = {}) {
  more.insert(more.begin(), {"plan", "--instance", instance});
  const Product product;
  auto ran = product.run(more);
  EXPECT_EQ(product.remains(), "");
  return ran;
}

void expect_refused(const ProcessResult& ran, int exit_code, const std::string& cause) {
  EXPECT_EQ(ran.exit_code, exit_code) << ran.out << ran.err;
  EXPECT_EQ(ran.out, "");
  EXPECT_NE(ran.err.find(cause), std::string::npos) << "no cause " << cause << " in:\n" << ran.err;
  EXPECT_NE(ran.err.find("\n  cure: "), std::string::npos) << ran.err;
  EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 2) << ran.err;
}

std::string instance_text(const std::string& nodes, const std::string& tasks,
                          const std::string& edges) {
  return R"({"format":"mort-instance-1","name":"x","nodes":[)" + nodes + R"(],"tasks":[)" + tasks +
         R"(],"edges":[)" + edges + R"(],"virtual":[],"vedges":[]})";
}

const std::string kNodes = R"({"id":0,"cpu":2},{"id":1,"cpu":2})";
const std::string kTasks = R"({"id":0,"job":0,"cpu":1},{"id":1,"job":0,"cpu":1})";

TEST(PlanOfAnInstance, EveryAlgorithmModelAndObjectiveGivesAPlanThatTheCheckerAccepts) {
  const std::string judge = checker();
  const bool checked = fs::exists(judge) && !find_program("python3").empty();
  const TempDir dir;
  for (const std::string algorithm : {"auto", "gbto", "gfbto", "greedy", "refine", "optimal"}) {
    for (const std::string model : {"plain", "fused"}) {
      for (const std::string objective : {"edge", "topic"}) {
        const std::string out = dir.path() + "/plan.json";
        const auto ran =
            plan(kInstances + "tiny02.json", {"--algorithm", algorithm, "--model", model,
                                              "--objective", objective, "--json", "--out", out});
        ASSERT_EQ(ran.exit_code, 0) << algorithm << model << objective << ran.err;
        const auto read = graph::plan_from_json(read_file(out), out);
        ASSERT_TRUE(read) << to_string(read.error());
        EXPECT_EQ(read->objective, objective);
        EXPECT_TRUE(read->bound);
        EXPECT_EQ(Json::parse(ran.out), Json::parse(read_file(out)));
        if (!checked) continue;
        const auto judged = run_process(
            {"python3", judge, kInstances + "tiny02.json", out, "--model", read->model}, 60);
        ASSERT_TRUE(judged);
        EXPECT_EQ(judged->exit_code, 0) << algorithm << model << objective << judged->out;
      }
    }
  }
  if (!checked)
    GTEST_SKIP() << "plans were not judged: that needs python3, and MORT_SHARED to name the folder "
                    "of tools/check_plan.py";
}

TEST(PlanOfAnInstance, TheSameStepsAndSeedGiveTheSamePlan) {
  const std::vector<std::string> flags = {"--algorithm", "refine", "--steps", "20000",
                                          "--seed",      "7",      "--json"};
  const auto first = plan(kInstances + "paper_random_u.json", flags);
  const auto second = plan(kInstances + "paper_random_u.json", flags);
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_EQ(first.out, second.out);
}

TEST(PlanOfAnInstance, TheOptimumIsTheOneThatIsKnown) {
  const auto ran = plan(kInstances + "tiny01.json", {"--algorithm", "optimal", "--json"});
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_EQ(Json::parse(ran.out)["profit"],
            Json::parse(read_file(kInstances + "tiny01.json"))["best"]["plain"]["profit"]);
}

TEST(PlanOfAnInstance, ThePictureIsOneForGraphviz) {
  const TempDir dir;
  const std::string dot = dir.path() + "/plan.dot";
  ASSERT_EQ(plan(kInstances + "med01.json", {"--dot", dot}).exit_code, 0);
  EXPECT_EQ(read_file(dot).substr(0, 14), "digraph plan {");
  MORT_NEEDS_PROGRAM("dot");
  const auto drawn = run_process({"dot", "-Tcanon", dot}, 60);
  ASSERT_TRUE(drawn) << to_string(drawn.error());
  EXPECT_EQ(drawn->exit_code, 0) << drawn->err;
}

TEST(PlanOfAnInstance, LargeTablesShowTwentyRowsUnlessAllAreAskedFor) {
  const auto lines = [](const ProcessResult& ran) {
    return std::count(ran.out.begin(), ran.out.end(), '\n');
  };
  const std::string instance = kInstances + "paper_random_u.json";
  const auto some = plan(instance, {"--explain"});
  EXPECT_LT(lines(some), 90);
  EXPECT_NE(some.out.find("and 180 more tasks (--all shows them)"), std::string::npos) << some.out;
  const auto all = plan(instance, {"--explain", "--all"});
  EXPECT_GT(lines(all), 250);
  EXPECT_EQ(all.out.find("(--all shows them)"), std::string::npos);
}

TEST(PlanOfAnInstance, WhatIsWrongInTheFileIsRefused) {
  const TempDir dir;
  const auto refused = [&](const std::string& text, const std::string& cause) {
    expect_refused(plan(dir.file("x.json", text), {"--out", dir.path() + "/plan.json"}), 2, cause);
    EXPECT_FALSE(fs::exists(dir.path() + "/plan.json"));
  };
  refused("", "not JSON");
  refused(instance_text(kNodes, kTasks, "").substr(0, 60), "not JSON");
  refused("[]", "expected an object");
  refused(R"({"format":"mort-plan-1"})", "not \"mort-instance-1\"");
  refused(instance_text(kNodes, kTasks, R"({"from":0,"to":1,"rate":1},{"from":1,"to":0,"rate":1})"),
          "cycle");
  refused(instance_text(kNodes, kTasks, R"({"from":0,"to":7,"rate":1})"), "7 is out of range");
  refused(instance_text(kNodes, kTasks, R"({"from":0,"to":1,"rate":-1})"), "-1 is out of range");
  refused(instance_text(kNodes, kTasks, R"({"from":0,"to":1,"rate":1e300})"), "an integer");
  refused(instance_text(R"({"id":0,"cpu":1.5})", kTasks, ""), "an integer");
  refused(instance_text(R"({"id":0,"cpu":1,"name":"a\u001b[2J"})", kTasks, ""), "control");
  expect_refused(plan(dir.path() + "/none.json"), 2, "No such file");
  expect_refused(plan(dir.path()), 2, "folder");
}

TEST(PlanOfAnInstance, WhatFitsNowhereIsInfeasible) {
  const TempDir dir;
  const std::string file =
      dir.file("x.json", instance_text(kNodes, R"({"id":0,"job":0,"cpu":5,"name":"big"})", ""));
  expect_refused(plan(file), 3, "task big asks for 5 cpu");
  expect_refused(plan(file, {"--algorithm", "optimal"}), 3, "task big asks for 5 cpu");
}

TEST(PlanOfAnInstance, FilesAreWrittenAllOrNone) {
  const TempDir dir;
  const std::string instance = kInstances + "tiny01.json";
  const std::string out = dir.path() + "/plan.json";
  expect_refused(plan(instance, {"--out", out, "--dot", "/no/such/plan.dot"}), 2, "no folder");
  expect_refused(plan(instance, {"--out", dir.path()}), 2, "folder");
  expect_refused(plan(instance, {"--out", ""}), 2, "no file is named");
  expect_refused(plan(instance, {"--out", out, "--dot", out}), 2, "the same file");
  EXPECT_TRUE(fs::is_empty(dir.path()));
}

TEST(PlanOfAnInstance, DevicesArePlacesToWriteToAndLinksStayLinks) {
  const TempDir dir;
  const std::string file = dir.file("old.json", "old");
  const std::string link = dir.path() + "/link.json";
  const std::string device = dir.path() + "/device.json";
  fs::create_symlink(file, link);
  fs::create_symlink("/dev/null", device);
  EXPECT_EQ(plan(kInstances + "tiny01.json", {"--out", link}).exit_code, 0);
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_TRUE(graph::plan_from_json(read_file(file), file));
  EXPECT_EQ(plan(kInstances + "tiny01.json", {"--out", device}).exit_code, 0);
  EXPECT_TRUE(fs::is_symlink(device));
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST(PlanFlags, WhatWouldBeIgnoredIsRefused) {
  const std::string instance = kInstances + "tiny01.json";
  for (const std::vector<std::string>& flags :
       std::vector<std::vector<std::string>>{{"--nodes", "3"},
                                             {"--running"},
                                             {"--set", "a=b"},
                                             {"--cpu", "3"},
                                             {"--all"},
                                             {"--json", "--explain"},
                                             {"--follow"},
                                             {"job.yaml"}}) {
    expect_refused(plan(instance, flags), 2, "mort: ");
  }
  const Product product;
  expect_refused(product.run({"plan"}), 2, "nothing to plan");
  expect_refused(product.run({"plan", "--running"}), 2, "no job");
  expect_refused(product.run({"plan", "--running", "x", "--seed", "1"}), 2, "--seed");
}

TEST(PlanFlags, UnknownAlgorithmsAreToldAllThatThereAre) {
  expect_refused(plan(kInstances + "tiny01.json", {"--algorithm", "best"}), 2, "refine, optimal");
}

}  // namespace
}  // namespace mort::test
