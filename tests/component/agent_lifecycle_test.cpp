// A job from submit to its end on three agents: start, completion, crashes, stop, restart of an
// agent.
#include <gmock/gmock.h>

#include "support/agent_simulation.hpp"

namespace mort::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

const std::vector<std::string> kAll = {"a", "b", "c"};

JobMaker pipeline(const std::string& name = "pipeline") {
  return JobMaker(name)
      .task("Source", "a", {}, {"C1"})
      .task("Relay", "b", {"C1"}, {"C2"})
      .task("Sink", "c", {"C2"}, {});
}

class AgentLifeCycle : public AgentSimulation {};

TEST_F(AgentLifeCycle, GoesFromSubmitToCompletedInStep) {
  fleet(kAll);
  const std::string job = submit("b", pipeline());
  for (const std::string& node : kAll) {
    ASSERT_EQ(workers(node, job).size(), 1U) << node;
    const auto& config = worker_of(node, job)->config;
    EXPECT_EQ(config.node, node);
    EXPECT_EQ(config.epoch, 1U);
    EXPECT_FALSE(config.restarted);
    EXPECT_EQ(config.assign,
              (std::map<std::string, std::string>{{"Source", "a"}, {"Relay", "b"}, {"Sink", "c"}}));
    EXPECT_EQ(state(job, node), "starting");
  }
  emit({"a", "b"}, job, Kind::kReady);
  run(seconds(10));
  for (const std::string& node : kAll)
    EXPECT_EQ(worker_of(node, job)->received(Order::kStart), 0) << "c is not ready";
  emit({"c"}, job, Kind::kReady);
  for (const std::string& node : kAll) {
    EXPECT_EQ(worker_of(node, job)->received(Order::kStart), 1) << node;
    EXPECT_EQ(state(job, node), "running");
  }
  emit({"a", "b"}, job, Kind::kDone);
  EXPECT_EQ(state(job), "running");
  emit({"c"}, job, Kind::kDone);
  for (const std::string& node : kAll) {
    EXPECT_EQ(state(job, node), "completed") << node;
    EXPECT_EQ(worker_of(node, job)->received(Order::kExit), 1) << "leaves in good order";
    worker_of(node, job)->exit("exited with 0");
  }
  run(seconds(60));
  for (const std::string& node : kAll) {
    EXPECT_EQ(workers(node, job).size(), 1U) << "nothing is started again";
    EXPECT_FALSE(worker_of(node, job)->alive);
  }
}

TEST_F(AgentLifeCycle, AJobThatPromisedEverySampleSaysWhatACrashHasCost) {
  const auto stats_of = [](std::uint64_t taken, std::uint64_t sent) {
    worker::Stats stats;
    stats.subscribed = {{"C1", "Relay", taken, taken, 0, 0, false, {}}};
    stats.received = {{"C1", taken, 0, 0, 0, 0, {{0, 0, 0}}}};
    stats.published = {{"C2", "Relay", "demo::Piece", sent, 10 * sent, 0, 50}};
    return stats;
  };
  worker::Stats source;
  source.published = {{"C1", "Source", "demo::Piece", 600, 6000, 0, 50}};
  worker::Stats sink;
  sink.subscribed = {{"C2", "Sink", 590, 590, 0, 0, false, {}}};
  sink.received = {{"C2", 590, 0, 0, 0, 0, {{0, 0, 0}, {1, 200, 200}}}};
  for (const bool promised : {true, false}) {
    SCOPED_TRACE(promised);
    if (agents_.empty()) fleet(kAll);
    const std::string job = submit("a", promised ? pipeline("exact").block() : pipeline("latest"));
    bring_up(kAll, job);
    worker_of("b", job)->emit({Kind::kStats, {}, {}, {}, {}, stats_of(200, 200)});
    worker_of("b", job)->exit("was killed by signal 9");
    run(seconds(2));
    EXPECT_EQ(worker_of("b", job)->config.incarnation, 1U);
    emit({"b"}, job, Kind::kReady);
    auto relay = stats_of(390, 390);
    relay.received[0].origin = 210;
    worker_of("a", job)->emit({Kind::kDone, {}, {}, {}, {}, source});
    worker_of("b", job)->emit({Kind::kDone, {}, {}, {}, {}, relay});
    worker_of("c", job)->emit({Kind::kDone, {}, {}, {}, {}, sink});
    settle();
    EXPECT_EQ(state(job), promised ? "completed with losses" : "completed");
    EXPECT_EQ(reason(job),
              promised ? "task Relay lost 10 of 600 samples of C1; the worker on b crashed 1 time, "
                         "and Relay began again without what was known before"
                       : "");
    const json view = json::parse(*core("c").job_json(job));
    for (const json& topic : view["topics"]) {
      for (const json& reader : topic["subscribers"]) {
        EXPECT_EQ(topic["sent"].get<int>(),
                  reader["delivered"].get<int>() + reader["lost"].get<int>())
            << topic.dump();
      }
    }
  }
}

