// Instances by recipe: the same everywhere, valid, and with the figures of the recipe.
#include "mort/placement_study/generator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include "mort/base/sha256.hpp"
#include "mort/offload/planner.hpp"
#include "support/temp_dir.hpp"

namespace mort::placement_study {
namespace {

const DagStats& stats() {
  static const DagStats read = read_dag_stats(data_folder()).value();
  return read;
}

graph::Instance make(const Recipe& recipe) {
  return generate(recipe, stats()).value();
}

std::int64_t demand(const graph::Instance& instance) {
  std::int64_t sum = 0;
  for (const auto& task : instance.tasks) sum += task.cpu;
  return sum;
}

std::int64_t capacity(const graph::Instance& instance) {
  std::int64_t sum = 0;
  for (const auto& node : instance.nodes) sum += node.cpu;
  return sum;
}

std::vector<int> in_degrees(const graph::Instance& instance) {
  std::vector<int> degrees(instance.tasks.size());
  for (const auto& edge : instance.edges) ++degrees[static_cast<std::size_t>(edge.to)];
  return degrees;
}

TEST(Generator, GivesTheSameInstanceOnEveryMachine) {
  std::string all;
  for (const Merge merge : {Merge::kUnion, Merge::kChain}) {
    for (const VirtualMode mode : {VirtualMode::kAtcp, VirtualMode::kAtcpR, VirtualMode::kRandom}) {
      all += graph::to_json(make({.merge = merge, .virtual_mode = mode, .seed = 7}));
    }
  }
  EXPECT_EQ(sha256_hex(all), "596d1b574592705afff4dcf3e89539a86b5898804ddc843788f6073bc4730196");
}

TEST(Generator, SeedsGiveDifferentInstances) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    graph::Instance instance = make({.tasks = 50, .nodes = 20, .seed = seed});
    instance.name.clear();
    seen.insert(graph::to_json(instance));
  }
  EXPECT_EQ(seen.size(), 20u);
}

TEST(Generator, InstancesAreValidAndHaveThePromisedFigures) {
  for (const Merge merge : {Merge::kUnion, Merge::kChain}) {
    for (const auto& [tasks, nodes] : std::vector<std::pair<int, int>>{
             {1, 1}, {2, 1}, {12, 4}, {50, 90}, {200, 30}, {200, 90}, {300, 97}, {500, 250}}) {
      const Recipe recipe{.tasks = tasks, .nodes = nodes, .merge = merge, .factor = 2.0, .seed = 3};
      const Result<graph::Instance> made = generate(recipe, stats());
      ASSERT_TRUE(made) << to_string(made.error());
      const Result<graph::Instance> read =
          graph::instance_from_json(graph::to_json(*made), "generated");
      ASSERT_TRUE(read) << to_string(read.error());
      EXPECT_EQ(read->tasks.size(), static_cast<std::size_t>(tasks));
      EXPECT_EQ(read->nodes.size(), static_cast<std::size_t>(nodes));
      EXPECT_GE(capacity(*read), 2 * demand(*read));
      if (tasks >= 2 * nodes) {
        EXPECT_EQ(capacity(*read), 2 * demand(*read));
      }
      for (const auto& node : read->nodes) EXPECT_GE(node.cpu, 1);
      for (const auto& task : read->tasks)
        EXPECT_THAT(task.cpu, testing::AllOf(testing::Ge(1), testing::Le(3)));
      for (const auto& edge : read->edges) {
        EXPECT_LT(edge.from, edge.to);
        EXPECT_THAT(edge.rate, testing::AllOf(testing::Ge(64), testing::Le(8192)));
      }
      for (const auto& edge : read->virtual_edges) {
        EXPECT_THAT(edge.rate, testing::AllOf(testing::Ge(64), testing::Le(8192)));
      }
    }
  }
}

TEST(Generator, UnionFeedsEverySourceOnce) {
  const graph::Instance instance = make({.tasks = 300});
  const std::vector<int> degrees = in_degrees(instance);
  std::vector<int> fed(instance.tasks.size());
  for (const auto& edge : instance.virtual_edges) ++fed[static_cast<std::size_t>(edge.to)];
  for (std::size_t i = 0; i < fed.size(); ++i) EXPECT_EQ(fed[i], degrees[i] == 0 ? 1 : 0) << i;
  for (const auto& edge : instance.edges) {
    EXPECT_EQ(instance.tasks[static_cast<std::size_t>(edge.from)].job,
              instance.tasks[static_cast<std::size_t>(edge.to)].job);
  }
}

