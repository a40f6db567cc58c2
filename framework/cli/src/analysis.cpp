#include "analysis.hpp"

#include <algorithm>
#include <cstdio>

#include "mort/graph/findings_text.hpp"
#include "paths.hpp"

namespace mort::cli {

Result<std::vector<std::string>> analyze_command(AnalyzeOptions options) {
  for (auto file = options.files.begin();
       file != options.files.end();) {  // `mort analyze job.yaml` is meant as --job
    const bool yaml = file->ends_with(".yaml") || file->ends_with(".yml");
    if (yaml && !options.job.empty())
      return fail(ErrorCode::kInvalid, "there are two jobs, " + options.job + " and " + *file, {},
                  "name one job YAML");
    if (yaml) options.job = *file;
    file = yaml ? options.files.erase(file) : file + 1;
  }
  if (options.files.empty() && options.job.empty())
    return fail(ErrorCode::kInvalid, "no sources given", {}, "name C++ files, or a job with --job");
  if (!options.set.empty() && options.job.empty())
    return fail(ErrorCode::kInvalid, "--set sets a parameter of a job, and there is none", {},
                "name the job with --job");
  std::vector<std::string> command = {analyze_program(), "--cache", cache_dir() + "/analyze",
                                      "--format", options.format};
  const auto add = [&](const char* flag, const std::string& value) {
    if (!value.empty()) command.insert(command.end(), {flag, value});
  };
  add("--job", options.job);
  add("--build-dir", options.build_dir);
  add("--jobs", options.jobs);
  add("--time-limit", options.time_limit);
  add("--memory-limit", options.memory_limit);
  add("--depfile", options.depfile);
  for (const std::string& assignment : options.set) add("--set", assignment);
  command.insert(command.end(), options.files.begin(), options.files.end());
  command.emplace_back("--");
  const auto flags = sdk_flags();
  command.insert(command.end(), flags.begin(), flags.end());
  return command;
}

Result<ProcessResult> run_analyzer(const AnalyzeOptions& options) {
  MORT_TRY(command, analyze_command(options));
  MORT_TRY(run, run_process(command));
  if (run.exit_code < 0 || run.exit_code > 2) {
    return fail(ErrorCode::kFailed,
                "the analyzer ended with " + std::to_string(run.exit_code) + ": " + run.err,
                options.job, "is the development package (mort-analyze, Clang 14) installed?");
  }
  if (run.out.empty()) {
    while (run.err.ends_with('\n')) run.err.pop_back();
    return fail(ErrorCode::kInvalid, run.err, options.job);
  }
  return run;
}

Result<void> judge(const std::vector<graph::Diagnostic>& findings, const std::string& root) {
  std::fputs(graph::findings_text(findings, root).c_str(), stderr);
  const auto is_error = [](const graph::Diagnostic& finding) {
    return finding.severity == "error";
  };
  const auto first = std::find_if(findings.begin(), findings.end(), is_error);
  if (first == findings.end()) return {};
  const auto errors = std::count_if(findings.begin(), findings.end(), is_error);
  return fail(ErrorCode::kInvalid,
              "the job is refused: " + std::to_string(errors) +
                  (errors == 1 ? " error" : " errors") + " in its sources",
              to_string(first->place), "mend what is named above");
}

std::vector<std::string> sdk_flags() {
  std::vector<std::string> flags = {"-std=c++20", "-O2", "-fPIC"};
  for (const std::string& folder : sdk_includes()) flags.push_back("-isystem" + folder);
  return flags;
}

}  // namespace mort::cli
