// What an agent tells a worker when it starts it.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "mort/base/result.hpp"
#include "mort/bus/bus.hpp"
#include "mort/graph/manifest.hpp"

namespace mort::worker {

/// Lanes of a worker are numbered below this, whoever says so.
inline constexpr int kMaxLanes = 256;

/// Name of the sink task that `submit --follow` adds: it reads the job's result topics.
inline constexpr std::string_view kFollowTask = "follow";

/// A task that may not use a topic.
struct Denial {
  std::string task;
  std::string topic;
  bool publish = false;
  auto operator<=>(const Denial&) const = default;
};

struct Config {
  std::string job;   ///< job id, unique in the fleet
  std::string node;  ///< this node
  std::uint32_t epoch = 0;
  std::uint32_t incarnation = 0;  ///< workers of this epoch that ran here before
  bool restarted =
      false;  ///< an earlier worker of this epoch was started here: writers may be in mid-stream
  graph::Manifest manifest;
  std::map<std::string, std::string> assign;  ///< task -> node; the follow task too
  std::string library;                        ///< path of the task library
  std::map<std::string, std::string>
      params;  ///< as tasks read them: file parameters as local paths
  std::set<Denial> denied;
  std::map<std::string, int> lanes;  ///< task of this node -> lane; empty: see lanes_here()
  bus::Network network;

  bool is_here(const std::string& task) const {
    const auto found = assign.find(task);
    return found != assign.end() && found->second == node;
  }
};

/// The lane of each task here, the follow task too: dense numbers from 0, so that a lane is a
/// thread. As the plan says where it says so for every task here; else neighbours in topological
/// order share at most `cores` lanes.
std::map<std::string, std::size_t> lanes_here(const Config& config, std::size_t cores);

/// How long the other workers of the job keep what they know of a worker that they do not hear.
/// Where publishers wait for readers this is longer than hold_for: DDS must not drop a reader
/// before the job gives it up. `least`: in any case.
Nanoseconds lease_of(const graph::Job& job, Nanoseconds least);

std::string to_json(const Config& config);
/// Errors: kInvalid when malformed.
Result<Config> config_from_json(std::string_view text);

}  // namespace mort::worker
