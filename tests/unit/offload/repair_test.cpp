#include "repair.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "builder.hpp"

namespace mort::offload {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Repair, SingleMoveOfAnotherTaskMakesRoom) {
  Builder b;
  b.node(3).node(1).task(1).task(3);
  EXPECT_THAT(assignment(b.get(), "greedy"), ElementsAre(1, 0));
}

TEST(Repair, TheMoveThatCostsLeastIsTaken) {
  // Tasks 0 and 1 fill node 0; either could go to node 1, but task 0 would lose its feed.
  Builder b;
  b.node(4).node(2).task(2).task(2).task(2, std::vector<std::int32_t>{0});
  b.feed(0, 0, 5).feed(0, 1, 4);
  EXPECT_THAT(assignment(b.get(), "greedy"), ElementsAre(0, 1, 0));
}

TEST(Repair, SeveralMovesMakeRoomWhereOneDoesNot) {
  Builder b;
  b.node(2).node(1).node(1).task(1).task(1).task(2);
  EXPECT_THAT(assignment(b.get(), "greedy"), ElementsAre(1, 2, 0));
}

TEST(Repair, EverythingIsPackedAnewWhereMovesDoNotHelp) {
  Builder b;
  b.node(7).node(7).task(4).task(2).task(3).task(3).task(2);
  EXPECT_THAT(assignment(b.get(), "greedy"), ElementsAre(0, 1, 0, 1, 1));
}

TEST(Repair, FailedMovesLeaveThePlacementAsItWas) {
  Builder b;
  b.node(4).node(1).task(2).task(1).task(1).task(4);
  const Model model(b.get());
  Placement placement(model);
  for (const std::int32_t task : {0, 1, 2}) placement.place(task, 0);
  EXPECT_FALSE(make_room_and_place(placement, 3));
  EXPECT_THAT(placement.assign(), ElementsAre(0, 0, 0, -1));
  EXPECT_EQ(placement.free_cpu(0), 0);
  EXPECT_EQ(placement.free_cpu(1), 1);
}

TEST(Repair, GbtoSetsTheHeadAsideAndRegroupsTheRest) {
  // The head fits on no node beside nothing but after packing; task 1 and 2 stay together.
  Builder b;
  b.node(4).node(4).task(1).task(1).task(3).task(3).edge(0, 1, 5).feed(0, 0, 9).feed(1, 2, 9);
  const auto assign = assignment(b.get(), "gbto");
  EXPECT_TRUE(violations(b.get(), assign).empty());
}

TEST(Climb, MovesAndSwapsRaiseProfit) {
  Builder b;
  b.node(2).node(2).task(2).task(2).feed(1, 0, 5).feed(0, 1, 5);
  const Model model(b.get());
  Placement placement(model);
  placement.place(0, 0);
  placement.place(1, 1);
  climb(placement);
  EXPECT_THAT(placement.assign(), ElementsAre(1, 0));
}

struct Case {
  const char* name;
  graph::Instance instance;
  const char* message;
};

graph::Instance named(graph::Instance instance) {
  for (std::size_t i = 0; i < instance.tasks.size(); ++i)
    instance.tasks[i].name = "F" + std::to_string(i);
  return instance;
}

graph::Instance with_memory(graph::Instance instance) {
  instance.nodes[0].memory = 5;
  instance.nodes[1].memory = 50;
  instance.tasks[0].memory = 10;
  return instance;
}

/// The memory of each node, and of each task.
graph::Instance with_bytes(graph::Instance instance, const std::vector<std::int64_t>& nodes,
                           const std::vector<std::int64_t>& tasks) {
  for (std::size_t i = 0; i < nodes.size(); ++i) instance.nodes[i].memory = nodes[i];
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    instance.tasks[i].memory = tasks[i];
    instance.tasks[i].name = "F" + std::to_string(i);
  }
  return instance;
}

TEST(Infeasible, CausesNameTaskAndNode) {
  const std::vector<std::int32_t> none;
  const std::vector<std::int32_t> only_one{1};
  const Case cases[] = {
      {"TooLarge", named(Builder().node(2).node(3).node(4).task(1).task(9).get()),
       "no plan exists: task F1 asks for 9 cpu, the largest node (node2) has 4"},
      {"Pinned", named(Builder().node(9).node(3).task(4, only_one).get()),
       "task F0 asks for 4 cpu, the largest node that it may use (node1) has 3"},
      {"NoNodeAllowed", named(Builder().node(9).task(1, none).get()), "task F0 may run on no node"},
      {"NoNodes", named(Builder().task(1).get()), "task F0 may run on no node"},
      {"Memory", named(with_memory(Builder().node(9).node(1).task(5).get())),
       "task F0 asks for 5 cpu and 10 bytes, no node that it may use has both"},
      {"MemoryOfOneNode", with_bytes(Builder().node(9).node(9).task(1).get(), {500, 400}, {600}),
       "task F0 asks for 1 cpu and 600 bytes, the most memory of a node is 500 bytes (node0)"},
      {"MemoryBesideOthers",
       with_bytes(Builder().node(9).node(9).task(1).task(1).task(1).get(), {500, 400},
                  {300, 300, 300}),
       "asks for 1 cpu and 300 bytes, beside the other tasks the most memory left is 200 bytes "
       "(node0)"},
      {"MemoryInAll", with_bytes(Builder().node(9).task(1).task(1).get(), {500}, {300, 300}),
       "; the tasks ask for 600 bytes of memory in all, the nodes have 500"},
      {"Total", named(Builder().node(2).node(2).task(2).task(2).task(1).get()),
       "no plan exists: task F2 asks for 1 cpu, beside the other tasks the most left is 0 cpu "
       "(node0); the tasks ask "
       "for 5 cpu in all, the nodes have 4"},
      {"Shape", named(Builder().node(3).node(3).task(2).task(2).task(2).get()),
       "no plan exists: task F2 asks for 2 cpu, beside the other tasks the most left is 1 cpu "
       "(node0)"},
      {"SameNames",
       [] {
         graph::Instance instance = Builder().node(1).task(1).task(2).get();
         for (auto& task : instance.tasks) task.name = "M1";
         return instance;
       }(),
       "task M1 (id 1) asks for 2 cpu"},
  };
  for (const Case& one : cases) {
    for (const std::string& algorithm : algorithms()) {
      SCOPED_TRACE(one.name + (" " + algorithm));
      // Fused, what tasks ask for in all says little.
      if (algorithm == "gfbto" && one.name == std::string("Total")) continue;
      Options options;
      options.algorithm = algorithm;
      const auto found = plan(one.instance, options);
      ASSERT_FALSE(found);
      EXPECT_EQ(found.error().code, ErrorCode::kInfeasible);
      EXPECT_THAT(found.error().message, HasSubstr(one.message));
      EXPECT_EQ(found.error().where, "test");
      EXPECT_NE(found.error().cure, "");
    }
  }
}

}  // namespace
}  // namespace mort::offload
