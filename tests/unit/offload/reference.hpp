// GBTO and feasibility written down a second time, as naively as the text reads: the yardstick of
// random tests.
#pragma once

#include <algorithm>
#include <optional>
#include <random>

#include "mort/graph/placement.hpp"

namespace mort::offload {

/// A random DAG with tasks in shuffled order, tight or roomy nodes, and now and then pins, memory
/// and utilisation.
inline graph::Instance random_instance(std::mt19937& engine, int max_tasks, int max_nodes) {
  const auto draw = [&](int min, int max) {
    return min + static_cast<int>(engine() % (max - min + 1));
  };
  graph::Instance instance;
  instance.name = "random";
  const int tasks = draw(1, max_tasks);
  const int nodes = draw(1, max_nodes);
  const bool pins = draw(0, 3) == 0;
  const bool memory = draw(0, 3) == 0;
  const int biggest = draw(2, 4);
  std::int64_t demand = 0;
  for (int i = 0; i < tasks; ++i) {
    graph::InstanceTask task{
        draw(0, 2), draw(0, 12) == 0 ? 0 : draw(1, biggest), memory ? draw(0, 5) : 0, {}, ""};
    if (pins && draw(0, 2) == 0) {
      task.nodes.emplace();
      for (int j = 0; j < nodes; ++j) {
        if (draw(0, 1) == 0) task.nodes->push_back(j);
      }
    }
    demand += task.cpu;
    instance.tasks.push_back(std::move(task));
  }
  const std::int64_t offered = demand * draw(9, 16) / 10 + 1;
  for (int j = 0; j < nodes; ++j) {
    graph::InstanceNode node{
        offered / nodes + draw(-1, 1), draw(0, 1) == 0 ? 0.0 : 0.1 * draw(0, 9), {}, ""};
    node.cpu = std::max<std::int64_t>(node.cpu, 0);
    if (memory && draw(0, 1) == 0) node.memory = draw(0, 3 * tasks);
    instance.nodes.push_back(node);
  }
  std::vector<std::int32_t> order(tasks);
  for (int i = 0; i < tasks; ++i) order[i] = i;
  std::shuffle(order.begin(), order.end(), engine);
  for (int i = 1; i < tasks; ++i) {
    for (int k = draw(0, 2); k > 0; --k) {
      instance.edges.push_back(
          {order[draw(0, i - 1)], order[i], draw(1, 4), draw(0, 1) == 0 ? "" : "t"});
    }
  }
  for (int k = draw(0, tasks); k > 0; --k) {
    instance.virtual_edges.push_back(
        {static_cast<std::int32_t>(instance.virtuals.size()), draw(0, tasks - 1), draw(0, 4)});
    instance.virtuals.push_back({draw(0, nodes - 1), ""});
  }
  return instance;
}

/// Tries every assignment.
class BruteForce {
 public:
  explicit BruteForce(const graph::Instance& instance)
      : instance_(instance), assign_(instance.tasks.size(), -1) {
    for (const graph::InstanceNode& node : instance.nodes) {
      cpu_.push_back(node.cpu);
      memory_.push_back(node.memory.value_or(INT64_MAX));
    }
  }
  bool feasible(std::size_t task = 0) {
    if (task == instance_.tasks.size()) return true;
    const graph::InstanceTask& t = instance_.tasks[task];
    for (std::size_t j = 0; j < cpu_.size(); ++j) {
      const bool allowed = !t.nodes || std::count(t.nodes->begin(), t.nodes->end(),
                                                  static_cast<std::int32_t>(j)) > 0;
      if (!allowed || t.cpu > cpu_[j] || t.memory > memory_[j]) continue;
      cpu_[j] -= t.cpu;
      memory_[j] -= t.memory;
      const bool found = feasible(task + 1);
      cpu_[j] += t.cpu;
      memory_[j] += t.memory;
      if (found) return true;
    }
    return false;
  }

 private:
  const graph::Instance& instance_;
  std::vector<std::int32_t> assign_;
  std::vector<std::int64_t> cpu_;
  std::vector<std::int64_t> memory_;
};

/// Every group is evaluated on every node in every step. Nothing where a task would go to REPAIR.
class NaiveGbto {
 public:
  explicit NaiveGbto(const graph::Instance& instance)
      : in_(instance), assign_(instance.tasks.size(), -1) {
    for (const graph::InstanceNode& node : instance.nodes)
      rc_.push_back(node.cpu), memory_.push_back(node.memory.value_or(INT64_MAX));
    order();
  }

  std::optional<std::vector<std::int32_t>> run() {
    std::vector<std::vector<int>> groups;
    for (const int task : topo_) join(groups, task);
    while (!groups.empty()) {
      int best_group = -1;
      int best_node = -1;
      for (int g = 0; g < static_cast<int>(groups.size()); ++g) {
        const int node = best_of(groups[g]);
        if (node < 0) continue;
        if (best_group < 0 || before(groups[g], node, groups[best_group], best_node))
          best_group = g, best_node = node;
      }
      if (best_group < 0) return std::nullopt;
      const std::vector<int> group = groups[best_group];
      groups.erase(groups.begin() + best_group);
      const int length = prefix(group, best_node);
      for (int i = 0; i < length; ++i) put(group[i], best_node);
      for (int i = length; i < static_cast<int>(group.size()); ++i) join(groups, group[i]);
    }
    return assign_;
  }

