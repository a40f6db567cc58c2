#include "submit_checks.hpp"

#include <algorithm>

#include "records.hpp"

namespace mort::agent {
namespace {

/// A topic has one publisher in the fleet, from the moment its job is accepted.
Result<void> check_publishers(const graph::TaskGraph& graph, const JobView& job) {
  const auto other = graph::manifest_from_json(job.submit.manifest);
  if (!other) return {};
  for (const std::string& topic : graph.topics()) {
    const graph::TaskDecl* publisher = graph.publisher_of(topic);
    const graph::TaskDecl* rival = other->graph.publisher_of(topic);
    if (publisher == nullptr || rival == nullptr) continue;
    const auto port =
        std::find_if(publisher->pub.begin(), publisher->pub.end(),
                     [&](const graph::Port& candidate) { return candidate.topic == topic; });
    return fail(ErrorCode::kInvalid,
                "topic " + topic + " is already published by task " + rival->name + " of job " +
                    job.submit.job,
                to_string(port->place), "rename the topic, or stop that job");
  }
  return {};
}

}  // namespace

Result<void> check_conflicts(const space::Replica& replica, const graph::Manifest& manifest) {
  for (const JobView& job : read_jobs(replica)) {
    if (job.end) continue;
    if (job.submit.name == manifest.job.name) {
      return fail(ErrorCode::kInvalid,
                  "job " + manifest.job.name + " is already running as " + job.submit.job,
                  manifest.job.file, "stop it first: mort stop " + job.submit.job);
    }
    MORT_TRY_VOID(check_publishers(manifest.graph, job));
  }
  return {};
}

}  // namespace mort::agent
