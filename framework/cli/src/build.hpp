// `mort build`: analyses and compiles the tasks of a job, and keeps the outcome by content.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "mort/base/result.hpp"
#include "mort/graph/manifest.hpp"

namespace mort::cli {

struct BuildOptions {
  std::vector<std::string> set;  ///< name=value
  bool compile = true;           ///< false: analyse only; the manifest then has no library
  std::function<void(const std::string&)> progress;  ///< a line for a person
};

/// A job that is ready to be submitted.
struct BuiltJob {
  graph::Manifest manifest;
  std::map<std::string, std::string> files;  ///< SHA-256 -> path of the artifact
};

/// Errors: kInvalid for anything wrong with YAML, sources or graph; findings are printed to stderr
/// as they are met.
Result<BuiltJob> build_job(const std::string& job_file, const BuildOptions& options);

/// Writes job and artifacts as one tar file. Errors: kFailed.
Result<void> write_bundle(const BuiltJob& job, const std::string& path);
/// Unpacks a bundle into `folder`. Errors: kInvalid for anything that is not a sound bundle.
Result<BuiltJob> read_bundle(const std::string& path, const std::string& folder);

}  // namespace mort::cli
