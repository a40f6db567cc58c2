// What is wrong is refused before anything starts, with place, cause and cure, and the documented
// exit code.
#include "support/product.hpp"

namespace mort::test {
namespace {

/// A small sound job; each case below breaks one thing in it.
struct JobText {
  std::string source = R"(#include "mort/task/task.hpp"
struct Number { std::int64_t value = 0; };
class Source : public mort::Task {
 public:
  Source() {
    RegTask("Source", {.cpu = 1, .period = std::chrono::milliseconds(5)});
    RegPub({"numbers"});
  }
  void Run() override {
    for (int i = 1; i <= 20 && WaitTick(); ++i) Publish("numbers", Number{i});
  }
};
MORT_TASK(Source);
class Sum : public mort::Task {
 public:
  Sum() {
    RegTask("Sum");
    RegSub({"numbers"});
    RegPub({"sum"});
  }
  void Run() override {
    Number sum;
    while (const auto number = Take<Number>("numbers")) sum.value += number->value;
    Publish("sum", sum);
  }
};
MORT_TASK(Sum);
)";
  std::string yaml = "job: sums\nsources: [sums.cpp]\n";

  JobText& in_source(const std::string& from, const std::string& to) {
    const auto at = source.find(from);
    if (at == std::string::npos) throw std::logic_error("no such text: " + from);
    source.replace(at, from.size(), to);
    return *this;
  }
};

struct Outcome {
  ProcessResult ran;
  std::string remains;
};

Outcome run(const JobText& job, std::vector<std::string> more = {}) {
  const TempDir dir;
  dir.file("sums.cpp", job.source);
  std::vector<std::string> arguments = {"run", dir.file("job.yaml", job.yaml), "--nodes", "2",
                                        "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Product product;
  Outcome outcome{product.run(arguments), {}};
  outcome.remains = product.remains();
  return outcome;
}

void expect_refused(const Outcome& outcome, int exit_code, const std::string& place,
                    const std::string& cause) {
  EXPECT_EQ(outcome.ran.exit_code, exit_code) << outcome.ran.err;
  EXPECT_NE(outcome.ran.err.find(place), std::string::npos) << "no place " << place << " in:\n"
                                                            << outcome.ran.err;
  EXPECT_NE(outcome.ran.err.find(cause), std::string::npos) << "no cause " << cause << " in:\n"
                                                            << outcome.ran.err;
  EXPECT_NE(outcome.ran.err.find("cure: "), std::string::npos) << outcome.ran.err;
  EXPECT_EQ(outcome.ran.err.find("starting"), std::string::npos) << "something was started";
  EXPECT_EQ(outcome.ran.out, "");
  EXPECT_EQ(outcome.remains, "");
}

TEST(Refusals, TheSoundJobRuns) {
  const auto outcome = run(JobText{});
  ASSERT_EQ(outcome.ran.exit_code, 0) << outcome.ran.err;
  const Json report = Json::parse(outcome.ran.out);
  EXPECT_EQ(report["results"]["sum"]["value"], 210);
  expect_lossless(report);
}

TEST(Refusals, ATopicThatNobodyPublishes) {
  JobText job;
  expect_refused(run(job.in_source("RegPub({\"numbers\"})", "RegPub({\"figures\"})")
                         .in_source("Publish(\"numbers\"", "Publish(\"figures\"")),
                 2, "sums.cpp:18:13", "numbers");
}

TEST(Refusals, ACycle) {
  JobText job;
  job.in_source("RegPub({\"numbers\"});", "RegSub({\"sum\"});\n    RegPub({\"numbers\"});")
      .in_source("for (int i", "TryTake<Number>(\"sum\");\n    for (int i");
  expect_refused(run(job), 2, "sums.cpp:", "cycle");
}

TEST(Refusals, AMissingSourceFile) {
  JobText job;
  job.yaml = "job: sums\nsources: [nothing.cpp]\n";
  expect_refused(run(job), 2, "job.yaml:2:11", "nothing.cpp");
}

TEST(Refusals, ASyntaxErrorInATask) {
  JobText job;
  expect_refused(run(job.in_source("Number sum;", "Number sum")), 2,
                 "sums.cpp:22:", "expected ';'");
}

TEST(Refusals, AnUnknownYamlKey) {
  JobText job;
  job.yaml += "tasks:\n  Sum: {cpus: 2}\n";
  expect_refused(run(job), 2, "job.yaml:4:9", "cpus");
}

TEST(Refusals, AWrongYamlType) {
  JobText job;
  job.yaml += "tasks:\n  Sum: {cpu: many}\n";
  expect_refused(run(job), 2, "job.yaml:4:14", "many");
}

TEST(Refusals, AMessageTypeThatDiffersAtTheTwoEnds) {
  JobText job;
  job.in_source("struct Number", "struct Other { float value = 0; };\nstruct Number")
      .in_source("Take<Number>(\"numbers\")", "Take<Other>(\"numbers\")")
      .in_source("sum.value += number->value",
                 "sum.value += static_cast<std::int64_t>(number->value)");
  expect_refused(run(job), 2, "sums.cpp:", "Other");
}

TEST(Refusals, ADuplicateTaskName) {
  JobText job;
  expect_refused(run(job.in_source("RegTask(\"Sum\")", "RegTask(\"Source\")")), 2,
                 "sums.cpp:", "Source");
}

TEST(Refusals, ATaskNameThatIsOnlyKnownAtRunTime) {
  JobText job;
  expect_refused(run(job.in_source("RegTask(\"Sum\")", "RegTask(std::getenv(\"NAME\"))")), 2,
                 "sums.cpp:17:", "run time");
}

TEST(Refusals, MoreCpuThanAnyNodeHas) {
  JobText job;
  job.yaml += "tasks:\n  Sum: {cpu: 9}\n";
  expect_refused(run(job), 3, "Sum", "9 cpu");
}

TEST(Refusals, AnUnknownParameter) {
  expect_refused(run(JobText{}, {"--set", "speed=3"}), 2, "", "speed");
}

TEST(Refusals, AnUnknownOptionOfTheCommand) {
  const Product product;
  const auto ran = product.run({"run", "--no-such-option"});
  EXPECT_EQ(ran.exit_code, 2);
}

TEST(Refusals, ASettingThatThePlannerDoesNotHave) {
  expect_refused(run(JobText{}, {"--objective", "both"}), 2, "--objective",
                 "use one of topic, edge");
  expect_refused(run(JobText{}, {"--budget-ms", "3600000"}), 2, "--budget-ms", "from 1 to 2000");
}

TEST(Refusals, ATopicRenamedInOneSourceChangesTheGraph) {
  const TempDir dir;
  JobText job;
  const Product product;
  const auto before = product.run({"analyze", "--json", dir.file("sums.cpp", job.source)});
  job.in_source("RegPub({\"sum\"})", "RegPub({\"total\"})")
      .in_source("Publish(\"sum\"", "Publish(\"total\"");
  const auto after = product.run({"analyze", "--json", dir.file("sums.cpp", job.source)});
  ASSERT_EQ(before.exit_code, 0) << before.err;
  ASSERT_EQ(after.exit_code, 0) << after.err;
  EXPECT_EQ(Json::parse(before.out)["results"][0]["topic"], "sum");
  EXPECT_EQ(Json::parse(after.out)["results"][0]["topic"], "total");
}

TEST(Build, TwoBuildsOfOneJobSideBySideBothSucceed) {
  const TempDir dir;
  JobText job;
  dir.file("sums.cpp", job.source + "// " + dir.path());  // in no cache yet
  const std::string yaml = dir.file("job.yaml", job.yaml);
  const Product product;
  auto first = product.start({"build", yaml, "-o", dir.path() + "/1.mort"});
  auto second = product.start({"build", yaml, "-o", dir.path() + "/2.mort"});
  EXPECT_EQ(first.get().exit_code, 0);
  EXPECT_EQ(second.get().exit_code, 0);
  EXPECT_EQ(read_file(dir.path() + "/1.mort").size(), read_file(dir.path() + "/2.mort").size());
}

TEST(Idl, PrintsTheTypesOfSourcesOrOfAGraphAndNamesThoseItKnows) {
  const TempDir dir;
  const std::string source = dir.file("sums.cpp", JobText().source);
  const std::string yaml = dir.file("job.yaml", JobText().yaml);
  const Product product;
  const auto of_source = product.run({"idl", source});
  EXPECT_EQ(of_source.exit_code, 0) << of_source.err;
  EXPECT_NE(of_source.out.find("struct Number {\n  long long value;\n};"), std::string::npos)
      << of_source.out;
  const auto analyzed = product.run({"analyze", "--json", yaml});
  const std::string graph = dir.file("graph.json", analyzed.out);
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"idl", graph}, {"idl", graph, "Number"}}) {
    EXPECT_EQ(product.run(arguments).out, of_source.out);
  }
  const auto of_job = product.run({"idl", yaml, "Number"});
  EXPECT_EQ(of_job.out,
            "// Topic numbers: type Number, RELIABLE, VOLATILE, KEEP_LAST; written by task "
            "Source, read by Sum.\n// Topic sum: type Number, RELIABLE, VOLATILE, KEEP_LAST; "
            "written by task Sum.\n" +
                of_source.out);
  const auto unknown = product.run({"idl", graph, "Numbr"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_EQ(unknown.out, "");
  EXPECT_NE(unknown.err.find("did you mean \"Number\"? known types: Number"), std::string::npos)
      << unknown.err;
  EXPECT_EQ(product.run({"idl", "Number"}).exit_code, 2) << "types of what?";
  EXPECT_EQ(product.run({"idl", dir.path() + "/none.json"}).exit_code, 2);
  EXPECT_EQ(product.run({"idl", dir.file("bad.cpp", "#error no\n")}).exit_code, 2);
}

TEST(Idl, RefusesTypesThatRos2WouldKnowByOneName) {
  const TempDir dir;
  JobText job;
  job.source += R"(
namespace demo { struct Item { std::int32_t a = 0; }; }
namespace demo::msg { struct Item { std::int32_t b = 0; }; }
struct Make : mort::Task {
  Make() { RegTask("Make"); RegPub({"here", "there"}); }
  void Run() override { Publish("here", demo::Item{}); Publish("there", demo::msg::Item{}); }
};
MORT_TASK(Make);
)";
  job.yaml += "topics:\n  here: {ros2: true}\n  there: {ros2: true}\n";
  dir.file("sums.cpp", job.source);
  const Product product;
  const auto ran = product.run({"idl", dir.file("job.yaml", job.yaml)});
  EXPECT_EQ(ran.exit_code, 2) << ran.out;
  EXPECT_NE(ran.err.find("types demo::Item and demo::msg::Item have one name under ROS 2, "
                         "demo::msg::dds_::Item_"),
            std::string::npos)
      << ran.err;
}

