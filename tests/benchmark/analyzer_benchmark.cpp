// Time and memory of the analyzer beside Clang's own parse of the same files.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "rows.hpp"

namespace mort {
namespace {

namespace fs = std::filesystem;
using benchmark_rows::Goal;
using benchmark_rows::Row;
using Command = std::vector<std::string>;

struct Settings {
  std::string rows;
  int files = 100;
  int pairs = 3;
  int jobs = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
};

struct Run {
  double seconds = 0;
  double peak_mib = 0;  ///< of the largest process
};

pid_t start(const Command& command) {
  const pid_t pid = fork();
  if (pid != 0) return pid;
  const int null = open("/dev/null", O_RDWR);
  dup2(null, 1);
  std::vector<char*> argv;
  for (const std::string& argument : command) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  execvp(argv[0], argv.data());
  _exit(127);
}

/// Runs all commands, `jobs` at a time. Ends the program when one fails: nothing was measured then.
Run run(const std::vector<Command>& commands, int jobs) {
  Run result;
  const auto begin = std::chrono::steady_clock::now();
  std::size_t next = 0;
  int running = 0;
  while (next < commands.size() || running > 0) {
    if (next < commands.size() && running < jobs) {
      if (start(commands[next++]) < 0) std::exit(1);
      ++running;
      continue;
    }
    int status = 0;
    rusage used{};
    if (wait4(-1, &status, 0, &used) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
      std::fprintf(stderr, "analyzer_benchmark: a command like %s failed\n",
                   commands[next - 1][0].c_str());
      std::exit(1);
    }
    --running;
    result.peak_mib = std::max(result.peak_mib, static_cast<double>(used.ru_maxrss) / 1024.0);
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return result;
}

/// Task `i` of a chain, in a source that pulls in what such sources do.
std::string source_text(int i) {
  struct Heavy {
    const char* includes;
    const char* work;  ///< of `double x`
  };
  static const std::array<Heavy, 3> kHeavy = {
      Heavy{
          "#include <Eigen/Dense>\n",
          "Eigen::MatrixXd m = Eigen::MatrixXd::Constant(4, 4, x);\n"
          "    Eigen::VectorXd v = m.ldlt().solve(Eigen::VectorXd::Ones(4));\n    x = v.sum();\n"},
      Heavy{"#include <boost/property_tree/json_parser.hpp>\n#include "
            "<boost/multi_index_container.hpp>\n"
            "#include <boost/multi_index/ordered_index.hpp>\n#include "
            "<boost/multi_index/member.hpp>\n"
            "#include <sstream>\n",
            "boost::property_tree::ptree tree;\n    tree.put(\"x\", x);\n    std::ostringstream "
            "out;\n"
            "    boost::property_tree::write_json(out, tree);\n"
            "    x += static_cast<double>(out.str().size());\n"},
      Heavy{"#include <algorithm>\n#include <filesystem>\n#include <future>\n#include <iostream>\n"
            "#include <map>\n#include <regex>\n#include <unordered_map>\n",
            "static const std::regex digits(\"[0-9]+\");\n"
            "    std::unordered_map<std::string, double> seen{{std::to_string(x), x}};\n"
            "    x += std::regex_match(seen.begin()->first, digits) ? 1 : 0;\n"}};
  const Heavy& heavy = kHeavy[static_cast<std::size_t>(i) % kHeavy.size()];
  const std::string n = std::to_string(i);
  const std::string in = i == 0 ? "" : "    RegSub({topic(" + std::to_string(i - 1) + ")});\n";
  const std::string take =
      i == 0 ? "    double x = 1;\n"
             : "    const auto sample = Take<Sample>(topic(" + std::to_string(i - 1) +
                   "));\n    if (!sample) return;\n    double x = sample->value;\n";
  return "#include <mort/task/task.hpp>\n" + std::string(heavy.includes) +
         "#include \"sample.hpp\"\nnamespace chain {\nclass Step" + n +
         " : public mort::Task {\n public:\n  Step" + n + "() {\n    RegTask(\"step" + n +
         "\", {.cpu = 0.5});\n" + in + "    RegPub({topic(" + n +
         ")});\n  }\n  void Run() override {\n" + take + "    " + heavy.work +
         "    Publish(topic(" + n + "), Sample{x});\n  }\n};\nMORT_TASK(Step" + n + ");\n}\n";
}

std::vector<std::string> write_sources(const fs::path& folder, int files) {
  std::ofstream(folder / "sample.hpp")
      << "#pragma once\n#include <string>\nnamespace chain {\nstruct Sample { double value; };\n"
         "inline std::string topic(int number) { return \"chain/\" + std::to_string(number); "
         "}\n}\n";
  std::vector<std::string> sources;
  std::string list;
  for (int i = 0; i < files; ++i) {
    const std::string name = "step" + std::to_string(i) + ".cpp";
    std::ofstream(folder / name) << source_text(i);
    sources.push_back((folder / name).string());
    list += (i == 0 ? "" : ", ") + name;
  }
  std::ofstream(folder / "job.yaml") << "job: chain\nsources: [" << list << "]\n";
  return sources;
}

double seconds_of(const std::vector<Run>& runs) {
  return benchmark_rows::value_of({.samples = [&] {
    std::vector<double> all;
    for (const Run& one : runs) all.push_back(one.seconds);
    return all;
  }()});
}

std::vector<double> each(const std::vector<Run>& runs, double Run::*member, double scale = 1) {
  std::vector<double> all;
  for (const Run& one : runs) all.push_back(one.*member * scale);
  return all;
}

int measure(const Settings& settings) {
  std::string pattern = (fs::temp_directory_path() / "mort_analyzer_XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) return 1;
  const fs::path folder = pattern;
  const auto sources = write_sources(folder, settings.files);
  setenv("XDG_CACHE_HOME", (folder / "cache").c_str(), 1);

  const Command flags = {"-std=c++20", "-isystem" MORT_SOURCE_DIR "/framework/base/include",
                         "-isystem" MORT_SOURCE_DIR "/framework/message/include",
                         "-isystem" MORT_SOURCE_DIR "/framework/task/include",
                         "-isystem/usr/include/eigen3"};
  std::vector<Command> clang;
  for (const std::string& source : sources) {
    Command command = {MORT_CLANG, "-fsyntax-only", "-w"};
    command.insert(command.end(), flags.begin(), flags.end());
    command.push_back(source);
    clang.push_back(std::move(command));
  }
  Command analyze = {MORT_BIN "/mort-analyze",
                     "--job",
                     (folder / "job.yaml").string(),
                     "-j",
                     std::to_string(settings.jobs),
                     "--format",
                     "json"};
  Command cached = analyze;
  cached.insert(cached.end(), {"--cache", (folder / "units").string()});
  for (Command* command : {&analyze, &cached}) {
    command->emplace_back("--");
    command->insert(command->end(), flags.begin(), flags.end());
  }

  run({clang[0]}, 1);  // the first use of the files is slower
  std::vector<Run> ours, theirs, again, one_changed;
  std::vector<double> ratios;
  for (int i = 0; i < settings.pairs; ++i) {
    theirs.push_back(run(clang, settings.jobs));
    ours.push_back(run({analyze}, 1));
    ratios.push_back(ours.back().seconds / theirs.back().seconds);
    std::fprintf(stderr, "  pair %d: clang %.1f s, mort-analyze %.1f s\n", i + 1,
                 theirs.back().seconds, ours.back().seconds);
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  run({cached}, 1);
  for (int i = 0; i < 5; ++i) again.push_back(run({cached}, 1));
  for (int i = 0; i < 5; ++i) {
    std::ofstream(sources[0], std::ios::app) << "// changed\n";
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    one_changed.push_back(run({cached}, 1));
  }

  std::vector<Row> rows;
  const std::string what = std::to_string(settings.files) + " sources with heavy headers, -j " +
                           std::to_string(settings.jobs);
  rows.push_back({.name = "analyse " + what,
                  .unit = "s",
                  .samples = each(ours, &Run::seconds),
                  .peer = "clang -fsyntax-only",
                  .peer_value = seconds_of(theirs)});
  rows.push_back({.name = "the same, time by time of clang, pair by pair",
                  .unit = "ratio",
                  .samples = ratios,
                  .peer = "clang -fsyntax-only",
                  .peer_value = 1.0,
                  .goal = Goal{Goal::kAtMost, 1.15}});
  rows.push_back(
      {.name = "peak memory of the largest process",
       .unit = "MiB",
       .samples = each(ours, &Run::peak_mib),
       .peer = "clang -fsyntax-only",
       .peer_value = benchmark_rows::value_of({.samples = each(theirs, &Run::peak_mib)})});
  rows.push_back({.name = "analyse again, nothing changed",
                  .unit = "ms",
                  .samples = each(again, &Run::seconds, 1000)});
  rows.push_back({.name = "analyse again, one source changed",
                  .unit = "ms",
                  .samples = each(one_changed, &Run::seconds, 1000)});
  fs::remove_all(folder);
  if (!benchmark_rows::write(settings.rows, rows)) {
    std::fprintf(stderr, "analyzer_benchmark: %s cannot be written\n", settings.rows.c_str());
    return 1;
  }
  return 0;
}

/// `mort build` of the example when nothing changed.
int measure_build(const Settings& settings) {
  std::string pattern = (fs::temp_directory_path() / "mort_build_XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) return 1;
  setenv("XDG_CACHE_HOME", (pattern + "/cache").c_str(), 1);
  const Command build = {MORT_BIN "/mort", "build",
                         MORT_SOURCE_DIR "/examples/text_statistics/job.yaml", "-o",
                         pattern + "/job.mort"};
  run({build}, 1);
  run({build}, 1);
  std::vector<Run> again;
  for (int i = 0; i < 11; ++i) again.push_back(run({build}, 1));
  fs::remove_all(pattern);
  std::ofstream out(settings.rows, std::ios::app);
  out << benchmark_rows::to_json({.name = "mort build of text-statistics, nothing changed",
                                  .unit = "ms",
                                  .samples = each(again, &Run::seconds, 1000),
                                  .goal = Goal{Goal::kAtMost, 100.0}})
             .dump()
      << "\n";
  return out.flush() ? 0 : 1;
}

}  // namespace
}  // namespace mort

int main(int argc, char** argv) {
  mort::Settings settings;
  CLI::App app("Time and memory of the analyzer, one JSON line for each row.");
  app.add_option("--rows", settings.rows, "File to write")->required();
  app.add_option("--files", settings.files, "Sources to analyse")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  app.add_option("--pairs", settings.pairs, "Runs of each, in turn")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const int code = mort::measure(settings);
  return code != 0 ? code : mort::measure_build(settings);
}
