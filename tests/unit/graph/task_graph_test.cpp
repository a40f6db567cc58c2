#include "mort/graph/task_graph.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "sample_graph.hpp"

namespace mort::graph {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(TaskGraph, EdgesAreJoinedByTopicAndSorted) {
  std::vector<std::string> found;
  for (const Edge& edge : sample_graph().edges()) found.push_back(edge.from + edge.topic + edge.to);
  EXPECT_THAT(found,
              ElementsAre("F1C3F4", "F1C3F5", "F2C4F4", "F2C4F5", "F3C5F4", "F3C5F5", "F4C6F6",
                          "F5C7F6", "RawData1C1F1", "RawData1C1F2", "RawData1C1F3"));
}

TEST(TaskGraph, TopicsWithoutPublisherAreVirtualAndThoseWithoutReaderAreResults) {
  const TaskGraph graph = sample_graph();
  EXPECT_THAT(graph.virtual_topics(), ElementsAre("C2"));
  EXPECT_THAT(graph.result_topics(), ElementsAre("C8"));
  EXPECT_EQ(graph.topics().size(), 8U);
  EXPECT_EQ(graph.publisher_of("C2"), nullptr);
  EXPECT_EQ(graph.publisher_of("C6")->name, "F4");
  EXPECT_EQ(graph.subscribers_of("C3").size(), 2U);
  EXPECT_EQ(graph.type_of("C2"), "demo::Piece");
  EXPECT_EQ(graph.type_of("none"), "");
}

TEST(TaskGraph, SampleHasNoFindings) {
  EXPECT_TRUE(check(sample_graph()).empty());
}

TEST(TaskGraph, TopologicalOrderTakesSmallestNameFirst) {
  EXPECT_THAT(topological_order(sample_graph()),
              ElementsAre("RawData1", "F1", "F2", "F3", "F4", "F5", "F6"));
}

TEST(TaskGraph, EmptyGraphHasNothing) {
  const TaskGraph graph;
  EXPECT_TRUE(graph.edges().empty());
  EXPECT_TRUE(check(graph).empty());
  EXPECT_TRUE(topological_order(graph).empty());
}

struct BadGraph {
  const char* name;
  std::vector<TaskDecl> tasks;
  const char* code;
  const char* message;
  const char* place;
  const char* note;
};

TaskDecl with_type(TaskDecl task, const std::string& type) {
  for (Port& port : task.sub) port.type = type;
  return task;
}

const BadGraph kBad[] = {
    {"DuplicateTask",
     {sample_task("A", {}, {"x"}, 5), sample_task("A", {"y"}, {}, 50)},
     "duplicate-task",
     "two tasks have the name \"A\"",
     "A.cpp:50:3",
     "A.cpp:5:3"},
    {"TwoPublishers",
     {sample_task("A", {}, {"x"}), sample_task("B", {}, {"x"}, 20)},
     "two-publishers",
     "\"x\" has two publishers, \"A\" and \"B\"",
     "B.cpp:22:10",
     "A.cpp:3:10"},
    {"TypeMismatch",
     {sample_task("A", {}, {"x"}), with_type(sample_task("B", {"x"}, {}), "demo::Other")},
     "type-mismatch",
     "demo::Piece, but task \"B\" uses it as demo::Other",
     "B.cpp:2:10",
     "A.cpp:3:10"},
    {"VirtualTypeMismatch",
     {sample_task("A", {"x"}, {}), with_type(sample_task("B", {"x"}, {}), "T")},
     "type-mismatch",
     "uses it as T",
     "B.cpp:2:10",
     "A.cpp:2:10"},
    {"SelfLoop", {sample_task("A", {"x"}, {"x"})}, "cycle", "A -[x]-> A", "A.cpp:1:3", "one way"},
    {"Cycle",
     {sample_task("A", {"in"}, {"a"}), sample_task("B", {"a", "d"}, {"b"}),
      sample_task("C", {"b"}, {"c"}), sample_task("D", {"c"}, {"d"}),
      sample_task("E", {"d"}, {"e"})},
     "cycle",
     "B -[b]-> C -[c]-> D -[d]-> B",
     "B.cpp:1:3",
     "one way"},
};

TEST(TaskGraph, FaultsAreReportedWithTheirPlace) {
  for (const BadGraph& bad : kBad) {
    SCOPED_TRACE(bad.name);
    TaskGraph graph;
    graph.tasks = bad.tasks;
    const auto found = check(graph);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].severity, "error");
    EXPECT_EQ(found[0].code, bad.code);
    EXPECT_THAT(found[0].message, HasSubstr(bad.message));
    EXPECT_EQ(to_string(found[0].place), bad.place);
    ASSERT_EQ(found[0].notes.size(), 1U);
    EXPECT_THAT(found[0].notes[0], HasSubstr(bad.note));
  }
}

