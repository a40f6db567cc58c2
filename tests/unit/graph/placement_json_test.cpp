#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "hostile.hpp"
#include "mort/graph/placement.hpp"

namespace mort::graph {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr const char* kGood =
    R"({"format":"mort-instance-1","name":"small","meta":{"seed":1},"unknown":[1],
 "nodes":[{"id":1,"cpu":7},{"id":0,"cpu":5,"utilization":0.2,"memory":100,"name":"pi"}],
 "tasks":[{"id":0,"job":0,"cpu":1,"name":"M1","nodes":[0,1],"memory":5},{"id":1,"job":2,"cpu":2}],
 "edges":[{"from":0,"to":1,"rate":4096,"topic":"C3"}],
 "virtual":[{"id":0,"node":1,"topic":"C1"}],"vedges":[{"virtual":0,"to":0,"rate":128}],
 "best":{"plain":{"profit":1,"ub":1,"proved":true}}})";

TEST(InstanceJson, EntriesStandAtTheirIdsInAnyOrder) {
  const auto instance = instance_from_json(kGood, "i.json");
  ASSERT_TRUE(instance) << to_string(instance.error());
  EXPECT_EQ(instance->name, "small");
  ASSERT_EQ(instance->nodes.size(), 2U);
  EXPECT_EQ(instance->nodes[0].cpu, 5);
  EXPECT_EQ(instance->nodes[0].utilization, 0.2);
  EXPECT_EQ(instance->nodes[0].memory, 100);
  EXPECT_EQ(instance->nodes[1].cpu, 7);
  EXPECT_EQ(instance->tasks[0].nodes->size(), 2U);
  EXPECT_EQ(instance->tasks[1].job, 2);
  EXPECT_FALSE(instance->tasks[1].nodes);
  EXPECT_EQ(instance->edges[0].topic, "C3");
  EXPECT_EQ(instance->virtuals[0].node, 1);
  EXPECT_EQ(instance->virtual_edges[0].rate, 128);
}

TEST(InstanceJson, RoundTripKeepsEverything) {
  const auto instance = instance_from_json(kGood, "i.json");
  ASSERT_TRUE(instance);
  const std::string text = to_json(*instance);
  const auto again = instance_from_json(text, "i.json");
  ASSERT_TRUE(again) << to_string(again.error());
  EXPECT_EQ(to_json(*again), text);
  json expected = json::parse(kGood);
  for (const char* key : {"meta", "unknown", "best"}) expected.erase(key);
  std::swap(expected["nodes"][0], expected["nodes"][1]);
  EXPECT_EQ(json::parse(text), expected);
}

TEST(InstanceJson, FeedbackClosesALoopAndIsKept) {
  json document = json::parse(kGood);
  document["edges"].push_back({{"from", 1}, {"to", 0}, {"rate", 7}});
  const auto cycle = instance_from_json(document.dump(), "i.json");
  ASSERT_FALSE(cycle);
  EXPECT_THAT(cycle.error().cure, HasSubstr("feedback: true"));
  document["edges"][1]["feedback"] = true;
  const auto loop = instance_from_json(document.dump(), "i.json");
  ASSERT_TRUE(loop) << to_string(loop.error());
  EXPECT_FALSE(loop->edges[0].feedback);
  EXPECT_TRUE(loop->edges[1].feedback);
  EXPECT_EQ(json::parse(to_json(*loop))["edges"], document["edges"]);
}

struct Bad {
  const char* from;
  const char* to;
  const char* where;
  const char* cause;
};

