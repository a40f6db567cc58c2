#include "mort/worker/topic_qos.hpp"

#include <algorithm>

#include "mort/graph/payload_size.hpp"
#include "mort/worker/config.hpp"

namespace mort::worker {
namespace {

/// Above this a payload spans several datagrams.
constexpr std::int64_t kLargePayload = 60'000;

}  // namespace

bus::Qos qos_of(const graph::Manifest& manifest, const std::string& topic) {
  const graph::TopicSettings& settings = manifest.job.topic(topic);
  const auto fixed = graph::fixed_payload_size(manifest.graph.types, manifest.graph.type_of(topic));
  const bool reliable = settings.reliability == graph::Reliability::kReliable;
  const bool large = fixed.value_or(settings.bytes.value_or(0)) > kLargePayload;
  bus::Qos qos = bus::qos_of(!reliable ? bus::DataKind::kSensor
                             : large   ? bus::DataKind::kLarge
                                       : bus::DataKind::kSmall);
  qos.bulk = large;
  qos.keep_all = settings.history == graph::History::kKeepAll;
  if (settings.depth_given) qos.depth = settings.depth;
  if (const auto most = fixed ? fixed : settings.max_bytes)
    qos.max_payload = static_cast<std::size_t>(*most);
  return qos;
}

Nanoseconds lease_of(const graph::Job& job, Nanoseconds least) {
  const auto waits = [](const graph::TopicSettings& topic) { return topic.block; };
  const bool any = waits(job.topic_defaults) ||
                   std::any_of(job.topics.begin(), job.topics.end(),
                               [&](const auto& entry) { return waits(entry.second); });
  constexpr Nanoseconds kMargin = std::chrono::seconds(30);
  return any ? std::max(least, Nanoseconds(job.hold_for_ns) + kMargin) : least;
}

}  // namespace mort::worker
