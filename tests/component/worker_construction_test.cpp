// Tasks whose constructors read the parameters of their job.
#include <gmock/gmock.h>

#include "support/worker_simulation.hpp"

namespace mort::simulation {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

std::unique_ptr<Task> source() {
  return std::make_unique<Source>("Source", "C1");
}

/// Reads the topic that its parameter names.
class Shaped : public Task {
 public:
  Shaped() : topic_(Param("topic")) {
    RegTask("Shaped");
    RegSub({topic_});
    Log("reads " + topic_);
  }
  void Run() override {
    while (const auto number = Take<Number>(topic_))
      observed().taken["Shaped"].push_back(number->value);
  }

 private:
  const std::string topic_;
};
std::unique_ptr<Task> shaped() {
  return std::make_unique<Shaped>();
}

using WorkerConstruction = WorkerSimulation;

TEST_F(WorkerConstruction, AParameterNamesTheTopicThatATaskReads) {
  job({source, shaped}, {{"Source", "a"}, {"Shaped", "b"}}, {{"topic", "C1"}});
  load("a");
  load("b");
  settle();
  start();
  run(seconds(1));
  EXPECT_EQ(observed().taken["Shaped"], numbers(100));
}

TEST_F(WorkerConstruction, WhatAConstructorLogsIsHeardOfWhereItsTaskRuns) {
  job({source, shaped}, {{"Source", "a"}, {"Shaped", "b"}}, {{"topic", "C1"}});
  load("a");
  load("b");
  EXPECT_EQ(count("a", Kind::kLog), 0) << "its constructor runs here, too";
  ASSERT_EQ(count("b", Kind::kLog), 1);
  const auto& log = events("b").front();
  EXPECT_EQ(log.task, "Shaped");
  EXPECT_EQ(log.text, "reads C1");
}

TEST_F(WorkerConstruction, AnotherValueThanThatOfTheGraphIsRefused) {
  job({source, shaped}, {{"Source", "a"}, {"Shaped", "b"}}, {{"topic", "C1"}});
  config_.params["topic"] = "C9";
  const auto loaded = try_load("b");
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::kInvalid);
  EXPECT_THAT(loaded.error().message, HasSubstr("subscribes to C9, the graph says C1"));
}

TEST_F(WorkerConstruction, AParameterThatTheJobLacksIsRefused) {
  job({source, shaped}, {{"Source", "a"}, {"Shaped", "b"}}, {{"topic", "C1"}});
  config_.params.erase("topic");
  const auto loaded = try_load("b");
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::kInvalid);
  EXPECT_THAT(loaded.error().message, HasSubstr("the job has no parameter \"topic\""));
}

}  // namespace
}  // namespace mort::simulation
