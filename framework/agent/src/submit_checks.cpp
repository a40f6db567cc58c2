#include "submit_checks.hpp"

#include <algorithm>

namespace mort::agent {
namespace {

/// A topic has one publisher in the fleet, from the moment its job is accepted.
Result<void> check_publishers(const graph::TaskGraph& graph, const Job& job) {
  const auto& other = job.manifest;
  if (other == nullptr) return {};
  for (const std::string& topic : graph.topics()) {
    const graph::TaskDecl* publisher = graph.publisher_of(topic);
    const graph::TaskDecl* rival = other->graph.publisher_of(topic);
    if (publisher == nullptr || rival == nullptr) continue;
    const auto port =
        std::find_if(publisher->pub.begin(), publisher->pub.end(),
                     [&](const graph::Port& candidate) { return candidate.topic == topic; });
    return fail(ErrorCode::kInvalid,
                "topic " + topic + " is already published by task " + rival->name + " of job " +
                    job.view.submit.job,
                to_string(port->place), "rename the topic, or stop that job");
  }
  return {};
}

/// A job that reads a topic as feedback may run before the publisher comes. The publisher must then
/// fit.
Result<void> check_readers(const graph::Manifest& manifest, const Job& job) {
  const auto& other = job.manifest;
  if (other == nullptr) return {};
  for (const std::string& topic : other->graph.virtual_topics()) {
    const graph::TaskDecl* publisher = manifest.graph.publisher_of(topic);
    if (publisher == nullptr) continue;
    const graph::TopicSettings& here = manifest.job.topic(topic);
    const graph::TopicSettings& there = other->job.topic(topic);
    const std::string type = manifest.graph.type_of(topic);
    const std::string wanted = other->graph.type_of(topic);
    std::string differs;
    if (type != wanted) {
      differs = "as " + wanted + ", not as " + type;
    } else if (here.ros2 != there.ros2) {
      differs = std::string("under the names of ") + (there.ros2 ? "ROS 2" : "Mort");
    } else if (here.reliability == graph::Reliability::kBestEffort &&
               there.reliability == graph::Reliability::kReliable) {
      differs = "reliably, not as best_effort";
    }
    if (differs.empty()) continue;
    return fail(ErrorCode::kInvalid,
                "task " + publisher->name + " publishes topic \"" + topic + "\", which job " +
                    job.view.submit.job + " reads " + differs,
                manifest.job.file, "use the same on both ends, or stop that job");
  }
  return {};
}

}  // namespace

Result<void> check_conflicts(const Fleet& fleet, const graph::Manifest& manifest) {
  for (const Job* job : fleet.live_jobs()) {
    if (job->view.submit.name == manifest.job.name) {
      return fail(ErrorCode::kInvalid,
                  "job " + manifest.job.name + " is already running as " + job->view.submit.job,
                  manifest.job.file, "stop it first: mort stop " + job->view.submit.job);
    }
    MORT_TRY_VOID(check_publishers(manifest.graph, *job));
    MORT_TRY_VOID(check_readers(manifest, *job));
  }
  return {};
}

}  // namespace mort::agent
