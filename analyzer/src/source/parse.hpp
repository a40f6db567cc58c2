// Parses one source and reads its tasks, in this process.
#pragma once

#include <map>
#include <string>

#include "source/compile_command.hpp"
#include "source/unit.hpp"

namespace mort::analyzer {

struct ParseInput {
  std::string source;  ///< absolute path
  CompileCommand command;
  std::string display_root;
  /// Parameters of the job that have a value before it runs; null: the job is not known.
  const std::map<std::string, std::string>* params = nullptr;
  /// Sources that are read together with this one, because they define what it needs. Their tasks
  /// are not read.
  std::vector<std::string> joined = {};
};

Unit parse(const ParseInput& input);

}  // namespace mort::analyzer
