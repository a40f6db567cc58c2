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

/// A -[x]-> B -[y]-> A, where A reads y as feedback.
TaskGraph loop() {
  TaskGraph graph;
  graph.tasks = {sample_task("B", {"x"}, {"y"}), sample_task("Z", {"y"}, {"x"})};
  graph.tasks[1].sub[0].feedback = true;
  return graph;
}

TEST(TaskGraph, FeedbackClosesALoopAndOrdersNothing) {
  EXPECT_TRUE(check(loop()).empty());
  EXPECT_THAT(topological_order(loop()), ElementsAre("Z", "B"));
  EXPECT_TRUE(is_feedback(loop().tasks[1], "y"));
  EXPECT_FALSE(is_feedback(loop().tasks[0], "x"));
  ASSERT_EQ(loop().edges().size(), 2U);
  EXPECT_TRUE(loop().edges()[0].feedback);
  EXPECT_FALSE(loop().edges()[1].feedback);
  TaskGraph closed = loop();
  closed.tasks[1].sub[0].feedback = false;
  ASSERT_EQ(check(closed).size(), 1U);
  EXPECT_EQ(check(closed)[0].code, "cycle");
}

TEST(TaskGraph, WhatIsReadAsFeedbackAloneMayBeAbsent) {
  TaskGraph graph = loop();
  graph.tasks.push_back(sample_task("Other", {"y", "w"}, {}));
  graph.tasks.push_back(sample_task("More", {"v", "w"}, {}));
  graph.tasks[2].sub[1].feedback = true;
  graph.tasks[3].sub[0].feedback = true;
  EXPECT_TRUE(graph.may_be_absent("v"));
  EXPECT_FALSE(graph.may_be_absent("w"));
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
    ASSERT_FALSE(found[0].notes.empty());
    EXPECT_THAT(found[0].notes[0], HasSubstr(bad.note));
  }
}

/// A publishes `left`, B reads it as `right`.
TaskGraph joined(const std::string& left, const std::string& right) {
  TaskGraph graph;
  graph.tasks = {sample_task("A", {}, {"x"}), sample_task("B", {"x"}, {})};
  graph.tasks[0].pub[0].type = left;
  graph.tasks[1].sub[0].type = right;
  auto& structs = graph.types.structs;
  structs["a::Frame"] = {{{"number", "int64"}, {"parts", "array<sequence<a::Part>,3>"}}};
  structs["a::Part"] = {{{"kind", "a::Kind"}, {"size", "double"}}};
  structs["b::Frame"] = {{{"number", "int64"}, {"parts", "array<sequence<b::Piece>,3>"}}};
  structs["b::Piece"] = {{{"kind", "b::Sort"}, {"size", "double"}}};
  structs["FewerFields"] = {{{"number", "int64"}}};
  structs["OtherName"] = {{{"count", "int64"}, {"parts", "array<sequence<a::Part>,3>"}}};
  structs["OtherWidth"] = {{{"number", "uint64"}, {"parts", "array<sequence<a::Part>,3>"}}};
  structs["OtherLength"] = {{{"number", "int64"}, {"parts", "array<sequence<a::Part>,4>"}}};
  structs["OtherLayers"] = {{{"number", "int64"}, {"parts", "sequence<array<a::Part,3>>"}}};
  structs["OtherDeep"] = {{{"number", "int64"}, {"parts", "array<sequence<c::Part>,3>"}}};
  structs["c::Part"] = {{{"kind", "c::Kind"}, {"size", "double"}}};
  structs["OtherUnderlying"] = {{{"number", "int64"}, {"parts", "array<sequence<d::Part>,3>"}}};
  structs["d::Part"] = {{{"kind", "d::Kind"}, {"size", "double"}}};
  structs["OtherKind"] = {{{"number", "int64"}, {"parts", "array<sequence<a::Kind>,3>"}}};
  graph.types.enums["a::Kind"] = {{{"even", 0}, {"odd", 1}}};
  graph.types.enums["b::Sort"] = {{{"odd", 1}, {"even", 0}}};
  graph.types.enums["d::Kind"] = {{{"even", 0}, {"odd", 1}}, "uint8"};
  graph.types.enums["c::Kind"] = {{{"even", 1}, {"odd", 0}}};
  graph.types.places["a::Frame"] = {"a.hpp", 4, 8};
  return graph;
}

TEST(TaskGraph, TypesOfOneStructureMayHaveDifferentNames) {
  EXPECT_TRUE(check(joined("a::Frame", "b::Frame")).empty());
  EXPECT_TRUE(check(joined("b::Frame", "a::Frame")).empty());
  const TaskGraph graph = joined("b::Frame", "a::Frame");
  EXPECT_EQ(graph.type_of("x"), "b::Frame") << "the publisher's name is on the wire";
  EXPECT_EQ(graph.edges()[0].type, "b::Frame");
}

TEST(TaskGraph, TypesOfAnotherStructureAreShownWithTheirDifference) {
  const std::pair<const char*, const char*> cases[] = {
      {"FewerFields", "only one has field \"parts\""},
      {"OtherName", "field 1 is \"number\" in one and \"count\" in the other"},
      {"OtherWidth", "field \"number\": int64 in one and uint64 in the other"},
      {"OtherLength", "field \"parts\": array<sequence<a::Part>,3> in one and"},
      {"OtherLayers", "field \"parts\": array<sequence<a::Part>,3> in one and"},
      {"OtherDeep", "field \"parts\": field \"kind\": the enumerators of a::Kind and c::Kind"},
      {"OtherUnderlying", "the values of a::Kind are of type int32, of d::Kind of type uint8"},
      {"OtherKind", "field \"parts\": a::Part in one and a::Kind in the other"},
      {"Unknown", "a::Frame in one and Unknown in the other"},
  };
  for (const auto& [type, difference] : cases) {
    SCOPED_TRACE(type);
    const auto found = check(joined("a::Frame", type));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].code, "type-mismatch");
    ASSERT_EQ(found[0].notes.size(), 3U);
    EXPECT_EQ(found[0].notes[0],
              "a::Frame is named at A.cpp:3:10 and defined at a.hpp:4:8:\n"
              "struct a::Frame {\n  int64 number;\n  array<sequence<a::Part>,3> parts;\n};");
    EXPECT_THAT(found[0].notes[1], testing::StartsWith(std::string(type) + " is named at B.cpp"));
    EXPECT_THAT(found[0].notes[2], HasSubstr(difference));
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

TEST(Render, FeedbackIsDashed) {
  EXPECT_THAT(to_dot(loop()), HasSubstr("\"B\" -> \"Z\" [label=\"y\", style=dashed];"));
  EXPECT_THAT(to_dot(loop()), HasSubstr("\"Z\" -> \"B\" [label=\"x\"];"));
  EXPECT_THAT(to_mermaid(loop()), HasSubstr("t0 -.->|\"y\"| t1\n  t1 -->|\"x\"| t0"));
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
