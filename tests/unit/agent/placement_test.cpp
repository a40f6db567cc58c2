#include "mort/agent/placement.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>

#include "mort/agent/plan_options.hpp"
#include "mort/worker/config.hpp"

namespace mort::agent {
namespace {

using nlohmann::json;
using testing::HasSubstr;

/// Source (node a) -> C1 -> Count -> C2 -> Sink.
graph::Manifest pipeline() {
  graph::Manifest manifest;
  manifest.job.name = "pipeline";
  manifest.artifacts = {{"library", "x86_64", std::string(64, 'a'), 0, 65536, {}}};
  manifest.graph.types.structs["demo::Piece"] = {{{"number", "int64"}}};
  manifest.graph.types.structs["demo::Text"] = {{{"text", "string"}}};
  const auto task = [](const char* name, std::vector<graph::Port> sub,
                       std::vector<graph::Port> pub) {
    graph::TaskDecl decl;
    decl.name = name;
    decl.sub = std::move(sub);
    decl.pub = std::move(pub);
    return decl;
  };
  manifest.graph.tasks = {task("Count", {{"C1", "demo::Piece", {}}}, {{"C2", "demo::Text", {}}}),
                          task("Sink", {{"C2", "demo::Text", {}}}, {}),
                          task("Source", {}, {{"C1", "demo::Piece", {}}})};
  manifest.job.tasks["Source"].node = "a";
  manifest.job.tasks["Source"].period_ns = 20'000'000;
  return manifest;
}

NodeInfo node(const std::string& id, std::int64_t cpu = 4000) {
  NodeInfo info;
  info.id = id;
  info.arch = "x86_64";
  info.cpu_millis = info.free_cpu_millis = cpu;
  return info;
}

Surroundings fleet(std::vector<NodeInfo> nodes) {
  Surroundings surroundings;
  surroundings.nodes = std::move(nodes);
  return surroundings;
}

offload::Options gbto() {
  return *plan_options({{"algorithm", "gbto"}});
}

Placement placed(const graph::Manifest& manifest, const Surroundings& surroundings) {
  auto placement = place(manifest, surroundings, gbto());
  if (placement) return *placement;
  ADD_FAILURE() << to_string(placement.error());
  return {};
}

TEST(Placement, SaysOfEachRateWhetherItWasMeasuredExpectedOrAssumed) {
  graph::Manifest manifest = pipeline();
  Surroundings surroundings = fleet({node("a"), node("b")});
  Placement first = placed(manifest, surroundings);
  EXPECT_EQ(first.rates["C1"].bps, 12 * 8 * 50) << "with its encapsulation";
  EXPECT_EQ(first.rates["C1"].source, RateSource::kExpected);
  EXPECT_EQ(first.rates["C2"].bps, 1024 * 8);
  EXPECT_EQ(first.rates["C2"].source, RateSource::kAssumed);

  surroundings.measured.topics["C1"] = {12, 4777, 20'000'000, "demo::Piece"};
  surroundings.measured.topics["C2"] = {300, 120'000, 0, "demo::Text"};
  Placement second = placed(manifest, surroundings);
  EXPECT_EQ(second.rates["C1"].bps, 4777);
  EXPECT_EQ(second.rates["C2"].bps, 120'000);
  const json document = json::parse(to_json(second));
  EXPECT_EQ(document["rate_sources"]["C1"], "measured");
  EXPECT_EQ(document["rate_sources"]["C2"], "measured");
  EXPECT_EQ(document["assumed"], json::array());
  EXPECT_EQ(json::parse(to_json(first))["assumed"], json::array({"C2"}));
}

TEST(Placement, AMeasuredSizeHoldsUnderAnotherPeriodButTheMeasuredRateDoesNot) {
  graph::Manifest manifest = pipeline();
  Surroundings surroundings = fleet({node("a")});
  surroundings.measured.topics["C1"] = {12, 4777, 20'000'000, "demo::Piece"};
  manifest.job.tasks["Source"].period_ns = 10'000'000;
  const Placement placement = placed(manifest, surroundings);
  EXPECT_EQ(placement.rates.at("C1").bps, 12 * 8 * 100);
  EXPECT_EQ(placement.rates.at("C1").source, RateSource::kExpected);
}

TEST(Placement, WhatWasMeasuredOfAnotherMessageTypeSaysNothing) {
  Surroundings surroundings = fleet({node("a")});
  surroundings.measured.topics["C2"] = {300, 120'000, 0, "demo::Other"};
  EXPECT_EQ(placed(pipeline(), surroundings).rates.at("C2").source, RateSource::kAssumed);
}

TEST(Placement, MeasuredRatesDrawTasksWhereAssumedOnesDidNot) {
  graph::Manifest manifest = pipeline();  // Other (b) -> C3 -> Count as well
  graph::TaskDecl other;
  other.name = "Other";
  other.pub = {{"C3", "demo::Text", {}}};
  manifest.graph.tasks.insert(manifest.graph.tasks.begin() + 1, other);
  manifest.graph.tasks[0].sub.push_back({"C3", "demo::Text", {}});
  manifest.job.tasks["Other"].node = "b";
  Surroundings surroundings = fleet({node("a"), node("b")});
  EXPECT_EQ(placed(manifest, surroundings).assign.at("Count"), "b") << "C3 is taken as 8192 bit/s";
  surroundings.measured.topics["C3"] = {10, 80, 0, "demo::Text"};
  EXPECT_EQ(placed(manifest, surroundings).assign.at("Count"), "a");
}

TEST(Placement, ANodeThatTakesNoTasksGetsNoneAndKeepsItsTopics) {
  graph::Manifest manifest = pipeline();
  manifest.job.tasks.clear();
  Surroundings surroundings = fleet({node("a"), node("b", 1000)});
  surroundings.nodes[0].takes_tasks = false;
  const auto full = place(manifest, surroundings, gbto());
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::kInfeasible);
  surroundings.nodes[1] = node("b");
  for (const auto& [task, where] : placed(manifest, surroundings).assign) EXPECT_EQ(where, "b");

  graph::Manifest reader = pipeline();  // reads C1 from a, where it may not go
  reader.job.tasks.clear();
  std::erase_if(reader.graph.tasks, [](const auto& task) { return task.name == "Source"; });
  surroundings.published = {{"C1", "a", "demo::Piece", {50'000, RateSource::kMeasured}}};
  const Placement drawn = placed(reader, surroundings);
  EXPECT_EQ(drawn.assign.at("Count"), "b");
  EXPECT_EQ(drawn.plan.traffic, 50'000);
  EXPECT_EQ(drawn.rates.at("C1").source, RateSource::kMeasured);

  surroundings.follow_node = "a";  // it is no task of the job: whoever asks may see the results
  std::erase_if(reader.graph.tasks, [](const auto& task) { return task.name == "Sink"; });
  EXPECT_EQ(placed(reader, surroundings).assign.at("follow"), "a");
}

/// Wherever it is read it crosses, once for each node: so its readers belong together.
TEST(Placement, ATopicFromOutsideTheFleetCrossesToOneNodeAndNothingRunsThere) {
  graph::Manifest manifest = pipeline();
  manifest.job.tasks.clear();
  manifest.job.topics["C0"].bytes = 100'000;
  manifest.job.topics["C0"].ros2 = true;
  manifest.graph.tasks[0].sub = {{"C0", "demo::Piece", {}}};
  manifest.graph.tasks[1].sub = {{"C0", "demo::Piece", {}}};
  manifest.graph.tasks[2] = {};
  manifest.graph.tasks[2].name = "Third";
  manifest.graph.tasks[2].sub = {{"C0", "demo::Piece", {}}};
  Surroundings surroundings = fleet({node("a"), node("b"), node("c")});
  PublishedTopic outside{"rt/C0", std::string(kExternalNode), "demo::msg::dds_::Piece_", {}, true};
  surroundings.published = {{"other", std::string(kExternalNode), "T", {}, true}, outside};
  const auto options = plan_options({{"algorithm", "refine"}, {"steps", "2000"}});
  ASSERT_TRUE(options);
  const auto placement = place(manifest, surroundings, *options);
  ASSERT_TRUE(placement) << to_string(placement.error());
  std::set<std::string> used;
  for (const auto& [task, where] : placement->assign) used.insert(where);
  EXPECT_EQ(used.size(), 1U);
  EXPECT_FALSE(used.contains(std::string(kExternalNode)));
  EXPECT_EQ(placement->rates.at("C0").bps, 800'000);
  EXPECT_EQ(placement->rates.at("C0").source, RateSource::kAssumed);
  EXPECT_EQ(placement->plan.traffic, 800'000);

  manifest.job.tasks["Third"].node = "d";
  const auto nowhere = place(manifest, surroundings, *options);
  ASSERT_FALSE(nowhere);
  EXPECT_THAT(nowhere.error().cure, testing::Not(HasSubstr("external")));

  manifest.job.tasks["Third"].node = "external";
  const auto outside_it = place(manifest, surroundings, *options);
  ASSERT_FALSE(outside_it);
  EXPECT_THAT(outside_it.error().message, HasSubstr("external, which is not in the fleet"));
}

TEST(Placement, ATaskPinnedToANodeThatTakesNoTasksIsRefusedByThatName) {
  Surroundings surroundings = fleet({node("a"), node("b")});
  surroundings.nodes[0].takes_tasks = false;
  const auto refused = place(pipeline(), surroundings, gbto());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInfeasible);
  EXPECT_THAT(refused.error().message,
              HasSubstr("task Source is pinned to node a, which takes no tasks"));
  EXPECT_THAT(refused.error().cure, HasSubstr("without --no-tasks"));
}

TEST(Placement, MemoryIsASecondResource) {
  graph::Manifest manifest = pipeline();
  manifest.job.tasks["Source"] = {};
  for (const char* task : {"Source", "Count", "Sink"})
    manifest.job.tasks[task].memory_bytes = 100 << 20;
  Surroundings surroundings = fleet({node("a", 8000), node("b", 8000)});
  surroundings.nodes[0].free_memory = 200 << 20;
  surroundings.nodes[1].free_memory = 100 << 20;
  std::map<std::string, int> tasks;
  for (const auto& [task, where] : placed(manifest, surroundings).assign) ++tasks[where];
  EXPECT_EQ(tasks, (std::map<std::string, int>{{"a", 2}, {"b", 1}}));
  surroundings.nodes[1].free_memory = std::nullopt;  // not known: not looked at
  EXPECT_TRUE(place(manifest, surroundings, gbto()));
  surroundings.nodes[1].free_memory = (100 << 20) - 1;
  const auto refused = place(manifest, surroundings, gbto());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInfeasible);
}

TEST(Placement, MeasuredCpuTimeKeepsAFusedPlanFromOverfillingANode) {
  graph::Manifest manifest =
      pipeline();  // one path: its three tasks never run at once, says the model
  Surroundings surroundings = fleet({node("a", 1000), node("b", 1000)});
  const auto fused = plan_options({{"algorithm", "gfbto"}, {"model", "fused"}});
  const auto together = place(manifest, surroundings, *fused);
  ASSERT_TRUE(together) << to_string(together.error());
  EXPECT_EQ(together->plan.model, "fused");
  EXPECT_EQ(together->plan.traffic, 0);
  for (const char* task : {"Source", "Count", "Sink"})
    surroundings.measured.tasks[task] = {400, false};
  const auto apart = place(manifest, surroundings, *fused);
  ASSERT_TRUE(apart) << to_string(apart.error());
  EXPECT_GT(apart->plan.traffic, 0) << "1.2 cores of measured work on one core";
}

TEST(Placement, SaysHowGoodAPlanCouldBeAndWhoMadeIt) {
  const Surroundings surroundings = fleet({node("a"), node("b")});
  const auto placement = place(pipeline(), surroundings, default_plan_options());
  ASSERT_TRUE(placement) << to_string(placement.error());
  const json document = json::parse(to_json(*placement));
  EXPECT_EQ(document["objective"], "topic");
  EXPECT_EQ(document["traffic_bps"], 0);
  EXPECT_EQ(document["bound_bps"], 0);
  EXPECT_NE(document["choice"], "");
  EXPECT_EQ(document["lanes"].size(), 3U);
}

TEST(Placement, LanesStayBelowWhatAWorkerTakesHoweverManyCoresANodeHas) {
  graph::Manifest manifest = pipeline();
  manifest.job.tasks.clear();
  manifest.graph.tasks.clear();
  for (int i = 0; i < 300; ++i) {
    graph::TaskDecl task;
    task.name = "T" + std::to_string(i);
    manifest.graph.tasks.push_back(task);
  }
  const Placement placement = placed(manifest, fleet({node("a", 1'000'000)}));
  ASSERT_EQ(placement.lanes.size(), 300U);
  std::set<int> used;
  for (const auto& [task, lane] : placement.lanes) used.insert(lane);
  EXPECT_EQ(used.size(), static_cast<std::size_t>(worker::kMaxLanes));
  EXPECT_GE(*used.begin(), 0);
  EXPECT_LT(*used.rbegin(), worker::kMaxLanes);
}

TEST(Placement, AnUnknownAlgorithmIsRefused) {
  offload::Options options;
  options.algorithm = "guess";
  const auto refused = place(pipeline(), fleet({node("a")}), options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalid);
}

}  // namespace
}  // namespace mort::agent
