// The decisions about workers that crash, or answer no more.
#include <gtest/gtest.h>

#include "crash_policy.hpp"
#include "mort/agent/launcher.hpp"
#include "watchdog.hpp"

namespace mort::agent {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(CrashPolicy, PausesGrowAndTheSixthCrashGivesUp) {
  const Nanoseconds pauses[] = {milliseconds(100), milliseconds(500), seconds(2), seconds(10),
                                seconds(30)};
  CrashHistory history;
  Nanoseconds now = seconds(100);
  for (const Nanoseconds pause : pauses) {
    const AfterCrash after = after_crash(history, now, milliseconds(10), 0.5);
    EXPECT_FALSE(after.gives_up);
    EXPECT_EQ(after.pause, pause);
    history = after.history;
    now += pause;
  }
  const AfterCrash last = after_crash(history, now, milliseconds(10), 0.5);
  EXPECT_TRUE(last.gives_up);
  EXPECT_EQ(describe(last.history, now), "6 times in 43 s");
}

TEST(CrashPolicy, EachCrashIsJudgedByWhatCameBefore) {
  const struct {
    std::uint32_t before;
    Nanoseconds ran;
    double jitter;
    std::uint32_t count;
    bool gives_up;
    Nanoseconds pause;
  } cases[] = {
      {0, seconds(0), 0.5, 1, false, milliseconds(100)},
      {0, seconds(3600), 0.5, 1, false, milliseconds(100)},
      {1, seconds(59), 0.5, 2, false, milliseconds(500)},
      {1, seconds(60), 0.5, 1, false, milliseconds(100)},   // a minute of health
      {5, seconds(60), 0.5, 1, false, milliseconds(100)},   // the same
      {5, milliseconds(59'999), 0.5, 6, true, seconds(0)},  // slow, and no healthier
      {9, seconds(1), 0.5, 10, true, seconds(0)},
      {3, seconds(1), 0.0, 4, false, seconds(8)},
      {3, seconds(1), 1.0, 4, false, seconds(12)},
      {3, seconds(1), 7.0, 4, false, seconds(12)},  // no jitter beyond its bounds
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(std::to_string(one.before) + " before, ran " + std::to_string(one.ran.count()));
    const AfterCrash after =
        after_crash({one.before, seconds(7)}, seconds(500), one.ran, one.jitter);
    EXPECT_EQ(after.history.count, one.count);
    EXPECT_EQ(after.history.first, one.count == 1 ? Nanoseconds(seconds(500)) : seconds(7));
    EXPECT_EQ(after.gives_up, one.gives_up);
    EXPECT_EQ(after.pause, one.pause);
  }
}

TEST(Watchdog, AWorkerThatWasNotHeardInFiveLooksIsStuck) {
  Watchdog watchdog;
  watchdog.arm();
  for (int second = 0; second < 5; ++second) EXPECT_FALSE(watchdog.look(seconds(second)));
  EXPECT_TRUE(watchdog.look(seconds(5)));
}

TEST(Watchdog, AWorkerThatIsHeardNowAndThenIsNot) {
  Watchdog watchdog;
  watchdog.arm();
  for (int second = 0; second < 1000; ++second) {
    if (second % 5 == 0) watchdog.heard();
    EXPECT_FALSE(watchdog.look(seconds(second))) << second;
  }
}

TEST(Watchdog, WaitsForTheFirstBeat) {
  Watchdog watchdog;
  for (int second = 0; second < 1000; ++second) EXPECT_FALSE(watchdog.look(seconds(second)));
}

TEST(Watchdog, AnAgentThatWasHeldUpItselfBlamesNobody) {
  Watchdog watchdog;
  watchdog.arm();
  EXPECT_FALSE(watchdog.look(seconds(0)));
  EXPECT_FALSE(watchdog.look(seconds(3600))) << "one look, however late";
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(watchdog.look(seconds(3600) + milliseconds(i % 999)));
}

TEST(ProcessLauncher, AProgramThatIsNotThereIsAnErrorAndNoCrash) {
  const ManualClock clock;
  scheduler::Lane lane(clock, "agent");
  const auto launched = make_process_launcher("/no/such/folder/mort-worker", lane)->launch({}, {});
  ASSERT_FALSE(launched);
  EXPECT_EQ(launched.error().where, "/no/such/folder/mort-supervisor");
  EXPECT_EQ(launched.error().message,
            "cannot start a worker: no program: No such file or directory");
}

}  // namespace
}  // namespace mort::agent