 private:
  void order() {
    std::vector<bool> done(in_.tasks.size());
    tpos_.resize(done.size());
    while (topo_.size() < done.size()) {
      for (int task = 0;; ++task) {
        if (done[task]) continue;
        const bool ready = std::all_of(in_.edges.begin(), in_.edges.end(),
                                       [&](const auto& e) { return e.to != task || done[e.from]; });
        if (!ready) continue;
        tpos_[task] = static_cast<int>(topo_.size());
        topo_.push_back(task);
        done[task] = true;
        break;
      }
    }
  }

  std::int64_t rate(int from, int to) const {
    std::int64_t sum = 0;
    for (const auto& e : in_.edges) sum += e.from == from && e.to == to ? e.rate : 0;
    return sum;
  }
  bool edge(int from, int to) const {
    return std::any_of(in_.edges.begin(), in_.edges.end(),
                       [&](const auto& e) { return e.from == from && e.to == to; });
  }

  void join(std::vector<std::vector<int>>& groups, int task) const {
    std::vector<int>* best = nullptr;
    int father = -1;
    for (auto& group : groups) {
      for (const int other : group) {
        if (!edge(other, task)) continue;
        const bool stronger =
            father < 0 || rate(other, task) > rate(father, task) ||
            (rate(other, task) == rate(father, task) && tpos_[other] < tpos_[father]);
        if (stronger) father = other, best = &group;
      }
    }
    if (best == nullptr) {
      groups.push_back({task});
      return;
    }
    best->push_back(task);
    std::sort(best->begin(), best->end(), [&](int a, int b) { return tpos_[a] < tpos_[b]; });
  }

  int prefix(const std::vector<int>& group, int node) const {
    for (int length = static_cast<int>(group.size()); length > 0; --length) {
      std::int64_t cpu = 0;
      std::int64_t memory = 0;
      bool allowed = true;
      for (int i = 0; i < length; ++i) {
        const auto& t = in_.tasks[group[i]];
        cpu += t.cpu;
        memory += t.memory;
        allowed = allowed && (!t.nodes || std::count(t.nodes->begin(), t.nodes->end(), node) > 0);
      }
      if (allowed && cpu <= rc_[node] && memory <= memory_[node]) return length;
    }
    return 0;
  }

  std::int64_t profit(const std::vector<int>& group, int node) const {
    const int length = prefix(group, node);
    if (length == 0) return -1;
    std::vector<bool> counted(in_.tasks.size());
    for (int i = 0; i < length; ++i) counted[group[i]] = true;
    std::int64_t sum = 0;
    for (const auto& e : in_.edges) {
      const bool from_there = counted[e.from] || assign_[e.from] == node;
      const bool to_there = counted[e.to] || assign_[e.to] == node;
      sum += from_there && to_there && (counted[e.from] || counted[e.to]) ? e.rate : 0;
    }
    for (const auto& e : in_.virtual_edges) {
      sum += counted[e.to] && in_.virtuals[e.virtual_task].node == node ? e.rate : 0;
    }
    return sum;
  }

  // The instances have utilisations in tenths and small cpu, so that a long double tells them
  // apart.
  long double utilisation(int node) const {
    const std::int64_t cpu = in_.nodes[node].cpu;
    return in_.nodes[node].utilization +
           static_cast<long double>(cpu - rc_[node]) / std::max<std::int64_t>(cpu, 1);
  }

  int best_of(const std::vector<int>& group) const {
    int best = -1;
    std::int64_t best_profit = -1;
    for (int j = 0; j < static_cast<int>(rc_.size()); ++j) {
      const std::int64_t p = profit(group, j);
      if (p < 0 || p < best_profit) continue;
      bool better = best < 0 || p > best_profit;
      if (!better) {
        const long double difference = utilisation(j) - utilisation(best);
        better = difference < -1e-9L || (difference < 1e-9L && rc_[j] > rc_[best]);
      }
      if (better) best = j, best_profit = p;
    }
    return best;
  }

  bool before(const std::vector<int>& a, int node_a, const std::vector<int>& b, int node_b) const {
    const std::int64_t pa = profit(a, node_a);
    const std::int64_t pb = profit(b, node_b);
    if (pa != pb) return pa > pb;
    if (a.size() != b.size()) return a.size() > b.size();
    return tpos_[a[0]] < tpos_[b[0]];
  }

  void put(int task, int node) {
    assign_[task] = node;
    rc_[node] -= in_.tasks[task].cpu;
    if (memory_[node] != INT64_MAX) memory_[node] -= in_.tasks[task].memory;
  }

  const graph::Instance& in_;
  std::vector<std::int32_t> assign_;
  std::vector<std::int64_t> rc_;
  std::vector<std::int64_t> memory_;
  std::vector<int> topo_;
  std::vector<int> tpos_;
};

}  // namespace mort::offload
