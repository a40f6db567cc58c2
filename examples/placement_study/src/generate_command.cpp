#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "mort/graph/placement.hpp"
#include "mort/placement_study/generator.hpp"
#include "mort/placement_study/trace.hpp"

namespace mort::placement_study {
namespace {

struct GenerateOptions {
  Recipe recipe;
  std::string data = data_folder();
  std::string trace;
  std::string out = "-";
};

/// The instance with its recipe in `meta`.
std::string to_json(const graph::Instance& instance, const Recipe& recipe) {
  std::int64_t demand = 0;
  for (const graph::InstanceTask& task : instance.tasks) demand += task.cpu;
  std::int64_t capacity = 0;
  for (const graph::InstanceNode& node : instance.nodes) capacity += node.cpu;
  auto json = nlohmann::ordered_json::parse(graph::to_json(instance));
  json["meta"] = {{"seed", recipe.seed},     {"tasks", recipe.tasks},
                  {"nodes", recipe.nodes},   {"vmode", name(recipe.virtual_mode)},
                  {"factor", recipe.factor}, {"merge", name(recipe.merge)},
                  {"demand", demand},        {"capacity", capacity}};
  return json.dump() + "\n";
}

Result<void> run(const GenerateOptions& options) {
  MORT_TRY(stats, load_stats(options.data, options.trace));
  MORT_TRY(instance, generate(options.recipe, stats));
  const std::string text = to_json(instance, options.recipe);
  if (options.out == "-") {
    std::cout << text << std::flush;
    if (!std::cout) return fail(ErrorCode::kFailed, "the instance could not be written");
    return {};
  }
  std::ofstream out(options.out, std::ios::binary);
  if (!(out << text << std::flush)) {
    return fail(ErrorCode::kFailed, "cannot be written", options.out);
  }
  return {};
}

}  // namespace

Result<DagStats> load_stats(const std::string& data, const std::string& trace) {
  MORT_TRY(stats, read_dag_stats(data));
  if (trace.empty()) return stats;
  MORT_TRY(read, read_trace(trace));
  std::fprintf(stderr, "%s: %zu jobs from %zu lines; %zu lines skipped, %zu jobs left out%s\n",
               trace.c_str(), read.shapes.size(), read.lines, read.skipped_lines,
               read.left_out_jobs,
               read.stopped ? "; the rest of the file was not read: enough jobs" : "");
  for (const std::string& fault : read.faults) std::fprintf(stderr, "  %s\n", fault.c_str());
  stats.shapes = std::move(read.shapes);
  return stats;
}

void add_generate(CLI::App& app, const Report& report) {
  CLI::App* command = app.add_subcommand("generate", "Writes one instance (mort-instance-1)");
  auto options = std::make_shared<GenerateOptions>();
  Recipe& recipe = options->recipe;
  const std::map<std::string, Merge> merges{{"union", Merge::kUnion}, {"chain", Merge::kChain}};
  const std::map<std::string, VirtualMode> modes{{"atcp", VirtualMode::kAtcp},
                                                 {"atcp-r", VirtualMode::kAtcpR},
                                                 {"random", VirtualMode::kRandom}};
  command->add_option("--tasks", recipe.tasks, "Tasks")->capture_default_str();
  command->add_option("--nodes", recipe.nodes, "Nodes")->capture_default_str();
  command->add_option("--merge", recipe.merge, "union: jobs stay apart; chain: one connected job")
      ->transform(CLI::CheckedTransformer(merges));
  command
      ->add_option("--virtual", recipe.virtual_mode, "Virtual tasks on strong, weak or any nodes")
      ->transform(CLI::CheckedTransformer(modes));
  command->add_option("--factor", recipe.factor, "Capacity over demand")->capture_default_str();
  command->add_option("--seed", recipe.seed, "Seed")->capture_default_str();
  command->add_option("--data", options->data, "Folder of the two data files");
  command->add_option("--trace", options->trace,
                      "A batch_task.csv of the Alibaba trace v2018, for the shapes of jobs");
  command->add_option("--out", options->out, "File; - is stdout")->capture_default_str();
  command->callback([options, report] { report(run(*options)); });
}

}  // namespace mort::placement_study
