// Content-addressed files of jobs: kept on disk by SHA-256, fetched from other agents in checked
// chunks.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mort/bus/bus.hpp"
#include "mort/graph/manifest.hpp"
#include "mort/scheduler/lane.hpp"

namespace mort::agent {

/// A folder of files named by their hash. Threads: any.
class ArtifactStore {
 public:
  explicit ArtifactStore(std::string folder);
  /// Creates the folder. Errors: kFailed when it cannot be written.
  Result<void> open();
  bool has(const std::string& sha256) const;
  /// Reads the whole file: whether it is here and has the hash. One that has another is removed.
  bool check(const std::string& sha256) const;
  std::string path(const std::string& sha256) const;
  std::string partial_path(const std::string& sha256) const { return path(sha256) + ".part"; }
  /// A fresh file name in the folder for an upload.
  std::string temporary_path() const;
  /// Takes `file` in when its content has the hash; else removes it. It is on the disk then.
  /// Errors: kInvalid when the hash differs; kFailed of the disk.
  Result<void> adopt(const std::string& file, const std::string& sha256) const;
  /// Reads one chunk. Errors: kFailed when the file is not there or shorter.
  Result<std::vector<std::uint8_t>> read_chunk(const graph::Artifact& artifact,
                                               std::size_t index) const;

 private:
  const std::string folder_;
};

struct ChunkRequest;
struct ArtifactChunk;

/// Fetches from other agents and serves them. Threads: the lane.
class ArtifactExchange {
 public:
  using Done = std::function<void(Result<void>)>;
  ArtifactExchange(std::string node, const ArtifactStore& store, scheduler::Lane& lane,
                   bus::Bus& bus);
  ~ArtifactExchange();
  Result<void> open();

  /// Fetches `artifact` from one of `holders` (tried in turn) unless it is here; what an earlier
  /// try left is used. Errors: kUnreachable after a minute without a good chunk; kInvalid when the
  /// whole has another hash.
  void fetch(const graph::Artifact& artifact, std::vector<std::string> holders, Done done);
  /// Chunks refused because their hash was wrong.
  std::uint64_t refused_chunks() const { return refused_; }

 private:
  struct Fetch;
  void request(Fetch& fetch);
  void schedule_retry(const std::string& sha256);
  void read_requests();
  void read_chunks();
  void accept(Fetch& fetch, const ArtifactChunk& chunk);
  void finish(const std::string& sha256, Result<void> result);
  bus::Writer* chunk_writer_to(const std::string& node);

  const std::string node_;
  const ArtifactStore& store_;
  scheduler::Lane& lane_;
  bus::Bus& bus_;
  std::map<std::string, std::unique_ptr<Fetch>> fetches_;
  std::unique_ptr<bus::Writer> request_writer_;
  std::map<std::string, std::unique_ptr<bus::Writer>> chunk_writers_;  ///< by the node that reads
  std::unique_ptr<bus::Reader> request_reader_;
  std::unique_ptr<bus::Reader> chunk_reader_;
  std::uint64_t refused_ = 0;
};

}  // namespace mort::agent
