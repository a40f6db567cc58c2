// The optimum against every assignment of small random instances, and its properties.
#include "mort/optimal/optimal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

#include "builder.hpp"
#include "formulation.hpp"
#include "reference.hpp"

namespace mort::optimal {
namespace {

using offload::Builder;
using offload::Exhaustive;
using offload::random_instance;
using testing::HasSubstr;

/// `steps` 0: the search starts from the quick algorithms' plan, and has to do the rest itself.
offload::Options asked(const std::string& model, const std::string& objective,
                       std::int64_t steps = 0) {
  offload::Options options;
  options.model = model;
  options.objective = objective;
  options.steps = steps;
  return options;
}

std::int64_t figure(const graph::Plan& plan) {
  return plan.objective == "topic" ? plan.traffic : plan.profit;
}

class EveryAssignment : public testing::TestWithParam<std::tuple<std::string, std::string>> {
 protected:
  void compare(const graph::Instance& instance) {
    const auto& [model, objective] = GetParam();
    const Exhaustive every(instance, model);
    const auto found = optimal(instance, asked(model, objective));
    ASSERT_EQ(found.has_value(), every.feasible()) << to_json(instance);
    if (!found) {
      EXPECT_EQ(found.error().code, ErrorCode::kInfeasible);
      EXPECT_EQ(found.error().message.rfind("no plan exists: ", 0), 0U) << found.error().message;
      return;
    }
    EXPECT_TRUE(offload::violations(instance, found->assign, model).empty());
    EXPECT_TRUE(proved(*found)) << to_json(instance) << found->choice;
    ASSERT_EQ(figure(*found), objective == "topic" ? every.least_traffic() : every.most_profit())
        << to_json(instance);
  }
};

TEST_P(EveryAssignment, HoldsNoneBetterThanTheOptimum) {
  std::mt19937 engine(11);
  for (int round = 0; round < 250 && !HasFailure(); ++round) compare(random_instance(engine, 9, 3));
}

TEST_P(EveryAssignment, HoldsNoneBetterWhereNumbersAreLarge) {
  std::mt19937 engine(12);
  for (int round = 0; round < 60 && !HasFailure(); ++round) {
    graph::Instance instance = random_instance(engine, 8, 3);
    for (graph::InstanceNode& node : instance.nodes) {
      node.cpu = node.cpu * 10'000'000 + static_cast<std::int64_t>(engine() % 2);
      if (node.memory) *node.memory *= std::int64_t{1} << 36;
    }
    for (graph::InstanceTask& task : instance.tasks) {
      task.cpu = task.cpu * 10'000'000 + static_cast<std::int64_t>(engine() % 2);
      task.busy *= 10'000'000;
      task.memory *= std::int64_t{1} << 36;
    }
    for (graph::InstanceEdge& edge : instance.edges) edge.rate *= 1'000'003;
    for (graph::InstanceVirtualEdge& edge : instance.virtual_edges) edge.rate *= 1'000'003;
    compare(instance);
  }
}

TEST_P(EveryAssignment, HoldsNoneBetterThanTheProgramFindsByItself) {
  const auto& [model_name, objective] = GetParam();
  std::mt19937 engine(16);
  for (int round = 0; round < 50; ++round) {
    const graph::Instance instance = random_instance(engine, 8, 3);
    const Exhaustive every(instance, model_name);
    const offload::Model model(instance, model_name);
    const auto found = Formulation(model, objective).solve({100, std::nullopt});
    ASSERT_TRUE(found.complete) << to_json(instance);
    ASSERT_EQ(found.assign.has_value(), every.feasible()) << to_json(instance);
    if (!found.assign) continue;
    const offload::Figures figures = offload::evaluate(instance, *found.assign);
    if (objective == "topic") {
      ASSERT_EQ(figures.traffic, every.least_traffic()) << to_json(instance);
    } else {
      ASSERT_EQ(figures.profit, every.most_profit()) << to_json(instance);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(ModelsAndObjectives, EveryAssignment,
                         testing::Combine(testing::Values("plain", "fused"),
                                          testing::Values("edge", "topic")),
                         [](const auto& one) {
                           return std::get<0>(one.param) + "_" + std::get<1>(one.param);
                         });

TEST(Optimal, IdsDoNotMatter) {
  std::mt19937 engine(13);
  for (int round = 0; round < 40; ++round) {
    const graph::Instance instance = random_instance(engine, 12, 4);
    graph::Instance other = instance;
    std::vector<std::int32_t> tasks(instance.tasks.size());
    std::vector<std::int32_t> nodes(instance.nodes.size());
    for (std::size_t i = 0; i < tasks.size(); ++i) tasks[i] = static_cast<std::int32_t>(i);
    for (std::size_t i = 0; i < nodes.size(); ++i) nodes[i] = static_cast<std::int32_t>(i);
    std::shuffle(tasks.begin(), tasks.end(), engine);
    std::shuffle(nodes.begin(), nodes.end(), engine);
    for (std::size_t i = 0; i < nodes.size(); ++i) other.nodes[nodes[i]] = instance.nodes[i];
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      graph::InstanceTask& task = other.tasks[tasks[i]] = instance.tasks[i];
      for (std::int32_t& node : task.nodes ? *task.nodes : std::vector<std::int32_t>())
        node = nodes[node];
    }
    for (graph::InstanceEdge& edge : other.edges)
      edge = {tasks[edge.from], tasks[edge.to], edge.rate, edge.topic};
    for (graph::InstanceVirtual& one : other.virtuals) one.node = nodes[one.node];
    for (graph::InstanceVirtualEdge& edge : other.virtual_edges) edge.to = tasks[edge.to];
    for (const char* model : {"plain", "fused"}) {
      const auto a = optimal(instance, asked(model, "edge"));
      const auto b = optimal(other, asked(model, "edge"));
      ASSERT_EQ(a.has_value(), b.has_value()) << to_json(instance);
      if (a) {
        ASSERT_EQ(a->profit, b->profit) << to_json(instance);
      }
    }
  }
}

TEST(Optimal, LargerNodeNeverLowersIt) {
  std::mt19937 engine(14);
  for (int round = 0; round < 40; ++round) {
    graph::Instance instance = random_instance(engine, 12, 4);
    const auto before = optimal(instance, asked("plain", "edge"));
    instance.nodes[engine() % instance.nodes.size()].cpu += 1 + engine() % 3;
    const auto after = optimal(instance, asked("plain", "edge"));
    if (!before) continue;
    ASSERT_TRUE(after) << to_json(instance);
    ASSERT_GE(after->profit, before->profit) << to_json(instance);
  }
}

TEST(Optimal, NeverBelowTheQuickAlgorithmsAndTheSameEachTime) {
  std::mt19937 engine(15);
  for (int round = 0; round < 20; ++round) {
    const graph::Instance instance = random_instance(engine, 18, 4);
    const auto best = optimal(instance, asked("fused", "edge", 100));
    if (!best) continue;
    ASSERT_EQ(optimal(instance, asked("fused", "edge", 100))->assign, best->assign);
    for (const std::string& algorithm : offload::algorithms()) {
      offload::Options options = asked("fused", "edge", 100);
      options.algorithm = algorithm;
      const auto found = offload::plan(instance, options);
      ASSERT_TRUE(found);
      ASSERT_LE(found->profit, best->profit);
    }
  }
}

TEST(Optimal, PlanSaysWhatWasFoundAndThatItIsProved) {
  Builder b;
  b.node(2).node(2).task(1).task(1).task(2).edge(0, 1, 7).edge(1, 2, 3);
  const auto found = optimal(b.get(), asked("plain", "edge"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->algorithm, "optimal");
  EXPECT_EQ(found->profit, 7);
  EXPECT_EQ(found->bound, 7);
  EXPECT_EQ(found->choice, "optimum, proved");
  EXPECT_EQ(found->lanes.size(), 3U);
}

TEST(Optimal, EmptyJobHasAnEmptyPlan) {
  const auto found = optimal(graph::Instance{}, asked("fused", "topic"));
  ASSERT_TRUE(found) << to_string(found.error());
  EXPECT_TRUE(found->assign.empty());
  EXPECT_TRUE(proved(*found));
}

TEST(Optimal, WhatFitsNowhereIsInfeasibleWithItsCause) {
  Builder b;
  b.node(2).node(2).task(3);
  const auto found = optimal(b.get(), asked("plain", "edge"));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kInfeasible);
  EXPECT_THAT(found.error().message, HasSubstr("no plan exists: task 0 asks for 3 cpu"));
}

TEST(Optimal, NothingFoundInTimeIsNotCalledImpossible) {
  // 48 tasks that fill 12 nodes to the last, 7 + 5 + 4 + 4 of cpu on each.
  Builder b;
  for (int i = 0; i < 12; ++i) b.node(20).task(7).task(5).task(4).task(4);
  const auto found = optimal(b.get(), asked("plain", "edge"), {std::chrono::milliseconds(50)});
  if (found) return;
  EXPECT_EQ(found.error().code, ErrorCode::kInfeasible);
  EXPECT_EQ(found.error().message.rfind("no plan was found: ", 0), 0U) << found.error().message;
}

TEST(Optimal, RequestsThatThePlannerRefusesAreRefused) {
  EXPECT_EQ(optimal(graph::Instance{}, asked("magic", "edge")).error().code, ErrorCode::kInvalid);
  EXPECT_EQ(optimal(graph::Instance{}, asked("plain", "magic")).error().code, ErrorCode::kInvalid);
  Builder cycle;
  cycle.node(2).task(1).task(1).edge(0, 1, 1).edge(1, 0, 1);
  EXPECT_EQ(optimal(cycle.get(), asked("plain", "edge")).error().code, ErrorCode::kInvalid);
}

}  // namespace
}  // namespace mort::optimal
