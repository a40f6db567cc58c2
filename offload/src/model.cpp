#include "model.hpp"

#include <sstream>

#include <algorithm>
#include <cmath>
#include <functional>
#include <queue>

namespace mort::offload {
namespace {

// The bounds of the file format: no sum over an instance overflows 64 bits, no cross product 128.
constexpr std::int64_t kMaxCpu = 1'000'000'000;
constexpr std::int64_t kMaxRate = 1'000'000'000'000;
constexpr std::int64_t kMaxMemory = std::int64_t{1} << 46;

using Entries = std::vector<std::pair<std::int32_t, Link>>;

/// Sorts by index and neighbour and sums the rates of parallel edges.
Lists<Link> links(std::size_t count, Entries entries) {
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first, a.second.task) < std::pair(b.first, b.second.task);
  });
  Entries merged;
  merged.reserve(entries.size());
  for (const auto& [index, link] : entries) {
    if (!merged.empty() && merged.back().first == index && merged.back().second.task == link.task) {
      merged.back().second.rate += link.rate;
    } else {
      merged.push_back({index, link});
    }
  }
  return Lists<Link>(count, merged);
}

Lists<Feed> feeds(const graph::Instance& instance) {
  Entries entries;  // Link.task stands for the node here
  for (const graph::InstanceVirtualEdge& edge : instance.virtual_edges) {
    entries.push_back({edge.to, {instance.virtuals[edge.virtual_task].node, edge.rate}});
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::pair<std::int32_t, Feed>> all;
  for (const auto& [task, link] : entries) all.push_back({task, {link.task, link.rate}});
  return Lists<Feed>(instance.tasks.size(), all);
}

/// Kahn's order, smallest id first; shorter than the tasks when there is a cycle.
std::vector<std::int32_t> kahn(const graph::Instance& instance, const Lists<Link>& followers) {
  std::vector<std::int32_t> inputs(instance.tasks.size());
  for (std::size_t task = 0; task < inputs.size(); ++task) {
    for (const Link& link : followers[static_cast<std::int32_t>(task)]) ++inputs[link.task];
  }
  std::priority_queue<std::int32_t, std::vector<std::int32_t>, std::greater<>> ready;
  for (std::size_t task = 0; task < inputs.size(); ++task) {
    if (inputs[task] == 0) ready.push(static_cast<std::int32_t>(task));
  }
  std::vector<std::int32_t> order;
  order.reserve(inputs.size());
  while (!ready.empty()) {
    order.push_back(ready.top());
    ready.pop();
    for (const Link& link : followers[order.back()]) {
      if (--inputs[link.task] == 0) ready.push(link.task);
    }
  }
  return order;
}

/// Which edges count.
enum class Edges { kAll, kOrdering };
/// From which of its ends an edge is seen.
enum class Seen { kFromPublisher, kFromReader, kFromBoth };

Lists<Link> links_of(const graph::Instance& instance, Edges which, Seen seen) {
  Entries entries;
  entries.reserve((seen == Seen::kFromBoth ? 2 : 1) * instance.edges.size());
  for (const graph::InstanceEdge& edge : instance.edges) {
    if (edge.feedback && which == Edges::kOrdering) continue;
    if (seen != Seen::kFromReader) entries.push_back({edge.from, {edge.to, edge.rate}});
    if (seen != Seen::kFromPublisher) entries.push_back({edge.to, {edge.from, edge.rate}});
  }
  return links(instance.tasks.size(), std::move(entries));
}

bool in(std::int64_t value, std::int64_t max) {
  return value >= 0 && value <= max;
}

bool is_index(std::int64_t value, std::size_t count) {
  return value >= 0 && value < static_cast<std::int64_t>(count);
}

}  // namespace