const Bad kBad[] = {
    {"mort-instance-1", "mort-plan-1", "/format", "not \"mort-instance-1\""},
    {R"("name":"small",)", "", "/name", "missing"},
    {R"("id":1,"cpu":7)", R"("id":0,"cpu":7)", "/nodes/1/id", "used twice"},
    {R"("id":1,"cpu":7)", R"("id":2,"cpu":7)", "/nodes/0/id", "out of range"},
    {R"("id":1,"cpu":7)", R"("id":-1,"cpu":7)", "/nodes/0/id", "out of range"},
    {R"("id":1,"cpu":7)", R"("id":1)", "/nodes/0/cpu", "missing"},
    {R"("cpu":7)", R"("cpu":-7)", "/nodes/0/cpu", "out of range"},
    {R"("cpu":7)", R"("cpu":7.5)", "/nodes/0/cpu", "expected an integer, found number"},
    {R"("cpu":7)", R"("cpu":"7")", "/nodes/0/cpu", "expected an integer, found string"},
    {R"("cpu":7)", R"("cpu":1e400)", "1:", "not JSON"},
    {R"("utilization":0.2)", R"("utilization":1.5)", "/nodes/1/utilization", "out of range"},
    {R"("utilization":0.2)", R"("utilization":null)", "/nodes/1/utilization", "expected a number"},
    {R"("memory":100)", R"("memory":-1)", "/nodes/1/memory", "out of range"},
    {R"("nodes":[0,1])", R"("nodes":[0,2])", "/tasks/0/nodes/1", "out of range"},
    {R"("nodes":[0,1])", R"("nodes":[1,1])", "/tasks/0/nodes/1", "listed twice"},
    {R"("job":2)", R"("job":-2)", "/tasks/1/job", "out of range"},
    {R"("from":0,"to":1)", R"("from":1,"to":1)", "/edges", "cycle"},
    {R"("edges":[)", R"("edges":[{"from":1,"to":0,"rate":1},)", "/edges", "cycle"},
    {R"("from":0,"to":1)", R"("from":0,"to":2)", "/edges/0/to", "out of range"},
    {R"("rate":4096)", R"("rate":-1)", "/edges/0/rate", "out of range"},
    {R"("rate":4096)", R"("rate":9223372036854775807)", "/edges/0/rate", "out of range"},
    {R"("rate":4096,)", "", "/edges/0/rate", "missing"},
    {R"("id":0,"node":1)", R"("id":0,"node":2)", "/virtual/0/node", "out of range"},
    {R"("virtual":0,)", R"("virtual":1,)", "/vedges/0/virtual", "out of range"},
    {R"([{"id":0,"node":1,"topic":"C1"}])", "[]", "/vedges/0/virtual", "empty list"},
};

TEST(InstanceJson, FaultsAreRefusedWithFileAndPlace) {
  for (const Bad& bad : kBad) {
    SCOPED_TRACE(std::string(bad.from) + " -> " + bad.to);
    const auto instance = instance_from_json(replaced(kGood, bad.from, bad.to), "i.json");
    ASSERT_FALSE(instance);
    EXPECT_EQ(instance.error().code, ErrorCode::kInvalid);
    const std::string where = std::string("i.json:") + bad.where;
    EXPECT_THAT(instance.error().where,
                testing::StartsWith(std::string(bad.where) == "1:" ? "i.json:" : where));
    EXPECT_THAT(instance.error().message, HasSubstr(bad.cause));
    EXPECT_NE(instance.error().cure, "");
  }
}

TEST(InstanceJson, MembersMayStandInAnyOrderAndUnknownOnesAreSkippedAnywhere) {
  const auto instance = instance_from_json(
      R"({"vedges":[{"virtual":0,"to":1,"rate":1,"x":[[{"cpu":1}]]}],"edges":[{"rate":1,"to":0,"from":1}],
      "meta":{"edges":[{"from":7}]},"virtual":[{"node":1,"id":0,"more":{"id":3}}],"extra":[[1],{"id":2}],
      "tasks":[{"id":1,"job":0,"cpu":1,"nodes":[1]},{"cpu":2,"job":0,"id":0}],"name":"n",
      "nodes":[{"id":0,"cpu":1},{"id":1,"cpu":2}],"format":"mort-instance-1"})",
      "i.json");
  ASSERT_TRUE(instance) << to_string(instance.error());
  EXPECT_EQ(instance->tasks[0].cpu, 2);
  EXPECT_EQ(instance->tasks[1].nodes->at(0), 1);
  EXPECT_EQ(instance->edges[0].from, 1);
  EXPECT_EQ(instance->virtual_edges[0].to, 1);
}

TEST(InstanceJson, AnotherFormatIsSaidBeforeWhatElseIsWrong) {
  const auto instance =
      instance_from_json(R"({"tasks":[{"name":"T"}],"nodes":7,"format":"mort-graph-1"})", "g.json");
  ASSERT_FALSE(instance);
  EXPECT_EQ(instance.error().where, "g.json:/format");
  EXPECT_THAT(instance.error().message, HasSubstr("not \"mort-instance-1\""));
}

/// `entry` so many times, after `head` and before `tail`.
std::string many(std::string head, const std::string& entry, std::size_t count, const char* tail) {
  for (std::size_t i = 0; i < count; ++i) head += (i == 0 ? "" : ",") + entry;
  return head + tail;
}

