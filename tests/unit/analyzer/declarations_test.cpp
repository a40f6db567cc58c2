// `declares:` of the job YAML, and parameters: what answers for the code, and what contradicts it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program.hpp"

namespace mort::test {
namespace {

using testing::HasSubstr;

constexpr const char* kPreamble = R"(#include <mort/task/task.hpp>
#include <cstdlib>
namespace m {
struct A { int x; };
struct B { double y; };
std::string from_environment();
)";

class Declares : public testing::Test {
 protected:
  Folder folder_;

  /// Analyses one source under a job with `yaml` (without name and sources).
  analyzer::Analysis run(const std::string& code, const std::string& yaml) {
    folder_.write("tasks.cpp", kPreamble + code + "\n}\n");
    const std::string file = folder_.write("job.yaml", "job: j\nsources: [tasks.cpp]\n" + yaml);
    const auto job = graph::load_job(file);
    EXPECT_TRUE(job) << to_string(job.error());
    if (!job) return {};
    analyzer::Options options{job->sources, sdk_flags(), folder_.path()};
    options.job = &*job;
    auto result = analyzer::analyze(options);
    EXPECT_TRUE(result) << to_string(result.error());
    return result ? *std::move(result) : analyzer::Analysis{};
  }

  static const graph::Diagnostic* find(const analyzer::Analysis& analysis,
                                       const std::string& code) {
    for (const auto& found : analysis.diagnostics) {
      if (found.code == code) return &found;
    }
    return nullptr;
  }
};

constexpr const char* kCamera = R"(class Camera : public mort::Task {
 public:
  Camera() { RegTask("Camera"); RegPub({from_environment(), "status"}); RegSub({"go"}); }
  void Run() override {
    Take<A>("go");
    Publish(from_environment(), B{});
    Publish("status", A{});
  }
};
MORT_TASK(Camera);)";

TEST_F(Declares, FeedbackThatTheYamlNamesIsInTheGraph) {
  constexpr const char* kLoop = R"(class L : public mort::Task {
 public:
  L() { RegTask("L"); RegSub({"go", "state"}); RegPub({"state"}); }
  void Run() override { while (Take<A>("go")) { TryTake<A>("state"); Publish("state", A{}); } }
};
MORT_TASK(L);)";
  const auto cycle = run(kLoop, "");
  ASSERT_NE(find(cycle, "cycle"), nullptr) << findings(cycle);
  EXPECT_THAT(find(cycle, "cycle")->notes.back(), HasSubstr("feedback: [TOPIC]"));
  const auto sound =
      run(kLoop, "tasks: {L: {feedback: [state]}}\ntopics: {go: {external: true}}\n");
  EXPECT_TRUE(sound.diagnostics.empty()) << findings(sound);
  EXPECT_EQ(summary(sound.graph), "L sub=go:m::A,~state:m::A pub=state:m::A");
}

TEST_F(Declares, AnswersATopicThatTheCodeLeavesOpen) {
  const auto open = run(kCamera, "");
  EXPECT_EQ(open.exit_code(), 2);
  EXPECT_NE(find(open, "unknown-topic"), nullptr);
  EXPECT_EQ(summary(open.graph), "");

  const auto closed = run(kCamera, R"(declares:
  Camera: {pub: [{topic: frames, type: "m::B"}, {topic: status, type: "m::A"}]}
topics: {go: {external: true}}
)");
  EXPECT_EQ(closed.exit_code(), 0) << findings(closed);
  EXPECT_EQ(summary(closed.graph), "Camera sub=go:m::A pub=frames:m::B,status:m::A");
  EXPECT_TRUE(closed.diagnostics.empty()) << findings(closed);
}

TEST_F(Declares, TypesMustBeToldWhereAPublishIsOpen) {
  const auto analysis = run(kCamera, "declares:\n  Camera: {pub: [frames, status]}\n");
  EXPECT_EQ(analysis.exit_code(), 2);
  EXPECT_NE(find(analysis, "unknown-topic"), nullptr) << findings(analysis);
}

TEST_F(Declares, WhatTheCodeSaysOtherwiseIsAnError) {
  for (const char* pub :
       {"[frames]", "[frames, other]", "[status, frames]", "[frames, status, more]"}) {
    const auto analysis = run(kCamera, std::string("declares:\n  Camera: {pub: ") + pub + "}\n");
    const auto* found = find(analysis, "declared-differs");
    ASSERT_NE(found, nullptr) << pub << findings(analysis);
    EXPECT_THAT(found->place.file, HasSubstr("job.yaml"));
    EXPECT_EQ(found->place.line, 4);
    EXPECT_THAT(found->notes[0], HasSubstr("RegPub names ?, status")) << pub;
    EXPECT_NE(analysis.exit_code(), 0);
  }
}

TEST_F(Declares, AgreementOnWhatIsKnownAnywayIsFine) {
  const char* const code = R"(class T : public mort::Task {
 public:
  T() { RegTask("t", {.cpu = 2}); RegPub({"a"}); }
  void Run() override { Publish("a", A{}); }
};
MORT_TASK(T);)";
  EXPECT_EQ(run(code, "declares:\n  t: {pub: [a], sub: [], cpu: 2}\n").exit_code(), 0);
  EXPECT_NE(find(run(code, "declares:\n  t: {cpu: 3}\n"), "declared-differs"), nullptr);
  EXPECT_NE(find(run(code, "declares:\n  t: {sub: [x]}\n"), "declared-differs"), nullptr);
  EXPECT_NE(
      find(run(code, "declares:\n  t: {pub: [{topic: a, type: \"m::B\"}]}\n"), "declared-differs"),
      nullptr);
}

