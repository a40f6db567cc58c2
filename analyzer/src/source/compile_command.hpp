// How a source is compiled. Compile commands are data: of their flags only those that say how to
// read C++ are obeyed.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "mort/base/result.hpp"
#include "mort/graph/task_graph.hpp"

namespace mort::analyzer {

struct CompileCommand {
  std::string directory;  ///< relative paths of the flags start here; empty: the current one
  std::vector<std::string> flags;    ///< those that only say how to read C++
  std::vector<std::string> ignored;  ///< those that would load code or read flags from elsewhere
};

/// Splits off what is not obeyed: what loads plugins, writes files, reads further flags from a file
/// or reaches into the compiler.
CompileCommand reading_command(const std::vector<std::string>& flags);

/// The arguments for Clang's driver.
std::vector<std::string> driver_arguments(const CompileCommand& command, const std::string& source);

/// A compile_commands.json.
class CompilationDatabase {
 public:
  /// `build_dir` has the file, or is it. Errors: kInvalid with the place for anything malformed.
  static Result<CompilationDatabase> load(const std::string& build_dir);
  /// The command of `source`; of several the first. Errors: kInvalid when it has none.
  Result<CompileCommand> command_of(const std::string& source) const;

 private:
  std::string file_;
  std::map<std::string, CompileCommand> commands_;  ///< by real path
};

}  // namespace mort::analyzer
