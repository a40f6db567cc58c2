// analyze: the task graph of C++ sources.
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "analysis.hpp"
#include "commands.hpp"

namespace mort::cli {
namespace {

/// Does not return when all goes well: mort-analyze knows the rest.
Result<void> become_analyzer(const AnalyzeOptions& options) {
  MORT_TRY(command, analyze_command(options));
  std::vector<char*> argv;
  for (const std::string& argument : command) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  execv(argv[0], argv.data());
  return fail(ErrorCode::kFailed, "cannot run " + command[0] + ": " + std::strerror(errno), {},
              "install the development package");
}

}  // namespace

void add_analyze(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<AnalyzeOptions>();
  auto* command = app.add_subcommand("analyze", "Read the task graph from C++ sources");
  command->add_option("files", options->files, "C++ sources of tasks, or a job YAML");
  command->add_option("--job", options->job,
                      "Job YAML: its sources, include directories, parameters and declarations");
  command->add_option("--set", options->set, "Set a parameter of the job: name=value")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("-p,--build-dir", options->build_dir,
                      "Folder of compile_commands.json with the flags of the sources");
  command
      ->add_option("--format", options->format,
                   "text, json (mort-graph-1), dot, mermaid, rights (policy that allows just what "
                   "the code does, for `mort rights set`) or sarif (for editors and code scanning)")
      ->check(CLI::IsMember({"text", "json", "dot", "mermaid", "rights", "sarif"}))
      ->capture_default_str();
  command->add_flag_callback(
      "--json", [options] { options->format = "json"; }, "The same as --format json");
  command
      ->add_option("-j,--jobs", options->jobs,
                   "Sources parsed at the same time (default: as many as cores)")
      ->check(CLI::Range(1, 64));
  command->add_option("--time-limit", options->time_limit, "Seconds for one source (default 120)")
      ->check(CLI::Range(1, 86'400));
  command->add_option("--memory-limit", options->memory_limit, "MiB for one source (default 4096)")
      ->check(CLI::Range(256, 1 << 20));
  command->footer(
      "Exit: 0 sound, 1 findings of severity error, 2 refused: something cannot be read or known.");
  command->callback([options, &outcome] {
    const auto failed = become_analyzer(*options);
    outcome.fail_with(failed.error());
  });
}

}  // namespace mort::cli
