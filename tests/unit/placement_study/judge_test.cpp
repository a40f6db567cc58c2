// The second opinion on plans: against brute force, and with planted faults.
#include "mort/placement_study/judge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "mort/offload/planner.hpp"
#include "mort/placement_study/generator.hpp"

namespace mort::placement_study {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// The heaviest set of tasks of which no two are on one path, by trying all sets.
std::int64_t by_brute_force(const graph::Instance& instance) {
  const std::size_t n = instance.tasks.size();
  std::vector<std::vector<bool>> reach(n, std::vector<bool>(n));
  for (std::size_t pass = 0; pass < n; ++pass) {
    for (const auto& edge : instance.edges) {
      const auto from = static_cast<std::size_t>(edge.from);
      const auto to = static_cast<std::size_t>(edge.to);
      reach[from][to] = true;
      for (std::size_t i = 0; i < n; ++i) reach[from][i] = reach[from][i] || reach[to][i];
    }
  }
  std::int64_t heaviest = 0;
  for (std::size_t set = 0; set < (std::size_t{1} << n); ++set) {
    std::int64_t weight = 0;
    bool apart = true;
    for (std::size_t i = 0; i < n && apart; ++i) {
      if ((set >> i & 1) == 0) continue;
      weight += instance.tasks[i].cpu;
      for (std::size_t j = 0; j < n; ++j) apart = apart && !((set >> j & 1) != 0 && reach[i][j]);
    }
    if (apart) heaviest = std::max(heaviest, weight);
  }
  return heaviest;
}

TEST(Judge, FusedCpuIsTheHeaviestAntichain) {
  std::mt19937_64 engine(5);
  for (int round = 0; round < 100; ++round) {
    graph::Instance instance;
    const std::size_t n = 1 + engine() % 9;
    for (std::size_t i = 0; i < n; ++i) {
      instance.tasks.push_back({.cpu = static_cast<std::int64_t>(engine() % 4)});
    }
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        // Ids against the order of the edges, so that no topological order of ids is assumed.
        if (i > j && engine() % 3 == 0) {
          instance.edges.push_back({static_cast<std::int32_t>(i), static_cast<std::int32_t>(j), 1});
        }
      }
    }
    const std::int64_t need = by_brute_force(instance);
    const std::vector<std::int32_t> assign(n, 0);
    instance.nodes = {{.cpu = need}};
    EXPECT_THAT(judge(instance, assign, true).violations, IsEmpty());
    instance.nodes[0].cpu = need - 1;
    EXPECT_THAT(judge(instance, assign, true).violations,
                ElementsAre("node 0 carries " + std::to_string(need) + " of " +
                            std::to_string(need - 1) + " cpu"));
  }
}

TEST(Judge, PathsThroughOtherNodesCount) {
  graph::Instance instance;
  instance.nodes = {{.cpu = 2}, {.cpu = 2}};
  instance.tasks = {{.cpu = 2}, {.cpu = 2}, {.cpu = 2}};
  instance.edges = {{0, 1, 10}, {1, 2, 10}};
  EXPECT_THAT(judge(instance, {0, 1, 0}, true).violations, IsEmpty());
  EXPECT_THAT(judge(instance, {0, 1, 0}, false).violations,
              ElementsAre("node 0 carries 4 of 2 cpu"));
}

TEST(Judge, NothingIsFusedAcrossJobs) {
  graph::Instance instance;
  instance.nodes = {{.cpu = 3}};
  instance.tasks = {{.job = 0, .cpu = 2}, {.job = 1, .cpu = 2}};
  EXPECT_THAT(judge(instance, {0, 0}, true).violations, ElementsAre("node 0 carries 4 of 3 cpu"));
}

TEST(Judge, TasksWithoutANodeAreNamed) {
  graph::Instance instance;
  instance.nodes = {{.cpu = 3}};
  instance.tasks = {{.cpu = 1}, {.cpu = 1}};
  EXPECT_THAT(judge(instance, {-1, 1}, false).violations,
              ElementsAre("task 0 has no node", "task 1 has no node"));
  EXPECT_THAT(judge(instance, {0}, false).violations, ElementsAre("1 entries for 2 tasks"));
}

TEST(Judge, AgreesWithThePlanner) {
  const DagStats stats = read_dag_stats(data_folder()).value();
  for (const Merge merge : {Merge::kUnion, Merge::kChain}) {
    for (const std::string& algorithm : {std::string("greedy"), std::string("gbto")}) {
      const graph::Instance instance = generate({.merge = merge}, stats).value();
      const graph::Plan plan = offload::plan(instance, {.algorithm = algorithm}).value();
      const Judgement judgement = judge(instance, plan.assign, false);
      EXPECT_THAT(judgement.violations, IsEmpty());
      EXPECT_EQ(judgement.profit, plan.profit);
    }
  }
}

}  // namespace
}  // namespace mort::placement_study