TEST_F(AgentLifeCycle, AJobThatCannotKeepItsPromiseFailsWithTheReason) {
  fleet(kAll);
  const std::string job = submit("b", pipeline().block());
  bring_up(kAll, job);
  worker_of("a", job)->emit(Kind::kBroken, "the worker on b was not heard for 60 s (hold_for)");
  settle();
  EXPECT_EQ(state(job, "c"), "failed");
  EXPECT_EQ(reason(job, "c"), "node a: the worker on b was not heard for 60 s (hold_for)");
}

TEST_F(AgentLifeCycle, AWorkerThatDoesNotLeaveAfterTheEndIsKilled) {
  fleet(kAll);
  const std::string job = submit("a", pipeline());
  bring_up(kAll, job);
  emit(kAll, job, Kind::kDone);
  EXPECT_TRUE(worker_of("a", job)->alive);
  run(seconds(4));
  EXPECT_FALSE(worker_of("a", job)->alive);
}

TEST_F(AgentLifeCycle, ANodeWithoutTasksOfTheJobStartsNothing) {
  fleet(kAll);
  const std::string job =
      submit("a", JobMaker("small").task("Source", "b", {}, {"C1"}).task("Sink", "b", {"C1"}, {}));
  EXPECT_TRUE(workers("a", job).empty());
  EXPECT_TRUE(workers("c", job).empty());
  bring_up({"b"}, job);
  EXPECT_EQ(state(job), "running");
}

TEST_F(AgentLifeCycle, AFailedTaskMakesTheJobFailOnceAllHaveEnded) {
  fleet(kAll);
  const std::string job = submit("a", pipeline());
  bring_up(kAll, job);
  worker_of("b", job)->task("Relay", "failed", "std::runtime_error: no sensor");
  run(seconds(5));
  EXPECT_EQ(state(job), "running") << "the others go on";
  emit(kAll, job, Kind::kDone);
  EXPECT_EQ(state(job), "failed");
  EXPECT_EQ(reason(job, "c"), "task Relay on b: std::runtime_error: no sensor");
  EXPECT_THAT(log_of(job, "c"), HasSubstr("b Relay: failed: std::runtime_error: no sensor"));
}

TEST_F(AgentLifeCycle, ACrashedWorkerIsStartedAgainWithBackOffWhileTheOthersGoOn) {
  fleet(kAll);
  const std::string job = submit("a", pipeline());
  bring_up(kAll, job);
  std::vector<Nanoseconds> pauses;
  for (std::size_t crash = 1; crash <= 4; ++crash) {
    const Nanoseconds before = clock_.now();
    worker_of("b", job)->exit("was killed by signal 9");
    settle();
    EXPECT_EQ(workers("b", job).size(), crash) << "not at once";
    run(seconds(13));
    ASSERT_EQ(workers("b", job).size(), crash + 1);
    pauses.push_back(worker_of("b", job)->launched_at - before);
    const auto& config = worker_of("b", job)->config;
    EXPECT_TRUE(config.restarted);
    EXPECT_EQ(config.epoch, 1U);
    emit({"b"}, job, Kind::kReady);
    EXPECT_EQ(worker_of("b", job)->received(Order::kStart), 1);
  }
  const std::vector<Nanoseconds> nominal = {milliseconds(100), milliseconds(500), seconds(2),
                                            seconds(10)};
  for (std::size_t i = 0; i < nominal.size(); ++i) {
    EXPECT_GE(pauses[i], nominal[i] * 8 / 10);
    EXPECT_LE(pauses[i], nominal[i] * 12 / 10);
    EXPECT_NE(pauses[i], nominal[i]) << "workers of several nodes must not start in step";
  }
  EXPECT_EQ(workers("a", job).size(), 1U);
  EXPECT_EQ(worker_of("a", job)->received(Order::kStart), 1);
  EXPECT_EQ(state(job), "running");
  EXPECT_THAT(log_of(job), HasSubstr("killed by signal 9"));
  emit(kAll, job, Kind::kDone);
  EXPECT_EQ(state(job), "completed");
}

