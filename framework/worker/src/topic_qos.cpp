#include "topic_qos.hpp"

#include "mort/graph/payload_size.hpp"

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

}  // namespace mort::worker
