// The programs of tests/data/analyzer: each says in its comments which graph and findings it has.
#include <gtest/gtest.h>

#include <algorithm>

#include "expectations.hpp"
#include "program.hpp"

namespace mort::test {

void PrintTo(const Program& program, std::ostream* out) {
  *out << program.name;
}

namespace {

class Corpus : public testing::TestWithParam<Program> {};

TEST_P(Corpus, IsAnalysedAsItsCommentsSay) {
  auto flags = sdk_flags();
  flags.push_back("-I" + programs_folder() + "/include");
  const auto analysis = analyzer::analyze({GetParam().sources, flags, programs_folder(), 1});
  ASSERT_TRUE(analysis) << to_string(analysis.error());
  const Expectations expected = GetParam().expectations();
  EXPECT_EQ(expected.compare(*analysis), "");
  EXPECT_NE(analysis->ok(), expected.refuses());
}

INSTANTIATE_TEST_SUITE_P(Programs, Corpus, testing::ValuesIn(programs()),
                         [](const auto& instance) { return instance.param.name; });

TEST(Corpus, IsLargeEnoughToMeanSomething) {
  const auto refusals =
      std::count_if(programs().begin(), programs().end(),
                    [](const Program& program) { return program.expectations().refuses(); });
  EXPECT_GE(programs().size(), 80U);
  EXPECT_GE(refusals, 25);
}

// A comparison that cannot fail would say nothing.
TEST(Expectations, TellEveryDifference) {
  Expectations expected;
  expected.read("a.cpp",
                "// task t sub=a:m::A\n"
                "RegSub(x);\n"
                "   //  ^ error unknown-topic: not known\n"
                "   // note: the environment\n"
                "   // 1 warning odd: odd\n");
  ASSERT_EQ(expected.findings.size(), 2U);
  EXPECT_EQ(expected.findings[0].place, "a.cpp:2:8");
  EXPECT_EQ(expected.findings[1].place, "a.cpp:2:1");
  EXPECT_TRUE(expected.refuses());

  analyzer::Analysis analysis;
  graph::TaskDecl task;
  task.name = "t";
  task.sub.push_back({"a", "m::A", {}});
  analysis.graph.tasks.push_back(task);
  analysis.diagnostics.push_back({"error",
                                  "unknown-topic",
                                  "it is not known",
                                  {"a.cpp", 2, 8},
                                  {"b.cpp:1:1: the environment says", "cure: none"}});
  analysis.diagnostics.push_back({"warning", "odd", "an odd one", {"a.cpp", 2, 1}, {"cure: none"}});
  EXPECT_EQ(expected.compare(analysis), "");

  auto other = analysis;
  other.graph.tasks[0].sub[0].topic = "b";
  EXPECT_NE(expected.compare(other), "");
  other = analysis;
  other.diagnostics[0].place.column = 9;
  EXPECT_NE(expected.compare(other), "");
  other = analysis;
  other.diagnostics[0].notes = {"cure: none"};
  EXPECT_NE(expected.compare(other), "");
  other = analysis;
  other.diagnostics.push_back(other.diagnostics[1]);
  EXPECT_NE(expected.compare(other), "");
  other = analysis;
  other.diagnostics.pop_back();
  EXPECT_NE(expected.compare(other), "");
}

}  // namespace
}  // namespace mort::test
