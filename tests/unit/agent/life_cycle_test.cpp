// What is to become of a job, case by case.
#include "life_cycle.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "namesake.hpp"

namespace mort::agent {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

struct Case {
  JobView job;
  Workers workers;
  graph::Manifest manifest;
  std::optional<Fleet::Rival> rival;
  Waited waited;

  Case() {
    job.submit.job = "x-1";
    job.submit.name = "x";
    job.submit.assign = {{"S", "a"}, {"T", "b"}};
    manifest.job.name = "x";
  }
  Case& started() {
    job.started = true;
    return *this;
  }
  Case& stopping(Nanoseconds since = seconds(0)) {
    job.stopping = true;
    waited.stopping = since;
    return *this;
  }
  Case& phases(Phase a, Phase b) {
    workers["a"] = worker("a", a);
    workers["b"] = worker("b", b);
    return *this;
  }
  static WorkerRecord worker(const std::string& node, Phase phase) {
    WorkerRecord made;
    made.job = "x-1";
    made.node = node;
    made.epoch = 1;
    made.phase = phase;
    made.message = "of " + node;
    return made;
  }
  Step step() const { return next_step(job, workers, &manifest, rival, waited); }
};

TEST(NextStep, IsNothingUntilAllWorkersAreReady) {
  EXPECT_EQ(Case().step(), Step());
  EXPECT_EQ(Case().phases(Phase::kReady, Phase::kStarting).step(), Step());
  Case one;
  one.workers["a"] = Case::worker("a", Phase::kReady);
  EXPECT_EQ(one.step(), Step());
}

TEST(NextStep, StartsAJobWhoseWorkersAreReadyOnce) {
  EXPECT_EQ(Case().phases(Phase::kReady, Phase::kReady).step().kind, Step::Kind::kStart);
  EXPECT_EQ(Case().started().phases(Phase::kReady, Phase::kReady).step(), Step());
}

TEST(NextStep, CompletesAJobWhoseWorkersAreDone) {
  EXPECT_EQ(Case().started().phases(Phase::kDone, Phase::kRunning).step(), Step());
  EXPECT_EQ(Case().started().phases(Phase::kDone, Phase::kDone).step(),
            (Step{Step::Kind::kEnd, kCompleted, ""}));
  EXPECT_EQ(Case().started().stopping().phases(Phase::kDone, Phase::kDone).step().state, kStopped);
  Case failed = Case().started().phases(Phase::kDone, Phase::kDone);
  failed.workers["b"].task_states["T"] = "failed";
  failed.workers["b"].task_messages["T"] = "no camera";
  EXPECT_EQ(failed.step(), (Step{Step::Kind::kEnd, kFailed, "task T on b: no camera"}));
}

TEST(NextStep, AWorkerThatIsRefusedFailsTheJob) {
  EXPECT_EQ(Case().phases(Phase::kReady, Phase::kRefused).step(),
            (Step{Step::Kind::kEnd, kFailed, "node b: of b"}));
}

TEST(NextStep, ACrashBeginsTheJobAgainWhereItSaysSo) {
  Case crashed = Case().started().phases(Phase::kRunning, Phase::kCrashed);
  EXPECT_EQ(crashed.step(), Step());
  crashed.manifest.job.on_crash = graph::OnCrash::kRestartJob;
  EXPECT_EQ(crashed.step().kind, Step::Kind::kBeginAgain);
  EXPECT_EQ(crashed.stopping().step().state, kStopped);
}

TEST(NextStep, AStopThatLastsTooLongEndsByForce) {
  EXPECT_EQ(Case().stopping().step().state, kStopped);  // it had not started
  Case slow = Case().started().stopping(seconds(9)).phases(Phase::kRunning, Phase::kRunning);
  EXPECT_EQ(slow.step(), Step());
  EXPECT_THAT(slow.stopping(seconds(10)).step().reason, HasSubstr("by force"));
}

TEST(NextStep, WorkersThatDoNotFindEachOtherFailTheJob) {
  Case lost = Case().phases(Phase::kReady, Phase::kStarting);
  EXPECT_TRUE(is_unmatched(lost.job, lost.workers));
  lost.waited.unmatched = seconds(59);
  EXPECT_EQ(lost.step(), Step());
  lost.waited.unmatched = seconds(60);
  EXPECT_THAT(lost.step().reason, HasSubstr("not ready: b"));
  EXPECT_FALSE(is_unmatched(lost.started().job, lost.workers));
}

TEST(NextStep, TheLoserOfANameIsToldToWhom) {
  Job other;
  other.view.submit.job = "x-0";
  other.view.submit.user = "bob";
  other.view.submit.owner = "pi3";
  Case loser = Case().started().phases(Phase::kRunning, Phase::kRunning);
  loser.rival = Fleet::Rival{&other, "the name x"};
  EXPECT_EQ(loser.step(),
            (Step{Step::Kind::kEnd, kFailed,
                  "the name x went to job x-0 of bob@pi3, which was committed first"}));
}

TEST(Driver, IsTheOwnerWhileItLivesThenOneThatAllChooseAlike) {
  EXPECT_EQ(driver_of("x-1", "a", {"a", "b", "c"}), "a");
  const std::string heir = driver_of("x-1", "a", {"b", "c", "d"});
  EXPECT_TRUE(heir == "b" || heir == "c" || heir == "d");
  EXPECT_EQ(driver_of("x-1", "a", {"a", "b", "c", "d"}), "a");  // it is back
  // One that goes takes only its own jobs along.
  for (int i = 0; i < 50; ++i) {
    const std::string job = "j-" + std::to_string(i);
    const std::string before = driver_of(job, "gone", {"b", "c", "d"});
    if (before != "d") EXPECT_EQ(driver_of(job, "gone", {"b", "c"}), before);
  }
  EXPECT_EQ(driver_of("x-1", "a", {}), "");
}

TEST(Namesake, AnEarlierRunIsHeardOfButSaysNothingNew) {
  NamesakeWatch watch;
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(watch.heard("n.2", 1000, "n.1", 7, {900'000, "old"}));
}

TEST(Namesake, OfTwoThatLiveTheYoungerGivesWay) {
  struct Pair {
    std::int64_t own_up;
    std::int64_t other_up;
    bool gives_way;
  };
  for (const Pair& pair : {Pair{5'000, 90'000, true}, Pair{90'000, 5'000, false}}) {
    NamesakeWatch watch;
    EXPECT_FALSE(watch.heard("n.2", pair.own_up, "n.1", 1, {pair.other_up, "pi3"}));
    EXPECT_FALSE(watch.heard("n.2", pair.own_up, "n.1", 2, {pair.other_up, "pi3"}));
    const auto found = watch.heard("n.2", pair.own_up, "n.1", 3, {pair.other_up, "pi3"});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->gives_way, pair.gives_way);
    EXPECT_EQ(found->address, "pi3");
    EXPECT_FALSE(watch.heard("n.2", pair.own_up, "n.1", 4, {pair.other_up, "pi3"}));  // told once
  }
}

TEST(Namesake, OfTwoThatStartedTogetherTheNamesDecide) {
  const auto gives_way = [](const std::string& own, const std::string& other) {
    NamesakeWatch watch;
    watch.heard(own, 5'010, other, 1, {5'000, ""});
    watch.heard(own, 5'010, other, 2, {5'000, ""});
    return watch.heard(own, 5'010, other, 3, {5'000, ""})->gives_way;
  };
  EXPECT_NE(gives_way("n.1", "n.2"), gives_way("n.2", "n.1"));
}

}  // namespace
}  // namespace mort::agent
