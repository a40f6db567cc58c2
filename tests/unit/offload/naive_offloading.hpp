// gbto and gfbto written down a second time, as naively as the text of OFFLOAD 3 reads: the
// yardstick of random tests.
#pragma once

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <string>

#include "exhaustive.hpp"

namespace mort::offload {

/// gbto, or with `fusion` ("rmbrf", "rmbrf+", "exact") gfbto. Every group is evaluated on every
/// node in every step. Nothing where a task would go to REPAIR.
class NaiveOffloading {
 public:
  explicit NaiveOffloading(const graph::Instance& instance, std::string fusion = "",
                           std::string ties = "low")
      : in_(instance),
        fusion_(std::move(fusion)),
        ties_(std::move(ties)),
        order_(order_of(instance)),
        assign_(instance.tasks.size(), -1),
        busy_(instance.nodes.size()) {
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
      rc_[best_node] -= need({group.begin(), group.begin() + length});
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
      std::int64_t memory = 0;
      std::int64_t busy = fusion_.empty() ? 0 : busy_[node];
      bool allowed = true;
      for (int i = 0; i < length; ++i) {
        const auto& t = in_.tasks[group[i]];
        memory += t.memory;
        busy += fusion_.empty() ? 0 : t.busy;
        allowed = allowed && (!t.nodes || std::count(t.nodes->begin(), t.nodes->end(), node) > 0);
      }
      const bool fits = allowed && memory <= memory_[node] && busy <= in_.nodes[node].cpu;
      if (fits && need({group.begin(), group.begin() + length}) <= rc_[node]) return length;
    }
    return 0;
  }

  std::int64_t need(const std::vector<int>& tasks) const {
    if (fusion_ == "exact") return antichain_cpu(in_, order_, {tasks.begin(), tasks.end()});
    if (!fusion_.empty()) return roads(tasks);
    std::int64_t sum = 0;
    for (const int task : tasks) sum += in_.tasks[task].cpu;
    return sum;
  }

  /// RMBRF and RMBRF+ as the text has them: the maxima of all roads.
  std::int64_t roads(const std::vector<int>& tasks) const {
    std::vector<std::int64_t> maximum;
    std::map<int, std::vector<int>> roads_of;  // of each task
    for (auto at = tasks.rbegin(); at != tasks.rend(); ++at) {
      const std::int64_t cpu = in_.tasks[*at].cpu;
      std::vector<int>& here = roads_of[*at];
      if (here.empty()) {
        here.push_back(static_cast<int>(maximum.size()));
        maximum.push_back(cpu);
      } else {
        int& best = maximum_road(maximum, here, cpu);
        maximum[best] = std::max(maximum[best], cpu);
      }
      if (fusion_ == "rmbrf+") {
        std::stable_sort(here.begin(), here.end(),
                         [&](int a, int b) { return maximum[a] > maximum[b]; });
      }
      for (const int road : here) {
        const int father = best_father(tasks, *at, maximum[road], roads_of);
        if (father >= 0) roads_of[father].push_back(road);
      }
    }
    return std::accumulate(maximum.begin(), maximum.end(), std::int64_t{0});
  }

  int& maximum_road(const std::vector<std::int64_t>& maximum, std::vector<int>& roads,
                    std::int64_t cpu) const {
    int* smallest = &roads[0];
    int* largest = &roads[0];
    int* holds = nullptr;  // the smallest that holds the task
    for (int& road : roads) {
      if (maximum[road] < maximum[*smallest]) smallest = &road;
      if (maximum[road] > maximum[*largest]) largest = &road;
      if (maximum[road] >= cpu && (holds == nullptr || maximum[road] < maximum[*holds]))
        holds = &road;
    }
    if (fusion_ == "rmbrf+") return holds != nullptr ? *holds : *largest;
    return cpu > maximum[*largest] ? *smallest : *largest;
  }

  int best_father(const std::vector<int>& tasks, int task, std::int64_t maximum,
                  std::map<int, std::vector<int>>& roads_of) const {
    std::vector<int> fathers;  // in topo order
    for (const int other : tasks) {
      if (edge(other, task) && in_.tasks[other].job == in_.tasks[task].job)
        fathers.push_back(other);
    }
    if (fathers.empty()) return -1;
    const bool above_all = std::all_of(fathers.begin(), fathers.end(),
                                       [&](int father) { return maximum > in_.tasks[father].cpu; });
    if (fusion_ == "rmbrf+") {
      std::vector<int> without;
      for (const int father : fathers) {
        if (roads_of[father].empty()) without.push_back(father);
      }
      if (!without.empty()) fathers = without;
    }
    int best = fathers[0];
    for (const int father : fathers) {
      const std::int64_t cpu = in_.tasks[father].cpu;
      if (above_all ? cpu < in_.tasks[best].cpu : cpu > in_.tasks[best].cpu) best = father;
    }
    return best;
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
        const bool low = ties_ == "low";
        const bool less = difference < -1e-9L;
        const bool more = difference > 1e-9L;
        better = low ? less : more;
        if (!less && !more) better = low ? rc_[j] > rc_[best] : rc_[j] < rc_[best];
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
    busy_[node] += in_.tasks[task].busy;
    if (memory_[node] != INT64_MAX) memory_[node] -= in_.tasks[task].memory;
  }

  const graph::Instance& in_;
  std::string fusion_;
  std::string ties_;
  std::vector<std::vector<bool>> order_;
  std::vector<std::int32_t> assign_;
  std::vector<std::int64_t> busy_;
  std::vector<std::int64_t> rc_;
  std::vector<std::int64_t> memory_;
  std::vector<int> topo_;
  std::vector<int> tpos_;
};

}  // namespace mort::offload
