// Tasks that start other processes: these do what they would below any program, never harm the job,
// and end with it.
#include <gmock/gmock.h>
#include <sys/wait.h>

#include "support/product.hpp"

namespace mort::test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Outcome {
  ProcessResult ran;
  Json report;
  int status = -1;  ///< of the last child, as of waitpid
};

/// A time that no other process sleeps.
const std::string& seconds() {
  static const std::string text = "4" + std::to_string(getpid());
  return text;
}

std::string command_line(pid_t pid) {
  return read_file("/proc/" + std::to_string(pid) + "/cmdline");
}

/// Pids of all processes that sleep that time, whatever their environment.
std::vector<pid_t> sleepers() {
  std::vector<pid_t> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string pid = entry.path().filename();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    if (command_line(std::stoi(pid)) == std::string("sleep\0", 6) + seconds() + '\0')
      found.push_back(std::stoi(pid));
  }
  return found;
}

/// Those of the product whose command is `mort NAME`.
std::vector<pid_t> commands(const Product& product, const std::string& name) {
  std::vector<pid_t> found;
  for (const pid_t pid : product.processes("mort")) {
    if (command_line(pid).find('\0' + name + '\0') != std::string::npos) found.push_back(pid);
  }
  return found;
}

Outcome run(const Product& product, const std::string& mode) {
  Outcome outcome;
  outcome.ran =
      product.run({"run", std::string(MORT_TEST_DATA) + "/subprocess/job.yaml", "--nodes", "2",
                   "--json", "--set", "mode=" + mode, "--set", "seconds=" + seconds()},
                  60);
  EXPECT_EQ(outcome.ran.exit_code, 0) << mode << ": " << outcome.ran.err;
  outcome.report = Json::parse(outcome.ran.out, nullptr, false);
  if (!outcome.report.is_object()) return outcome;
  EXPECT_EQ(outcome.report["state"], "completed") << mode;
  EXPECT_EQ(outcome.report["epoch"], 1) << mode;
  EXPECT_EQ(outcome.report["results"]["last"]["number"], 1004) << mode;
  outcome.status = outcome.report["results"]["last"]["status"];
  expect_lossless(outcome.report);
  return outcome;
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; ++at) ++found;
  return found;
}

TEST(Subprocess, ProgramsThatATaskStartsRunAndTheirStatusComesBack) {
  const Product product;
  const std::pair<std::string, int> cases[] = {
      {"popen", 3}, {"system", 4}, {"spawn", 6}, {"exec", 9}};
  for (const auto& [mode, code] : cases) {
    const Outcome outcome = run(product, mode);
    EXPECT_TRUE(WIFEXITED(outcome.status)) << mode;
    EXPECT_EQ(WEXITSTATUS(outcome.status), code) << mode;
  }
  EXPECT_EQ(product.remains(), "");
}

// A child that ran the worker's exit handlers said goodbye for its parent in DDS: the reader
// elsewhere waited for ever. After an exec that failed, waitpid() never came back.
TEST(Subprocess, AForkedChildMayExitInAnyWay) {
  const Product product;
  const std::pair<std::string, int> cases[] = {
      {"exit", 7}, {"_exit", 5}, {"exec_fails", 127}, {"log", 8}};
  for (const auto& [mode, code] : cases) {
    const Outcome outcome = run(product, mode);
    EXPECT_TRUE(WIFEXITED(outcome.status)) << mode;
    EXPECT_EQ(WEXITSTATUS(outcome.status), code) << mode;
    for (int i = 0; i < 5; ++i) {
      EXPECT_EQ(count(outcome.ran.err, "before " + std::to_string(i) + "\n"), 1U)
          << mode << ": what the worker had buffered is written once\n"
          << outcome.ran.err;
    }
    if (mode == "exit") {
      EXPECT_EQ(count(outcome.ran.err, "said by the child\n"), 5U);
    }
    if (mode == "log") {
      EXPECT_EQ(count(outcome.ran.err, "logged by the child\n"), 5U);
    }
  }
  EXPECT_EQ(product.remains(), "");
}

TEST(Subprocess, AForkedChildThatGoesOnAsIfItWereTheTaskEndsThereAndTheLogSaysSo) {
  const Product product;
  const std::pair<std::string, std::string> cases[] = {
      {"return", "of task Shell returned from Run()"},
      {"throw", "of task Shell let an exception leave Run(): std::runtime_error: in the child"},
      {"finish", "of task Shell returned from Run()"},
      {"publish", "of task Shell called its task's SDK"},
      {"take_time", "of task Shell called its task's SDK"}};
  for (const auto& [mode, said] : cases) {
    const Outcome outcome = run(product, mode);
    EXPECT_TRUE(WIFEXITED(outcome.status)) << mode;
    EXPECT_EQ(WEXITSTATUS(outcome.status), 70) << mode;
    EXPECT_EQ(count(outcome.ran.err, said), 5U) << mode << outcome.ran.err;
  }
  EXPECT_EQ(product.remains(), "");
}

TEST(Subprocess, WhatATaskLeavesInTheBackgroundEndsWithTheJobAndNothingElseDoes) {
  auto other = std::async(std::launch::async, [] { return run_process({"sleep", seconds()}); });
  ASSERT_TRUE(wait_for([] { return sleepers().size() == 1; }));
  const pid_t bystander = sleepers()[0];
  const Product product;
  for (const std::string mode : {"daemon", "stubborn"}) {
    run(product, mode);
    EXPECT_EQ(sleepers(), std::vector{bystander}) << mode;
  }
  EXPECT_EQ(product.remains(), "");
  kill(bystander, SIGKILL);
  EXPECT_EQ(other.get()->exit_code, 128 + SIGKILL);
}

/// Whatever of a worker is killed, what its tasks had started ends too.
class KilledWorker : public testing::TestWithParam<const char*> {};

TEST_P(KilledWorker, LeavesNothingOfWhatItsTasksHadStarted) {
  const Product product;
  auto running = product.start({"run", std::string(MORT_TEST_DATA) + "/subprocess/waiting.yaml",
                                "--nodes", "1", "--set", "seconds=" + seconds()});
  ASSERT_TRUE(wait_for([] { return sleepers().size() == 2; }));
  const auto before = sleepers();
  const std::string killed = GetParam();
  const auto victims = killed == "mort" ? commands(product, "agent") : product.processes(killed);
  ASSERT_FALSE(victims.empty());
  for (const pid_t victim : victims) kill(victim, SIGKILL);
  EXPECT_TRUE(wait_for([&] {
    for (const pid_t old : before) {
      if (kill(old, 0) == 0) return false;
    }
    return true;
  })) << "its children live on";
  for (const pid_t command : commands(product, "run")) kill(command, SIGTERM);
  running.get();
  EXPECT_EQ(product.remains(), "");
  EXPECT_TRUE(wait_for([] { return sleepers().empty(); }));
}

INSTANTIATE_TEST_SUITE_P(Subprocess, KilledWorker,
                         testing::Values("mort-worker", "mort-supervisor", "mort"),
                         [](const auto& given) {
                           std::string name = given.param;
                           name.erase(std::remove(name.begin(), name.end(), '-'), name.end());
                           return name;
                         });

}  // namespace
}  // namespace mort::test
