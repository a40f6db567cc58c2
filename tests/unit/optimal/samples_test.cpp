// The small sample instances, with what is known of their optima.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "formulation.hpp"
#include "mort/optimal/optimal.hpp"

namespace mort::optimal {
namespace {

namespace fs = std::filesystem;

struct Sample {
  graph::Instance instance;
  nlohmann::json best;
};

Sample sample(const std::string& name) {
  const fs::path path = fs::path(MORT_TEST_DATA) / "instances" / (name + ".json");
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  auto instance = graph::instance_from_json(text.str(), name);
  if (!instance) {
    ADD_FAILURE() << to_string(instance.error());
    return {};
  }
  return {*instance, nlohmann::json::parse(text.str())["best"]};
}

class SmallSamples : public testing::TestWithParam<std::string> {};

TEST_P(SmallSamples, AreSolvedToTheProvedOptimum) {
  const Sample one = sample(GetParam());
  for (const std::string model : {"plain", "fused"}) {
    for (const char* objective : {"edge", "topic"}) {
      offload::Options options;
      options.model = model;
      options.objective = objective;
      const auto found = optimal(one.instance, options);
      ASSERT_TRUE(found) << to_string(found.error());
      EXPECT_TRUE(proved(*found)) << found->choice;
      EXPECT_TRUE(offload::violations(one.instance, found->assign, model).empty());
      const nlohmann::json& best = one.best[model];
      EXPECT_GE(found->profit, best["profit"].get<std::int64_t>());
      EXPECT_LE(found->profit, best["ub"].get<std::int64_t>());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Samples, SmallSamples,
                         testing::Values("tiny01", "tiny02", "tiny03", "tiny04", "tiny05", "med01"),
                         [](const auto& one) { return one.param; });

TEST(Samples, BoundHoldsWhenTimeRunsOut) {
  const Sample one = sample("med03");
  for (const std::string model : {"plain", "fused"}) {
    for (const int ms : {0, 300}) {
      offload::Options options;
      options.model = model;
      const auto found = optimal(one.instance, options, {std::chrono::milliseconds(ms)});
      ASSERT_TRUE(found);
      EXPECT_TRUE(offload::violations(one.instance, found->assign, model).empty());
      EXPECT_GE(*found->bound, one.best[model]["profit"].get<std::int64_t>());
      EXPECT_FALSE(proved(*found));
      EXPECT_EQ(found->choice.rfind("best found in ", 0), 0U) << found->choice;
    }
  }
}

TEST(Samples, LargeOnesAreAnsweredWithoutASearch) {
  graph::Instance large = sample("paper_t300_u").instance;
  for (int i = 0; i < 900; ++i) large.nodes.push_back(large.nodes[i % 90]);
  const auto found = optimal(large, {});
  ASSERT_TRUE(found);
  EXPECT_GE(*found->bound, found->profit);
  EXPECT_EQ(found->choice.rfind("too large to search for the optimum", 0), 0U) << found->choice;
}

}  // namespace
}  // namespace mort::optimal
