// What messages hold has one outcome wherever the tasks run.
#include "support/product.hpp"

namespace mort::test {
namespace {

/// The results of a job of tests/data/messages, which must lose nothing.
Json results_of(const Product& product, const std::string& job) {
  const auto ran =
      product.run({"run", std::string(MORT_SOURCE_DIR) + "/tests/data/messages/" + job + ".yaml",
                   "--nodes", "2", "--json"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  if (ran.exit_code != 0) return Json::object();
  const Json report = Json::parse(ran.out);
  expect_lossless(report);
  return report["results"];
}

TEST(Messages, AnEnumValueWithoutNameTravelsBetweenNodesAsItDoesWithinOne) {
  const Product product;
  const Json expected = {{"number", 10}, {"sum", 30}, {"last", 3}, {"named", "LIGHT"}};
  for (const char* job : {"flags_on_node0", "flags_on_node1"})
    EXPECT_EQ(results_of(product, job)["count"], expected) << job;
  EXPECT_EQ(product.remains(), "");
}

TEST(Messages, OptionalsMapsTimesAndOddNumbersAreTheSameOnBothWays) {
  const Product product;
  const Json last = {
      {"none", nullptr},
      {"some", {{"value", 1.5}, {"limit", 7}}},
      {"gains",
       {{"pitch", {{"value", -1.0}, {"limit", 3}}}, {"yaw", {{"value", 2.5}, {"limit", nullptr}}}}},
      {"age", -1'500'000'000},
      {"at", 1'700'000'000'000'000'001},
      {"never", INT64_MAX},
      {"level", 100},
      {"not_a_number", "NaN"},
      {"infinite", "-Infinity"}};
  for (const char* job : {"rich_on_node0", "rich_on_node1"}) {
    const Json checked = results_of(product, job)["checked"];
    EXPECT_EQ(checked["right"], 10) << job;
    EXPECT_EQ(checked["last"], last) << job;
  }
  EXPECT_EQ(product.remains(), "");
}

}  // namespace
}  // namespace mort::test