Model::Model(const graph::Instance& instance, std::string_view feasibility)
    : instance_(&instance),
      allowed_(instance.tasks.size()),
      predecessors_(links_of(instance, Edges::kOrdering, Seen::kFromReader)),
      followers_(links_of(instance, Edges::kOrdering, Seen::kFromPublisher)),
      successors_(links_of(instance, Edges::kAll, Seen::kFromPublisher)),
      neighbours_(links_of(instance, Edges::kAll, Seen::kFromBoth)),
      feeds_(offload::feeds(instance)),
      topo_(kahn(instance, followers_)),
      tpos_(instance.tasks.size()),
      fused_(feasibility == "fused") {
  MORT_CHECK(topo_.size() == instance.tasks.size());
  if (fused_) precedence_ = Precedence(instance, topo_);
  for (const graph::InstanceTask& task : instance.tasks)
    needs_.push_back({task.cpu, task.memory, task.busy});
  for (std::size_t i = 0; i < topo_.size(); ++i) tpos_[topo_[i]] = static_cast<std::int32_t>(i);
  for (std::size_t task = 0; task < instance.tasks.size(); ++task) {
    if (!instance.tasks[task].nodes) continue;
    allowed_[task].resize(std::max<std::size_t>(instance.nodes.size(), 1));
    for (const std::int32_t node : *instance.tasks[task].nodes) allowed_[task][node] = true;
  }
}

std::int64_t Model::rate_between(std::int32_t a, std::int32_t b) const {
  std::int64_t rate = 0;
  for (const Link& link : neighbours(a)) rate += link.task == b ? link.rate : 0;
  return rate;
}

Labels::Labels(const graph::Instance& instance) : instance_(&instance) {
  std::set<std::string_view> seen;
  for (const graph::InstanceTask& task : instance.tasks) {
    if (!seen.insert(task.name).second) repeated_.insert(task.name);
  }
}

std::string Labels::task(std::int32_t task) const {
  const std::string& name = instance_->tasks[task].name;
  if (name.empty()) return std::to_string(task);
  return repeated_.count(name) == 0 ? name : name + " (id " + std::to_string(task) + ")";
}

std::string Labels::node(std::int32_t node) const {
  const std::string& name = instance_->nodes[node].name;
  return name.empty() ? "node" + std::to_string(node) : name;
}

std::string Labels::cpu(std::int64_t amount) const {
  std::ostringstream text;
  text << static_cast<double>(amount) / static_cast<double>(instance_->cpu_per_core);
  return text.str();
}

Result<void> check_instance(const graph::Instance& instance) {
  const auto refuse = [&](const std::string& place, const std::string& cause) {
    return fail(ErrorCode::kInvalid, cause, instance.name + ":/" + place, "correct the instance");
  };
  for (std::size_t i = 0; i < instance.nodes.size(); ++i) {
    const graph::InstanceNode& node = instance.nodes[i];
    const bool good = in(node.cpu, kMaxCpu) && in(node.memory.value_or(0), kMaxMemory) &&
                      node.utilization >= 0.0 && node.utilization <= 1.0;
    if (!good) return refuse("nodes/" + std::to_string(i), "a number is out of bounds");
  }
  for (std::size_t i = 0; i < instance.tasks.size(); ++i) {
    const graph::InstanceTask& task = instance.tasks[i];
    bool good = in(task.cpu, kMaxCpu) && in(task.memory, kMaxMemory) && in(task.busy, kMaxCpu);
    for (const std::int32_t node : task.nodes.value_or(std::vector<std::int32_t>{})) {
      good = good && is_index(node, instance.nodes.size());
    }
    if (!good) return refuse("tasks/" + std::to_string(i), "a number is out of bounds");
  }
  for (const graph::InstanceVirtual& one : instance.virtuals) {
    if (!is_index(one.node, instance.nodes.size()))
      return refuse("virtual", "there is no such node");
  }
  for (const graph::InstanceEdge& edge : instance.edges) {
    if (!is_index(edge.from, instance.tasks.size()) || !is_index(edge.to, instance.tasks.size()) ||
        !in(edge.rate, kMaxRate)) {
      return refuse("edges", "an edge is out of bounds");
    }
  }
  for (const graph::InstanceVirtualEdge& edge : instance.virtual_edges) {
    if (!is_index(edge.virtual_task, instance.virtuals.size()) ||
        !is_index(edge.to, instance.tasks.size()) || !in(edge.rate, kMaxRate)) {
      return refuse("vedges", "an edge is out of bounds");
    }
  }
  const auto followers = links_of(instance, Edges::kOrdering, Seen::kFromPublisher);
  if (kahn(instance, followers).size() != instance.tasks.size()) {
    return refuse("edges", "the edges form a cycle");
  }
  return {};
}

}  // namespace mort::offload
