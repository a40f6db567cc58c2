// The exact antichain against the definition, its two ways for large sets against each other, and
// the quick estimates, which must never fall below it.
#include "antichain.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "reference.hpp"
#include "roads.hpp"

namespace mort::offload {
namespace {

using Tasks = std::vector<std::int32_t>;

Tasks all_tasks(const Model& model) {
  return model.topo();
}

Tasks some_tasks(const Model& model, std::mt19937& engine) {
  Tasks tasks;
  for (const std::int32_t task : model.topo()) {
    if (engine() % 3 != 0) tasks.push_back(task);
  }
  return tasks;
}

void expect_antichain(const Model& model, const Tasks& among, const Antichain& antichain) {
  std::int64_t cpu = 0;
  for (const std::int32_t a : antichain.tasks) {
    cpu += model.cpu(a);
    ASSERT_EQ(std::count(among.begin(), among.end(), a), 1);
    for (const std::int32_t b : antichain.tasks)
      ASSERT_FALSE(a != b && model.precedence().ordered(a, b));
  }
  ASSERT_EQ(cpu, antichain.cpu);
}

TEST(Antichain, IsTheLargestThereIs) {
  std::mt19937 engine(31);
  for (int round = 0; round < 2'000; ++round) {
    const graph::Instance instance = random_instance(engine, 14, 2);
    const auto order = order_of(instance);
    const Model model(instance, "fused");
    for (const Tasks& tasks : {all_tasks(model), some_tasks(model, engine)}) {
      const std::int64_t expected = antichain_cpu(instance, order, tasks);
      const Antichain found = max_antichain(model, tasks);
      ASSERT_EQ(found.cpu, expected) << to_json(instance);
      expect_antichain(model, tasks, found);
      ASSERT_EQ(fused_cpu(model, tasks), expected) << to_json(instance);
    }
  }
}

TEST(Antichain, SearchOverBitsEqualsTheCut) {
  std::mt19937 engine(32);
  for (int round = 0; round < 200; ++round) {
    const graph::Instance instance = random_instance(engine, 64, 2);
    const Model model(instance, "fused");
    const Tasks tasks = some_tasks(model, engine);
    ASSERT_EQ(fused_cpu(model, tasks), max_antichain(model, tasks).cpu) << to_json(instance);
  }
}

/// Tasks at random places of a wide DAG; about half of them ask for no cpu.
graph::Instance large_instance(std::mt19937& engine, int count, int jobs) {
  const auto draw = [&](int min, int max) {
    return min + static_cast<int>(engine() % (max - min + 1));
  };
  graph::Instance instance;
  instance.nodes.resize(1);
  for (int i = 0; i < count; ++i) {
    graph::InstanceTask task;
    task.job = i * jobs / count;
    task.cpu = draw(0, 1) * draw(1, 5);
    instance.tasks.push_back(task);
  }
  for (int i = 1; i < count; ++i) {
    for (int k = draw(0, 2); k > 0; --k)
      instance.edges.push_back({draw(std::max(0, i - 40), i - 1), i, 1, ""});
  }
  return instance;
}

TEST(Antichain, LargeSetsAreCutAlikeByEdgesAndByPairs) {
  std::mt19937 engine(33);
  for (int round = 0; round < 8; ++round) {
    const graph::Instance instance = large_instance(engine, 900, 1 + round % 3);
    const Model model(instance, "fused");
    Tasks everything = all_tasks(model);  // by edges
    Tasks asking;                         // by pairs: the others add nothing
    for (const std::int32_t task : everything) {
      if (model.cpu(task) > 0) asking.push_back(task);
    }
    ASSERT_GT(everything.size(), 512U);
    ASSERT_LE(asking.size(), 512U);
    const Antichain by_edges = max_antichain(model, everything);
    ASSERT_EQ(by_edges.cpu, max_antichain(model, asking).cpu);
    expect_antichain(model, everything, by_edges);
    // A set with gaps: paths lead through tasks that are not in it.
    std::erase_if(everything, [&](std::int32_t task) { return task % 3 == 0; });
    std::erase_if(asking, [&](std::int32_t task) { return task % 3 == 0; });
    ASSERT_GT(everything.size(), 512U);
    ASSERT_EQ(max_antichain(model, everything).cpu, max_antichain(model, asking).cpu);
  }
}

class Estimates : public testing::TestWithParam<Fusion> {};

TEST_P(Estimates, AreNeverBelowTheAntichainNorAboveTheSum) {
  std::mt19937 engine(34);
  std::int64_t exact = 0;
  std::int64_t estimated = 0;
  for (int round = 0; round < 3'000; ++round) {
    const graph::Instance instance = random_instance(engine, 30, 2);
    const Model model(instance, "fused");
    Roads roads(model, GetParam());
    for (const Tasks& tasks : {all_tasks(model), some_tasks(model, engine)}) {
      const Tasks road = roads.find(tasks);
      std::int64_t sum = 0;
      for (const std::int32_t task : tasks) sum += model.cpu(task);
      ASSERT_GE(roads.cpu(), fused_cpu(model, tasks)) << to_json(instance);
      ASSERT_LE(roads.cpu(), sum);
      exact += fused_cpu(model, tasks);
      estimated += roads.cpu();
      // Tasks of one road lie on one path.
      for (std::size_t a = 0; a < tasks.size(); ++a) {
        for (std::size_t b = 0; b < a; ++b)
          ASSERT_TRUE(road[a] != road[b] || model.precedence().ordered(tasks[a], tasks[b]));
      }
    }
  }
  EXPECT_GT(estimated, exact);
}

INSTANTIATE_TEST_SUITE_P(Both, Estimates, testing::Values(Fusion::kRmbrf, Fusion::kRmbrfPlus),
                         [](const auto& one) {
                           return one.param == Fusion::kRmbrf ? "Rmbrf" : "RmbrfPlus";
                         });

}  // namespace
}  // namespace mort::offload
