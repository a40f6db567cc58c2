#include "task_maker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace mort::worker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Camera : public Task {
 public:
  Camera() {
    RegTask("Camera", {.period = std::chrono::milliseconds(IntParam("period"))});
    Log("publishes " + Param("topic"));
    RegPub({Param("topic")});
  }
  void Run() override {}
};

std::unique_ptr<Task> camera() {
  return std::make_unique<Camera>();
}

TEST(MakeTask, ConstructorsReadTheParametersOfTheJob) {
  const auto made = make_task(camera, {{"topic", "left/frames"}, {"period", "40"}});
  ASSERT_TRUE(made) << to_string(made.error());
  EXPECT_THAT(made->task->registration().pub, ElementsAre("left/frames"));
  EXPECT_EQ(made->task->registration().period, std::chrono::milliseconds(40));
  EXPECT_THAT(made->log, ElementsAre("publishes left/frames"));
}

TEST(MakeTask, WhatConstructorsThrowRefusesTheLibrary) {
  const std::pair<Parameters, const char*> cases[] = {
      {{{"period", "40"}}, "the job has no parameter \"topic\""},
      {{{"period", "4O"}, {"topic", "a"}}, "parameter period is not a whole number: \"4O\""},
  };
  for (const auto& [params, cause] : cases) {
    const auto made = make_task(camera, params);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, ErrorCode::kInvalid);
    EXPECT_THAT(made.error().message, HasSubstr(cause));
    EXPECT_NE(made.error().cure, "");
  }
  const auto made = make_task([]() -> std::unique_ptr<Task> { throw 7; }, {});
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, HasSubstr("not a std::exception"));
}

TEST(MakeTask, NothingIsLeftBehindForLaterCalls) {
  const auto made = make_task(camera, {{"topic", "a"}, {"period", "40"}});
  ASSERT_TRUE(made);
  EXPECT_THROW(camera(), std::logic_error);
}

}  // namespace
}  // namespace mort::worker
