// Runs the built `mort` as a user does, and finds the processes that it made.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "mort/base/process.hpp"
#include "support/programs.hpp"
#include "support/shared_memory.hpp"
#include "support/temp_dir.hpp"

namespace mort::test {

namespace fs = std::filesystem;
using Json = nlohmann::json;

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

inline bool wait_for(const std::function<bool()>& done, int seconds = 30) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

/// The processes of one call of the product are known by a mark in their environment.
class Product {
 public:
  Product() : mark_("MORT_TEST_MARK=" + std::to_string(getpid()) + "." + std::to_string(next_++)) {}

  /// Runs `mort arguments...` to its end.
  ProcessResult run(const std::vector<std::string>& arguments, int timeout_s = 120) const {
    return run_within({}, arguments, timeout_s);
  }
  /// The same below another command, e.g. `ip netns exec NAME`.
  ProcessResult run_within(const std::vector<std::string>& command,
                           std::vector<std::string> arguments, int timeout_s) const {
    arguments.insert(arguments.begin(), MORT_PROGRAM);
    return run_program(command, arguments, timeout_s);
  }
  /// Another program that calls `mort`, below `command`.
  ProcessResult run_program(std::vector<std::string> command,
                            const std::vector<std::string>& arguments, int timeout_s) const {
    command.insert(command.end(),
                   {"env", mark_, "XDG_CACHE_HOME=" MORT_TEST_CACHE, "TMPDIR=" + scratch_.path()});
    command.insert(command.end(), arguments.begin(), arguments.end());
    auto result = run_process(command, timeout_s);
    EXPECT_TRUE(result) << (result ? "" : result.error().message);
    return result ? *result : ProcessResult{-1, "", ""};
  }
  std::future<ProcessResult> start(std::vector<std::string> arguments, int timeout_s = 120) const {
    return std::async(std::launch::async, [this, arguments = std::move(arguments), timeout_s] {
      return run(arguments, timeout_s);
    });
  }

  /// Pids of the living processes of this product whose program is `name` ("mort-worker", "mort").
  std::vector<pid_t> processes(const std::string& name) const {
    std::vector<pid_t> found;
    for (const auto& entry : fs::directory_iterator("/proc")) {
      const std::string pid = entry.path().filename();
      if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
      std::string comm = read_file("/proc/" + pid + "/comm");
      if (comm != name + "\n") continue;
      if (read_file("/proc/" + pid + "/environ").find(mark_) != std::string::npos)
        found.push_back(std::stoi(pid));
    }
    return found;
  }
  /// What a run must not leave behind.
  std::string remains() const {
    std::string text;
    const auto names = {"mort", "mort-worker", "mort-supervisor"};
    const auto none = [this](const char* name) { return processes(name).empty(); };
    wait_for([&] { return std::all_of(names.begin(), names.end(), none); }, 5);
    for (const char* name : names) {
      for (const pid_t pid : processes(name))
        text += std::string(name) + " " + std::to_string(pid) + "; ";
    }
    for (const auto& entry : fs::directory_iterator(scratch_.path())) {
      text += entry.path().filename().string() + "; ";
    }
    return text;
  }

 private:
  static inline int next_ = 0;
  const std::string mark_;
  TempDir scratch_;
};

/// Every subscriber of a report got every sample that it should have got.
inline void expect_lossless(const Json& report) {
  for (const Json& topic : report.at("topics")) {
    EXPECT_EQ(topic.at("lost"), 0) << topic.dump();
    for (const Json& subscriber : topic.at("subscribers")) {
      EXPECT_EQ(subscriber.at("expected"), subscriber.at("delivered").get<std::uint64_t>() +
                                               subscriber.at("lost").get<std::uint64_t>());
      EXPECT_EQ(subscriber.at("expected"), topic.at("sent")) << topic.dump();
      EXPECT_EQ(subscriber.at("lost"), 0) << topic.dump();
    }
  }
}

inline const std::string kExample = std::string(MORT_SOURCE_DIR) + "/examples/text_statistics";

}  // namespace mort::test
