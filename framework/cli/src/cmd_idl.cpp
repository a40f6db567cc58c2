// idl: the message types of tasks as OMG IDL.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "analysis.hpp"
#include "commands.hpp"
#include "mort/graph/idl.hpp"
#include "mort/graph/job.hpp"
#include "mort/graph/task_graph.hpp"

namespace mort::cli {
namespace {

struct IdlOptions {
  std::vector<std::string> inputs;  ///< as given: sources, a job, a graph, names of types
};

Result<std::string> read_text(const std::string& path) {
  std::error_code error;
  std::ifstream file(path, std::ios::binary);
  if (!std::filesystem::is_regular_file(path, error) || !file) {
    return fail(ErrorCode::kInvalid, "cannot read the task graph", path,
                "check that the file exists and is readable");
  }
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The document "mort-graph-1" of a file that has one, or else of the sources.
Result<std::string> graph_text(const std::vector<std::string>& files) {
  if (files.size() == 1 && files.front().ends_with(".json")) return read_text(files.front());
  AnalyzeOptions options;
  options.files = files;
  options.format = "json";
  MORT_TRY(run, run_analyzer(options));
  return std::move(run.out);
}

/// Where the places of findings start.
std::string root_of(const std::vector<std::string>& files) {
  namespace fs = std::filesystem;
  const bool is_job = files.front().ends_with(".yaml") || files.front().ends_with(".yml");
  return (is_job ? fs::absolute(files.front()).parent_path() : fs::current_path()).string();
}

Result<void> print_idl(const IdlOptions& options) {
  std::vector<std::string> files;
  std::vector<std::string> types;
  for (const std::string& input : options.inputs)
    (graph::is_valid_type_name(input) ? types : files).push_back(input);
  if (files.empty()) {
    return fail(ErrorCode::kInvalid, "no sources given", {},
                "name a job YAML, C++ files, or a task graph as JSON before the types");
  }
  MORT_TRY(text, graph_text(files));
  MORT_TRY(findings, graph::diagnostics_from_json(text));
  MORT_TRY_VOID(judge(findings, root_of(files)));
  MORT_TRY(task_graph, graph::task_graph_from_json(text));
  MORT_TRY(idl, graph::to_idl(task_graph.types, types));
  std::fputs(idl.c_str(), stdout);
  return {};
}

}  // namespace

void add_idl(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<IdlOptions>();
  auto* command = app.add_subcommand(
      "idl", "Print the message types of tasks as OMG IDL, for other DDS programs");
  command
      ->add_option("inputs", options->inputs,
                   "A job YAML, C++ sources, or a task graph (JSON); then names of types "
                   "(default: all)")
      ->required();
  command->callback([options, &outcome] {
    if (const auto done = print_idl(*options); !done) outcome.fail_with(done.error());
  });
}

}  // namespace mort::cli