TEST_F(AgentLifeCycle, ACrashBeforeTheStartIsNoEntryInMidStream) {
  fleet(kAll);
  const std::string job = submit("a", pipeline());
  emit({"b"}, job, Kind::kReady);
  worker_of("b", job)->exit("exited with 1");
  run(seconds(1));
  ASSERT_EQ(workers("b", job).size(), 2U);
  EXPECT_FALSE(worker_of("b", job)->config.restarted)
      << "nothing was published yet: every loss is to be counted";
  bring_up(kAll, job);
  EXPECT_EQ(state(job), "running");
}

TEST_F(AgentLifeCycle, AWorkerThatCrashesAgainAndAgainBeforeItIsReadyFailsTheJob) {
  fleet(kAll);
  const std::string job = submit("a", pipeline());
  while (state(job) == "starting") {
    const std::size_t before = workers("b", job).size();
    ASSERT_LE(before, 6U);
    worker_of("b", job)->exit("exited with 1");
    while (state(job) == "starting" && workers("b", job).size() == before) run(milliseconds(100));
  }
  EXPECT_EQ(state(job), "failed");
  EXPECT_EQ(workers("b", job).size(), 6U);
  EXPECT_THAT(reason(job),
              testing::MatchesRegex("node b: the worker exited with 1, 6 times in [345][0-9] s"));
}

TEST_F(AgentLifeCycle, AMinuteOfHealthForgetsEarlierCrashes) {
  fleet(kAll);
  const std::string job = submit("a", pipeline());
  bring_up(kAll, job);
  for (std::size_t crash = 1; crash <= 12; ++crash) {
    worker_of("b", job)->exit("was killed by signal 6");
    run(seconds(1));
    ASSERT_EQ(workers("b", job).size(), crash + 1) << "the first pause again";
    emit({"b"}, job, Kind::kReady);
    run(seconds(61));
  }
  EXPECT_EQ(state(job), "running");
}

TEST_F(AgentLifeCycle, WithRestartJobACrashBeginsEverythingAgainUnderTheNextEpoch) {
  fleet(kAll);
  const std::string job = submit("a", pipeline().restart_job());
  bring_up(kAll, job);
  emit({"a"}, job, Kind::kDone);
  worker_of("c", job)->exit("was killed by signal 11");
  run(seconds(2));
  for (const std::string& node : kAll) {
    ASSERT_EQ(workers(node, job).size(), 2U) << node;
    EXPECT_FALSE(workers(node, job)[0]->alive) << node;
    EXPECT_EQ(worker_of(node, job)->config.epoch, 2U) << node;
    EXPECT_FALSE(worker_of(node, job)->config.restarted) << node;
    EXPECT_EQ(worker_of(node, job)->received(Order::kStart), 0) << node;
  }
  EXPECT_EQ(state(job), "starting");
  bring_up(kAll, job);
  emit(kAll, job, Kind::kDone);
  EXPECT_EQ(state(job), "completed");
  EXPECT_EQ(job_row(job, "b")["epoch"], 2);
}

TEST_F(AgentLifeCycle, AJobThatBeginsAgainForEverFails) {
  fleet(kAll);
  const std::string job = submit("a", pipeline().restart_job());
  for (int i = 0; i < 40 && state(job) != "failed"; ++i) {
    worker_of("a", job)->exit("exited with 1");
    run(seconds(37));
  }
  EXPECT_EQ(state(job), "failed");
  EXPECT_EQ(reason(job), "node a: the worker exited with 1, 6 times in 185 s");
  EXPECT_EQ(job_row(job, "b")["epoch"], 6);
}

