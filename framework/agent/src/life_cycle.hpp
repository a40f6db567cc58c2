// What is to become of a job now: the next step, from what its workers say. Pure.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "fleet.hpp"

namespace mort::agent {

inline constexpr Nanoseconds kStartPatience = std::chrono::seconds(60);
inline constexpr Nanoseconds kStopPatience = std::chrono::seconds(10);

/// The node whose agent drives a job: the one that took it while that is alive, else one that all
/// agents choose alike among those alive (rendezvous hashing). Empty: nobody is alive.
std::string driver_of(const std::string& job, const std::string& owner,
                      const std::set<std::string>& alive);

/// How long this agent has seen something last; nothing: it is not so.
struct Waited {
  std::optional<Nanoseconds> unmatched;  ///< all workers up, and not all ready
  std::optional<Nanoseconds> stopping;   ///< a stop asked for
};

struct Step {
  enum class Kind { kNothing, kStart, kBeginAgain, kEnd };
  Kind kind = Kind::kNothing;
  std::string state;  ///< kEnd: one of kCompleted, kCompletedWithLosses, kStopped, kFailed
  std::string reason;
  bool operator==(const Step&) const = default;
};

/// Whether all workers are up and some do not see the others yet.
bool is_unmatched(const JobView& job, const Workers& workers);

/// For a job that has not ended. `manifest` may be null: it cannot be read.
Step next_step(const JobView& job, const Workers& workers, const graph::Manifest* manifest,
               const std::optional<Fleet::Rival>& rival, const Waited& waited);

}  // namespace mort::agent
