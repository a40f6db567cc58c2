// Runs the analyzer over sources.
#pragma once

#include <string>
#include <vector>

#include "mort/base/process.hpp"
#include "mort/base/result.hpp"
#include "mort/graph/task_graph.hpp"

namespace mort::cli {

/// For mort-analyze; what is empty is left to it.
struct AnalyzeOptions {
  std::vector<std::string> files;  ///< C++ sources; a job YAML among them is taken as `job`
  std::string job;                 ///< job YAML whose sources are analysed as well
  std::vector<std::string> set;
  std::string build_dir;
  std::string format = "text";
  std::string jobs;
  std::string time_limit;
  std::string memory_limit;
  std::string depfile;
};

/// mort-analyze with its cache and the flags of the SDK. Errors: kInvalid without any source.
Result<std::vector<std::string>> analyze_command(AnalyzeOptions options);

/// What mort-analyze printed, and its exit code (1 and 2: findings are errors).
/// Errors: kInvalid without any source, or with what it says when it gives no graph; kFailed when
/// it cannot be run.
Result<ProcessResult> run_analyzer(const AnalyzeOptions& options);

/// Prints all findings on stderr; the first error is also the outcome. Relative files are below
/// `root`.
Result<void> judge(const std::vector<graph::Diagnostic>& findings, const std::string& root);

/// How task sources are compiled against the SDK.
std::vector<std::string> sdk_flags();

}  // namespace mort::cli
