#include "mort/dds_topics/wire_names.hpp"

#include <gtest/gtest.h>

namespace mort::dds_topics {
namespace {

TEST(WireNames, AreMortsOwnUnlessTheTopicIsOfRos2) {
  const auto names = wire_names({"camera/image", "vision::Image"});
  ASSERT_TRUE(names);
  EXPECT_EQ(names->name, "camera/image");
  EXPECT_EQ(names->type, "vision::Image");
}

TEST(WireNames, OfRos2HaveItsPrefixAndItsTypeNamespace) {
  for (const char* type : {"vision::msg::Image", "vision::Image"}) {
    const auto names = wire_names({"camera/image", type, true});
    ASSERT_TRUE(names);
    EXPECT_EQ(names->name, "rt/camera/image");
    EXPECT_EQ(names->type, "vision::msg::dds_::Image_") << type;
  }
}

TEST(WireNames, KeepAPackageThatIsCalledMsg) {
  EXPECT_EQ(wire_names({"t", "msg::Image", true})->type, "msg::msg::dds_::Image_");
}

TEST(WireNames, RefuseARos2TypeWithoutAPackage) {
  for (const char* type : {"Image", "::Image"}) {
    const auto names = wire_names({"camera/image", type, true});
    ASSERT_FALSE(names) << type;
    EXPECT_EQ(names.error().code, ErrorCode::kInvalid);
  }
}

}  // namespace
}  // namespace mort::dds_topics
