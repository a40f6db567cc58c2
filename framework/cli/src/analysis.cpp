#include "analysis.hpp"

#include <algorithm>
#include <filesystem>
#include <thread>

#include "build.hpp"
#include "paths.hpp"

namespace mort::cli {

namespace fs = std::filesystem;

Result<ProcessResult> run_analyzer(AnalysisInput input) {
  for (auto file = input.files.begin();
       file != input.files.end();) {  // `mort analyze job.yaml` is meant as --job
    const bool yaml = file->ends_with(".yaml") || file->ends_with(".yml");
    if (yaml) input.job = *file;
    file = yaml ? input.files.erase(file) : file + 1;
  }
  graph::Job job;
  job.sources = input.files;
  std::string root = fs::current_path().string();
  if (!input.job.empty()) {
    MORT_TRY(loaded, graph::load_job(input.job));
    job = std::move(loaded);
    root = fs::absolute(input.job).parent_path().string();
    job.sources.insert(job.sources.end(), input.files.begin(), input.files.end());
  }
  if (job.sources.empty()) {
    return fail(ErrorCode::kInvalid, "no sources given", {}, "name C++ files, or a job with --job");
  }
  std::vector<std::string> command = {
      analyze_program(),
      "--format",
      input.format,
      "--root",
      root,
      "-j",
      std::to_string(std::max(1U, std::thread::hardware_concurrency()))};
  command.insert(command.end(), job.sources.begin(), job.sources.end());
  command.emplace_back("--");
  for (const std::string& flag : compile_flags(job)) command.push_back(flag);
  MORT_TRY(run, run_process(command, 300));
  if (run.exit_code == 127) {
    return fail(ErrorCode::kFailed, "cannot run " + analyze_program(), {},
                "install the development package");
  }
  return std::move(run);
}

}  // namespace mort::cli
