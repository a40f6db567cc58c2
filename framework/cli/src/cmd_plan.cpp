// plan: where tasks would go, of a job or of an instance file, and why.
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

#include "commands.hpp"
#include "describe_plan.hpp"
#include "explain_plan.hpp"
#include "job_input.hpp"
#include "job_watch.hpp"
#include "mort/agent/placement.hpp"
#include "mort/base/process.hpp"
#include "mort/graph/placement.hpp"
#include "mort/offload/explain.hpp"
#include "paths.hpp"
#include "plan_flags.hpp"

namespace mort::cli {
namespace {

constexpr std::int64_t kLongestBudgetMs = 3'600'000;
constexpr std::int64_t kMostSteps = 1'000'000'000'000;
constexpr std::uintmax_t kLargestFile = std::uintmax_t{64} << 20;
constexpr int kOptimalTimeLimit = 60;  ///< s, where --budget-ms does not say

struct PlanRequest {
  std::string job;
  std::string instance;
  std::vector<std::string> set;
  std::string agent;
  std::string nodes;
  double cpu = 4;
  agent::PlanChoices planner;
  bool running = false;
  bool explain = false;
  std::string dot;
  std::string out;
  bool json = false;

  bool optimal() const {
    const auto found = planner.find("algorithm");
    return found != planner.end() && found->second == "optimal";
  }
};

Result<std::string> read_text(const std::string& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error)
    return fail(ErrorCode::kInvalid, "cannot read the file: " + error.message(), path,
                "name a file that can be read");
  if (size > kLargestFile)
    return fail(ErrorCode::kInvalid, "the file is larger than 64 MiB", path, "give a smaller one");
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) return fail(ErrorCode::kInvalid, "cannot read the file", path, "check it");
  return text;
}

