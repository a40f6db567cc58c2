// The manifest of a built job: everything an agent needs to run it, as one JSON document inside the
// bundle.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mort/base/result.hpp"
#include "mort/graph/job.hpp"
#include "mort/graph/task_graph.hpp"

namespace mort::graph {

/// A content-addressed file of the job: the task library of one architecture, or the file behind a
/// parameter.
struct Artifact {
  std::string kind;    ///< "library" or "file"
  std::string name;    ///< architecture ("x86_64", "aarch64") or parameter name
  std::string sha256;  ///< of the whole content
  std::int64_t size = 0;
  std::int64_t chunk_size = 0;
  std::vector<std::string> chunks;  ///< SHA-256 of each chunk, in order
};

/// `mort-job-1`: job settings, graph and artifacts, with source paths made relative.
struct Manifest {
  Job job;
  TaskGraph graph;
  std::vector<Artifact> artifacts;

  const Artifact* library(std::string_view arch) const;
  /// cpu in thousandths of a core: YAML, else hint, else 1000.
  std::int64_t cpu_millis(const std::string& task) const;
  /// Period: YAML, else hint, else 0 (none).
  std::int64_t period_ns(const std::string& task) const;
  std::int64_t stack_bytes(const std::string& task) const;
  /// Memory that the task reserves on its node; 0 where the YAML says nothing.
  std::int64_t memory_bytes(const std::string& task) const;
};

constexpr std::int64_t kMaxArtifactBytes = std::int64_t{1} << 30;
constexpr std::int64_t kMaxChunkBytes = std::int64_t{1} << 20;
constexpr std::int64_t kArtifactChunkBytes = 64 * 1024;
constexpr std::int64_t kDefaultStackBytes = 256 * 1024;

/// Describes a file as an artifact (reads it whole, chunk by chunk). Errors: kInvalid when
/// unreadable or too large.
Result<Artifact> describe_artifact(const std::string& path, std::string kind, std::string name);

/// Applies `--set name=value` to a job that is built. Errors: kInvalid when the job declares no
/// such parameter, for files (they are artifacts), and for another value of a parameter that shaped
/// the task graph.
Result<void> set_param(Manifest& manifest, std::string_view assignment);

std::string to_json(const Manifest& manifest);
/// Errors: kInvalid for anything malformed or out of bounds.
Result<Manifest> manifest_from_json(std::string_view text);

}  // namespace mort::graph
