// Programs that a test can do without: where one is missing, the test is skipped and says so.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>
#include <string>

namespace mort::test {

/// The path of a program in PATH; empty when it is not installed.
inline std::string find_program(const std::string& name) {
  const char* folders = std::getenv("PATH");
  std::istringstream list(folders == nullptr ? "" : folders);
  for (std::string folder; std::getline(list, folder, ':');) {
    const std::string path = (folder.empty() ? "." : folder) + "/" + name;
    if (access(path.c_str(), X_OK) == 0) return path;
  }
  return {};
}

}  // namespace mort::test

/// Skips the test that says it where `name` is not installed.
#define MORT_NEEDS_PROGRAM(name)              \
  if (mort::test::find_program(name).empty()) \
  GTEST_SKIP() << "needs " << (name) << ", which deploy/install.sh installs"
