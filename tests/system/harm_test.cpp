// Tasks that harm what is beside them: the agent lives on in bounded memory, its other workers too,
// and the job says what happened.
#include <gmock/gmock.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <map>
#include <optional>

#include "mort/base/sanitizers.hpp"
#include "support/product.hpp"

namespace mort::test {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

std::string field(pid_t pid, const std::string& name) {
  std::istringstream status(read_file("/proc/" + std::to_string(pid) + "/status"));
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(name + ":", 0) == 0) return line.substr(name.size() + 1);
  }
  return {};
}

/// A run of tests/data/harm, whose agents are watched.
class Harm : public testing::Test {
 protected:
  void start(const std::string& mode, const std::string& on_crash = "restart_worker") {
    std::string yaml = read_file(std::string(MORT_TEST_DATA) + "/harm/job.yaml");
    dir_.file("harm.cpp", read_file(std::string(MORT_TEST_DATA) + "/harm/harm.cpp"));
    running_ = product_.start({"run", dir_.file("job.yaml", yaml + "on_crash: " + on_crash + "\n"),
                               "--nodes", "2", "--json", "--set", "mode=" + mode},
                              180);
  }
  /// The process of `mort run`.
  std::optional<pid_t> run_command() const {
    for (const pid_t pid : product_.processes("mort")) {
      const std::string command = read_file("/proc/" + std::to_string(pid) + "/cmdline");
      if (command.find(std::string("\0run\0", 5)) != std::string::npos) return pid;
    }
    return std::nullopt;
  }
  /// Its children that are agents by now; children of agents look like these for a moment.
  std::vector<pid_t> agents() const {
    const auto command = run_command();
    auto found = product_.processes("mort");
    std::erase_if(found, [&](pid_t pid) {
      const std::string words = read_file("/proc/" + std::to_string(pid) + "/cmdline");
      return !command || field(pid, "PPid") != "\t" + std::to_string(*command) ||
             words.find(std::string("\0agent\0", 7)) == std::string::npos;
    });
    return found;
  }
  /// Until the run has ended or `done`; what agents take is noted.
  void watch(
      const std::function<bool()>& done = [] { return false; }, int seconds = 150) {
    const bool came = wait_for(
        [&] {
          for (const pid_t agent : agents()) {
            const std::string peak = field(agent, "VmHWM");
            if (!peak.empty()) peak_kb_[agent] = std::stol(peak);
          }
          return done() || running_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
        },
        seconds);
    EXPECT_TRUE(came) << "not within " << seconds << " s";
  }
  void stop() {
    if (const auto command = run_command()) kill(*command, SIGTERM);
  }
  /// Both agents were there from the begin to the end, and small.
  void expect_agents_unharmed() {
    EXPECT_EQ(peak_kb_.size(), 2U) << "an agent ended and another began";
    for (const auto& [pid, peak] : peak_kb_) {
      std::printf("agent %d: VmHWM %ld kB\n", pid, peak);
#if !defined(MORT_ASAN) && !defined(MORT_TSAN)
      EXPECT_LT(peak, 100'000) << "kB";
#endif
    }
  }
  Json end(int exit_code) {
    const auto ran = running_.get();
    err_ = ran.err;
    EXPECT_EQ(ran.exit_code, exit_code) << ran.err.substr(0, 4000);
    EXPECT_EQ(product_.remains(), "");
    const Json report = Json::parse(ran.out, nullptr, false);
    return report.is_object() ? report : Json::object();
  }
  void expect_completed(const std::string& mode) {
    SCOPED_TRACE(mode);
    start(mode);
    watch();
    expect_agents_unharmed();
    const Json report = end(0);
    EXPECT_EQ(report.value("state", ""), "completed");
    peak_kb_.clear();
  }

  TempDir dir_;
  const Product product_;
  std::future<ProcessResult> running_;
  std::map<pid_t, long> peak_kb_;
  std::string err_;
};

TEST_F(Harm, APrintedFloodIsReadAndDroppedAndSaid) {
  expect_completed("print");
  EXPECT_THAT(err_, HasSubstr("lines dropped: what is printed is kept up to 200 lines a second"));
}

TEST_F(Harm, ALoggedFloodIsDroppedAtItsSourceAndSaid) {
  expect_completed("log");
  EXPECT_THAT(err_, ContainsRegex("Harm: 19[0-9]{4} lines dropped: a task may log 200 lines"));
}

TEST_F(Harm, ADescriptorThatATaskGuessesIsNotThatOfTheAgent) {
  expect_completed("descriptor_3");
  EXPECT_THAT(err_, Not(HasSubstr("protocol")));
}

TEST_F(Harm, ATaskThatHoldsItsLaneIsNoWorkerThatDoesNotAnswer) {
  expect_completed("hog");
  EXPECT_THAT(err_, Not(HasSubstr("stopped answering")));
  EXPECT_THAT(err_, HasSubstr("without waiting"));
}

TEST_F(Harm, SignalsToTheParentDoNothing) {
  expect_completed("terminate_parent");
  EXPECT_THAT(err_, Not(HasSubstr("the worker ")));
}

TEST_F(Harm, AFloodOfSoundEventsIsTakenInBoundedMemory) {
  expect_completed("events");
}

/// Each of these ends the worker, which is started again.
void expect_crash(const std::string& err, const std::string& how) {
  EXPECT_THAT(err, HasSubstr("node1: the worker " + how));
}

TEST_F(Harm, WhatIsNoEventEndsTheWorkerAtItsFirstBytes) {
  for (const std::string mode : {"socket", "long_log"}) {
    SCOPED_TRACE(mode);
    start(mode);
    watch([&] { return product_.processes("mort-worker").size() == 2; });
    watch([&] { return product_.processes("mort-worker").size() == 1; });
    watch([&] { return product_.processes("mort-worker").size() == 2; });
    stop();
    watch();
    expect_agents_unharmed();
    end(130);
    expect_crash(err_, "broke the protocol of its agent, and was killed: ");
    peak_kb_.clear();
  }
}

TEST_F(Harm, AWorkerThatIsStoppedStopsAnswering) {
  start("stop");
  watch([&] {
    const auto workers = product_.processes("mort-worker");
    return std::any_of(workers.begin(), workers.end(), [](pid_t pid) {
      return field(pid, "State").find("T (stopped)") != std::string::npos;
    });
  });
  watch([&] { return product_.processes("mort-worker").size() == 1; });  // killed
  watch([&] { return product_.processes("mort-worker").size() == 2; });  // and begun again
  stop();
  watch();
  expect_agents_unharmed();
  end(130);
  expect_crash(err_, "stopped answering for 5 s");
}

TEST_F(Harm, AWorkerThatADebuggerHoldsIsLeftAlone) {
  start("hog");  // longer than it takes to be held
  pid_t worker = -1;
  watch([&] {  // until the first beat, from which on it is watched
    for (const pid_t pid : product_.processes("mort-worker")) {
      const fs::path threads = "/proc/" + std::to_string(pid) + "/task";
      std::error_code gone;
      for (const auto& thread : fs::directory_iterator(threads, gone))
        if (read_file(thread.path() / "comm") == "mort-lane-0\n") worker = pid;
    }
    return worker > 0;
  });
  ASSERT_GT(worker, 0);
  // Its first thread is the one that beats.
  if (ptrace(PTRACE_SEIZE, worker, nullptr, nullptr) != 0) {
    stop();
    running_.get();
    GTEST_SKIP() << "needs the right to trace a process";
  }
  ASSERT_EQ(ptrace(PTRACE_INTERRUPT, worker, nullptr, nullptr), 0);
  int status = 0;
  ASSERT_EQ(waitpid(worker, &status, __WALL), worker);
  EXPECT_FALSE(wait_for([&] { return kill(worker, 0) != 0; }, 9)) << "it was ended";
  EXPECT_EQ(ptrace(PTRACE_DETACH, worker, nullptr, nullptr), 0);
  watch();
  EXPECT_EQ(end(0).value("state", ""), "completed");
  EXPECT_THAT(err_, Not(HasSubstr("the worker ")));
}

TEST_F(Harm, ASupervisorThatIsKilledOrStoppedTakesItsWorkerAlongAndNobodyElse) {
  start("kill_parent");
  watch([&] { return product_.processes("mort-worker").size() == 2; });
  watch([&] { return product_.processes("mort-worker").size() == 1; });
  stop();
  watch();
  expect_agents_unharmed();
  end(130);
  expect_crash(err_, "ended with its supervisor, which was killed by signal 9 (Killed)");

  peak_kb_.clear();
  expect_completed("stop_parent");
}

TEST_F(Harm, AWorkerThatCrashesAgainAndAgainFailsTheJobWithItsReason) {
  for (const std::string on_crash : {"restart_worker", "restart_job"}) {
    SCOPED_TRACE(on_crash);
    start("abort", on_crash);
    watch();
    expect_agents_unharmed();
    const Json report = end(1);
    EXPECT_EQ(report.value("state", ""), "failed");
    EXPECT_THAT(
        report.value("reason", ""),
        testing::MatchesRegex("node node1: the worker was killed by signal 6 \\(Aborted\\), "
                              "6 times in [0-9]+ s"));
    EXPECT_EQ(report.value("epoch", 0), on_crash == "restart_job" ? 6 : 1);
    peak_kb_.clear();
  }
}

}  // namespace
}  // namespace mort::test
