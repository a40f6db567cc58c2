#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "hostile.hpp"
#include "mort/graph/task_graph.hpp"
#include "sample_graph.hpp"

namespace mort::graph {
namespace {

using nlohmann::json;
using testing::HasSubstr;

TEST(TaskGraphJson, RoundTripKeepsEverything) {
  const std::string text = to_json(sample_graph());
  const auto graph = task_graph_from_json(text);
  ASSERT_TRUE(graph) << to_string(graph.error());
  EXPECT_EQ(to_json(*graph), text);
  EXPECT_EQ(graph->find("RawData1")->hints.stack_bytes, 512 * 1024);
  EXPECT_EQ(to_string(graph->find("F1")->sub[0].place), "F1.cpp:2:10");
  EXPECT_EQ(graph->types.enums.at("demo::Kind").enumerators[1].second, -1);
}

TEST(TaskGraphJson, TextDoesNotDependOnTheOrderOfTasks) {
  TaskGraph graph = sample_graph();
  const std::string text = to_json(graph);
  std::reverse(graph.tasks.begin(), graph.tasks.end());
  EXPECT_EQ(to_json(graph), text);
}

TEST(TaskGraphJson, DocumentHasTheMembersOfTheFormat) {
  const json document = json::parse(to_json(sample_graph()));
  EXPECT_EQ(document["format"], "mort-graph-1");
  EXPECT_EQ(document["virtual"],
            json::parse(R"([{"topic":"C2","type":"demo::Piece","subscribers":["F1","F2","F3"]}])"));
  EXPECT_EQ(document["results"],
            json::parse(R"([{"topic":"C8","type":"demo::Piece","publishers":["F6"]}])"));
  EXPECT_EQ(document["edges"][0],
            json::parse(R"({"from":"F1","to":"F4","topic":"C3","type":"demo::Piece"})"));
  EXPECT_EQ(document["types"]["enums"]["demo::Kind"][0],
            json::parse(R"({"name":"kEven","value":0})"));
  EXPECT_EQ(document["types"]["underlying"], json::parse(R"({"demo::Flags":"uint8"})"))
      << "int32 is not said";
}

TEST(TaskGraphJson, FeedbackIsSaidOfSubscriptionAndEdge) {
  EXPECT_EQ(to_json(sample_graph()).find("feedback"), std::string::npos) << "written where it is";
  TaskGraph graph;
  graph.tasks = {sample_task("A", {"x"}, {"y"}), sample_task("B", {"y"}, {"x"})};
  graph.tasks[1].sub[0].feedback = true;
  const std::string text = to_json(graph);
  const json document = json::parse(text);
  EXPECT_EQ(document["tasks"][1]["sub"][0]["feedback"], true);
  EXPECT_EQ(document["edges"][0]["feedback"], true);
  const auto read = task_graph_from_json(text);
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(to_json(*read), text);
}

TEST(TaskGraphJson, ParametersThatShapedTheGraphAreKept) {
  EXPECT_FALSE(json::parse(to_json(sample_graph())).contains("params")) << "written where needed";
  TaskGraph graph = sample_graph();
  graph.params = {{"topic", "C1"}, {"empty", ""}};
  const auto read = task_graph_from_json(to_json(graph));
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(read->params, graph.params);
  const std::pair<json, const char*> cases[] = {{json::array(), "/params"},
                                                {json{{"a", 1}}, "/params/a"},
                                                {json{{"a b", "1"}}, "/params/a b"},
                                                {json{{"a", std::string(5000, 'x')}}, "/params/a"}};
  for (const auto& [params, where] : cases) {
    json document = json::parse(to_json(graph));
    document["params"] = params;
    const auto refused = task_graph_from_json(document.dump());
    ASSERT_FALSE(refused) << where;
    EXPECT_EQ(refused.error().where, where);
  }
}

TEST(TaskGraphJson, PlacesOfTypesAreKept) {
  EXPECT_FALSE(json::parse(to_json(sample_graph()))["types"].contains("places"));
  TaskGraph graph = sample_graph();
  graph.types.places["demo::Part"] = {"messages.hpp", 7, 8};
  graph.types.places["demo::Kind"] = {"messages.hpp", 3, 6};
  const auto read = task_graph_from_json(to_json(graph));
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(to_json(*read), to_json(graph));
  EXPECT_EQ(to_string(read->types.places.at("demo::Part")), "messages.hpp:7:8");
  graph.types.places["demo::None"] = {};
  const auto refused = task_graph_from_json(to_json(graph));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().where, "/types/places/demo::None");
}

TEST(TaskGraphJson, DiagnosticsAreKept) {
  const std::vector<Diagnostic> written = {{"error",
                                            "unknown-topic",
                                            "the topic is not a constant",
                                            {"a.cpp", 3, 4},
                                            {"called here", "make it constexpr"}},
                                           {"warning", "x", "\xff is no UTF-8", {}, {}}};
  const auto found = diagnostics_from_json(to_json(sample_graph(), written));
  ASSERT_TRUE(found) << to_string(found.error());
  ASSERT_EQ(found->size(), 2U);
  EXPECT_EQ((*found)[0].notes, written[0].notes);
  EXPECT_EQ(to_string((*found)[0].place), "a.cpp:3:4");
  EXPECT_EQ((*found)[1].message, "\xEF\xBF\xBD is no UTF-8");
}

TEST(TaskGraphJson, DerivedMembersMayBeLeftOut) {
  json document = json::parse(to_json(sample_graph()));
  for (const char* key : {"edges", "virtual", "results", "types", "diagnostics"})
    document.erase(key);
  for (json& task : document["tasks"]) {
    task.erase("inputs");
    task.erase("outputs");
  }
  EXPECT_TRUE(task_graph_from_json(document.dump()));
}

TEST(TaskGraphJson, TasksShowTheirInputsOutputsAndFixedSizes) {
  TaskGraph graph = sample_graph();
  graph.types.structs["demo::Fixed"] = {{{"flag", "bool"}, {"value", "double"}}};
  TaskDecl& raw = graph.tasks.back();
  ASSERT_EQ(raw.name, "RawData1");
  raw.pub.push_back({"fixed", "demo::Fixed", {}});
  raw.pub.push_back({"fixed", "demo::Fixed", {}});  // named twice, one output
  json document = json::parse(to_json(graph));
  const json& f4 = document["tasks"][3];
  EXPECT_EQ(f4["inputs"], 3);
  EXPECT_EQ(f4["outputs"], 1);
  json& task = document["tasks"][6];
  EXPECT_EQ(task["inputs"], 0);
  EXPECT_EQ(task["outputs"], 2);
  EXPECT_FALSE(task["pub"][0].contains("bytes")) << "it holds text";
  EXPECT_EQ(task["pub"][1]["bytes"], 4 + 16);
  EXPECT_TRUE(task_graph_from_json(document.dump()));
  std::reverse(document["tasks"].begin(), document["tasks"].end());
  EXPECT_TRUE(task_graph_from_json(document.dump())) << "tasks may come in any order";
  document["tasks"][0]["pub"][2].erase("bytes");
  EXPECT_TRUE(task_graph_from_json(document.dump())) << "derived: may be left out";
  document["tasks"][0]["pub"][1]["bytes"] = 21;
  const auto wrong = task_graph_from_json(document.dump());
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().where, "/tasks/0/pub/1/bytes");
  document["tasks"][0]["pub"][1].erase("bytes");
  document["tasks"][0]["pub"][0]["bytes"] = 12;
  EXPECT_FALSE(task_graph_from_json(document.dump())) << "it varies";
}

