// How far the wall clocks of a job's other nodes are from this node's, so that latencies between
// nodes can be told.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mort/base/clock.hpp"
#include "mort/worker/protocol.hpp"

namespace mort::worker {

/// What a worker says of the clocks once a period: its own time, and for each other worker the last
/// report it heard and when. Units: nanoseconds of wall clocks.
struct ClockReport {
  struct Heard {
    std::string node;
    std::int64_t sent_ns = 0;      ///< by the clock of `node`
    std::int64_t received_ns = 0;  ///< by the clock of the report's own node
  };
  std::uint32_t epoch = 0;
  std::string node;
  std::int64_t sent_ns = 0;
  std::vector<Heard> heard;
};

/// Estimates offsets from reports that cross (NTP's symmetric mode, RFC 5905 section 8). The error
/// of an exchange is half of its round trip, and what two clocks may have drifted apart while the
/// other node kept the report and since then; of the last exchanges that with the least error
/// counts. Threads: find() and its Estimate from any; the rest from one.
class ClockOffsets {
 public:
  /// Other clock minus ours. Threads: any.
  class Estimate {
   public:
    std::optional<Nanoseconds> offset() const;

   private:
    friend class ClockOffsets;
    static constexpr std::int64_t kUnknown = INT64_MIN;
    std::atomic<std::int64_t> offset_{kUnknown};
  };

  ClockOffsets(std::string node, const std::set<std::string>& others, std::uint32_t epoch);

  bool needed() const { return !peers_.empty(); }
  ClockReport report(Nanoseconds wall) const;
  /// Reports of nodes that are not of the job, of another epoch or with absurd times are ignored.
  void receive(const ClockReport& report, Nanoseconds wall);
  /// Null for a node that is not of the job. Lives as long as this object.
  const Estimate* find(const std::string& node) const;
  std::vector<ClockStats> stats() const;

 private:
  struct Exchange {
    std::int64_t offset_ns;
    std::int64_t error_ns;  ///< when it was made
    std::int64_t at_ns;
    std::int64_t error_at(std::int64_t now) const;
  };
  struct Peer {
    std::int64_t sent_ns = 0;
    std::int64_t received_ns = 0;
    std::deque<Exchange> exchanges;
    Estimate estimate;
    std::int64_t error_ns = 0;
  };
  const std::string node_;
  const std::uint32_t epoch_;
  std::map<std::string, Peer> peers_;
};

}  // namespace mort::worker
