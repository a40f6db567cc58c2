#include <cstdio>
#include <fstream>
#include <map>
#include <memory>

#include "commands.hpp"
#include "study.hpp"

namespace mort::placement_study {
namespace {

struct RunOptions {
  StudyOptions study;
  std::vector<std::string> experiments;
  std::string data = data_folder();
  std::string trace;
  std::string out;
  int budget_ms = 50;
  int best_ms = 2'000;
  bool quick = false;
};

constexpr const char* kHeading =
    "experiment,point,merge,mode,tasks,nodes,seed,algorithm,model,status,profit,traffic,total,"
    "bound,best_known,best_plain,bound_plain,ms,note\n";

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

std::string number(const std::optional<std::int64_t>& value) {
  return value && *value > 0 ? std::to_string(*value) : "";
}

/// `bound`, `best_known`: of the row's model; best_plain, bound_plain: for OPT, the plain model's.
void write_rows(std::ostream& out, const Point& point, const Recipe& recipe,
                const Comparison& comparison) {
  for (const Outcome& outcome : comparison.outcomes) {
    const Comparison::Known& known = outcome.model == "fused" ? comparison.fused : comparison.plain;
    const bool ok = outcome.status == "ok";
    char time[32];
    std::snprintf(time, sizeof time, "%.4f", outcome.milliseconds);
    out << point.experiment << ',' << point.at << ',' << name(recipe.merge) << ','
        << name(recipe.virtual_mode) << ',' << recipe.tasks << ',' << recipe.nodes << ','
        << recipe.seed << ',' << outcome.label << ',' << outcome.model << ',' << outcome.status
        << ',' << (ok ? std::to_string(outcome.profit) : "") << ','
        << (ok ? std::to_string(outcome.traffic) : "") << ','
        << (ok ? std::to_string(outcome.total) : "") << ',' << number(known.bound) << ','
        << number(known.profit) << ',' << number(comparison.plain.profit) << ','
        << number(comparison.plain.bound) << ',' << time << ',' << quoted(outcome.note) << '\n';
  }
}

Result<void> run(const RunOptions& options) {
  MORT_TRY(stats, load_stats(options.data, options.trace));
  std::ofstream out(options.out, std::ios::binary);
  if (!(out << kHeading << std::flush)) {
    return fail(ErrorCode::kFailed, "cannot be written", options.out);
  }
  for (const std::string& algorithm : missing_algorithms()) {
    std::fprintf(stderr, "not there: %s\n", algorithm.c_str());
  }
  const std::vector<Variant> all = variants(options.study);
  // Two figures share a point; its instances are run once.
  std::map<std::string, Comparison> done;
  for (const Point& point : points(options.experiments, options.quick)) {
    std::fprintf(stderr, "%s %s %s:", point.experiment.c_str(), point.at.c_str(),
                 std::string(name(point.recipe.merge)).c_str());
    for (int seed = 1; seed <= options.study.seeds; ++seed) {
      Recipe recipe = point.recipe;
      recipe.seed = static_cast<std::uint64_t>(seed);
      MORT_TRY(instance, generate(recipe, stats));
      auto found = done.find(instance.name);
      if (found == done.end()) {
        MORT_TRY(comparison, compare(instance, all, options.study));
        found = done.emplace(instance.name, std::move(comparison)).first;
      }
      write_rows(out, point, recipe, found->second);
      std::size_t without = 0;
      for (const Outcome& outcome : found->second.outcomes) {
        without += outcome.status != "ok" && outcome.status != "left out" ? 1 : 0;
      }
      std::fprintf(stderr, without == 0 ? " %d" : " %d (%zu without a plan)", seed, without);
    }
    std::fprintf(stderr, "\n");
    if (!(out << std::flush)) return fail(ErrorCode::kFailed, "cannot be written", options.out);
  }
  return {};
}

}  // namespace

void add_run(CLI::App& app, const Report& report) {
  CLI::App* command = app.add_subcommand(
      "run", "Runs every algorithm over the paper's experiments and writes one CSV row for each");
  auto options = std::make_shared<RunOptions>();
  command->add_option("--out", options->out, "CSV file")->required();
  command->add_option("--seeds", options->study.seeds, "Instances of each point: seeds 1 to N")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_option("--experiment", options->experiments, "Only these of modes, tasks, nodes")
      ->check(CLI::IsMember({"modes", "tasks", "nodes"}));
  command->add_option("--budget-ms", options->budget_ms, "Time of refine")
      ->check(CLI::Range(1, 3'600'000))
      ->capture_default_str();
  command
      ->add_option("--best-ms", options->best_ms,
                   "Time of the long refine that gives the best known plan, in each model")
      ->check(CLI::Range(1, 3'600'000))
      ->capture_default_str();
  command->add_option("--data", options->data, "Folder of the two data files");
  command->add_option("--trace", options->trace,
                      "A batch_task.csv of the Alibaba trace v2018, for the shapes of jobs");
  command->add_flag("--quick", options->quick, "Every second point of the tasks and nodes");
  command->callback([options, report] {
    options->study.budget = std::chrono::milliseconds(options->budget_ms);
    options->study.best = std::chrono::milliseconds(options->best_ms);
    report(run(*options));
  });
}

}  // namespace mort::placement_study
