#include "mort/agent/plan_options.hpp"

#include <gmock/gmock.h>

namespace mort::agent {
namespace {

using testing::HasSubstr;

TEST(PlanOptions, NothingAskedForIsThePlannersOwnChoiceUnderTheTopicObjective) {
  const auto options = plan_options({});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->algorithm, offload::Options{}.algorithm);
  EXPECT_EQ(options->objective, "topic");
}

TEST(PlanOptions, EveryDefaultOfTheTableIsAValueThatChangesNothing) {
  PlanChoices choices;
  for (const PlanOption& option : plan_option_table()) {
    EXPECT_FALSE(option.help.empty()) << option.name;
    if (!option.standard.empty()) choices[option.name] = option.standard;
  }
  const auto options = plan_options(choices);
  ASSERT_TRUE(options) << to_string(options.error());
  const offload::Options standard = default_plan_options();
  EXPECT_EQ(options->algorithm, standard.algorithm);
  EXPECT_EQ(options->model, standard.model);
  EXPECT_EQ(options->budget, standard.budget);
  EXPECT_DOUBLE_EQ(options->io_bound_share, standard.io_bound_share);
  EXPECT_FALSE(options->steps);
}

TEST(PlanOptions, EverySettingArrives) {
  const auto options = plan_options({{"algorithm", "greedy"},
                                     {"objective", "edge"},
                                     {"model", "fused"},
                                     {"fusion", "rmbrf+"},
                                     {"ties", "low"},
                                     {"seed", "18446744073709551615"},
                                     {"steps", "1000000"},
                                     {"budget_ms", "2000"},
                                     {"io_bound_share", "0.5"},
                                     {"busy_fleet", "1"}});
  ASSERT_TRUE(options) << to_string(options.error());
  EXPECT_EQ(options->algorithm, "greedy");
  EXPECT_EQ(options->objective, "edge");
  EXPECT_EQ(options->model, "fused");
  EXPECT_EQ(options->fusion, "rmbrf+");
  EXPECT_EQ(options->ties, "low");
  EXPECT_EQ(options->seed, UINT64_MAX);
  EXPECT_EQ(options->steps, 1'000'000);
  EXPECT_EQ(options->budget.count(), 2000);
  EXPECT_DOUBLE_EQ(options->io_bound_share, 0.5);
  EXPECT_DOUBLE_EQ(options->busy_fleet, 1);
}

TEST(PlanOptions, ValuesThatASettingCannotHaveAreRefusedWithWhatItCan) {
  const std::pair<const char*, const char*> bad[] = {{"algorithm", "guess"},
                                                     {"algorithm", ""},
                                                     {"objective", "both"},
                                                     {"model", "Plain"},
                                                     {"fusion", "exactly"},
                                                     {"ties", "any"},
                                                     {"seed", "-1"},
                                                     {"seed", "1x"},
                                                     {"steps", "1000001"},
                                                     {"steps", "1e3"},
                                                     {"budget_ms", "0"},
                                                     {"budget_ms", "2001"},
                                                     {"io_bound_share", "1.1"},
                                                     {"io_bound_share", "nan"},
                                                     {"busy_fleet", "-0.1"},
                                                     {"busy_fleet", ""}};
  for (const auto& [name, value] : bad) {
    const auto options = plan_options({{name, value}});
    ASSERT_FALSE(options) << name << " " << value;
    EXPECT_EQ(options.error().code, ErrorCode::kInvalid);
    EXPECT_EQ(options.error().where, name);
    EXPECT_FALSE(options.error().cure.empty());
  }
  EXPECT_THAT(plan_options({{"algorithm", "guess"}}).error().cure, HasSubstr("greedy"));
}

TEST(PlanOptions, AnUnknownSettingIsRefusedWithThoseThatAreThere) {
  const auto options = plan_options({{"algoritm", "gbto"}});
  ASSERT_FALSE(options);
  EXPECT_THAT(options.error().message, HasSubstr("\"algoritm\""));
  EXPECT_THAT(options.error().cure, HasSubstr("algorithm, objective"));
}

}  // namespace
}  // namespace mort::agent
