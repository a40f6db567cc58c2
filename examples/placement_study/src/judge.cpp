#include "mort/placement_study/judge.hpp"

#include <map>

namespace mort::placement_study {
namespace {

/// For each task the tasks that it reaches, as a set of bits. Edges may go from any id to any.
class Reach {
 public:
  explicit Reach(const graph::Instance& instance)
      : words_((instance.tasks.size() + 63) / 64), bits_(instance.tasks.size() * words_) {
    std::vector<std::vector<std::size_t>> parents(instance.tasks.size());
    std::vector<std::size_t> readers(instance.tasks.size());
    for (const graph::InstanceEdge& edge : instance.edges) {
      parents[static_cast<std::size_t>(edge.to)].push_back(static_cast<std::size_t>(edge.from));
      ++readers[static_cast<std::size_t>(edge.from)];
    }
    std::vector<std::size_t> ready;
    for (std::size_t task = 0; task < readers.size(); ++task) {
      if (readers[task] == 0) ready.push_back(task);
    }
    while (!ready.empty()) {
      const std::size_t task = ready.back();
      ready.pop_back();
      for (const std::size_t parent : parents[task]) {
        for (std::size_t i = 0; i < words_; ++i) {
          bits_[parent * words_ + i] |= bits_[task * words_ + i];
        }
        bits_[parent * words_ + task / 64] |= std::uint64_t{1} << (task % 64);
        if (--readers[parent] == 0) ready.push_back(parent);
      }
    }
  }

  bool operator()(std::size_t from, std::size_t to) const {
    return (bits_[from * words_ + to / 64] >> (to % 64) & 1) != 0;
  }

 private:
  std::size_t words_;
  std::vector<std::uint64_t> bits_;
};

/// Heaviest antichain by Dilworth's theorem: each task counts as cpu tasks side by side; of those
/// the largest antichain is their number less the largest matching of later to earlier ones.
std::int64_t heaviest_antichain(const graph::Instance& instance, const Reach& reach,
                                const std::vector<std::size_t>& tasks) {
  std::vector<std::size_t> copies;
  for (const std::size_t task : tasks) {
    copies.insert(copies.end(), static_cast<std::size_t>(instance.tasks[task].cpu), task);
  }
  constexpr std::size_t kNone = SIZE_MAX;
  std::vector<std::size_t> matched(copies.size(), kNone);
  std::vector<bool> seen;
  const auto augment = [&](const auto& self, std::size_t from) -> bool {
    for (std::size_t to = 0; to < copies.size(); ++to) {
      if (seen[to] || !reach(copies[from], copies[to])) continue;
      seen[to] = true;
      if (matched[to] == kNone || self(self, matched[to])) {
        matched[to] = from;
        return true;
      }
    }
    return false;
  };
  std::int64_t pairs = 0;
  for (std::size_t from = 0; from < copies.size(); ++from) {
    seen.assign(copies.size(), false);
    pairs += augment(augment, from) ? 1 : 0;
  }
  return static_cast<std::int64_t>(copies.size()) - pairs;
}

}  // namespace

Judgement judge(const graph::Instance& instance, const std::vector<std::int32_t>& assign,
                bool fused) {
  Judgement judgement;
  if (assign.size() != instance.tasks.size()) {
    judgement.violations.push_back(std::to_string(assign.size()) + " entries for " +
                                   std::to_string(instance.tasks.size()) + " tasks");
    return judgement;
  }
  const auto node_of = [&](std::int32_t task) { return assign[static_cast<std::size_t>(task)]; };
  for (const graph::InstanceEdge& edge : instance.edges) {
    if (node_of(edge.from) == node_of(edge.to)) judgement.profit += edge.rate;
  }
  for (const graph::InstanceVirtualEdge& edge : instance.virtual_edges) {
    const auto at = static_cast<std::size_t>(edge.virtual_task);
    if (instance.virtuals[at].node == node_of(edge.to)) judgement.profit += edge.rate;
  }

  std::map<std::int32_t, std::map<std::int32_t, std::vector<std::size_t>>> by_node_and_job;
  for (std::size_t task = 0; task < assign.size(); ++task) {
    if (assign[task] < 0 || static_cast<std::size_t>(assign[task]) >= instance.nodes.size()) {
      judgement.violations.push_back("task " + std::to_string(task) + " has no node");
    } else {
      by_node_and_job[assign[task]][instance.tasks[task].job].push_back(task);
    }
  }
  const Reach reach(fused ? instance : graph::Instance{});
  for (const auto& [node, jobs] : by_node_and_job) {
    std::int64_t used = 0;
    for (const auto& [job, tasks] : jobs) {
      if (fused) {
        used += heaviest_antichain(instance, reach, tasks);
      } else {
        for (const std::size_t task : tasks) used += instance.tasks[task].cpu;
      }
    }
    const std::int64_t free = instance.nodes[static_cast<std::size_t>(node)].cpu;
    if (used > free) {
      judgement.violations.push_back("node " + std::to_string(node) + " carries " +
                                     std::to_string(used) + " of " + std::to_string(free) + " cpu");
    }
  }
  return judgement;
}

}  // namespace mort::placement_study
