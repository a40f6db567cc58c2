#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "builder.hpp"
#include "grouping.hpp"

namespace mort::offload {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Groups = std::vector<std::vector<std::int32_t>>;

Groups groups_of(const graph::Instance& instance) {
  return make_groups(Model(instance));
}

TEST(Grouping, TaskJoinsThePredecessorOfTheLargestRate) {
  Builder b;
  b.task(1).task(1).task(1).task(1).edge(0, 2, 5).edge(1, 2, 7).edge(2, 3, 1).edge(0, 3, 2);
  EXPECT_EQ(groups_of(b.get()), (Groups{{0, 3}, {1, 2}}));
}

TEST(Grouping, TiesGoToTheSmallerPlaceInTopologicalOrder) {
  // Task 0 depends on 3, so that the order is 1 2 3 0 and task 1 stands before task 0.
  Builder b;
  b.task(1).task(1).task(1).task(1).task(1).edge(3, 0, 1).edge(0, 4, 5).edge(1, 4, 5);
  EXPECT_EQ(groups_of(b.get()), (Groups{{1, 4}, {2}, {3, 0}}));
}

TEST(Grouping, ParallelEdgesAddUp) {
  Builder b;
  b.task(1).task(1).task(1).edge(0, 2, 3, "a").edge(1, 2, 2, "b").edge(1, 2, 2, "c");
  EXPECT_EQ(groups_of(b.get()), (Groups{{0}, {1, 2}}));
}

TEST(Grouping, VirtualTasksAreInNoGroup) {
  Builder b;
  b.node(1).task(1).task(1).feed(0, 0, 9).feed(0, 1, 9);
  EXPECT_EQ(groups_of(b.get()), (Groups{{0}, {1}}));
}

TEST(Greedy, GoesToTheLargestGainWithRoomAndTiesToTheSmallerId) {
  Builder b;
  b.node(2).node(2).node(2).task(1).task(1).task(1).task(1);
  b.feed(1, 0, 5).edge(0, 1, 4).edge(0, 2, 9).feed(2, 2, 3);
  // 0 to its feed, 1 to 0, then node 1 is full: 2 to its own feed; 3 has no gain anywhere.
  EXPECT_THAT(assignment(b.get(), "greedy"), ElementsAre(1, 1, 2, 0));
}

TEST(Gbto, PrefixIsCutWhereTheNodeEndsAndTheRestFormsAGroup) {
  Builder b;
  b.node(4).node(4).task(2).task(2).task(2).task(2).edge(0, 1, 10).edge(1, 2, 20).edge(2, 3, 30);
  EXPECT_THAT(assignment(b.get(), "gbto"), ElementsAre(0, 0, 1, 1));
}

TEST(Gbto, WholeGroupGoesWhereItFits) {
  Builder b;
  b.node(4).node(8).task(2).task(2).task(2).task(2).edge(0, 1, 10).edge(1, 2, 20).edge(2, 3, 30);
  EXPECT_THAT(assignment(b.get(), "gbto"), ElementsAre(1, 1, 1, 1));
}

TEST(Gbto, NodeTiesGoToLowerUtilisationThenMoreFreeCpuThenSmallerId) {
  Builder utilised;
  utilised.node(9, 0.5).node(3, 0.25).node(5, 0.5).task(1);
  EXPECT_THAT(assignment(utilised.get(), "gbto"), ElementsAre(1));
  Builder free;
  free.node(3).node(5).node(5).task(1);
  EXPECT_THAT(assignment(free.get(), "gbto"), ElementsAre(1));
}

TEST(Gbto, UtilisationGrowsByWhatThePlanPlaces) {
  // The first task makes node 0 one third full; 0.3 of node 1 is less, 0.34 of node 2 more.
  Builder b;
  b.node(3).node(5, 0.3).node(9, 0.34).task(1, std::vector<std::int32_t>{0}).task(1).feed(0, 0, 1);
  EXPECT_THAT(assignment(b.get(), "gbto"), ElementsAre(0, 1));
}

TEST(Gbto, EqualFractionsAreEqualAndTheSmallerIdWins) {
  // 1/3 placed on both; then free cpu 2 against 4 decides.
  Builder b;
  b.node(3)
      .node(6)
      .task(1, std::vector<std::int32_t>{0})
      .task(2, std::vector<std::int32_t>{1})
      .task(1);
  b.feed(0, 0, 9).feed(1, 1, 9);
  EXPECT_THAT(assignment(b.get(), "gbto"), ElementsAre(0, 1, 1));
}

TEST(Gbto, GroupTiesGoToMoreTasksThenEarlierHead) {
  Builder more;
  more.node(2).node(5).task(1).task(1).task(1).feed(0, 0, 10).edge(1, 2, 4).feed(0, 1, 6);
  EXPECT_THAT(assignment(more.get(), "gbto"), ElementsAre(1, 0, 0));
  Builder earlier;
  earlier.node(1).node(5).task(1).task(1).feed(0, 0, 10).feed(0, 1, 10);
  EXPECT_THAT(assignment(earlier.get(), "gbto"), ElementsAre(0, 1));
}

TEST(Gbto, RemovedTaskJoinsItsNextStrongestUnplacedPredecessor) {
  Builder b;
  b.node(1).node(5).node(1).task(1).task(1).task(1);
  b.feed(0, 0, 100).edge(0, 2, 10).edge(1, 2, 5).feed(2, 2, 3);
  // By itself task 2 would go to its feed on node 2; with task 1 it goes where both fit.
  EXPECT_THAT(assignment(b.get(), "gbto"), ElementsAre(0, 1, 1));
}

TEST(Gbto, EdgesToTasksAlreadyPlacedCount) {
  // Group {0,1} goes first, to node 1; then task 2 follows its successor 1 there.
  Builder b;
  b.node(3).node(3).task(1).task(1).task(1).feed(1, 0, 10).edge(0, 1, 9).edge(2, 1, 8);
  EXPECT_THAT(assignment(b.get(), "gbto"), ElementsAre(1, 1, 1));
}

TEST(Gbto, PinsAndMemoryCutThePrefix) {
  Builder pinned;
  pinned.node(9)
      .node(8)
      .task(1)
      .task(1, std::vector<std::int32_t>{1})
      .task(1)
      .edge(0, 1, 5)
      .edge(1, 2, 5);
  EXPECT_THAT(assignment(pinned.get(), "gbto"), ElementsAre(1, 1, 1));
  Builder memory;
  memory.node(9).node(8).task(1).task(1).edge(0, 1, 5);
  memory.get().nodes[0].memory = 10;
  memory.get().tasks[0].memory = 6;
  memory.get().tasks[1].memory = 5;
  EXPECT_THAT(assignment(memory.get(), "gbto"), ElementsAre(1, 1));
}

TEST(Planner, EmptyJobHasAnEmptyPlan) {
  for (const std::string& algorithm : algorithms())
    EXPECT_TRUE(assignment(graph::Instance{}, algorithm).empty());
}

TEST(Planner, PlanRecordsWhatWasAskedAndFound) {
  Builder b;
  b.node(2).node(2).task(1).task(1).task(2).edge(0, 1, 7).edge(1, 2, 3);
  Options options;
  options.objective = "topic";
  const auto found = plan(b.get(), options);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->instance, "test");
  EXPECT_EQ(found->model, "plain");
  EXPECT_EQ(found->algorithm, "gbto");
  EXPECT_EQ(found->objective, "topic");
  EXPECT_EQ(found->profit, 7);
  EXPECT_EQ(found->total, 10);
  EXPECT_EQ(found->traffic, 3);
}

