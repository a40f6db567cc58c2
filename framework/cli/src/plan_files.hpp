// The files that `mort plan` reads and writes.
#pragma once

#include <string>
#include <vector>

#include "mort/base/result.hpp"

namespace mort::cli {

/// All of a file or a pipe. Errors: kInvalid when it cannot be read or is larger than 64 MiB.
Result<std::string> read_text(const std::string& path);

/// One file to be written. `flag` is the option that named it, for errors.
struct OutputFile {
  std::string flag;
  std::string path;
  std::string text;
};

/// Whether the files can be written, before any work is done for them.
/// Errors: kInvalid for no name, a missing folder, a folder, or one file named twice.
Result<void> check_outputs(const std::vector<OutputFile>& files);

/// All files, or none: each is written beside its place first and then moved there. Devices and
/// pipes are written to, never replaced.
Result<void> write_outputs(const std::vector<OutputFile>& files);

}  // namespace mort::cli
