// Runs a program to its end and keeps what it printed.
#pragma once

#include <string>
#include <vector>

#include "mort/base/result.hpp"

namespace mort {

struct ProcessResult {
  int exit_code = 0;  ///< 128 + signal when it was killed
  std::string out;    ///< stdout
  std::string err;    ///< stderr
};

/// Runs `arguments[0]` (looked up in PATH) without a shell, stdin empty. Threads: any.
/// Errors: kFailed when it cannot be started, kUnreachable when it was ended at `timeout_s` (0:
/// never).
Result<ProcessResult> run_process(const std::vector<std::string>& arguments, int timeout_s = 0);

/// Lets this process, and those that it starts, open as many files as its hard limit allows.
/// Errors: kFailed when these are fewer than `needed`.
Result<void> raise_file_limit(std::size_t needed);

/// The machine's architecture as uname gives it: "x86_64", "aarch64".
std::string machine_architecture();

}  // namespace mort
