// The driver: reads each source, from the cache or in a process of its own, and joins them.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "join/join.hpp"
#include "mort/analyzer/analyzer.hpp"
#include "mort/analyzer/findings.hpp"
#include "source/child_processes.hpp"
#include "source/parse.hpp"
#include "source/reporter.hpp"
#include "source/unit_cache.hpp"

namespace mort::analyzer {

namespace fs = std::filesystem;

namespace {

/// Absolute, sorted, each once.
Result<std::vector<std::string>> readable_sources(const std::vector<std::string>& given) {
  std::vector<std::string> sources;
  for (const std::string& source : given) {
    sources.push_back(fs::absolute(source).lexically_normal().string());
    std::error_code ignored;
    if (!fs::is_regular_file(sources.back(), ignored) || !std::ifstream(sources.back())) {
      return fail(ErrorCode::kInvalid, "the source file cannot be read", source,
                  "check the path and its permissions");
    }
  }
  if (sources.empty())
    return fail(ErrorCode::kInvalid, "there is no source file to analyse", {},
                "name at least one C++ file");
  std::sort(sources.begin(), sources.end());
  sources.erase(std::unique(sources.begin(), sources.end()), sources.end());
  return sources;
}

Result<std::vector<ParseInput>> inputs_of(const Options& options,
                                          const std::map<std::string, std::string>* params) {
  MORT_TRY(sources, readable_sources(options.sources));
  const CompileCommand own = reading_command(options.compile_flags);
  std::optional<CompilationDatabase> database;
  if (!options.build_dir.empty()) {
    MORT_TRY(loaded, CompilationDatabase::load(options.build_dir));
    database = std::move(loaded);
  }
  std::vector<ParseInput> inputs;
  for (const std::string& source : sources) {
    ParseInput input{source, own, options.display_root, params};
    if (database) {
      MORT_TRY(command, database->command_of(source));
      command.flags.insert(command.flags.end(), own.flags.begin(), own.flags.end());
      command.ignored.insert(command.ignored.end(), own.ignored.begin(), own.ignored.end());
      input.command = std::move(command);
    }
    inputs.push_back(std::move(input));
  }
  return inputs;
}

/// What is said of a source whose reading ended badly.
Unit broken_unit(const ParseInput& input, const ChildOutcome& outcome) {
  graph::Diagnostic found{"error",
                          outcome.timed_out ? "time-limit" : "crashed",
                          "the reading of this source " + outcome.failure,
                          {display_path(input.source, input.display_root), 0, 0},
                          {}};
  if (!outcome.last_words.empty()) found.notes.push_back("its last words: " + outcome.last_words);
  found.notes.push_back(outcome.timed_out
                            ? "cure: look for templates, constexpr functions or includes without "
                              "end; or give it more time with --time-limit"
                            : "cure: does clang++-14 -fsyntax-only read it? A source that makes "
                              "Clang crash, or that nests too deeply, has to be simplified; more "
                              "memory is given by --memory-limit");
  Unit unit;
  unit.files_read.push_back(input.source);
  unit.diagnostics.push_back(std::move(found));
  return unit;
}

bool is_sound(const Unit& unit) {
  return std::none_of(unit.diagnostics.begin(), unit.diagnostics.end(), [](const auto& found) {
    return found.code == "clang" && found.severity == "error";
  });
}

/// Parameters that have a value before the job runs: the path of a file is known on its node.
std::map<std::string, std::string> values_of(const graph::Job& job) {
  std::map<std::string, std::string> values;
  for (const auto& [name, param] : job.params) {
    if (!param.file) values.emplace(name, param.value);
  }
  return values;
}

}  // namespace

bool Analysis::ok() const {
  return exit_code() == 0;
}

int Analysis::exit_code() const {
  int code = 0;
  for (const graph::Diagnostic& found : diagnostics) {
    if (found.severity != "error") continue;
    const FindingCode* known = find_code(found.code);
    code = std::max(code, known != nullptr && known->kind == Kind::kError ? 1 : 2);
  }
  return code;
}

Result<Analysis> analyze(const Options& options) {
  std::map<std::string, std::string> params;
  if (options.job != nullptr) params = values_of(*options.job);
  MORT_TRY(inputs, inputs_of(options, options.job != nullptr ? &params : nullptr));
  UnitCache cache(options.cache_dir);
  std::vector<Unit> units(inputs.size());
  std::vector<std::size_t> to_parse;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (auto known = cache.find(inputs[i]))
      units[i] = *std::move(known);
    else
      to_parse.push_back(i);
  }
  const auto outcomes =
      run_in_children(to_parse.size(), std::clamp(options.jobs, 1, 64),
                      {options.time_limit, options.memory_limit_bytes},
                      [&](std::size_t i) { return to_json(parse(inputs[to_parse[i]])); });
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const ParseInput& input = inputs[to_parse[i]];
    ChildOutcome outcome = outcomes[i];
    auto unit = unit_from_json(outcome.out);
    if (!unit && outcome.failure.empty()) outcome.failure = "gave no answer";
    if (unit && is_sound(*unit)) cache.keep(input, *unit);
    units[to_parse[i]] = unit ? *std::move(unit) : broken_unit(input, outcome);
  }
  Analysis result = join(std::move(units), options.job);
  result.parsed = static_cast<int>(to_parse.size());
  return result;
}

}  // namespace mort::analyzer
