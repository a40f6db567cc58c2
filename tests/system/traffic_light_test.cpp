// The second example: a job that reads the topics of another, and is placed by them.
#include <gmock/gmock.h>

#include "support/product.hpp"

namespace mort::test {
namespace {

TEST(TrafficLight, IsDecidedWhereTheLargestStreamIsAndEqualsAnIndependentReckoning) {
  MORT_NEEDS_PROGRAM("jq");
  const bool alone = own_shared_memory();
  const Product product;
  const auto ran = product.run_program(
      {}, {std::string(MORT_SOURCE_DIR) + "/examples/traffic_light/run.sh", MORT_PROGRAM}, 180);
  EXPECT_EQ(ran.exit_code, 0) << ran.out << ran.err;
  EXPECT_NE(ran.out.find("its 20 decisions equal an independent reckoning"), std::string::npos)
      << ran.out << ran.err;
  // The plan of the light leans on what the sensors' job was measured to publish.
  EXPECT_NE(ran.out.find("measured pedestrians vehicles weather"), std::string::npos) << ran.out;
  EXPECT_EQ(product.remains(), "");
  if (alone) {
    EXPECT_THAT(shared_memory(), ::testing::IsEmpty());
  }
}

}  // namespace
}  // namespace mort::test