TEST(Build, ABundleTakesOtherValuesOfItsParameters) {
  const TempDir dir;
  JobText job;
  job.yaml += "params:\n  count: 20\n  list: {file: sums.cpp}\n";
  dir.file("sums.cpp", job.source);
  const std::string bundle = dir.path() + "/sums.mort";
  const Product product;
  ASSERT_EQ(product.run({"build", dir.file("job.yaml", job.yaml), "-o", bundle}).exit_code, 0);
  const auto plan = [&](const std::string& assignment) {
    return product.run({"plan", bundle, "--nodes", "2", "--set", assignment});
  };
  const auto planned = plan("count=5");
  EXPECT_EQ(planned.exit_code, 0) << planned.err;
  const auto unknown = plan("cuont=5");
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_NE(unknown.err.find("did you mean \"count\""), std::string::npos) << unknown.err;
  const auto file = plan("list=sums.cpp");
  EXPECT_EQ(file.exit_code, 2);
  EXPECT_NE(file.err.find("is part of the built job"), std::string::npos) << file.err;
}

TEST(Failures, ATaskThatNeverStopsTalkingHarmsNobody) {
  JobText job;
  job.in_source(
         "Number sum;",
         "Number sum;\n    for (int i = 0; i < 1000000; ++i) std::printf(\"line %d\\n\", i);")
      .in_source("#include", "#include <cstdio>\n#include");
  job.yaml += "topics:\n  numbers: {history: keep_all}\n";
  const auto outcome = run(job);
  EXPECT_EQ(outcome.ran.exit_code, 0) << outcome.ran.err.substr(0, 2000);
  EXPECT_EQ(Json::parse(outcome.ran.out)["results"]["sum"]["value"], 210);
  EXPECT_NE(outcome.ran.err.find("lines dropped"), std::string::npos);
  EXPECT_EQ(outcome.remains, "");
}

TEST(Failures, ATaskThatThrowsFailsTheJobWithItsMessageAndTheWorkerLivesOn) {
  JobText job;
  job.in_source(
      "sum.value += number->value;",
      "if ((sum.value += number->value) > 50) throw std::runtime_error(\"the sum is lost\");");
  const auto outcome = run(job);
  EXPECT_EQ(outcome.ran.exit_code, 1) << outcome.ran.err;
  const Json report = Json::parse(outcome.ran.out);
  EXPECT_EQ(report["state"], "failed");
  EXPECT_NE(report["reason"].get<std::string>().find("the sum is lost"), std::string::npos);
  for (const Json& task : report["tasks"])
    EXPECT_EQ(task["state"], task["task"] == "Sum" ? "failed" : "finished");
  EXPECT_EQ(outcome.remains, "");
}

}  // namespace
}  // namespace mort::test
