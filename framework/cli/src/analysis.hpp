// Runs the analyzer over sources, for the commands that only look at them.
#pragma once

#include <string>
#include <vector>

#include "mort/base/process.hpp"
#include "mort/base/result.hpp"

namespace mort::cli {

struct AnalysisInput {
  std::vector<std::string> files;  ///< C++ sources; a job YAML among them is taken as `job`
  std::string job;                 ///< job YAML whose sources are analysed as well
  std::string format = "json";     ///< of the output
};

/// What mort-analyze printed, and its exit code (2: findings are errors). Errors: kInvalid for a
/// bad job YAML or no sources, kFailed when the analyzer cannot be run.
Result<ProcessResult> run_analyzer(AnalysisInput input);

}  // namespace mort::cli
