// Antichains as rows of the program, against the definition.
#include "antichains.hpp"

#include <gtest/gtest.h>

#include "builder.hpp"
#include "reference.hpp"

namespace mort::optimal {
namespace {

using offload::Model;

TEST(Antichains, MaximalOnesAreAllThereAndNoOthers) {
  std::mt19937 engine(21);
  for (int round = 0; round < 200; ++round) {
    const graph::Instance instance = offload::random_instance(engine, 9, 2);
    const auto order = offload::order_of(instance);
    const Model model(instance, "fused");
    const std::size_t count = instance.tasks.size();
    std::vector<Tasks> expected;
    const auto is_antichain = [&](unsigned set) {
      for (std::size_t a = 0; a < count; ++a) {
        for (std::size_t b = 0; b < count; ++b) {
          if ((set >> a & 1U) != 0 && (set >> b & 1U) != 0 && order[a][b]) return false;
        }
      }
      return true;
    };
    for (unsigned set = 1; set < 1U << count; ++set) {
      bool maximal = is_antichain(set);
      for (std::size_t a = 0; maximal && a < count; ++a)
        maximal = (set >> a & 1U) != 0 || !is_antichain(set | 1U << a);
      if (!maximal) continue;
      Tasks& tasks = expected.emplace_back();
      for (std::size_t a = 0; a < count; ++a) {
        if ((set >> a & 1U) != 0) tasks.push_back(static_cast<std::int32_t>(a));
      }
    }
    std::vector<Tasks> found = maximal_antichains(model, model.topo(), 1'000);
    for (Tasks& tasks : found) std::sort(tasks.begin(), tasks.end());
    std::sort(found.begin(), found.end());
    std::sort(expected.begin(), expected.end());
    ASSERT_EQ(found, expected);
    EXPECT_TRUE(maximal_antichains(model, model.topo(), expected.size() - 1).empty());
  }
}

TEST(Antichains, SharingSetsKeepOrderedTasksTogether) {
  std::mt19937 engine(22);
  for (int round = 0; round < 200; ++round) {
    const graph::Instance instance = offload::random_instance(engine, 12, 2);
    const auto order = offload::order_of(instance);
    const auto sets = sharing_sets(Model(instance, "fused"));
    std::vector<std::size_t> set_of(instance.tasks.size(), sets.size());
    for (std::size_t i = 0; i < sets.size(); ++i) {
      for (const std::int32_t task : sets[i]) set_of[task] = i;
    }
    for (std::size_t a = 0; a < order.size(); ++a) {
      ASSERT_LT(set_of[a], sets.size());
      for (std::size_t b = 0; b < order.size(); ++b) {
        if (order[a][b]) {
          ASSERT_EQ(set_of[a], set_of[b]);
        }
      }
    }
  }
}

TEST(Antichains, CoveringPairsGiveTheWholeOrderBack) {
  std::mt19937 engine(23);
  for (int round = 0; round < 200; ++round) {
    const graph::Instance instance = offload::random_instance(engine, 12, 2);
    const auto order = offload::order_of(instance);
    const Model model(instance, "fused");
    graph::Instance covered = instance;
    covered.edges.clear();
    for (auto& task : covered.tasks) task.job = 0;
    for (const auto& [a, b] : covering_pairs(model, model.topo()))
      covered.edges.push_back({model.topo()[a], model.topo()[b], 1, ""});
    ASSERT_EQ(offload::order_of(covered), order);
    // None can be spared.
    for (std::size_t i = 0; i < covered.edges.size(); ++i) {
      graph::Instance without = covered;
      without.edges.erase(without.edges.begin() + i);
      ASSERT_NE(offload::order_of(without), order);
    }
  }
}

}  // namespace
}  // namespace mort::optimal