TEST(TaskGraph, EachDisjointCycleIsReported) {
  TaskGraph graph;
  graph.tasks = {sample_task("A", {"b"}, {"a"}), sample_task("B", {"a"}, {"b"}),
                 sample_task("C", {"d", "a"}, {"c"}), sample_task("D", {"c"}, {"d"})};
  const auto found = check(graph);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_THAT(found[0].message, HasSubstr("A -[a]-> B -[b]-> A"));
  EXPECT_THAT(found[1].message, HasSubstr("C -[c]-> D -[d]-> C"));
}

TEST(TaskGraph, CycleIsFoundExactlyWhenAnEdgeLeadsBack) {
  std::mt19937 engine(11);
  for (int round = 0; round < 300; ++round) {
    TaskGraph graph;
    const int count = 2 + static_cast<int>(engine() % 9);
    for (int i = 0; i < count; ++i) {
      std::vector<std::string> sub;
      for (int j = 0; j < i; ++j) {
        if (engine() % 3 == 0) sub.push_back("t" + std::to_string(j));
      }
      graph.tasks.push_back(sample_task("N" + std::to_string(i), sub, {"t" + std::to_string(i)}));
    }
    EXPECT_TRUE(check(graph).empty());
    EXPECT_EQ(topological_order(graph).size(), graph.tasks.size());
    graph.tasks[0].sub.push_back({"t0", "demo::Piece", {}});
    EXPECT_EQ(check(graph).size(), 1U);
  }
}

TEST(Place, IsShortenedWherePartsAreUnknown) {
  EXPECT_EQ(to_string(Place{"a.cpp", 3, 4}), "a.cpp:3:4");
  EXPECT_EQ(to_string(Place{"a.cpp", 3, 0}), "a.cpp:3");
  EXPECT_EQ(to_string(Place{"a.cpp", 0, 4}), "a.cpp");
  EXPECT_EQ(to_string(Place{}), "");
}

TEST(Render, DotNamesTasksTopicsAndOpenEnds) {
  const std::string dot = to_dot(sample_graph());
  EXPECT_THAT(dot, HasSubstr("\"F4\" -> \"F6\" [label=\"C6\"];"));
  EXPECT_THAT(dot, HasSubstr("\"topic:C2\" -> \"F1\" [style=dashed];"));
  EXPECT_THAT(dot, HasSubstr("\"F6\" -> \"topic:C8\";"));
}

TEST(Render, MermaidNamesTasksTopicsAndOpenEnds) {
  const std::string text = to_mermaid(sample_graph());
  EXPECT_THAT(text, testing::StartsWith("flowchart LR\n  t0[\"F1\"]\n"));
  EXPECT_THAT(text, HasSubstr("  t3 -->|\"C6\"| t5\n"));
  EXPECT_THAT(text, HasSubstr("  v0 -.-> t0\n"));
  EXPECT_THAT(text, HasSubstr("  t5 --> r0\n"));
}

TEST(Render, HostileNamesStayInsideTheirQuotes) {
  TaskGraph graph;
  graph.tasks = {sample_task("A\"];evil[\"\n\\", {}, {"x\"|y"})};
  EXPECT_THAT(to_dot(graph), HasSubstr("\"A\\\"];evil[\\\" \\\\\""));
  EXPECT_THAT(to_mermaid(graph), HasSubstr("t0[\"A#34;#93;#59;evil#91;#34; \\\"]"));
}

}  // namespace
}  // namespace mort::graph
