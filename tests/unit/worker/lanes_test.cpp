#include <gtest/gtest.h>

#include "mort/worker/config.hpp"

namespace mort::worker {
namespace {

using Lanes = std::map<std::string, std::size_t>;

/// T0 -> T1 -> ... on node a, and one task more elsewhere.
Config config(int tasks) {
  Config config;
  config.node = "a";
  for (int i = 0; i <= tasks; ++i) {
    graph::TaskDecl task;
    task.name = "T" + std::to_string(i);
    if (i > 0) task.sub = {{"C" + std::to_string(i - 1), "demo::Piece", {}}};
    task.pub = {{"C" + std::to_string(i), "demo::Piece", {}}};
    config.manifest.graph.tasks.push_back(task);
    config.assign[task.name] = i < tasks ? "a" : "b";
  }
  return config;
}

TEST(Lanes, WithoutAPlanNeighboursShareOneLaneACore) {
  EXPECT_EQ(lanes_here(config(4), 2), (Lanes{{"T0", 0}, {"T1", 0}, {"T2", 1}, {"T3", 1}}));
  EXPECT_EQ(lanes_here(config(2), 8), (Lanes{{"T0", 0}, {"T1", 1}}));
  EXPECT_EQ(lanes_here(config(3), 1), (Lanes{{"T0", 0}, {"T1", 0}, {"T2", 0}}));
  EXPECT_TRUE(lanes_here(config(0), 4).empty());
}

TEST(Lanes, FollowGoesWithTheLastTasks) {
  Config both = config(2);
  both.assign["follow"] = "a";
  EXPECT_EQ(lanes_here(both, 2), (Lanes{{"T0", 0}, {"T1", 1}, {"follow", 1}}));
  Config alone = config(0);
  alone.assign["follow"] = "a";
  EXPECT_EQ(lanes_here(alone, 2), (Lanes{{"follow", 0}}));
}

TEST(Lanes, APlanThatKnowsEveryTaskHereIsFollowed) {
  Config planned = config(4);
  planned.lanes = {{"T0", 0}, {"T1", 1}, {"T2", 0}, {"T3", 1}};
  EXPECT_EQ(lanes_here(planned, 1), (Lanes{{"T0", 0}, {"T1", 1}, {"T2", 0}, {"T3", 1}}));
}

TEST(Lanes, NumbersOfAPlanAreMadeDenseSoThatNoLaneIsEmpty) {
  Config planned = config(3);
  planned.lanes = {{"T0", 250}, {"T1", 7}, {"T2", 250}};
  EXPECT_EQ(lanes_here(planned, 4), (Lanes{{"T0", 1}, {"T1", 0}, {"T2", 1}}));
}

TEST(Lanes, APlanThatLeavesATaskOutIsNotFollowed) {
  Config planned = config(2);
  planned.lanes = {{"T0", 5}};
  EXPECT_EQ(lanes_here(planned, 1), (Lanes{{"T0", 0}, {"T1", 0}}));
  planned.lanes = {{"T0", 5}, {"T1", 5}};
  planned.assign["follow"] = "a";
  EXPECT_EQ(lanes_here(planned, 1).at("follow"), 0U);
}

TEST(Lanes, NumbersOutOfBoundsAreRefusedWithTheConfiguration) {
  for (const int lane : {-1, kMaxLanes, INT32_MAX}) {
    Config bad = config(1);
    bad.manifest.job.name = "job";
    bad.manifest.graph.types.structs["demo::Piece"] = {{{"number", "int64"}}};
    EXPECT_TRUE(config_from_json(to_json(bad)));
    bad.lanes["T0"] = lane;
    EXPECT_FALSE(config_from_json(to_json(bad))) << lane;
  }
}

}  // namespace
}  // namespace mort::worker