TEST_F(AgentLifeCycle, AJobIsNotDoneWhileACrashedWorkerWaitsForTheNextEpoch) {
  fleet(kAll);
  const std::string job = submit("a", pipeline().restart_job());
  bring_up(kAll, job);
  emit(kAll, job, Kind::kReady);
  emit({"c"}, job, Kind::kDone);
  worker_of("c", job)->exit("was killed by signal 11");
  settle();
  emit({"a", "b"}, job, Kind::kDone);
  EXPECT_NE(state(job), "completed") << "what c had sent may be lost";
  run(seconds(2));
  EXPECT_EQ(job_row(job, "b")["epoch"], 2);
}

TEST_F(AgentLifeCycle, ARefusedWorkerFailsTheJobWithItsReason) {
  fleet(kAll);
  const std::string job = submit("a", pipeline());
  worker_of("b", job)->emit(Kind::kRefused, "task Relay subscribes to C9");
  worker_of("b", job)->exit("exited with 2");
  run(seconds(2));
  EXPECT_EQ(state(job, "c"), "failed");
  EXPECT_EQ(reason(job, "c"), "node b: task Relay subscribes to C9");
  EXPECT_EQ(workers("b", job).size(), 1U) << "it would be refused again";
  EXPECT_EQ(worker_of("a", job)->received(Order::kExit), 1);
}

TEST_F(AgentLifeCycle, AProcessThatCannotBeStartedFailsTheJob) {
  fleet(kAll);
  machine("b").launcher.refuses = true;
  const std::string job = submit("a", pipeline());
  EXPECT_EQ(state(job), "failed");
  EXPECT_EQ(reason(job), "node b: no memory for a process");
}

TEST_F(AgentLifeCycle, StopBeforeTheStartEndsTheJobAtOnce) {
  fleet(kAll);
  const std::string job = submit("a", pipeline());
  ASSERT_TRUE(core("c").stop("pipeline", "ann"));
  settle();
  EXPECT_EQ(state(job, "b"), "stopped");
  EXPECT_THAT(reason(job), HasSubstr("before it had started"));
  EXPECT_EQ(worker_of("b", job)->received(Order::kExit), 1);
}

TEST_F(AgentLifeCycle, StopAfterTheStartLetsTheTasksEnd) {
  fleet(kAll);
  const std::string job = submit("a", pipeline());
  bring_up(kAll, job);
  ASSERT_TRUE(core("c").stop(job, "ann"));
  run(seconds(2));
  EXPECT_EQ(state(job), "stopping");
  for (const std::string& node : kAll)
    EXPECT_EQ(worker_of(node, job)->received(Order::kStop), 1) << node;
  emit(kAll, job, Kind::kDone);
  EXPECT_EQ(state(job), "stopped");
  EXPECT_EQ(reason(job), "");
  const auto again = core("b").stop(job, "ann");
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().message, HasSubstr("already ended: stopped"));
  EXPECT_FALSE(core("b").stop("nothing", "ann"));
}

TEST_F(AgentLifeCycle, TasksThatDoNotEndInTimeAreEndedByForce) {
  fleet(kAll);
  const std::string job = submit("a", pipeline());
  bring_up(kAll, job);
  ASSERT_TRUE(core("a").stop(job, "ann"));
  run(seconds(9));
  EXPECT_EQ(state(job), "stopping");
  run(seconds(2));
  EXPECT_EQ(state(job), "stopped");
  EXPECT_THAT(reason(job), HasSubstr("by force"));
  run(seconds(5));
  for (const std::string& node : kAll) EXPECT_FALSE(worker_of(node, job)->alive) << node;
}

TEST_F(AgentLifeCycle, ACrashWhileStoppingEndsTheJob) {
  fleet(kAll);
  const std::string job = submit("a", pipeline());
  bring_up(kAll, job);
  ASSERT_TRUE(core("a").stop(job, "ann"));
  settle();
  worker_of("b", job)->exit("was killed by signal 9");
  run(seconds(1));
  EXPECT_EQ(state(job), "stopped");
  EXPECT_EQ(workers("b", job).size(), 1U);
}