TEST(InstanceJson, TextsThatWouldUnfoldAreRefused) {
  const std::string head = R"({"format":"mort-instance-1","name":"x","nodes":[)";
  struct Refusal {
    const char* where;
    const char* cause;
  };
  const Refusal cases[] = {{"/", "larger than 64 MiB"},   {"/", "too many values"},
                           {"/", "nested too deeply"},    {"/", "longer than 1 MiB"},
                           {"/nodes", "too many values"}, {"/nodes/100000", "one entry too many"},
                           {"/nodes", "there twice"}};
  const std::string texts[] = {head + std::string(std::size_t{64} << 20, ' '),
                               many(head, "0", 4'000'000, "]}"),
                               head + std::string(100, '[') + std::string(100, ']') + "]}",
                               head + "\"" + std::string(2'000'000, 'x') + "\"]}",
                               many(head + R"({"id":[)", "\"a\"", 300'000, "]}]}"),
                               many(head, R"({"id":0,"cpu":0})", 100'001, "]}"),
                               head + R"(],"nodes":[]})"};
  for (std::size_t i = 0; i < std::size(cases); ++i) {
    const auto instance = instance_from_json(texts[i], "i.json");
    ASSERT_FALSE(instance) << i;
    EXPECT_EQ(instance.error().code, ErrorCode::kInvalid);
    EXPECT_EQ(instance.error().where, std::string("i.json:") + cases[i].where) << i;
    EXPECT_THAT(instance.error().message, HasSubstr(cases[i].cause));
  }
}

TEST(InstanceJson, EmptyInstanceIsAnInstance) {
  EXPECT_TRUE(instance_from_json(
      R"({"format":"mort-instance-1","name":"","nodes":[],"tasks":[],"edges":[],"virtual":[],"vedges":[]})",
      ""));
}

TEST(InstanceJson, DamagedTextsAreRefusedOrReadButNeverEscape) {
  damage(kGood, 3'000, [](const std::string& text) {
    const auto instance = instance_from_json(text, "i.json");
    if (!instance) {
      ASSERT_THAT(instance.error().where, testing::StartsWith("i.json:"));
    }
  });
}

Plan sample_plan() {
  Plan plan;
  plan.instance = "small";
  plan.algorithm = "gbto";
  plan.profit = 5;
  plan.total = 7;
  plan.traffic = 2;
  plan.bound = 6;
  plan.choice = "asked for";
  plan.lanes = {0, 0, 1};
  plan.assign = {0, 1, -1};
  return plan;
}

TEST(PlanJson, TextIsThatOfTheFormat) {
  EXPECT_EQ(
      to_json(sample_plan()),
      R"({"format":"mort-plan-1","instance":"small","model":"plain","algorithm":"gbto","objective":"edge",)"
      R"("profit":5,"total":7,"traffic":2,"bound":6,"choice":"asked for","lanes":[0,0,1],"assign":[0,1,-1]})"
      "\n");
}

TEST(PlanJson, RoundTripKeepsEverythingAndUnknownMembersAreIgnored) {
  const std::string text = to_json(sample_plan());
  const auto plan =
      plan_from_json(replaced(text, "\"assign\"", "\"later\":[[1]],\"assign\""), "p.json");
  ASSERT_TRUE(plan) << to_string(plan.error());
  EXPECT_EQ(to_json(*plan), text);
}

TEST(PlanJson, FaultsAreRefusedWithFileAndPlace) {
  const Bad cases[] = {{"mort-plan-1", "x", "/format", "not \"mort-plan-1\""},
                       {R"("plain")", R"("other")", "/model", "unknown value"},
                       {R"("edge")", R"("x")", "/objective", "unknown value"},
                       {"-1]", "-2]", "/assign/2", "out of range"},
                       {"-1]", "\"0\"]", "/assign/2", "expected an integer"},
                       {"[0,1,-1]", "{\"0\":1}", "/assign", "expected an array"},
                       {R"("profit":5)", R"("profit":-5)", "/profit", "out of range"},
                       {"[0,0,1]", "[0,-1,1]", "/lanes/1", "out of range"},
                       {"\"assign\"", "\"assigned\"", "/assign", "missing"}};
  for (const Bad& bad : cases) {
    SCOPED_TRACE(bad.to);
    const auto plan = plan_from_json(replaced(to_json(sample_plan()), bad.from, bad.to), "p.json");
    ASSERT_FALSE(plan);
    EXPECT_EQ(plan.error().code, ErrorCode::kInvalid);
    EXPECT_EQ(plan.error().where, std::string("p.json:") + bad.where);
    EXPECT_THAT(plan.error().message, HasSubstr(bad.cause));
    EXPECT_NE(plan.error().cure, "");
  }
}

}  // namespace
}  // namespace mort::graph
