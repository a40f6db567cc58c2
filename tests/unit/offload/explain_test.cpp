// What people read about a plan.
#include <gmock/gmock.h>

#include "builder.hpp"
#include "reference.hpp"

namespace mort::offload {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// 0 and 1 on node0, which is full; 2 on node1. C1 stays, C2 crosses.
Builder small() {
  Builder b;
  b.node(2).node(1).task(1).task(1).task(1).edge(0, 1, 30, "C1").edge(1, 2, 10, "C2").feed(0, 0, 5);
  return b;
}

graph::Plan planned(const graph::Instance& instance, const std::string& algorithm = "gbto",
                    const std::string& objective = "edge") {
  Options options;
  options.algorithm = algorithm;
  options.objective = objective;
  options.steps = 500;
  return plan(instance, options).value();
}

TEST(Explain, SaysWhatStaysWhatCrossesAndWhatItWouldCostElsewhere) {
  Builder b = small();
  const graph::Plan plan = planned(b.get());
  ASSERT_THAT(plan.assign, ElementsAre(0, 0, 1));
  const auto reasons = explain(b.get(), plan);
  ASSERT_EQ(reasons.size(), 3U);
  EXPECT_EQ(reasons[0].local_bps, 35);
  EXPECT_EQ(reasons[0].remote_bps, 0);
  EXPECT_EQ(reasons[1].node, 0);
  EXPECT_EQ(reasons[1].local_bps, 30);
  EXPECT_EQ(reasons[1].remote_bps, 10);
  EXPECT_EQ(reasons[1].text,
            "30 bit/s of 40 bit/s stay here; crosses: C2 to 2 on node1 (10 bit/s); on node1 20 "
            "bit/s more would cross, but 0 of the 1 cpu asked for are left there");
  EXPECT_THAT(reasons[0].text, HasSubstr("nothing crosses"));
}

TEST(Explain, PinnedTaskMayRunOnNoOtherNode) {
  Builder b;
  b.node(2).node(1).task(1, std::vector<std::int32_t>{1});
  EXPECT_THAT(explain(b.get(), planned(b.get()))[0].text, HasSubstr("it may run on no other node"));
}

TEST(Explain, NodesThatATaskMayNotUseAreNeitherAChoiceNorALimitOfTheirs) {
  Builder b;
  b.node(4).node(4).node(4);
  b.task(1, std::vector<std::int32_t>{1}).task(1, std::vector<std::int32_t>{0, 2});
  b.edge(0, 1, 10);
  graph::Plan plan = planned(b.get());
  plan.assign = {1, 0};
  const auto reasons = explain(b.get(), plan);
  EXPECT_TRUE(reasons[0].pinned);
  EXPECT_FALSE(reasons[1].pinned);
  EXPECT_TRUE(reasons[1].elsewhere[0].barred);  // node1: all of it would stay there
  EXPECT_THAT(reasons[1].text, HasSubstr("on node2 as much would cross"));
  for (const NodeUse& use : node_uses(b.get(), plan)) EXPECT_EQ(use.kept_out, 0);
}

TEST(RateText, HasThreeDigitsAndTheUnitThatSuitsThem) {
  EXPECT_EQ(rate_text(0), "0 bit/s");
  EXPECT_EQ(rate_text(999), "999 bit/s");
  EXPECT_EQ(rate_text(1000), "1 kbit/s");
  EXPECT_EQ(rate_text(999'400), "999 kbit/s");
  EXPECT_EQ(rate_text(999'600), "1 Mbit/s");
  EXPECT_EQ(rate_text(1'234'567), "1.23 Mbit/s");
  EXPECT_EQ(rate_text(1'000'000'000'000), "1 Tbit/s");
}

TEST(NodeUses, NameTheLimitThatKeepsATaskOut) {
  Builder b = small();
  const auto uses = node_uses(b.get(), planned(b.get()));
  ASSERT_EQ(uses.size(), 2U);
  EXPECT_EQ(uses[0].tasks, 2);
  EXPECT_EQ(uses[0].cpu, 2);
  EXPECT_EQ(uses[0].capacity, 2);
  EXPECT_EQ(uses[0].kept_out, 1);
  EXPECT_EQ(uses[0].kept_out_bps, 10);
  EXPECT_THAT(uses[0].limit, HasSubstr("2: 0 of the 1 cpu asked for are left there"));
  EXPECT_EQ(uses[1].limit, "");
}

TEST(NodeUses, ShowWhereAPlanLeansOnFusion) {
  Builder b;
  b.node(1).node(1).task(1).task(1).edge(0, 1, 8);
  const auto uses = node_uses(b.get(), planned(b.get(), "gfbto"));
  const NodeUse& full = uses[0].tasks > 0 ? uses[0] : uses[1];
  EXPECT_EQ(full.tasks, 2);
  EXPECT_EQ(full.cpu, 1);
  EXPECT_EQ(full.cpu_sum, 2);
}

TEST(Crossings, CountATopicOnceForEachJobThatReadsItThere) {
  Builder b;
  b.node(1).node(3).task(1).task(1).task(1).task(1);
  b.edge(0, 1, 10, "C1").edge(0, 2, 10, "C1").edge(0, 3, 10, "C1");
  b.get().tasks[3].job = 1;
  graph::Plan plan = planned(b.get());
  plan.assign = {0, 1, 1, 1};
  const auto links = crossings(b.get(), plan);
  ASSERT_EQ(links.size(), 1U);
  EXPECT_EQ(links[0].from, 0);
  EXPECT_EQ(links[0].to, 1);
  EXPECT_EQ(links[0].rate, 20);
  EXPECT_THAT(links[0].topics, ElementsAre("C1"));
}

TEST(Crossings, AddUpToTheTrafficOfThePlan) {
  std::mt19937 engine(7);
  for (int round = 0; round < 300; ++round) {
    const graph::Instance instance = random_instance(engine, 15, 5);
    Options options;
    options.algorithm = "gbto";
    const auto found = plan(instance, options);
    if (!found) continue;
    std::int64_t sum = 0;
    for (const Crossing& link : crossings(instance, *found)) sum += link.rate;
    ASSERT_EQ(sum, found->traffic);
  }
}

TEST(Explain, AChangeElsewhereIsWhatTheMoveWouldBring) {
  std::mt19937 engine(8);
  int compared = 0;
  for (int round = 0; round < 200; ++round) {
    const graph::Instance instance = random_instance(engine, 12, 4);
    for (const char* objective : {"edge", "topic"}) {
      Options options;
      options.algorithm = "gbto";
      options.objective = objective;
      const auto found = plan(instance, options);
      if (!found) continue;
      for (const Reason& reason : explain(instance, *found)) {
        for (const Elsewhere& there : reason.elsewhere) {
          graph::Plan moved = *found;
          moved.assign[reason.task] = there.node;
          const Figures figures = evaluate(instance, moved.assign);
          const std::int64_t change = options.objective == "topic"
                                          ? found->traffic - figures.traffic
                                          : figures.profit - found->profit;
          ASSERT_EQ(there.change, change);
          ASSERT_EQ(there.obstacle.empty(), violations(instance, moved.assign).empty());
          ++compared;
        }
      }
    }
  }
  EXPECT_GT(compared, 1'000);
}

TEST(Alternatives, EveryAlgorithmSaysWhatItWouldGive) {
  Builder b = small();
  Options options;
  options.steps = 200;
  const auto all = alternatives(b.get(), planned(b.get()), options);
  ASSERT_EQ(all.size() + 1, algorithms().size());
  for (const Alternative& one : all) {
    EXPECT_EQ(one.error, "") << one.algorithm;
    EXPECT_EQ(one.plan.assign.size(), 3U) << one.algorithm;
  }
}

TEST(Dot, NodesAreClustersAndCrossingEdgesAreRed) {
  Builder b = small();
  b.get().nodes[1].name = "pi \"kitchen\"";
  const std::string dot = to_dot(b.get(), planned(b.get()));
  EXPECT_THAT(dot, HasSubstr("subgraph cluster_0"));
  EXPECT_THAT(dot, HasSubstr("label=\"pi \\\"kitchen\\\"\""));
  EXPECT_THAT(dot, HasSubstr("t1 -> t2 [label=\"C2 10 bit/s\""));
  EXPECT_THAT(dot, HasSubstr("color=red3"));
  EXPECT_THAT(dot, HasSubstr("v0 -> t0"));
}

}  // namespace
}  // namespace mort::offload