TEST(TaskGraphJson, AFaultInANameDoesNotMixUpTheTasks) {
  TaskGraph graph;
  graph.tasks = {sample_task("A", {}, {}), sample_task("B", {"x", "y"}, {"z"})};
  json document = json::parse(to_json(graph));
  document["tasks"][1]["name"] = "~";
  document["tasks"][1]["class"] = 7;
  const auto refused = task_graph_from_json(document.dump());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().where, "/tasks/1/name");
}

TEST(TaskGraphJson, StructsAreNestedToABoundWhateverTheirNames) {
  for (const bool upwards : {false, true}) {
    for (const int depth : {32, 33}) {
      TaskGraph graph;
      const auto name = [&](int level) {
        const int number = upwards ? 100 + level : 999 - level;
        return "S" + std::to_string(number);
      };
      graph.types.structs[name(0)] = {{{"x", "int8"}}};
      for (int level = 1; level <= depth; ++level)
        graph.types.structs[name(level)] = {{{"x", name(level - 1)}}};
      EXPECT_EQ(task_graph_from_json(to_json(graph)).has_value(), depth == 32) << upwards;
    }
  }
}

struct Bad {
  const char* pointer;
  const char* value;  ///< JSON put there; null means: remove the member
  const char* where;
  const char* cause;
};

