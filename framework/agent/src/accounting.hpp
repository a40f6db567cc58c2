// What became of every sample of a job: sent = delivered + lost at each reader, over any number of
// workers that crashed and were started again.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "records.hpp"

namespace mort::agent {

/// Adds the last report of a worker that ended without a last word. What its tasks had not taken by
/// then counts as lost.
void carry(PastStats& past, const worker::Stats& last, std::uint32_t incarnation);

/// One subscription over all workers of an epoch. expected = delivered + lost.
struct SubscriberAccount {
  std::string task;
  std::uint64_t expected = 0;
  std::uint64_t delivered = 0;
  std::uint64_t lost = 0;
  Histogram latency;  ///< of the last worker
};

/// One topic over all workers of an epoch. Units: samples, payload bytes.
struct TopicAccount {
  worker::PublishedStats published;
  std::uint64_t local_bytes = 0;
  std::uint64_t network_bytes = 0;
  std::uint64_t refused = 0;
  std::vector<SubscriberAccount> subscribers;
};

/// By topic. While the job runs, a subscription expects what it has seen go by. Once its worker and
/// that of the publisher are done, it expects all that was sent, unless its task had ended before.
std::map<std::string, TopicAccount> account(const std::map<std::string, WorkerRecord>& workers,
                                            const graph::TaskGraph& graph);

/// Why the result of a job whose workers are all done may be wrong: losses on topics where
/// publishers wait for their readers, and tasks at such topics that began again after a crash.
/// Empty: nothing that was promised is missing.
std::string broken_promises(const std::map<std::string, WorkerRecord>& workers,
                            const graph::Manifest& manifest);

}  // namespace mort::agent
