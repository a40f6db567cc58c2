// mort-analyze: the analyzer as a program of its own, so that `mort` does not need Clang.
#include <CLI/CLI.hpp>

#include <fstream>
#include <iostream>

#include "mort/analyzer/analyzer.hpp"

namespace {

using namespace mort;

void print(const graph::Diagnostic& found) {
  const std::string place = graph::to_string(found.place);
  std::cerr << place << (place.empty() ? "" : ": ") << found.severity << ": " << found.message
            << " [" << found.code << "]\n";
  for (const std::string& note : found.notes) {
    std::cerr << (note.rfind("cure: ", 0) == 0 ? "  " + note : "  note: " + note) << "\n";
  }
}

std::string seconds(std::int64_t ns) {
  return std::to_string(ns / 1'000'000) + " ms";
}

void print_text(const graph::TaskGraph& graph) {
  for (const auto& task : graph.tasks) {
    std::cout << "task " << task.name << " (" << task.class_name << ", "
              << graph::to_string(task.place) << ")\n";
    if (task.hints.cpu_millis) std::cout << "  cpu " << *task.hints.cpu_millis / 1000.0 << "\n";
    if (task.hints.period_ns) std::cout << "  period " << seconds(*task.hints.period_ns) << "\n";
    if (task.hints.stack_bytes) std::cout << "  stack " << *task.hints.stack_bytes << " bytes\n";
    for (const auto& port : task.sub)
      std::cout << "  sub " << port.topic << ": " << port.type << "\n";
    for (const auto& port : task.pub)
      std::cout << "  pub " << port.topic << ": " << port.type << "\n";
  }
  for (const auto& edge : graph.edges())
    std::cout << "edge " << edge.from << " -> " << edge.to << " (" << edge.topic << ")\n";
  for (const auto& topic : graph.virtual_topics()) std::cout << "virtual " << topic << "\n";
  for (const auto& topic : graph.result_topics()) std::cout << "result " << topic << "\n";
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Reads C++ task sources and prints the task graph that they register.");
  analyzer::Options options;
  std::string format = "json";
  std::string depfile;
  std::string root;
  // What follows `--` is for Clang; CLI11 would take it for files.
  int own = argc;
  for (int i = 1; i < argc; ++i) {
    if (std::string(argv[i]) == "--") {
      own = i;
      options.compile_flags.assign(argv + i + 1, argv + argc);
      break;
    }
  }
  app.add_option("files", options.sources, "C++ sources")->required();
  app.add_option("--format", format, "json, text, dot or mermaid")
      ->check(CLI::IsMember({"json", "text", "dot", "mermaid"}));
  app.add_option("--root", options.display_root, "Show paths relative to this folder");
  app.add_option("-j,--jobs", options.jobs, "Sources parsed at the same time")
      ->check(CLI::Range(1, 64));
  app.add_option("--depfile", depfile, "Write every file read, one per line");
  app.footer(
      "Compile flags follow --, e.g.  mort-analyze tasks.cpp -- -Iinclude\nExit: 0 sound, 2 "
      "refused.");
  try {
    app.parse(own, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }

  const auto analysis = analyzer::analyze(options);
  if (!analysis) {
    std::cerr << to_string(analysis.error()) << "\n";
    return exit_code(analysis.error());
  }
  if (!depfile.empty()) {
    std::ofstream out(depfile);
    for (const std::string& file : analysis->files_read) out << file << "\n";
    if (!out.flush()) {
      std::cerr
          << depfile
          << ": the list of files cannot be written\n  cure: check the path and its permissions\n";
      return 2;
    }
  }
  if (format == "json") {
    std::cout << graph::to_json(analysis->graph, analysis->diagnostics) << "\n";
  } else {
    for (const auto& found : analysis->diagnostics) print(found);
    if (format == "text") print_text(analysis->graph);
    if (format == "dot") std::cout << graph::to_dot(analysis->graph);
    if (format == "mermaid") std::cout << graph::to_mermaid(analysis->graph);
  }
  return analysis->ok() ? 0 : 2;
}
