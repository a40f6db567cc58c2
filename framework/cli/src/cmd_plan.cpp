// plan: where tasks would go, of a job or of an instance file, and why.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>

#include "commands.hpp"
#include "describe_plan.hpp"
#include "explain_plan.hpp"
#include "job_input.hpp"
#include "job_watch.hpp"
#include "mort/agent/placement.hpp"
#include "mort/base/process.hpp"
#include "mort/base/visible_text.hpp"
#include "mort/graph/placement.hpp"
#include "mort/offload/explain.hpp"
#include "paths.hpp"
#include "plan_files.hpp"
#include "plan_flags.hpp"

namespace mort::cli {
namespace {

constexpr std::int64_t kLongestBudgetMs = 3'600'000;
constexpr std::int64_t kMostSteps = 1'000'000'000'000;
constexpr std::size_t kMostSaid = 2'000;  ///< characters of an error of mort-optimal
constexpr double kStandardCpu = 4;        ///< cores of each of --nodes N
constexpr int kMostNodes = 1000;
constexpr int kOptimalTimeLimit = 60;  ///< s, where --budget-ms does not say

struct PlanRequest {
  std::string job;
  std::optional<std::string> instance;
  std::vector<std::string> set;
  std::string agent;
  std::optional<std::string> nodes;
  std::optional<double> cpu;
  agent::PlanChoices planner;
  bool running = false;
  bool explain = false;
  bool all = false;
  std::optional<std::string> dot;
  std::optional<std::string> out;
  bool json = false;

