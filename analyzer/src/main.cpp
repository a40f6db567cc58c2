// mort-analyze: the analyzer as a program of its own, so that `mort` does not need Clang.
#include <CLI/CLI.hpp>

#include <fstream>
#include <iostream>
#include <thread>

#include "mort/analyzer/analyzer.hpp"
#include "mort/analyzer/output.hpp"
#include "mort/graph/findings_text.hpp"

namespace {

using namespace mort;

struct Arguments {
  analyzer::Options options;
  std::string job_file;
  std::vector<std::string> set;
  std::string format = "text";
  std::string depfile;
  int time_limit_s = 120;
  int memory_limit_mib = 4096;
};

int refuse(const Error& error) {
  std::cerr << to_string(error) << "\n";
  return exit_code(error);
}

void define(CLI::App& app, Arguments& arguments) {
  analyzer::Options& options = arguments.options;
  app.add_option("files", options.sources, "C++ sources; with --job, besides those of the job");
  app.add_option("--job", arguments.job_file,
                 "Job YAML: its sources, include directories, parameters and declarations");
  app.add_option("--set", arguments.set, "Set a parameter of the job: name=value")
      ->take_all()
      ->allow_extra_args(false);
  app.add_option("-p,--build-dir", options.build_dir,
                 "Folder of compile_commands.json with the flags of the sources");
  app.add_option("--format", arguments.format,
                 "text, json (mort-graph-1), dot, mermaid, rights (access policy) or sarif")
      ->check(CLI::IsMember({"text", "json", "dot", "mermaid", "rights", "sarif"}))
      ->capture_default_str();
  options.jobs = static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1U, 64U));
  app.add_option("-j,--jobs", options.jobs,
                 "Sources parsed at the same time (default: as many as cores)")
      ->check(CLI::Range(1, 64));
  app.add_option(
      "--root", options.display_root,
      "Show paths relative to this folder (default: that of the job, or the current one)");
  app.add_option("--cache", options.cache_dir,
                 "Folder that keeps what unchanged sources say (default: nothing is kept)");
  app.add_option("--time-limit", arguments.time_limit_s, "Seconds for one source")
      ->check(CLI::Range(1, 86'400))
      ->capture_default_str();
  app.add_option("--memory-limit", arguments.memory_limit_mib, "MiB for one source")
      ->check(CLI::Range(256, 1 << 20))
      ->capture_default_str();
  app.add_option("--depfile", arguments.depfile,
                 "Write every file read, one per line; after \"- \" what was looked for in vain");
  app.footer(
      "Compile flags follow --, e.g.  mort-analyze tasks.cpp -- -Iinclude\n"
      "Exit: 0 sound, 1 findings of severity error, 2 refused: something cannot be read or known.");
}

bool write_depfile(const std::string& path, const analyzer::Analysis& analysis) {
  std::ofstream out(path);
  for (const std::string& file : analysis.files_read) out << file << "\n";
  for (const std::string& file : analysis.files_missing) out << "- " << file << "\n";
  return static_cast<bool>(out.flush());
}

void print(const Arguments& arguments, const analyzer::Analysis& analysis) {
  const std::string& format = arguments.format;
  const std::string& root = arguments.options.display_root;
  const std::string job =
      arguments.options.job != nullptr ? arguments.options.job->name : std::string();
  if (format == "json") {
    std::cout << graph::to_json(analysis.graph, analysis.diagnostics);
  } else if (format == "sarif") {
    std::cout << analyzer::to_sarif(analysis, root);
  } else {
    std::cerr << graph::findings_text(analysis.diagnostics, root);
    if (format == "text") analyzer::print_graph(std::cout, analysis.graph);
    if (format == "dot") std::cout << graph::to_dot(analysis.graph);
    if (format == "mermaid") std::cout << graph::to_mermaid(analysis.graph);
    // Rights of a graph with holes would deny what the job needs.
    if (format == "rights" && analysis.exit_code() != 2)
      std::cout << analyzer::to_rights(analysis.graph, job);
  }
  std::cout.flush();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Reads C++ task sources and prints the task graph that they register.");
  Arguments arguments;
  analyzer::Options& options = arguments.options;
  // What follows `--` is for Clang; CLI11 would take it for files.
  int own = argc;
  for (int i = 1; i < argc; ++i) {
    if (std::string(argv[i]) == "--") {
      own = i;
      options.compile_flags.assign(argv + i + 1, argv + argc);
      break;
    }
  }
  define(app, arguments);
  try {
    app.parse(own, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  options.time_limit = std::chrono::seconds(arguments.time_limit_s);
  options.memory_limit_bytes = static_cast<std::uint64_t>(arguments.memory_limit_mib) << 20;

  graph::Job job;
  if (!arguments.job_file.empty()) {
    auto loaded = graph::load_job(arguments.job_file);
    if (!loaded) return refuse(loaded.error());
    job = *std::move(loaded);
    for (const std::string& assignment : arguments.set) {
      if (const auto done = graph::set_param(job, assignment); !done) return refuse(done.error());
    }
    options.job = &job;
    options.sources.insert(options.sources.end(), job.sources.begin(), job.sources.end());
    for (const std::string& folder : job.include) options.compile_flags.push_back("-I" + folder);
  }
  if (options.display_root.empty()) {
    std::filesystem::path root = std::filesystem::current_path();
    if (!arguments.job_file.empty())
      root = std::filesystem::absolute(arguments.job_file).parent_path();
    options.display_root = root.lexically_normal().string();
  }

  const auto analysis = analyzer::analyze(options);
  if (!analysis) return refuse(analysis.error());
  if (!arguments.depfile.empty() && !write_depfile(arguments.depfile, *analysis)) {
    std::cerr
        << arguments.depfile
        << ": the list of files cannot be written\n  cure: check the path and its permissions\n";
    return 2;
  }
  print(arguments, *analysis);
  return analysis->exit_code();
}
