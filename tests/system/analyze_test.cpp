// `mort analyze` and `mort build` as a user calls them, and jobs whose graph parameters and
// declarations shape.
#include <sys/stat.h>

#include "support/product.hpp"

namespace mort::test {
namespace {

constexpr const char* kRelay = R"(#include <mort/task/task.hpp>
#include <cstdlib>
namespace relay {
struct Number { std::int64_t value = 0; };
class Source : public mort::Task {
 public:
  Source() : topic_(Param("topic")) { RegTask("Source"); RegPub({topic_}); }
  void Run() override {
    for (int i = 1; i <= 5; ++i) Publish(topic_, Number{i});
  }
  std::string topic_;
};
MORT_TASK(Source);
class Sum : public mort::Task {
 public:
  Sum() : topic_(Param("topic")), out_(SUM) { RegTask("Sum"); RegSub({topic_}); RegPub({out_}); }
  void Run() override {
    Number sum;
    while (const auto number = Take<Number>(topic_)) sum.value += number->value;
    Publish(out_, sum);
  }
  std::string topic_, out_;
};
MORT_TASK(Sum);
}
)";

class Analyze : public testing::Test {
 protected:
  std::string relay(const std::string& out, const std::string& more = "") {
    std::string source = kRelay;
    source.replace(source.find("SUM"), 3, out);
    dir_.file("relay.cpp", source);
    return dir_.file("job.yaml",
                     "job: relay\nsources: [relay.cpp]\nparams: {topic: numbers}\n" + more);
  }
  /// What is new is not kept in the cache: it may have been written while it was read.
  static void age() { std::this_thread::sleep_for(std::chrono::milliseconds(40)); }

  TempDir dir_;
  Product product_;
};

TEST_F(Analyze, ExitCodesTellSoundFromFaultyFromRefused) {
  const auto sound = product_.run({"analyze", relay("\"sum\"")});
  EXPECT_EQ(sound.exit_code, 0) << sound.err;
  EXPECT_NE(sound.out.find("edge Source -> Sum (numbers)"), std::string::npos) << sound.out;

  const auto faulty = product_.run({"analyze", relay("topic_")});  // reads what it publishes
  EXPECT_EQ(faulty.exit_code, 1) << faulty.err;
  EXPECT_NE(faulty.err.find("[two-publishers]"), std::string::npos) << faulty.err;

  const auto refused = product_.run({"analyze", relay("std::getenv(\"OUT\")")});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("[unknown-topic]"), std::string::npos) << refused.err;
  EXPECT_NE(refused.err.find("the environment is only known at run time"), std::string::npos);

  const auto broken = product_.run({"analyze", dir_.file("broken.cpp", "int x = ;\n")});
  EXPECT_EQ(broken.exit_code, 2);
  EXPECT_NE(broken.err.find("broken.cpp:1:9: error: expected expression [clang]"),
            std::string::npos)
      << broken.err;
  EXPECT_EQ(product_.run({"analyze"}).exit_code, 2);
  EXPECT_EQ(product_.run({"analyze", dir_.path() + "/none.cpp"}).exit_code, 2);
  EXPECT_EQ(product_.remains(), "");
}

TEST_F(Analyze, FormatsAreWhatOtherProgramsRead) {
  const std::string job = relay("\"sum\"");
  const Json graph = Json::parse(product_.run({"analyze", job, "--format", "json"}).out);
  EXPECT_EQ(graph["format"], "mort-graph-1");
  EXPECT_EQ(graph["params"]["topic"], "numbers");
  EXPECT_EQ(graph["edges"][0]["topic"], "numbers");
  EXPECT_EQ(graph["tasks"][1]["sub"][0]["bytes"], 12);
  const Json sarif = Json::parse(product_.run({"analyze", job, "--format", "sarif"}).out);
  EXPECT_EQ(sarif["version"], "2.1.0");
  const auto rights = product_.run({"analyze", job, "--format", "rights"});
  EXPECT_NE(rights.out.find("- allow: {jobs: ['relay'], tasks: ['Sum'], actions: [subscribe], "
                            "topics: ['numbers']}"),
            std::string::npos)
      << rights.out;
  const auto idl = product_.run({"idl", job});
  EXPECT_NE(idl.out.find("struct Number"), std::string::npos) << idl.err;
}

TEST_F(Analyze, BuildMakesAnewOnlyWhatChanged) {
  const std::string job = relay("\"sum\"");
  const std::string bundle = dir_.path() + "/relay.mort";
  const auto build = [&](std::vector<std::string> more = {}) {
    age();
    std::vector<std::string> arguments = {"build", job, "-o", bundle};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto ran = product_.run(arguments);
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    return ran.err;
  };
  // Its path is new, so that no earlier run can have left it in the cache.
  EXPECT_EQ(build(), "analysing 1 source\ncompiling 1 source\n");
  EXPECT_EQ(build(), "");
  EXPECT_EQ(build({"--set", "topic=other"}), "analysing 1 source\n");
  EXPECT_EQ(build(), "");
  relay("\"sum\"", "tasks: {Sum: {cpu: 2}}\n");
  EXPECT_EQ(build(), "analysing 1 source\n");
  relay("\"total\"");
  EXPECT_EQ(build(), "analysing 1 source\ncompiling 1 source\n");
}

TEST_F(Analyze, ParameterThatNamesATopicShapesTheJobThatRuns) {
  const auto ran =
      product_.run({"run", relay("\"sum\""), "--nodes", "2", "--json", "--set", "topic=renamed"});
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const Json report = Json::parse(ran.out);
  EXPECT_EQ(report["results"]["sum"]["value"], 15) << ran.out;
  std::set<std::string> topics;
  for (const Json& topic : report["topics"]) topics.insert(topic["topic"].get<std::string>());
  EXPECT_EQ(topics, (std::set<std::string>{"renamed", "sum"}));
}

TEST_F(Analyze, DeclaredTopicRunsWhenItIsWhatTheTaskRegisters) {
  const std::string job =
      relay("std::getenv(\"RELAY_OUT\")",
            "declares:\n  Sum: {pub: [{topic: sum, type: \"relay::Number\"}]}\n");
  const std::vector<std::string> arguments = {MORT_PROGRAM, "run", job, "--nodes", "1", "--json"};
  const auto right = product_.run_program({"env", "RELAY_OUT=sum"}, arguments, 120);
  ASSERT_EQ(right.exit_code, 0) << right.err;
  EXPECT_EQ(Json::parse(right.out)["results"]["sum"]["value"], 15);
  const auto wrong = product_.run_program({"env", "RELAY_OUT=other"}, arguments, 120);
  EXPECT_NE(wrong.exit_code, 0);
  EXPECT_NE(wrong.err.find("task Sum publishes other, the graph says sum"), std::string::npos)
      << wrong.err;
  EXPECT_EQ(product_.remains(), "");
}

TEST(Programs, OfTheFleetDoNotLinkClang) {
  const fs::path bin = fs::path(MORT_PROGRAM).parent_path();
  for (const char* name : {"mort", "mort-worker"}) {
    const auto libraries = run_process({"ldd", (bin / name).string()});
    ASSERT_TRUE(libraries);
    EXPECT_NE(libraries->out.find("libc.so"), std::string::npos);
    EXPECT_EQ(libraries->out.find("clang"), std::string::npos) << libraries->out;
    EXPECT_EQ(libraries->out.find("LLVM"), std::string::npos) << libraries->out;
  }
}

}  // namespace
}  // namespace mort::test
