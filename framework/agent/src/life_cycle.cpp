#include "life_cycle.hpp"

#include <algorithm>

#include "accounting.hpp"
#include "mort/base/sha256.hpp"

namespace mort::agent {
namespace {

Step end_as(const char* state, std::string reason) {
  return {Step::Kind::kEnd, state, std::move(reason)};
}

template <typename Predicate>
bool all(const JobView& job, const Workers& workers, Predicate predicate) {
  return workers.size() == job.nodes().size() &&
         std::all_of(workers.begin(), workers.end(),
                     [&](const auto& entry) { return predicate(entry.second.phase); });
}

const WorkerRecord* first_in(const Workers& workers, Phase phase) {
  const auto found = std::find_if(workers.begin(), workers.end(),
                                  [&](const auto& entry) { return entry.second.phase == phase; });
  return found == workers.end() ? nullptr : &found->second;
}

Step lost_to(const Fleet::Rival& rival) {
  const SubmitRecord& other = rival.job->view.submit;
  return end_as(kFailed, rival.over + " went to job " + other.job + " of " + other.user + "@" +
                             other.owner + ", which was committed first");
}

Step not_matched(const Workers& workers, const graph::Manifest* manifest) {
  std::string reason = "the workers do not find each other's topics; not ready:";
  const char* comma = " ";
  for (const auto& [node, worker] : workers) {
    if (worker.phase == Phase::kReady) continue;
    reason += comma + node;
    comma = ", ";
  }
  if (manifest != nullptr) {
    const char* before = "; read from outside the job: ";
    for (const std::string& topic : manifest->graph.virtual_topics()) {
      reason += before + topic;
      before = ", ";
    }
  }
  return end_as(kFailed, reason);
}

/// All tasks have ended.
Step finished(const JobView& job, const Workers& workers, const graph::Manifest* manifest) {
  for (const auto& [node, worker] : workers) {
    for (const auto& [task, state] : worker.task_states) {
      if (state != "failed") continue;
      const auto message = worker.task_messages.find(task);
      return end_as(kFailed,
                    "task " + task + " on " + node + ": " +
                        (message == worker.task_messages.end() ? "failed" : message->second));
    }
  }
  if (job.stopping) return end_as(kStopped, "");
  const std::string broken = manifest != nullptr ? broken_promises(workers, *manifest) : "";
  return end_as(broken.empty() ? kCompleted : kCompletedWithLosses, broken);
}

}  // namespace

std::string driver_of(const std::string& job, const std::string& owner,
                      const std::set<std::string>& alive) {
  if (alive.contains(owner)) return owner;
  std::string best;
  std::string highest;
  for (const std::string& node : alive) {
    const std::string weight = sha256_hex(job + "@" + node);
    if (best.empty() || weight > highest) {
      best = node;
      highest = weight;
    }
  }
  return best;
}

bool is_unmatched(const JobView& job, const Workers& workers) {
  return !job.started && all(job, workers, [](Phase phase) {
    return phase == Phase::kStarting || phase == Phase::kReady;
  });
}

Step next_step(const JobView& job, const Workers& workers, const graph::Manifest* manifest,
               const std::optional<Fleet::Rival>& rival, const Waited& waited) {
  if (rival) return lost_to(*rival);
  if (const WorkerRecord* refused = first_in(workers, Phase::kRefused))
    return end_as(kFailed, "node " + refused->node + ": " + refused->message);
  if (const WorkerRecord* crashed = first_in(workers, Phase::kCrashed)) {
    if (job.stopping)
      return end_as(kStopped, "worker on " + crashed->node + " ended: " + crashed->message);
    if (manifest != nullptr && manifest->job.effective_on_crash() == graph::OnCrash::kRestartJob)
      return {Step::Kind::kBeginAgain, {}, {}};
  }
  if (job.stopping && !job.started) return end_as(kStopped, "stopped before it had started");
  if (!job.started && all(job, workers, [](Phase phase) { return phase == Phase::kReady; }))
    return {Step::Kind::kStart, {}, {}};
  if (job.started && all(job, workers, [](Phase phase) { return phase == Phase::kDone; }))
    return finished(job, workers, manifest);
  if (waited.stopping && *waited.stopping >= kStopPatience)
    return end_as(kStopped, "some tasks did not end in time and were ended by force");
  if (waited.unmatched && *waited.unmatched >= kStartPatience)
    return not_matched(workers, manifest);
  return {};
}

}  // namespace mort::agent
