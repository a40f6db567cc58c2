#include "measurements.hpp"

#include <algorithm>
#include <cmath>

#include "mort/message/message_type.hpp"

namespace mort::agent {
namespace {

/// A task that was active for less has shown nothing yet.
constexpr double kMinActiveSeconds = 1.0;
constexpr double kIoBoundShare = 0.30;
/// Runs of one name that are looked at, the latest first.
constexpr std::size_t kMostRuns = 5;

void add_topic(const worker::PublishedStats& published, const graph::Manifest& manifest,
               Measurements& measured) {
  const graph::TaskDecl* publisher = manifest.graph.publisher_of(published.topic);
  const auto rate = rate_of(published);
  if (publisher == nullptr || publisher->name != published.task || !rate) return;
  const double bytes =
      std::clamp(static_cast<double>(published.bytes) / static_cast<double>(published.sent), 1.0,
                 static_cast<double>(kMaxPayloadBytes));
  measured.topics[published.topic] = {std::llround(bytes), *rate,
                                      manifest.period_ns(publisher->name), published.type};
}

void add_task(const worker::TaskStats& task, Measurements& measured) {
  if (!(task.active_s >= kMinActiveSeconds) || !(task.cpu_s >= 0)) return;
  const double share = std::min(1.0, task.cpu_s / task.active_s);  // one task, one thread
  measured.tasks[task.task] = {std::llround(share * 1000), share < kIoBoundShare};
}

}  // namespace

Measurements read_measurements(const Fleet& fleet, const JobView& job,
                               const graph::Manifest& manifest) {
  Measurements measured;
  for (const auto& [node, worker] : fleet.workers(job)) {
    for (const auto& published : worker.stats.published) add_topic(published, manifest, measured);
    for (const auto& task : worker.stats.tasks) add_task(task, measured);
  }
  return measured;
}

Measurements read_measurements(const Fleet& fleet, const std::string& name) {
  Measurements all;
  std::size_t runs = 0;
  const auto jobs = fleet.jobs_named(name);
  for (auto job = jobs.rbegin(); job != jobs.rend() && runs < kMostRuns; ++job) {
    const auto manifest = manifest_of(**job);
    if (manifest == nullptr) continue;
    ++runs;
    auto one = read_measurements(fleet, (*job)->view, *manifest);
    all.topics.merge(one.topics);  // keeps what a later run has said
    all.tasks.merge(one.tasks);
  }
  return all;
}

}  // namespace mort::agent