TEST(Generator, AThirdOfTheSourcesShareTheirVirtualTask) {
  const graph::Instance instance = make({.tasks = 10'000, .nodes = 1'000});
  const double shared = 1.0 - static_cast<double>(instance.virtuals.size()) /
                                  static_cast<double>(instance.virtual_edges.size());
  EXPECT_NEAR(shared, 1.0 / 3.0, 0.02);
}

TEST(Generator, ChainIsOneJobWithOneSource) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const graph::Instance instance = make({.merge = Merge::kChain, .seed = seed});
    const std::vector<int> degrees = in_degrees(instance);
    EXPECT_EQ(std::count(degrees.begin(), degrees.end(), 0), 1);
    EXPECT_EQ(degrees[0], 0);
    for (const auto& task : instance.tasks) EXPECT_EQ(task.job, 0);
    EXPECT_EQ(instance.virtual_edges.size(), 1u + 200u / 6u);
  }
}

TEST(Generator, JobsHaveTheSizesOfTheTrace) {
  std::map<std::int32_t, int> sizes;
  const graph::Instance instance = make({.tasks = 50'000, .nodes = 100});
  for (const auto& task : instance.tasks) ++sizes[task.job];
  std::map<int, int> histogram;
  for (const auto& [job, size] : sizes) ++histogram[size];
  const auto& counts = stats().job_size.counts;
  const auto total = static_cast<double>(std::accumulate(counts.begin(), counts.end(), 0LL));
  for (int size = 1; size <= 6; ++size) {
    EXPECT_NEAR(histogram[size] / static_cast<double>(sizes.size()),
                static_cast<double>(counts[static_cast<std::size_t>(size - 1)]) / total, 0.02)
        << size;
  }
}

TEST(Generator, EveryTaskButThoseOfTheLastLevelIsRead) {
  const graph::Instance instance = make({.tasks = 2'000});
  std::vector<int> level(instance.tasks.size(), 1);
  std::vector<bool> is_read(instance.tasks.size());
  for (const auto& edge : instance.edges) {
    auto& at = level[static_cast<std::size_t>(edge.to)];
    at = std::max(at, level[static_cast<std::size_t>(edge.from)] + 1);
    is_read[static_cast<std::size_t>(edge.from)] = true;
  }
  std::map<std::int32_t, int> depth;
  for (std::size_t i = 0; i < level.size(); ++i) {
    depth[instance.tasks[i].job] = std::max(depth[instance.tasks[i].job], level[i]);
  }
  for (const auto& edge : instance.edges) {
    EXPECT_EQ(level[static_cast<std::size_t>(edge.from)] + 1,
              level[static_cast<std::size_t>(edge.to)]);
  }
  for (std::size_t i = 0; i < level.size(); ++i) {
    EXPECT_EQ(is_read[i], level[i] < depth[instance.tasks[i].job]) << i;
  }
}

TEST(Generator, VirtualTasksSitOnStrongOrWeakNodes) {
  const auto mean = [](VirtualMode mode) {
    double sum = 0;
    std::size_t count = 0;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      const graph::Instance instance = make({.virtual_mode = mode, .seed = seed});
      for (const auto& virtual_task : instance.virtuals) {
        sum += static_cast<double>(instance.nodes[static_cast<std::size_t>(virtual_task.node)].cpu);
      }
      count += instance.virtuals.size();
    }
    return sum / static_cast<double>(count);
  };
  EXPECT_GT(mean(VirtualMode::kAtcp), 15.0);
  EXPECT_LT(mean(VirtualMode::kAtcpR), 2.0);
  EXPECT_NEAR(mean(VirtualMode::kRandom), 5.0, 1.5);
}

TEST(Generator, MoreNodesThanRegionsUseRegionsAgain) {
  const graph::Instance instance = make({.tasks = 10'000, .nodes = 1'000});
  ASSERT_EQ(instance.nodes.size(), 1'000u);
  EXPECT_EQ(capacity(instance), (demand(instance) * 3 + 1) / 2);
  std::int64_t largest = 0;
  for (const auto& node : instance.nodes) largest = std::max(largest, node.cpu);
  EXPECT_LT(largest, 200);
  EXPECT_GT(largest, 100);
}

TEST(Generator, APlanExistsForTheRecipesOfThePaper) {
  for (const Merge merge : {Merge::kUnion, Merge::kChain}) {
    for (const int tasks : {50, 100}) {
      const graph::Instance instance = make({.tasks = tasks, .merge = merge});
      const Result<graph::Plan> plan = offload::plan(instance, {.algorithm = "greedy"});
      ASSERT_TRUE(plan) << to_string(plan.error());
      EXPECT_THAT(offload::violations(instance, plan->assign), testing::IsEmpty());
    }
  }
}

TEST(Generator, FewTasksOnManyNodesLeaveNoNodeWithoutCpu) {
  const graph::Instance instance = make({.tasks = 10, .nodes = 90});
  for (const auto& node : instance.nodes) EXPECT_GE(node.cpu, 1);
  EXPECT_GE(capacity(instance), 90);
}

TEST(Generator, RefusesRecipesOutOfBounds) {
  for (const Recipe& recipe :
       {Recipe{.tasks = 0}, Recipe{.tasks = -5}, Recipe{.tasks = 100'001}, Recipe{.nodes = 0},
        Recipe{.nodes = 100'001}, Recipe{.factor = 0.0}, Recipe{.factor = -1.0},
        Recipe{.factor = 1e300}, Recipe{.factor = std::numeric_limits<double>::quiet_NaN()}}) {
    const Result<graph::Instance> made = generate(recipe, stats());
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, ErrorCode::kInvalid);
  }
}

TEST(DagStats, NamesFileAndPlaceOfAFault) {
  TempDir dir;
  const std::string good = R"({"bins":[0,1],"p":[1]})";
  const auto shapes = [&](const std::string& size, const std::string& path) {
    return R"({"task_num_dist":)" + size + R"(,"cpl_dist":)" + path + R"(,"level_dist":{"1":)" +
           good + "}}";
  };
  const auto error = [&](const std::string& text, const std::string& regions) {
    dir.file("alibaba_v2018_dag_stats.json", text);
    dir.file("regions97.json", regions);
    const Result<DagStats> read = read_dag_stats(dir.path());
    return read ? std::string("none") : to_string(read.error());
  };
  const std::string path = R"({"2":)" + good + "}";
  const std::string regions = R"({"regions":[{"points":3}]})";
  EXPECT_EQ(error(shapes(good, path), regions), "none");
  EXPECT_THAT(error("{", regions), testing::HasSubstr("is not JSON"));
  EXPECT_THAT(error("[1]", regions), testing::HasSubstr("has no task_num_dist"));
  EXPECT_THAT(error(shapes(R"({"bins":[0,1],"p":[0.5]})", path), regions),
              testing::HasSubstr("/task_num_dist/p: 0.5 is not a whole number"));
  EXPECT_THAT(error(shapes(R"({"bins":[0,1],"p":[0]})", path), regions),
              testing::HasSubstr("counts nothing"));
  EXPECT_THAT(error(shapes(R"({"bins":[1,1],"p":[1]})", path), regions),
              testing::HasSubstr("must rise"));
  EXPECT_THAT(error(shapes(R"({"bins":[0],"p":[1]})", path), regions),
              testing::HasSubstr("one entry more"));
  EXPECT_THAT(error(shapes(good, R"({"3":)" + good + "}"), regions),
              testing::HasSubstr("has no entry 2"));
  EXPECT_THAT(error(shapes(good, path), R"({"regions":[{"points":0}]})"),
              testing::HasSubstr("regions/*/points"));
  EXPECT_THAT(error(shapes(good, path), R"({"regions":[]})"),
              testing::HasSubstr("list of numbers"));
  EXPECT_FALSE(read_dag_stats(dir.file("absent")));
}

}  // namespace
}  // namespace mort::placement_study
