// Properties over seeded random instances.
#include <gtest/gtest.h>

#include <array>
#include <tuple>

#include "builder.hpp"
#include "reference.hpp"

namespace mort::offload {
namespace {

/// Profit the way the definition reads, apart from evaluate().
std::int64_t profit_of(const graph::Instance& instance, const std::vector<std::int32_t>& assign) {
  std::int64_t profit = 0;
  for (const auto& edge : instance.edges)
    profit += assign[edge.from] == assign[edge.to] ? edge.rate : 0;
  for (const auto& edge : instance.virtual_edges) {
    profit += instance.virtuals[edge.virtual_task].node == assign[edge.to] ? edge.rate : 0;
  }
  return profit;
}

class RandomInstances : public testing::TestWithParam<std::string> {};

TEST_P(RandomInstances, PlansAreFeasibleCountedRightAndRepeatable) {
  std::mt19937 engine(1);
  Options options;
  options.algorithm = GetParam();
  options.steps = 200;
  int feasible = 0;
  const int rounds = GetParam() == "auto" ? 60 : 1'000;  // auto searches through small instances
  for (int round = 0; round < rounds; ++round) {
    const graph::Instance instance = random_instance(engine, 24, 6);
    const auto found = plan(instance, options);
    if (!found) {
      ASSERT_EQ(found.error().code, ErrorCode::kInfeasible);
      ASSERT_NE(found.error().message, "");
      continue;
    }
    ++feasible;
    ASSERT_TRUE(violations(instance, found->assign, found->model).empty())
        << violations(instance, found->assign, found->model)[0];
    ASSERT_EQ(found->profit, profit_of(instance, found->assign));
    ASSERT_LE(found->profit, found->total);
    ASSERT_EQ(plan(instance, options)->assign, found->assign);
  }
  EXPECT_GT(feasible, rounds / 4);
  EXPECT_LT(feasible, rounds);
}

class SmallInstances : public testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(SmallInstances, InfeasibleIsSaidOnlyWhereBruteForceFindsNothing) {
  std::mt19937 engine(2);
  Options options;
  std::tie(options.algorithm, options.model) = GetParam();
  options.steps = 100;
  int infeasible = 0;
  for (int round = 0; round < 1'500; ++round) {
    const graph::Instance instance = random_instance(engine, 7, 3);
    const bool possible = Exhaustive(instance, options.model).feasible();
    const auto found = plan(instance, options);
    ASSERT_EQ(found.has_value(), possible) << to_json(instance);
    if (possible) continue;
    ++infeasible;
    ASSERT_EQ(found.error().message.rfind("no plan exists: ", 0), 0U) << found.error().message;
  }
  EXPECT_GT(infeasible, 50);
}

/// gfbto and auto end in the fused model, whatever is asked for.
std::vector<std::tuple<std::string, std::string>> algorithms_and_models() {
  std::vector<std::tuple<std::string, std::string>> all;
  for (const std::string& algorithm : algorithms()) {
    all.push_back({algorithm, "fused"});
    if (algorithm != "gfbto" && algorithm != "auto") all.push_back({algorithm, "plain"});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(EveryAlgorithm, RandomInstances, testing::ValuesIn(algorithms()),
                         [](const auto& one) { return one.param; });
INSTANTIATE_TEST_SUITE_P(EveryAlgorithm, SmallInstances, testing::ValuesIn(algorithms_and_models()),
                         [](const auto& one) {
                           return std::get<0>(one.param) + "_" + std::get<1>(one.param);
                         });

TEST(RandomInstance, GbtoEqualsItsNaiveWriting) {
  std::mt19937 engine(3);
  int compared = 0;
  for (int round = 0; round < 4'000; ++round) {
    const bool large = round % 40 == 0;
    const graph::Instance instance = random_instance(engine, large ? 40 : 14, large ? 8 : 5);
    const auto expected = NaiveOffloading(instance).run();
    if (!expected) continue;
    ++compared;
    ASSERT_EQ(assignment(instance, "gbto"), *expected) << to_json(instance);
  }
  EXPECT_GT(compared, 1'000);
}

class Fusions : public testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(Fusions, GfbtoEqualsItsNaiveWriting) {
  std::mt19937 engine(5);
  Options options;
  options.algorithm = "gfbto";
  std::tie(options.fusion, options.ties) = GetParam();
  int compared = 0;
  for (int round = 0; round < 1'500; ++round) {
    const bool large = round % 40 == 0 && options.fusion != "exact";
    const graph::Instance instance = random_instance(engine, large ? 40 : 14, large ? 8 : 5);
    const auto expected = NaiveOffloading(instance, options.fusion, options.ties).run();
    if (!expected) continue;
    ++compared;
    const auto found = plan(instance, options);
    ASSERT_TRUE(found) << to_string(found.error());
    ASSERT_EQ(found->assign, *expected) << to_json(instance);
  }
  EXPECT_GT(compared, 400);
}

INSTANTIATE_TEST_SUITE_P(EveryVariant, Fusions,
                         testing::Combine(testing::Values("rmbrf", "rmbrf+", "exact"),
                                          testing::Values("high", "low")),
                         [](const auto& one) {
                           std::string name = std::get<0>(one.param) + std::get<1>(one.param);
                           std::replace(name.begin(), name.end(), '+', 'x');
                           return name;
                         });

// Not refine, and so not auto: it draws in whole bit/s, so that scaled rates lead it other ways.
TEST(RandomInstance, ProfitScalesWithTheRates) {
  std::mt19937 engine(6);
  for (int round = 0; round < 600; ++round) {
    Options options;
    options.algorithm = std::array{"greedy", "gbto", "gfbto", "refine"}[round % 4];
    options.steps = 500;
    options.model = round % 8 < 4 ? "plain" : "fused";
    options.objective = round % 16 < 8 ? "edge" : "topic";
    graph::Instance instance = random_instance(engine, 20, 5);
    const auto once = plan(instance, options);
    for (graph::InstanceEdge& edge : instance.edges) edge.rate *= 1'000'003;
    for (graph::InstanceVirtualEdge& edge : instance.virtual_edges) edge.rate *= 1'000'003;
    const auto scaled = plan(instance, options);
    ASSERT_EQ(once.has_value(), scaled.has_value());
    if (!once) continue;
    ASSERT_EQ(once->assign, scaled->assign) << to_json(instance);
    ASSERT_EQ(once->profit * 1'000'003, scaled->profit) << to_json(instance);
  }
}

TEST(RandomInstance, ExplanationsAddUpToThePlan) {
  std::mt19937 engine(4);
  Options options;
  options.algorithm = "gbto";
  for (int round = 0; round < 300; ++round) {
    const graph::Instance instance = random_instance(engine, 12, 4);
    const auto found = plan(instance, options);
    if (!found) continue;
    std::int64_t remote = 0;
    std::int64_t virtual_remote = 0;
    for (const Reason& reason : explain(instance, *found)) remote += reason.remote_bps;
    for (const auto& edge : instance.virtual_edges) {
      const bool local = instance.virtuals[edge.virtual_task].node == found->assign[edge.to];
      virtual_remote += local ? 0 : edge.rate;
    }
    // Both ends of an edge count it; a virtual edge has one end that is explained.
    EXPECT_EQ(remote - virtual_remote, 2 * (found->total - found->profit - virtual_remote));
  }
}

}  // namespace
}  // namespace mort::offload