TEST_F(AgentLifeCycle, ARestartedAgentTakesItsWorkersUpAgain) {
  fleet(kAll);
  const std::string job = submit("a", pipeline());
  bring_up(kAll, job);
  end_agent("b");
  EXPECT_FALSE(worker_of("b", job)->alive);
  run(seconds(1));
  start_agent("b");
  run(seconds(2));
  ASSERT_EQ(workers("b", job).size(), 2U);
  EXPECT_TRUE(worker_of("b", job)->config.restarted) << "the others are in mid-stream";
  EXPECT_EQ(worker_of("b", job)->config.epoch, 1U);
  emit({"b"}, job, Kind::kReady);
  EXPECT_EQ(worker_of("b", job)->received(Order::kStart), 1);
  EXPECT_EQ(workers("a", job).size(), 1U);
  emit(kAll, job, Kind::kDone);
  EXPECT_EQ(state(job, "b"), "completed");
}

TEST_F(AgentLifeCycle, ARestartedOwnerDrivesItsJobsOn) {
  fleet(kAll);
  const std::string job = submit("a", pipeline());
  bring_up(kAll, job);
  end_agent("a");
  run(seconds(1));
  start_agent("a");
  run(seconds(3));
  EXPECT_EQ(state(job), "running");
  emit({"a"}, job, Kind::kReady);
  EXPECT_EQ(worker_of("a", job)->received(Order::kStart), 1);
  emit(kAll, job, Kind::kDone);
  EXPECT_EQ(state(job, "c"), "completed");
}

TEST_F(AgentLifeCycle, WithRestartJobARestartedAgentBeginsTheWholeJobAgain) {
  for (const std::string restarted : {"a", "b"}) {  // the owner, and another one
    agents_.clear();
    machines_.clear();
    fleet(kAll);
    const std::string job = submit("a", pipeline().restart_job());
    bring_up(kAll, job);
    end_agent(restarted);
    run(seconds(1));
    start_agent(restarted);
    run(seconds(3));
    EXPECT_EQ(job_row(job, "c")["epoch"], 2) << restarted;
    for (const std::string& node : kAll) {
      EXPECT_EQ(worker_of(node, job)->config.epoch, 2U) << node;
      EXPECT_TRUE(worker_of(node, job)->alive) << node;
      EXPECT_FALSE(worker_of(node, job)->config.restarted) << node;
    }
    bring_up(kAll, job);
  }
}

TEST_F(AgentLifeCycle, AnAgentThatMissedTheEndOfAJobEndsItsWorkerWhenItComesBack) {
  fleet(kAll);
  const std::string job = submit("a", pipeline());
  bring_up(kAll, job);
  network_.set_filter([](const bus::TopicSpec&, const std::string& from, const std::string& to,
                         std::vector<std::uint8_t>&) { return (from == "c") == (to == "c"); });
  ASSERT_TRUE(core("a").stop(job, "ann"));
  run(seconds(12));
  EXPECT_EQ(state(job, "a"), "stopped");
  EXPECT_EQ(state(job, "c"), "running") << "it cannot know";
  EXPECT_TRUE(worker_of("c", job)->alive);
  network_.set_filter(nullptr);
  run(seconds(6));
  EXPECT_EQ(state(job, "c"), "stopped");
  EXPECT_FALSE(worker_of("c", job)->alive);
}

TEST_F(AgentLifeCycle, AnAcceptedJobIsOnTwoNodes) {
  fleet(kAll);
  ASSERT_TRUE(try_submit("a", pipeline()));
  constexpr std::uint64_t kFirstCommand = 1;
  EXPECT_EQ(core("a").stored_on(kFirstCommand), 1U);
  settle();
  EXPECT_EQ(core("a").stored_on(kFirstCommand), 3U);
  EXPECT_EQ(core("a").stored_on(kFirstCommand + 1), 1U) << "nobody has what was not said";
  EXPECT_EQ(core("a").fleet_size(), 3U);
  end_agent("c");
  run(seconds(7));
  EXPECT_EQ(core("a").fleet_size(), 2U) << "its node record has expired";
}

}  // namespace
}  // namespace mort::simulation