const Bad kBad[] = {
    {"/format", "\"mort-graph-2\"", "/format", "not \"mort-graph-1\""},
    {"/format", nullptr, "/format", "missing"},
    {"/tasks", "{}", "/tasks", "expected an array, found object"},
    {"/tasks/0/name", nullptr, "/tasks/0/name", "missing"},
    {"/tasks/0/name", "7", "/tasks/0/name", "expected a string, found number"},
    {"/tasks/0/name", "\"../x\"", "/tasks/0/name", "invalid name"},
    {"/tasks/0/name", "\"a\\u0000b\"", "/tasks/0/name", "NUL"},
    {"/tasks/0/class", "null", "/tasks/0/class", "expected a string, found null"},
    {"/tasks/1/line", "-1", "/tasks/1/line", "out of range"},
    {"/tasks/1/line", "1.5", "/tasks/1/line", "expected an integer"},
    {"/tasks/1/line", "18446744073709551615", "/tasks/1/line", "out of range"},
    {"/tasks/1/options", "[]", "/tasks/1/options", "expected an object, found array"},
    {"/tasks/6/options/cpu_millis", "1024001", "/tasks/6/options/cpu_millis", "out of range"},
    {"/tasks/6/options/stack_bytes", "1", "/tasks/6/options/stack_bytes", "out of range"},
    {"/tasks/0/sub/1/topic", "\"a b\"", "/tasks/0/sub/1/topic", "invalid topic"},
    {"/tasks/0/pub", nullptr, "/tasks/0/pub", "missing"},
    {"/edges/0/to", "\"F9\"", "/edges", "does not follow"},
    {"/results", "[]", "/results", "does not follow"},
    {"/tasks/0/inputs", "3", "/tasks/0/inputs", "does not follow"},
    {"/tasks/6/outputs", "\"1\"", "/tasks/6/outputs", "does not follow"},
    {"/types", "[]", "/types", "expected an object"},
    {"/types/structs/demo::Part/fields/0/type", "\"demo::None\"", "/types/structs/demo::Part",
     "unknown type"},
    {"/types/structs/demo::Part/fields/0/type", "\"array<int8,0>\"", "/types/structs/demo::Part",
     "unknown type"},
    {"/types/structs/demo::Part/fields/0/type", "\"array<int8,99999999999999999999>\"",
     "/types/structs/demo::Part", "unknown type"},
    {"/types/structs/demo::Part/fields/0/type", "\"sequence<demo::Piece>\"",
     "/types/structs/demo::Part", "contains itself"},
    {"/types/enums/demo::Kind/0/value", "\"0\"", "/types/enums/demo::Kind/0/value",
     "expected an integer"},
    {"/types/underlying/demo::Flags", "\"double\"", "/types/underlying/demo::Flags",
     "unknown value"},
    {"/types/underlying", "{\"demo::Part\": \"int8\"}", "/types/underlying/demo::Part",
     "no enum of this table"},
    {"/types/structs/demo::Part/fields/2/type", "\"map<int8,demo::Flags>\"",
     "/types/structs/demo::Part", "unknown type"},
    {"/types/structs/demo::Part/fields/2/type", "\"optional<demo::Piece>\"",
     "/types/structs/demo::Part", "contains itself"},
};

TEST(TaskGraphJson, FaultsAreRefusedWithTheirPointer) {
  for (const Bad& bad : kBad) {
    SCOPED_TRACE(bad.pointer);
    json document = json::parse(to_json(sample_graph()));
    const json::json_pointer at(bad.pointer);
    ASSERT_TRUE(document.contains(at));
    if (bad.value == nullptr) {
      document[at.parent_pointer()].erase(at.back());
    } else {
      document[at] = json::parse(bad.value);
    }
    const auto graph = task_graph_from_json(document.dump());
    ASSERT_FALSE(graph);
    EXPECT_EQ(graph.error().code, ErrorCode::kInvalid);
    EXPECT_THAT(graph.error().where, testing::StartsWith(bad.where));
    EXPECT_THAT(graph.error().message, HasSubstr(bad.cause));
    EXPECT_NE(graph.error().cure, "");
  }
}

TEST(TaskGraphJson, TextsThatAreNoDocumentAreRefused) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "1:1"},
      {"[", "1:2"},
      {"{\n  \"a\": nope", "2:9"},
      {"[]", "/"},
      {"7", "/"},
      {std::string(1000, '[') + std::string(1000, ']'), "/"},
      {std::string(1 << 20, '['), "/"},
      {"\"\xff\"", "1:2"}};
  for (const auto& [text, where] : cases) {
    const auto graph = task_graph_from_json(text);
    ASSERT_FALSE(graph) << text.substr(0, 20);
    EXPECT_EQ(graph.error().code, ErrorCode::kInvalid);
    EXPECT_EQ(graph.error().where, where) << text.substr(0, 20) << " " << graph.error().message;
    EXPECT_FALSE(diagnostics_from_json(text));
  }
}

TEST(TaskGraphJson, TooManyEntriesAreRefused) {
  TaskGraph graph;
  for (int i = 0; i < 10'001; ++i)
    graph.tasks.push_back(sample_task("T" + std::to_string(i), {}, {}));
  const auto found = task_graph_from_json(to_json(graph));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().where, "/tasks");
}

TEST(TaskGraphJson, DamagedTextsAreRefusedOrReadButNeverEscape) {
  damage(to_json(sample_graph()), 500, [](const std::string& text) {
    const auto graph = task_graph_from_json(text);
    if (!graph) {
      ASSERT_EQ(graph.error().code, ErrorCode::kInvalid);
      ASSERT_NE(graph.error().where, "");
    }
  });
}

}  // namespace
}  // namespace mort::graph