  bool optimal() const {
    const auto found = planner.find("algorithm");
    return found != planner.end() && found->second == "optimal";
  }
};

/// The settings without `optimal`, which is not the planner's own.
Result<offload::Options> settings_of(const PlanRequest& request) {
  agent::PlanChoices choices = request.planner;
  if (request.optimal()) choices.erase("algorithm");
  return agent::plan_options(choices, {kLongestBudgetMs, kMostSteps});
}

/// mort-optimal in a process of its own: `mort` is not linked to a solver.
Result<graph::Plan> optimal_plan(const graph::Instance& instance, const offload::Options& options,
                                 bool has_budget) {
  std::string folder = (std::filesystem::temp_directory_path() / "mort-optimal-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr)
    return fail(ErrorCode::kFailed, "cannot make a folder", folder);
  const std::string file = folder + "/instance.json";
  const double limit =
      has_budget ? static_cast<double>(options.budget.count()) / 1000 : kOptimalTimeLimit;
  Result<ProcessResult> run = fail(ErrorCode::kFailed, "not run");
  const auto written = write_outputs({{"the instance", file, graph::to_json(instance)}});
  if (written) {
    run = run_process({optimal_program(), file, "--model", options.model, "--objective",
                       options.objective, "--time-limit", number(limit, 3)},
                      static_cast<int>(limit) * 2 + 60);
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  if (!written) return tl::unexpected<Error>(written.error());
  MORT_TRY(ended, std::move(run));
  if (ended.exit_code == 127)
    return fail(ErrorCode::kFailed, "cannot run " + optimal_program(), {},
                "install the development package");
  if (ended.exit_code == 0) return graph::plan_from_json(ended.out, "mort-optimal");
  const auto code = ended.exit_code == 3   ? ErrorCode::kInfeasible
                    : ended.exit_code == 2 ? ErrorCode::kInvalid
                                           : ErrorCode::kFailed;
  // It tells the cause, and below it the cure, as every program of Mort does.
  constexpr std::string_view kCure = "\n  cure: ";
  const std::string said =
      ended.err.substr(0, std::min(ended.err.find_last_not_of('\n') + 1, kMostSaid));
  const std::size_t cure = said.find(kCure);
  if (said.empty()) return fail(code, "mort-optimal ended with " + std::to_string(ended.exit_code));
  return fail(code, said.substr(0, cure), {},
              cure == std::string::npos ? "" : said.substr(cure + kCure.size()));
}

/// Another program's plan, before anything is said about it.
Result<void> check_answer(const graph::Instance& instance, const graph::Plan& plan) {
  const std::vector<std::string> wrong = offload::violations(instance, plan.assign, plan.model);
  if (wrong.empty()) return {};
  return fail(ErrorCode::kFailed, "the answer is not a plan of this instance: " + wrong.front(), {},
              "use programs of one version of Mort");
}

/// What a plan is told about: an instance and where its tasks go.
struct Planned {
  graph::Instance instance;
  graph::Plan plan;
  double seconds = 0;
};

/// What --out and --dot name, and what is to be in them.
std::vector<OutputFile> outputs(const PlanRequest& request, const Planned& planned) {
  std::vector<OutputFile> files;
  if (request.out) files.push_back({"--out", *request.out, graph::to_json(planned.plan)});
  if (request.dot)
    files.push_back({"--dot", *request.dot, offload::to_dot(planned.instance, planned.plan)});
  return files;
}

/// A plan by the planner in this process, with its bound.
Result<Planned> plan_here(graph::Instance instance, const PlanRequest& request,
                          const offload::Options& options) {
  const auto started = std::chrono::steady_clock::now();
  Planned planned;
  if (request.optimal()) {
    MORT_TRY(plan, optimal_plan(instance, options, request.planner.contains("budget_ms")));
    MORT_TRY_VOID(check_answer(instance, plan));
    planned.plan = std::move(plan);
  } else {
    MORT_TRY(plan, offload::plan(instance, options));
    planned.plan = std::move(plan);
  }
  const auto spent = std::chrono::steady_clock::now() - started;
  planned.seconds = std::chrono::duration<double>(spent).count();
  if (!planned.plan.bound) planned.plan.bound = offload::bound(instance, planned.plan);
  planned.instance = std::move(instance);
  return planned;
}

Result<void> plan_instance(const PlanRequest& request) {
  MORT_TRY(text, read_text(*request.instance));
  MORT_TRY(instance, graph::instance_from_json(text, *request.instance));
  MORT_TRY(options, settings_of(request));
  // The paper's experiments are about profit; jobs that run are about traffic.
  if (!request.planner.contains("objective")) options.objective = "edge";
  MORT_TRY(planned, plan_here(std::move(instance), request, options));
  MORT_TRY_VOID(write_outputs(outputs(request, planned)));
  if (request.json) {
    std::fputs(graph::to_json(planned.plan).c_str(), stdout);
    return {};
  }
  std::string report = describe_figures(planned.instance, planned.plan, planned.seconds);
  if (request.explain) report += explain_plan(planned.instance, planned.plan, options, request.all);
  std::fputs(report.c_str(), stdout);
  return {};
}

/// The fleet that --nodes describes: equal nodes, or a file.
Result<agent::Surroundings> described_fleet(const PlanRequest& request) {
  const std::string& nodes = *request.nodes;
  const bool is_number =
      !nodes.empty() && nodes.find_first_not_of("+-.0123456789") == std::string::npos;
  if (is_number) {
    int count = 0;
    const auto [end, error] = std::from_chars(nodes.data(), nodes.data() + nodes.size(), count);
    if (error != std::errc{} || end != nodes.data() + nodes.size() || count < 1 ||
        count > kMostNodes)
      return fail(ErrorCode::kInvalid, "cannot plan for " + nodes + " nodes", "--nodes",
                  "give a whole number from 1 to " + std::to_string(kMostNodes) + ", or a file");
    return agent::Surroundings{.nodes =
                                   agent::equal_nodes(count, request.cpu.value_or(kStandardCpu))};
  }
  if (request.cpu)
    return fail(ErrorCode::kInvalid, "--cpu is for --nodes with a number", "--cpu",
                "give each node's cpu in the file");
  MORT_TRY(text, read_text(nodes));
  return agent::surroundings_from_json(text, nodes);
}

/// What an agent, or for described nodes this process, says of the job: the summary of
/// agent::to_json with "instance" and "plan".
Result<std::string> ask(const PlanRequest& request, const offload::Options& options) {
  JobInput input;
  MORT_TRY(job, input.load(request.job, request.set));
  if (!request.nodes) {
    agent::PlanChoices choices = request.planner;
    if (request.optimal()) choices.erase("algorithm");
    auto client = connect(request.agent);
    const Json body = {
        {"manifest", to_json(job.manifest)}, {"follow", false}, {"options", choices}};
    return client.post("/v1/plan", body.dump());
  }
  MORT_TRY(surroundings, described_fleet(request));
  MORT_TRY(placement, agent::place(job.manifest, surroundings, options));
  return to_json_with_instance(placement);
}

Result<void> plan_job(const PlanRequest& request) {
  MORT_TRY(options, settings_of(request));
  MORT_TRY(text, ask(request, options));
  Json answer = Json::parse(text, nullptr, false);
  if (!answer.is_object() || !answer.contains("instance") || !answer.contains("plan"))
    return fail(ErrorCode::kFailed, "the agent's answer is not a plan");
  Planned planned;
  MORT_TRY(instance, graph::instance_from_json(answer["instance"].dump(), "instance"));
  MORT_TRY(plan, graph::plan_from_json(answer["plan"].dump(), "plan"));
  planned.instance = std::move(instance);
  planned.plan = std::move(plan);
  MORT_TRY_VOID(check_answer(planned.instance, planned.plan));
  planned.instance.cpu_per_core = 1000;  // live jobs count thousandths of a core
  if (request.optimal()) {
    MORT_TRY(best, plan_here(std::move(planned.instance), request, options));
    planned = std::move(best);
    answer["plan"] = Json::parse(graph::to_json(planned.plan));
    retell(answer, planned.instance, planned.plan);
  }
  MORT_TRY_VOID(write_outputs(outputs(request, planned)));
  if (request.json) {
    std::printf("%s\n", answer.dump().c_str());
    return {};
  }
  std::string report = request.explain ? describe_plan_briefly(answer) : describe_plan(answer);
  if (request.explain) report += explain_plan(planned.instance, planned.plan, options, request.all);
  std::fputs(report.c_str(), stdout);
  return {};
}

/// The placement that is in force, at the rates that were measured.
Result<void> running_plan(const PlanRequest& request) {
  auto client = connect(request.agent);
  MORT_TRY(text, client.get("/v1/jobs/" + request.job + "/plan"));
  const Json answer = Json::parse(text, nullptr, false);
  if (!answer.is_object()) return fail(ErrorCode::kFailed, "the agent's answer is not a plan");
  std::fputs(
      request.json ? (text + "\n").c_str() : visible_text(describe_running_plan(answer)).c_str(),
      stdout);
  return {};
}

Result<void> plan(const PlanRequest& request) {
  const auto refuse = [](const std::string& cause, const std::string& cure) {
    return fail(ErrorCode::kInvalid, cause, {}, cure);
  };
  if (!request.instance && request.job.empty())
    return refuse(request.running ? "no job is named" : "there is nothing to plan",
                  request.running ? "give its name or id: see `mort jobs`"
                                  : "name a job, or an instance with --instance");
  if (request.running && !request.planner.empty())
    return refuse(
        "--running shows a placement that is in force: settings of the planner have no "
        "say in it",
        "leave out --" + flag_name(request.planner.begin()->first));
  MORT_TRY_VOID(check_outputs(outputs(request, {})));
  if (request.instance) return plan_instance(request);
  return request.running ? running_plan(request) : plan_job(request);
}

}  // namespace

void add_plan(CLI::App& app, Outcome& outcome) {
  auto request = std::make_shared<PlanRequest>();
  auto* command =
      app.add_subcommand("plan", "Show where the tasks of a job would be placed, and why");
  auto* job = command->add_option("job", request->job,
                                  "Job YAML or bundle (.mort); with --running a job's name or id");
  auto* instance = command
                       ->add_option("--instance", request->instance,
                                    "Plan a placement problem (mort-instance-1) instead of a job")
                       ->excludes(job);
  auto* running = command->add_flag(
      "--running", request->running,
      "Show the placement of a job that runs or ran, at measured rates, beside the bytes counted");
  running->excludes(instance);
  auto* nodes = command->add_option(
      "--nodes", request->nodes,
      "Instead of the live fleet: a number of equal nodes, or a file: what `mort nodes "
      "--json` prints, or {\"nodes\": that, \"topics\": what `mort topics --json` prints}");
  nodes->excludes(running)->excludes(instance);
  command->add_option("--cpu", request->cpu, "Cores of each of the equal nodes")
      ->check([](const std::string& value) {
        double cores = 0;
        const bool good =
            CLI::detail::lexical_cast(value, cores) && cores >= 0.001 && cores <= 1024;
        return good ? std::string() : "give a number of cores from 0.001 to 1024";
      })
      ->default_str("4")
      ->needs(nodes);
  auto* explain =
      command
          ->add_flag("--explain", request->explain,
                     "Tell what would cross if a task were elsewhere, what crosses which link, "
                     "which limit binds, and what other algorithms give")
          ->excludes(running);
  command
      ->add_flag("--all", request->all,
                 "With --explain: every row, not only the 20 that matter most of each table")
      ->needs(explain);
  command->add_option("--dot", request->dot, "Write a picture for Graphviz to this file")
      ->excludes(running);
  command->add_option("--out", request->out, "Write the plan (mort-plan-1) to this file")
      ->excludes(running);
  command->add_flag("--json", request->json, "Print JSON")->excludes(explain);
  command->add_option("--set", request->set, "Set a parameter of the job: name=value")
      ->take_all()
      ->allow_extra_args(false)
      ->excludes(instance)
      ->excludes(running);
  add_agent_option(*command, request->agent);
  add_plan_flags(*command, request->planner,
                 {.plan_command = true, .limits = {kLongestBudgetMs, kMostSteps}});
  command->callback([request, &outcome] {
    if (const auto done = plan(*request); !done) outcome.fail_with(done.error());
  });
}

}  // namespace mort::cli
