#include <cstdio>
#include <memory>

#include "build.hpp"
#include "commands.hpp"
#include "describe_plan.hpp"
#include "job_watch.hpp"
#include "local_fleet.hpp"
#include "mort/agent/placement.hpp"
#include "mort/base/process.hpp"
#include "mort/base/visible_text.hpp"
#include "plan_flags.hpp"

namespace mort::cli {
namespace {

struct RunOptions {
  std::string job;
  int nodes = 3;
  double cpu = 4;
  std::vector<std::string> set;
  std::string duration;
  agent::PlanChoices planner;
  bool json = false;
  bool keep = false;
};

void say(const std::string& text) {
  std::fprintf(stderr, "%s\n", visible_text(text).c_str());
}

/// Refuses before anything starts what the fleet to come could not run.
Result<void> check_placement(const RunOptions& options, const graph::Manifest& manifest) {
  MORT_TRY(settings, agent::plan_options(options.planner));
  agent::Surroundings surroundings;
  surroundings.nodes = agent::equal_nodes(options.nodes, options.cpu);
  surroundings.follow_node = "node0";
  MORT_TRY(placement, agent::place(manifest, surroundings, settings));
  return {};
}

Result<Watched> run(const RunOptions& options) {
  std::optional<std::chrono::milliseconds> duration;
  if (!options.duration.empty()) {
    MORT_TRY(parsed, parse_duration(options.duration));
    duration = parsed;
  }
  MORT_TRY(job, build_job(options.job, {options.set, true, say}));
  MORT_TRY_VOID(check_placement(options, job.manifest));
  catch_interrupts();
  MORT_TRY_VOID(raise_file_limit(256));
  say("starting " + std::to_string(options.nodes) + " agents");
  MORT_TRY(fleet, LocalFleet::start(options.nodes, options.cpu, options.keep));
  if (options.keep)
    say("data directories are kept in " + fleet.folder() + " (DDS domain " +
        std::to_string(fleet.domain()) + ")");
  auto client = connect(fleet.data_dir(0));
  MORT_TRY(answer, submit_job(client, job, {true, options.planner, false}));
  say(describe_plan(answer["plan"]));
  return watch_job(client, answer["job"].get<std::string>(),
                   {duration, true, [&fleet] { return fleet.alive(); }});
}

void run_and_report(const RunOptions& options, Outcome& outcome) {
  const auto watched = run(options);
  if (watched)
    outcome.code = print_report(*watched, options.json);
  else
    outcome.fail_with(watched.error());
}

}  // namespace

void add_run(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<RunOptions>();
  auto* command =
      app.add_subcommand("run", "Run a job on a fleet of local agents, with nothing to deploy");
  command->add_option("job", options->job, "Job YAML")->required();
  command->add_option("--nodes", options->nodes, "Number of local agents, node0, node1, ...")
      ->check(CLI::Range(1, 30))
      ->capture_default_str();
  command->add_option("--cpu", options->cpu, "Cores that each agent offers")
      ->check(CLI::Range(0.001, 1024.0))
      ->capture_default_str();
  command->add_option("--set", options->set, "Set a parameter of the job: name=value")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--duration", options->duration,
                      "Stop the job after this time of running, e.g. 10s");
  command->add_flag("--json", options->json, "Print one JSON object on stdout");
  command->add_flag("--keep", options->keep, "Keep the agents' data directories and logs");
  add_plan_flags(*command, options->planner);
  command->footer(
      "Ends when all tasks have finished, at --duration, or at Ctrl-C.\n"
      "Example: mort run examples/text_statistics/job.yaml --nodes 3 --set passes=1");
  command->callback([options, &outcome] { run_and_report(*options, outcome); });
}

}  // namespace mort::cli
