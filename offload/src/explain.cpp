// Why each task of a plan is where it is.
#include <algorithm>

#include "model.hpp"
#include "mort/offload/planner.hpp"

namespace mort::offload {
namespace {

constexpr std::size_t kListed = 3;

/// An edge seen from one of its ends.
struct End {
  std::int64_t rate;
  std::int32_t other_node;
  std::string text;  ///< "C3 from F1 on node0 (4096 bit/s)"
};

/// Every edge, seen from each task that it touches.
std::vector<std::vector<End>> ends_of(const graph::Instance& instance,
                                      const std::vector<std::int32_t>& assign,
                                      const Labels& labels) {
  std::vector<std::vector<End>> ends(instance.tasks.size());
  const auto add = [&](std::int32_t task, std::int64_t rate, const std::string& topic,
                       const std::string& other, std::int32_t node) {
    const std::string where = node < 0 ? "" : " on " + labels.node(node);
    ends[task].push_back(
        {rate, node,
         (topic.empty() ? "" : topic + " ") + other + where + " (" + rate_text(rate) + ")"});
  };
  for (const graph::InstanceEdge& edge : instance.edges) {
    add(edge.to, edge.rate, edge.topic, "from " + labels.task(edge.from), assign[edge.from]);
    add(edge.from, edge.rate, edge.topic, "to " + labels.task(edge.to), assign[edge.to]);
  }
  for (const graph::InstanceVirtualEdge& edge : instance.virtual_edges) {
    const graph::InstanceVirtual& source = instance.virtuals[edge.virtual_task];
    add(edge.to, edge.rate, source.topic, "from virtual task " + std::to_string(edge.virtual_task),
        source.node);
  }
  for (std::vector<End>& list : ends) {
    std::stable_sort(list.begin(), list.end(),
                     [](const End& a, const End& b) { return a.rate > b.rate; });
  }
  return ends;
}

std::string crossing_text(const std::vector<End>& ends, std::int32_t here) {
  std::string text;
  std::size_t crossing = 0;
  for (const End& end : ends) {
    if (end.other_node == here && here >= 0) continue;
    if (++crossing <= kListed) text += (crossing > 1 ? ", " : "") + end.text;
  }
  if (crossing == 0) return "nothing crosses";
  if (crossing > kListed) text += " and " + std::to_string(crossing - kListed) + " more";
  return "crosses: " + text;
}

class Explainer {
 public:
  Explainer(const graph::Instance& instance, const std::vector<std::int32_t>& assign)
      : instance_(instance),
        assign_(assign),
        labels_(instance),
        ends_(ends_of(instance, assign, labels_)) {
    for (const graph::InstanceNode& node : instance.nodes) left_.push_back(node.cpu);
    for (std::size_t task = 0; task < assign.size(); ++task) {
      if (assign[task] >= 0) left_[assign[task]] -= instance.tasks[task].cpu;
    }
  }

  Reason reason(std::int32_t task) const {
    const std::int32_t here = assign_[task];
    std::vector<std::int64_t> local(instance_.nodes.size());
    std::int64_t total = 0;
    for (const End& end : ends_[task]) {
      total += end.rate;
      if (end.other_node >= 0) local[end.other_node] += end.rate;
    }
    const std::int64_t kept = here < 0 ? 0 : local[here];
    return {task, here, kept, total - kept,
            rate_text(kept) + " of " + rate_text(total) + " stay here; " +
                next_best_text(task, here, local) + "; " + crossing_text(ends_[task], here)};
  }

 private:
  std::string next_best_text(std::int32_t task, std::int32_t here,
                             const std::vector<std::int64_t>& local) const {
    std::vector<std::int32_t> candidates;
    if (const auto& nodes = instance_.tasks[task].nodes) {
      candidates = *nodes;
      std::sort(candidates.begin(), candidates.end());
    } else {
      for (std::size_t node = 0; node < local.size(); ++node)
        candidates.push_back(static_cast<std::int32_t>(node));
    }
    std::int32_t next = -1;
    for (const std::int32_t node : candidates) {
      if (node != here && (next < 0 || local[node] > local[next])) next = node;
    }
    if (next < 0) return "it may run on no other node";
    std::string text = "next best is " + labels_.node(next) + " with " + rate_text(local[next]);
    if (left_[next] < instance_.tasks[task].cpu) {
      text += ", where " + labels_.cpu(left_[next]) + " of the " +
              labels_.cpu(instance_.tasks[task].cpu) + " cpu asked for are left";
    }
    return text;
  }

  const graph::Instance& instance_;
  const std::vector<std::int32_t>& assign_;
  Labels labels_;
  std::vector<std::vector<End>> ends_;
  std::vector<std::int64_t> left_;  ///< cpu of each node beside the plan
};

}  // namespace

std::vector<Reason> explain(const graph::Instance& instance, const graph::Plan& plan) {
  MORT_CHECK(plan.assign.size() == instance.tasks.size());
  const Explainer explainer(instance, plan.assign);
  std::vector<Reason> reasons;
  for (std::size_t task = 0; task < plan.assign.size(); ++task) {
    reasons.push_back(explainer.reason(static_cast<std::int32_t>(task)));
  }
  return reasons;
}

}  // namespace mort::offload