TEST_F(Declares, NameByThePlaceOfMortTask) {
  const char* const code = R"(class T : public mort::Task {
 public:
  explicit T(std::string name) { RegTask(name); RegPub({"a"}); }
  void Run() override { Publish("a", A{}); }
};
MORT_TASK(T, from_environment());)";
  EXPECT_NE(find(run(code, ""), "unknown-name"), nullptr);
  const auto analysis = run(code, "declares:\n  tasks.cpp:12: {name: eye}\n");
  EXPECT_EQ(summary(analysis.graph), "eye pub=a:m::A") << findings(analysis);
  const auto elsewhere = run(code, "declares:\n  tasks.cpp:13: {name: eye}\n");
  EXPECT_NE(find(elsewhere, "declared-differs"), nullptr) << findings(elsewhere);
}

TEST_F(Declares, TaskThatNoSourceRegisters) {
  const auto analysis = run("", "declares:\n  ghost: {pub: [a]}\n");
  const auto* found = find(analysis, "declared-differs");
  ASSERT_NE(found, nullptr);
  EXPECT_THAT(found->message, HasSubstr("no source registers a task \"ghost\""));
}

TEST_F(Declares, ConditionalRegistrationIsThereOrNot) {
  const char* const code = R"(class T : public mort::Task {
 public:
  T() { RegTask("t"); RegPub({"a"}); if (std::getenv("MORE")) RegPub({"b"}); }
  void Run() override { Publish("a", A{}); Publish("b", A{}); }
};
MORT_TASK(T);)";
  EXPECT_EQ(run(code, "").exit_code(), 2);
  EXPECT_EQ(summary(run(code, "declares:\n  t: {pub: [a, b]}\n").graph), "t pub=a:m::A,b:m::A");
  const auto without = run(code, "declares:\n  t: {pub: [a]}\n");
  EXPECT_EQ(summary(without.graph), "t pub=a:m::A");
  EXPECT_NE(find(without, "unregistered-topic"), nullptr);  // Publish("b") would throw
  EXPECT_NE(find(run(code, "declares:\n  t: {pub: [b]}\n"), "declared-differs"), nullptr);
}

TEST_F(Declares, OptionThatTheCodeLeavesOpen) {
  const char* const code = R"(class T : public mort::Task {
 public:
  T() { RegTask("t", {.cpu = std::atof(std::getenv("CPU"))}); RegPub({"a"}); }
  void Run() override { Publish("a", A{}); }
};
MORT_TASK(T);)";
  EXPECT_NE(find(run(code, ""), "unknown-option"), nullptr);
  const auto analysis = run(code, "declares:\n  t: {cpu: 1.5}\n");
  EXPECT_EQ(summary(analysis.graph), "t cpu=1500 pub=a:m::A") << findings(analysis);
}

TEST_F(Declares, ParametersOfTheJobAreResolved) {
  const char* const code = R"(class T : public mort::Task {
 public:
  T() {
    RegTask(Param("name"));
    for (std::int64_t i = 0; i < IntParam("count"); ++i) topics_.push_back(Param("prefix") + std::to_string(i));
    RegPub(topics_);
  }
  void Run() override {
    for (const auto& topic : topics_) Publish(topic, A{});
  }
  std::vector<std::string> topics_;
};
MORT_TASK(T);)";
  const auto analysis = run(code, "params: {name: t, count: 2, prefix: cam/, unused: 1}\n");
  EXPECT_EQ(summary(analysis.graph), "t pub=cam/0:m::A,cam/1:m::A") << findings(analysis);
  EXPECT_THAT(analysis.graph.params,
              testing::ElementsAre(testing::Pair("count", "2"), testing::Pair("name", "t"),
                                   testing::Pair("prefix", "cam/")));
  const auto missing = run(code, "params: {name: t, count: 2}\n");
  const auto* found = find(missing, "unknown-topic");
  ASSERT_NE(found, nullptr) << findings(missing);
  EXPECT_THAT(found->message, HasSubstr("the job YAML has no parameter \"prefix\""));
  const auto text = run(code, "params: {name: t, count: two, prefix: x}\n");
  EXPECT_THAT(findings(text), HasSubstr("IntParam(\"count\") is \"two\" in the job YAML"));
}

TEST_F(Declares, AParameterInTheBodyIsKnownOnlyWhereItIsTheTopic) {
  const char* const code = R"(class T : public mort::Task {
 public:
  T() { RegTask("t"); RegPub({Param("a"), Param("b")}); }
  void Run() override {
    Publish(Param("a"), A{});
    if (Param("b") == "b") Publish(Param("b"), B{});
  }
};
MORT_TASK(T);)";
  const auto analysis = run(code, "params: {a: first, b: second}\n");
  EXPECT_EQ(summary(analysis.graph), "t pub=first:m::A,second:m::B") << findings(analysis);
}

}  // namespace
}  // namespace mort::test
