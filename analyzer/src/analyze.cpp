// The driver: how each source is compiled, what each says, and what they say together.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "join/join.hpp"
#include "mort/analyzer/analyzer.hpp"
#include "mort/analyzer/findings.hpp"
#include "source/compile_command.hpp"
#include "source/source_reader.hpp"

namespace mort::analyzer {

namespace fs = std::filesystem;

namespace {

/// Absolute, sorted, each once.
Result<std::vector<std::string>> readable_sources(const std::vector<std::string>& given) {
  std::vector<std::string> sources;
  for (const std::string& source : given) {
    std::error_code ignored;
    const fs::path path = fs::absolute(source);
    // ".." behind a link leads elsewhere than the text says.
    const bool goes_up = source.find("..") != std::string::npos;
    sources.push_back(
        (goes_up ? fs::weakly_canonical(path, ignored) : path.lexically_normal()).string());
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
  SourceReader reader(options);
  Analysis result = join(reader.read(inputs), options.job);
  result.parsed = reader.parsed();
  return result;
}

}  // namespace mort::analyzer
