// Rights inside a worker: at the start, and changed in mid-run (SPEC 8).
#include <gmock/gmock.h>

#include "support/worker_simulation.hpp"

namespace mort::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::unique_ptr<Task> ticking() {
  return std::make_unique<Ticking>("Ticking", "C1");
}
std::unique_ptr<Task> source() {
  return std::make_unique<Source>("Source", "C1");
}
std::unique_ptr<Task> reader() {
  return std::make_unique<Sink>("Reader", std::vector<std::string>{"C1"});
}
std::unique_ptr<Task> second() {
  return std::make_unique<Sink>("Second", std::vector<std::string>{"C1"});
}

std::unique_ptr<Task> slow() {
  return std::make_unique<SlowSink>("Slow", "C1");
}

class WorkerRights : public WorkerSimulation, public testing::WithParamInterface<std::string> {
 protected:
  void begin() {
    load("a");
    if (GetParam() != "a") load(GetParam());
    settle();
    start();
  }
  void rights(const std::set<worker::Denial>& denied) {
    send(worker::Command::Kind::kRights, denied);
  }
};

TEST_P(WorkerRights, ADeniedSubscriberReceivesNothingAndTheOtherEverything) {
  job({source, reader, second}, {{"Source", "a"}, {"Reader", GetParam()}, {"Second", GetParam()}});
  config_.denied = {{"Reader", "C1", false}};
  config_.params["count"] = "3000";  // more than the queue of the one that takes nothing
  begin();
  run(seconds(10));
  EXPECT_TRUE(observed().taken["Reader"].empty());
  EXPECT_EQ(observed().taken["Second"].size(), 3000U);
  EXPECT_EQ(count(GetParam(), Kind::kDone), 1);
}

TEST_P(WorkerRights, ASubscriberThatLosesItsRightInMidRunStopsAtOnce) {
  job({ticking, reader, second},
      {{"Ticking", "a"}, {"Reader", GetParam()}, {"Second", GetParam()}});
  period("Ticking", milliseconds(20));
  begin();
  run(seconds(1));
  EXPECT_EQ(observed().taken["Reader"].size(), 50U);
  rights({{"Reader", "C1", false}});
  run(seconds(1));
  EXPECT_EQ(observed().taken["Reader"].size(), 50U);
  EXPECT_EQ(observed().taken["Second"].size(), 100U);
  EXPECT_EQ(state(GetParam(), "Reader"), "finished");
}

TEST_P(WorkerRights, APublisherThatLosesItsRightSendsNothingMore) {
  job({ticking, reader}, {{"Ticking", "a"}, {"Reader", GetParam()}});
  period("Ticking", milliseconds(20));
  begin();
  run(seconds(1));
  rights({{"Ticking", "C1", true}});
  run(seconds(1));
  EXPECT_EQ(observed().taken["Reader"].size(), 50U);
  EXPECT_EQ(state("a", "Ticking"), "finished") << "Publish() said so and it returned";
  EXPECT_EQ(count(GetParam(), Kind::kDone), 1) << "its stream ends in good order";
}

TEST_P(WorkerRights, APublisherThatLosesItsRightWaitsForRoomNoLonger) {
  job({source, slow}, {{"Source", "a"}, {"Slow", GetParam()}});
  config_.params["count"] = "3000";  // more than all queues on the way hold
  period("Slow", std::chrono::hours(1));
  begin();
  run(seconds(1));
  EXPECT_EQ(state("a", "Source"), "running");
  rights({{"Source", "C1", true}});
  run(seconds(1));
  EXPECT_EQ(state("a", "Source"), "finished");
}

TEST_P(WorkerRights, ADenialOfAnotherTaskOrDirectionChangesNothing) {
  job({ticking, reader}, {{"Ticking", "a"}, {"Reader", GetParam()}});
  period("Ticking", milliseconds(20));
  begin();
  rights({{"Reader", "C1", true},
          {"Ticking", "C1", false},
          {"Other", "C1", false},
          {"Reader", "C2", false}});
  run(seconds(1));
  EXPECT_EQ(observed().taken["Reader"].size(), 50U);
}

INSTANTIATE_TEST_SUITE_P(MemoryAndNetwork, WorkerRights, testing::Values("a", "b"),
                         [](const auto& one) {
                           return std::string(one.param == "a" ? "Memory" : "Network");
                         });

}  // namespace
}  // namespace mort::simulation