TEST(Planner, UnknownAlgorithmAndObjectiveAreRefused) {
  Options algorithm;
  algorithm.algorithm = "magic";
  const auto first = plan(graph::Instance{}, algorithm);
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().code, ErrorCode::kInvalid);
  EXPECT_THAT(first.error().cure, HasSubstr("auto, gbto, gfbto, greedy, refine"));
  Options objective;
  objective.objective = "magic";
  const auto second = plan(graph::Instance{}, objective);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kInvalid);
}

TEST(Planner, InstancesOutOfBoundsAreRefused) {
  const auto good = [] {
    return Builder().node(1).task(1).task(0).edge(0, 1, 1).feed(0, 0, 1).get();
  };
  std::vector<graph::Instance> bad(9, good());
  bad[0].edges[0].to = 2;
  bad[1].edges[0].to = 0;
  bad[2].edges[0].rate = -1;
  bad[3].tasks[0].cpu = -1;
  bad[4].nodes[0].cpu = INT64_MAX;
  bad[5].nodes[0].utilization = 2;
  bad[6].virtuals[0].node = 1;
  bad[7].virtual_edges[0].virtual_task = 1;
  bad[8].tasks[0].nodes = {{1}};
  EXPECT_TRUE(plan(good(), {}));
  for (std::size_t i = 0; i < bad.size(); ++i) {
    const auto found = plan(bad[i], {});
    ASSERT_FALSE(found) << i;
    EXPECT_EQ(found.error().code, ErrorCode::kInvalid) << i;
    EXPECT_NE(found.error().where, "");
    EXPECT_NE(found.error().cure, "");
  }
}

}  // namespace
}  // namespace mort::offload
