// Values of enums have one outcome wherever the tasks run.
#include "support/product.hpp"

namespace mort::test {
namespace {

TEST(Enums, AValueWithoutNameTravelsBetweenNodesAsItDoesWithinOne) {
  const Product product;
  for (const char* where : {"source_on_node0", "source_on_node1"}) {
    SCOPED_TRACE(where);
    const auto ran =
        product.run({"run", std::string(MORT_SOURCE_DIR) + "/tests/data/enums/" + where + ".yaml",
                     "--nodes", "2", "--json"});
    ASSERT_EQ(ran.exit_code, 0) << ran.err;
    const Json report = Json::parse(ran.out);
    const Json expected = {{"number", 10}, {"sum", 30}, {"last", 3}, {"named", "LIGHT"}};
    EXPECT_EQ(report["results"]["count"], expected) << report["results"].dump();
    expect_lossless(report);
  }
  EXPECT_EQ(product.remains(), "");
}

}  // namespace
}  // namespace mort::test
