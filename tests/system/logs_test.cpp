// What tasks log and print, as a person sees it at the end of the whole way.
#include <gmock/gmock.h>

#include "support/product.hpp"

namespace mort::test {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

TEST(Logs, WhatTasksSayIsWholeAndNothingInItReachesTheTerminalAsACommand) {
  const Product product;
  const auto ran =
      product.run({"run", std::string(MORT_TEST_DATA) + "/logs/job.yaml", "--nodes", "1"});
  EXPECT_EQ(ran.exit_code, 1);
  for (const std::string& text : {ran.out, ran.err}) {
    EXPECT_EQ(text.find('\x1b'), std::string::npos) << text;
    EXPECT_EQ(text.find('\0'), std::string::npos) << text;
    EXPECT_EQ(text.find('\x07'), std::string::npos) << text;
    EXPECT_EQ(text.find('\r'), std::string::npos) << text;
  }
  const std::string clock = "[0-9:]+\\.[0-9]+ node0";
  EXPECT_THAT(ran.err, ContainsRegex(clock + ": printed before\\\\0and after\\\\x1b\\[2Jthe end\n"))
      << "a NUL cut it";
  EXPECT_THAT(ran.err, ContainsRegex(": latin \\\\xfc\n"));
  EXPECT_THAT(ran.err, ContainsRegex(clock + " Talker: logged before\\\\0and after\n"));
  EXPECT_THAT(ran.err, ContainsRegex(clock + " Talker: first line\n"));
  EXPECT_THAT(ran.err, ContainsRegex(clock + " Talker: second \\\\x1b\\]0;title\\\\x07 line\n"))
      << "a line without its prefix";
  EXPECT_THAT(ran.err, ContainsRegex(clock + " Talker: third line\n"));
  EXPECT_THAT(ran.out, HasSubstr("gone\\x1b[31m"));
  EXPECT_EQ(product.remains(), "");
}

TEST(Logs, ListingsShowWhatCameFromElsewhereAsTextOnly) {
  const Product product;
  auto running = product.start({"run", std::string(MORT_TEST_DATA) + "/logs/job.yaml", "--nodes",
                                "1", "--set", "ticks=1000", "--json"});
  std::string folder;
  ASSERT_TRUE(wait_for([&] {
    for (const pid_t pid : product.processes("mort")) {
      const std::string command = read_file("/proc/" + std::to_string(pid) + "/cmdline");
      const std::string option("--data-dir\0", 11);
      if (const auto at = command.find(option); at != std::string::npos)
        folder = command.c_str() + at + option.size();
    }
    return !folder.empty();
  }));
  ProcessResult listed;
  ASSERT_TRUE(wait_for([&] {
    listed = product.run({"tasks", "--agent", folder});
    return listed.out.find("gone") != std::string::npos;
  }));
  EXPECT_EQ(listed.out.find('\x1b'), std::string::npos) << listed.out;
  EXPECT_THAT(listed.out, HasSubstr("std::runtime_error: gone\\x1b[31m\\nwrong\n"));
  EXPECT_EQ(std::count(listed.out.begin(), listed.out.end(), '\n'), 4) << "one row a task";
  for (const pid_t pid : product.processes("mort")) {
    const std::string command = read_file("/proc/" + std::to_string(pid) + "/cmdline");
    if (command.find(std::string("\0run\0", 5)) != std::string::npos) kill(pid, SIGTERM);
  }
  running.get();
  EXPECT_EQ(product.remains(), "");
}

}  // namespace
}  // namespace mort::test
