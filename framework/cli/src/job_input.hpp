// A job as a command is given it.
#pragma once

#include <string>
#include <vector>

#include "build.hpp"

namespace mort::cli {

/// A line on stderr.
void say(const std::string& text);

/// A job from YAML (built now) or from a bundle (unpacked into a folder that lives as long as
/// this).
class JobInput {
 public:
  JobInput() = default;
  JobInput(const JobInput&) = delete;
  JobInput& operator=(const JobInput&) = delete;
  ~JobInput();

  Result<BuiltJob> load(const std::string& path, const std::vector<std::string>& set);

 private:
  std::string folder_;
};

}  // namespace mort::cli
