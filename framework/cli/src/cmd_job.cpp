// build, submit, stop: the commands about one job.
#include <cstdio>
#include <memory>

#include "build.hpp"
#include "commands.hpp"
#include "describe_plan.hpp"
#include "job_input.hpp"
#include "job_watch.hpp"
#include "plan_flags.hpp"

namespace mort::cli {

namespace {

struct JobOptions {
  std::string job;
  std::vector<std::string> set;
  std::string output;
  std::string agent;
  agent::PlanChoices planner;
  bool follow = false;
  bool allow_one_copy = false;
  bool json = false;
};

void add_set(CLI::App& command, JobOptions& options) {
  command.add_option("--set", options.set, "Set a parameter of the job: name=value")
      ->take_all()
      ->allow_extra_args(false);
}

Result<void> build(const JobOptions& options) {
  MORT_TRY(job, build_job(options.job, {options.set, true, say}));
  const std::string output =
      options.output.empty() ? job.manifest.job.name + ".mort" : options.output;
  MORT_TRY_VOID(write_bundle(job, output));
  std::printf("%s\n", output.c_str());
  return {};
}

Result<int> submit(const JobOptions& options) {
  JobInput input;
  MORT_TRY(job, input.load(options.job, options.set));
  auto client = connect(options.agent);
  MORT_TRY(answer,
           submit_job(client, job, {options.follow, options.planner, options.allow_one_copy}));
  const std::string id = answer["job"].get<std::string>();
  if (!options.follow) {
    if (options.json)
      std::printf("%s\n", answer.dump().c_str());
    else
      std::printf("%s%s accepted, stored on %d node(s)\n", describe_plan(answer["plan"]).c_str(),
                  id.c_str(), answer.value("stored_on", 1));
    return 0;
  }
  say(describe_plan(answer["plan"]) + id + " accepted, stored on " +
      std::to_string(answer.value("stored_on", 1)) + " node(s)");
  catch_interrupts();
  MORT_TRY(watched, watch_job(client, id, {std::nullopt, true, {}}));
  return print_report(watched, options.json);
}

template <class Action>
void on(CLI::App* command, std::shared_ptr<JobOptions> options, Outcome& outcome, Action action) {
  command->callback([options, &outcome, action] {
    const auto result = action(*options);
    if (!result) return outcome.fail_with(result.error());
    if constexpr (std::is_same_v<std::decay_t<decltype(result)>, Result<int>>)
      outcome.code = *result;
  });
}

}  // namespace

void add_build(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<JobOptions>();
  auto* command = app.add_subcommand("build", "Analyse and compile a job into one bundle file");
  command->add_option("job", options->job, "Job YAML")->required();
  command->add_option("-o,--output", options->output, "Bundle to write (default: JOB.mort)");
  add_set(*command, *options);
  on(command, options, outcome, build);
}

void add_submit(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<JobOptions>();
  auto* command = app.add_subcommand("submit", "Hand a job (YAML or bundle) to an agent");
  command->add_option("job", options->job, "Job YAML or bundle (.mort)")->required();
  command->add_flag("--follow", options->follow,
                    "Stay, show progress, and print the results at the end; Ctrl-C stops the job");
  command->add_flag("--allow-one-copy", options->allow_one_copy,
                    "Accept the job though no second node has stored it");
  command->add_flag("--json", options->json, "Print JSON on stdout");
  add_set(*command, *options);
  add_agent_option(*command, options->agent);
  add_plan_flags(*command, options->planner);
  on(command, options, outcome, submit);
}

void add_stop(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<JobOptions>();
  auto* command = app.add_subcommand(
      "stop", "Stop a job: its sources end, what is under way is still delivered");
  command->add_option("job", options->job, "Name or id of the job")->required();
  add_agent_option(*command, options->agent);
  on(command, options, outcome, [](const JobOptions& given) -> Result<void> {
    auto client = connect(given.agent);
    MORT_TRY(answer, client.post("/v1/jobs/" + given.job + "/stop", "{}"));
    catch_interrupts();
    MORT_TRY(watched, watch_job(client, given.job, {std::nullopt, false, {}}));
    if (watched.interrupted)
      return fail(ErrorCode::kInterrupted, "interrupted; the job is being stopped");
    std::printf("%s %s\n", watched.job.value("job", given.job).c_str(),
                watched.job.value("state", "").c_str());
    return {};
  });
}

}  // namespace mort::cli