/// Through a file beside it, so that what was there is not lost half-way.
Result<void> write_text(const std::string& path, const std::string& text) {
  const std::string fresh = path + ".new";
  std::ofstream file(fresh, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(fresh, path, error);
  if (file && !error) return {};
  std::filesystem::remove(fresh, error);
  return fail(ErrorCode::kFailed, "cannot write the file", path, "check the folder and the disk");
}

/// The settings without `optimal`, which is not the planner's own.
Result<offload::Options> settings_of(const PlanRequest& request) {
  agent::PlanChoices choices = request.planner;
  if (request.optimal()) choices.erase("algorithm");
  return agent::plan_options(choices, {kLongestBudgetMs, kMostSteps});
}

/// mort-optimal in a process of its own: `mort` is not linked to a solver.
Result<graph::Plan> optimal_plan(const graph::Instance& instance, const offload::Options& options,
                                 bool has_budget) {
  char folder[] = "/tmp/mort-optimal-XXXXXX";
  if (mkdtemp(folder) == nullptr) return fail(ErrorCode::kFailed, "cannot make a folder", folder);
  const std::string file = std::string(folder) + "/instance.json";
  const double limit =
      has_budget ? static_cast<double>(options.budget.count()) / 1000 : kOptimalTimeLimit;
  Result<ProcessResult> run = fail(ErrorCode::kFailed, "not run");
  if (auto written = write_text(file, graph::to_json(instance)); written) {
    run = run_process({optimal_program(), file, "--model", options.model, "--objective",
                       options.objective, "--time-limit", number(limit, 3)},
                      static_cast<int>(limit) * 2 + 60);
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  MORT_TRY(ended, std::move(run));
  if (ended.exit_code == 127)
    return fail(ErrorCode::kFailed, "cannot run " + optimal_program(), {},
                "install the development package");
  if (ended.exit_code == 0) return graph::plan_from_json(ended.out, "mort-optimal");
  const auto code = ended.exit_code == 3   ? ErrorCode::kInfeasible
                    : ended.exit_code == 2 ? ErrorCode::kInvalid
                                           : ErrorCode::kFailed;
  return fail(code, "mort-optimal: " + ended.err.substr(0, 2'000));
}

/// What a plan is told about: an instance and where its tasks go.
struct Planned {
  graph::Instance instance;
  graph::Plan plan;
  double seconds = 0;
};

Result<void> write_files(const PlanRequest& request, const Planned& planned) {
  if (!request.out.empty()) MORT_TRY_VOID(write_text(request.out, graph::to_json(planned.plan)));
  if (!request.dot.empty())
    MORT_TRY_VOID(write_text(request.dot, offload::to_dot(planned.instance, planned.plan)));
  return {};
}

/// A plan by the planner in this process, with its bound.
Result<Planned> plan_here(graph::Instance instance, const PlanRequest& request,
                          const offload::Options& options) {
  const auto started = std::chrono::steady_clock::now();
  Planned planned;
  if (request.optimal()) {
    MORT_TRY(plan, optimal_plan(instance, options, request.planner.contains("budget_ms")));
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
  MORT_TRY(text, read_text(request.instance));
  MORT_TRY(instance, graph::instance_from_json(text, request.instance));
  MORT_TRY(options, settings_of(request));
  // The paper's experiments are about profit; jobs that run are about traffic.
  if (!request.planner.contains("objective")) options.objective = "edge";
  MORT_TRY(planned, plan_here(std::move(instance), request, options));
  MORT_TRY_VOID(write_files(request, planned));
  if (request.json) {
    std::fputs(graph::to_json(planned.plan).c_str(), stdout);
    return {};
  }
  std::string report = describe_figures(planned.instance, planned.plan, planned.seconds);
  if (request.explain) report += explain_plan(planned.instance, planned.plan, options);
  std::fputs(report.c_str(), stdout);
  return {};
}

/// What an agent, or for described nodes this process, says of the job: the summary of
/// agent::to_json with "instance" and "plan".
Result<std::string> ask(const PlanRequest& request, const offload::Options& options) {
  JobInput input;
  MORT_TRY(job, input.load(request.job, request.set));
  if (request.nodes.empty()) {
    agent::PlanChoices choices = request.planner;
    if (request.optimal()) choices.erase("algorithm");
    auto client = connect(request.agent);
    const Json body = {
        {"manifest", to_json(job.manifest)}, {"follow", false}, {"options", choices}};
    return client.post("/v1/plan", body.dump());
  }
  agent::Surroundings surroundings;
  if (request.nodes.find_first_not_of("0123456789") == std::string::npos) {
    const int count = request.nodes.size() > 4 ? 0 : std::stoi(request.nodes);
    if (count < 1 || count > 1000)
      return fail(ErrorCode::kInvalid, "cannot plan for " + request.nodes + " nodes", "--nodes",
                  "give a number from 1 to 1000, or a file");
    surroundings.nodes = agent::equal_nodes(count, request.cpu);
  } else {
    MORT_TRY(text, read_text(request.nodes));
    MORT_TRY(described, agent::surroundings_from_json(text, request.nodes));
    surroundings = std::move(described);
  }
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
  planned.instance.cpu_per_core = 1000;  // live jobs count thousandths of a core
  if (request.optimal()) {
    MORT_TRY(best, plan_here(std::move(planned.instance), request, options));
    planned = std::move(best);
    answer["plan"] = Json::parse(graph::to_json(planned.plan));
    retell(answer, planned.instance, planned.plan);
  }
  MORT_TRY_VOID(write_files(request, planned));
  if (request.json) {
    std::printf("%s\n", answer.dump().c_str());
    return {};
  }
  std::string report = describe_plan(answer);
  if (request.explain) report += explain_plan(planned.instance, planned.plan, options);
  std::fputs(report.c_str(), stdout);
  return {};
}

/// The placement that is in force, at the rates that were measured.
Result<void> running_plan(const PlanRequest& request) {
  auto client = connect(request.agent);
  MORT_TRY(text, client.get("/v1/jobs/" + request.job + "/plan"));
  std::fputs(
      request.json ? (text + "\n").c_str() : describe_running_plan(Json::parse(text)).c_str(),
      stdout);
  return {};
}

Result<void> plan(const PlanRequest& request) {
  if (!request.instance.empty()) return plan_instance(request);
  if (request.job.empty())
    return fail(ErrorCode::kInvalid, "there is nothing to plan", {},
                "name a job, or an instance with --instance");
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
  command
      ->add_option("--nodes", request->nodes,
                   "Instead of the live fleet: a number of equal nodes, or a file as `mort nodes "
                   "--json` prints it")
      ->excludes(running)
      ->excludes(instance);
  command->add_option("--cpu", request->cpu, "Cores of each of the equal nodes")
      ->check(CLI::Range(0.001, 1024.0))
      ->capture_default_str();
  command
      ->add_flag("--explain", request->explain,
                 "Tell what each task would cost elsewhere, what crosses which link, which limit "
                 "binds, and what other algorithms give")
      ->excludes(running);
  command->add_option("--dot", request->dot, "Write a picture for Graphviz to this file")
      ->excludes(running);
  command->add_option("--out", request->out, "Write the plan (mort-plan-1) to this file")
      ->excludes(running);
  command->add_flag("--json", request->json, "Print JSON");
  command->add_option("--set", request->set, "Set a parameter of the job: name=value")
      ->take_all()
      ->allow_extra_args(false);
  add_agent_option(*command, request->agent);
  add_plan_flags(*command, request->planner,
                 {.optimal = true, .limits = {kLongestBudgetMs, kMostSteps}});
  command->callback([request, &outcome] {
    if (const auto done = plan(*request); !done) outcome.fail_with(done.error());
  });
}

}  // namespace mort::cli
