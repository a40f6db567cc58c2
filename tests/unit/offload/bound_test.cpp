// The bound beside every plan, against every assignment of small instances.
#include <gtest/gtest.h>

#include "builder.hpp"
#include "reference.hpp"

namespace mort::offload {
namespace {

struct Case {
  std::string model;
  std::string objective;
};

class Bounds : public testing::TestWithParam<Case> {};

/// The best value of the objective over all feasible assignments; nothing where there is none.
std::optional<std::int64_t> best_of_all(const graph::Instance& instance, const Case& how) {
  std::vector<std::int32_t> assign(instance.tasks.size(), 0);
  const auto nodes = static_cast<std::int32_t>(instance.nodes.size());
  std::optional<std::int64_t> best;
  for (bool more = true; more;) {
    if (violations(instance, assign, how.model).empty()) {
      const Figures figures = evaluate(instance, assign);
      const std::int64_t value = how.objective == "topic" ? -figures.traffic : figures.profit;
      best = std::max(best.value_or(value), value);
    }
    more = false;
    for (std::int32_t& node : assign) {
      if (++node < nodes) {
        more = true;
        break;
      }
      node = 0;
    }
  }
  return best;
}

TEST_P(Bounds, NoAssignmentIsBetter) {
  std::mt19937 engine(5);
  int compared = 0;
  int reached = 0;
  for (int round = 0; round < 150; ++round) {
    const graph::Instance instance = random_instance(engine, 6, 3);
    const auto best = best_of_all(instance, GetParam());
    if (!best) continue;
    Options options;
    options.algorithm = "refine";
    options.steps = 500;
    options.model = GetParam().model;
    options.objective = GetParam().objective;
    const auto found = plan(instance, options);
    ASSERT_TRUE(found) << to_string(found.error());
    const std::int64_t value = GetParam().objective == "topic" ? -found->traffic : found->profit;
    const std::int64_t limit = bound(instance, *found, 200'000);
    const std::int64_t bounded = GetParam().objective == "topic" ? -limit : limit;
    ASSERT_LE(value, *best);
    ASSERT_GE(bounded, *best) << to_json(instance);
    ++compared;
    reached += bounded == *best ? 1 : 0;
  }
  EXPECT_GT(compared, 60);
  EXPECT_GT(reached, compared / 2) << "a bound that is never reached is of little use";
}

/// Feedback against the other edges, and between any two tasks.
graph::Instance with_feedback(graph::Instance instance, std::mt19937& engine) {
  const auto tasks = static_cast<std::int32_t>(instance.tasks.size());
  const auto draw = [&](std::int32_t below) {
    return static_cast<std::int32_t>(engine() % static_cast<std::uint32_t>(below));
  };
  const std::vector<graph::InstanceEdge> edges = instance.edges;
  for (const graph::InstanceEdge& edge : edges) {
    if (draw(2) == 0)
      instance.edges.push_back({edge.to, edge.from, 1 + draw(4), draw(2) == 0 ? "" : "t", true});
  }
  for (int i = 0; tasks > 1 && i < 2; ++i) {
    const std::int32_t from = draw(tasks);
    instance.edges.push_back({from, (from + 1 + draw(tasks - 1)) % tasks, 1 + draw(4), "t", true});
  }
  return instance;
}

TEST_P(Bounds, FeedbackIsCountedAndOrdersNothing) {
  std::mt19937 engine(7);
  int compared = 0;
  for (int round = 0; round < 120; ++round) {
    const graph::Instance plain = random_instance(engine, 6, 3);
    const graph::Instance instance = with_feedback(plain, engine);
    const auto best = best_of_all(instance, GetParam());
    ASSERT_EQ(best.has_value(), best_of_all(plain, GetParam()).has_value());
    if (!best) continue;
    for (const char* algorithm : {"greedy", "gbto", "refine", "auto"}) {
      Options options;
      options.algorithm = algorithm;
      options.steps = 300;
      options.model = GetParam().model;
      options.objective = GetParam().objective;
      const auto found = plan(instance, options);
      ASSERT_TRUE(found) << to_string(found.error());
      ASSERT_TRUE(violations(plain, found->assign, found->model).empty());
      if (found->model != GetParam().model) continue;
      const std::int64_t value = GetParam().objective == "topic" ? -found->traffic : found->profit;
      const std::int64_t limit = bound(instance, *found, 100'000);
      ASSERT_LE(value, *best);
      ASSERT_GE(GetParam().objective == "topic" ? -limit : limit, *best) << to_json(instance);
      ++compared;
    }
    graph::Instance cyclic = instance;
    for (graph::InstanceEdge& edge : cyclic.edges) edge.feedback = false;
    const bool had_loop = !plan(cyclic, {}) && plan(cyclic, {}).error().code == ErrorCode::kInvalid;
    if (!plain.edges.empty() && instance.edges.size() > plain.edges.size() + 2) {
      ASSERT_TRUE(had_loop) << "the feedback of this instance closes a loop";
    }
  }
  EXPECT_GT(compared, 150);
}

TEST_P(Bounds, HoldAtAllSizesAndAreRepeatable) {
  std::mt19937 engine(6);
  for (int round = 0; round < 15; ++round) {
    const graph::Instance instance = random_instance(engine, 60, 10);
    Options options;
    options.algorithm = "refine";
    options.steps = 5'000;
    options.model = GetParam().model;
    options.objective = GetParam().objective;
    const auto found = plan(instance, options);
    if (!found) continue;
    const std::int64_t limit = bound(instance, *found, 300'000);
    if (GetParam().objective == "topic") {
      EXPECT_LE(limit, found->traffic);
      EXPECT_GE(limit, 0);
    } else {
      EXPECT_GE(limit, found->profit);
      EXPECT_LE(limit, found->total);
    }
    EXPECT_EQ(limit, bound(instance, *found, 300'000));
  }
}

TEST_P(Bounds, LargestNumbersDoNotOverflow) {
  Builder builder;
  builder.node(1'000'000'000).node(1'000'000'000);
  for (int i = 0; i < 40; ++i) builder.task(400'000'000 - i);
  for (int i = 1; i < 40; ++i) builder.edge(i / 2, i, 1'000'000'000'000);
  builder.feed(0, 0, 1'000'000'000'000);
  graph::Instance instance = builder.get();
  for (int i = 0; i < 20; ++i) instance.nodes.push_back(instance.nodes[0]);
  Options options;
  options.algorithm = "refine";
  options.steps = 20'000;
  options.model = GetParam().model;
  options.objective = GetParam().objective;
  const auto found = plan(instance, options);
  ASSERT_TRUE(found) << to_string(found.error());
  const std::int64_t limit = bound(instance, *found);
  if (GetParam().objective == "topic") {
    EXPECT_LE(limit, found->traffic);
  } else {
    EXPECT_GE(limit, found->profit);
    EXPECT_LE(limit, found->total);
  }
}

/// A task below the topic of a virtual task, and its predecessor elsewhere in the tree: fusion
/// shares their cpu all the same.
TEST(FusedBound, APredecessorBesideAVirtualTopicIsNotAddedUp) {
  Builder b;
  for (int i = 0; i < 25; ++i) {
    const auto v = static_cast<std::int32_t>(b.get().virtuals.size());
    b.node(2).node(2);
    const std::vector<std::int32_t> pair = {2 * i, 2 * i + 1};
    b.task(1, pair).task(1, pair).task(1, pair);  // A, B, X
    b.edge(3 * i + 1, 3 * i, 10);
    b.get().virtuals.push_back({2 * i, "T" + std::to_string(i)});
    b.get().virtuals.push_back({2 * i, "U" + std::to_string(i)});
    b.get().virtual_edges.push_back({v, 3 * i, 100});
    b.get().virtual_edges.push_back({v, 3 * i + 2, 100});
    b.get().virtual_edges.push_back({v + 1, 3 * i + 1, 50});
  }
  graph::Plan plan;
  plan.model = "fused";
  plan.objective = "topic";
  for (int i = 0; i < 25; ++i) plan.assign.insert(plan.assign.end(), {2 * i, 2 * i + 1, 2 * i});
  const Figures figures = evaluate(b.get(), plan.assign);
  plan.profit = figures.profit;
  plan.total = figures.total;
  plan.traffic = figures.traffic;
  ASSERT_GT(plan.traffic, 0);
  EXPECT_EQ(bound(b.get(), plan), 0);  // everything fits on the first node of each pair
}

/// Tasks without data in a search through all plans: an exponential number of packings.
TEST(Bound, TasksWithoutDataDoNotMakeTheSearchEndless) {
  Builder b;
  const int half = 30;
  b.node(2 * half + 1).node(2 * half + 1);
  b.task(1).task(1).edge(0, 1, 5);
  for (int i = 0; i < 2 * half - 4; ++i) b.task(2);
  Options options;
  options.steps = 1'000;
  const auto found = plan(b.get(), options);
  ASSERT_TRUE(found) << to_string(found.error());
  EXPECT_GE(bound(b.get(), *found), found->profit);
}

INSTANTIATE_TEST_SUITE_P(ModelsAndObjectives, Bounds,
                         testing::Values(Case{"plain", "edge"}, Case{"plain", "topic"},
                                         Case{"fused", "edge"}, Case{"fused", "topic"}),
                         [](const auto& one) {
                           return one.param.model + "_" + one.param.objective;
                         });

}  // namespace
}  // namespace mort::offload
