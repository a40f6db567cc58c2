// A fleet of agents on this machine, each a process with a data directory of its own, on a DDS
// domain of its own.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "mort/base/result.hpp"
#include "mort/dds_topics/fast_dds_bus.hpp"

namespace mort::cli {

/// Ends every agent and removes the data directories when destroyed.
class LocalFleet {
 public:
  /// Starts `nodes` agents, node0.., and waits until all see each other. Errors: kUnreachable after
  /// 30 s.
  static Result<LocalFleet> start(int nodes, double cpu, bool keep);
  LocalFleet(LocalFleet&& other) noexcept = default;
  LocalFleet& operator=(LocalFleet&&) = delete;
  ~LocalFleet();

  std::string data_dir(int node) const;
  std::string folder() const { return folder_; }
  std::uint32_t domain() const { return claim_.id(); }
  /// True while every agent runs.
  bool alive() const;

 private:
  LocalFleet(dds_topics::DomainClaim claim, std::string folder, bool keep)
      : claim_(std::move(claim)), folder_(std::move(folder)), keep_(keep) {}
  Result<void> start_agent(int node, double cpu);
  Result<void> wait_until_complete(int nodes) const;
  std::string logs() const;

  dds_topics::DomainClaim claim_;
  std::string folder_;
  bool keep_;
  std::vector<pid_t> agents_;
};

}  // namespace mort::cli
