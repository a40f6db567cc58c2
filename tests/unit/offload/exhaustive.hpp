// Every assignment of a small instance, judged by the definitions of OFFLOAD 1 as they read.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "mort/graph/placement.hpp"

namespace mort::offload {

/// Whether one task comes before another of its job, by paths over all tasks.
inline std::vector<std::vector<bool>> order_of(const graph::Instance& instance) {
  const std::size_t count = instance.tasks.size();
  std::vector<std::vector<bool>> reach(count, std::vector<bool>(count));
  for (const auto& edge : instance.edges) reach[edge.from][edge.to] = true;
  for (std::size_t k = 0; k < count; ++k) {
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t j = 0; reach[i][k] && j < count; ++j)
        if (reach[k][j]) reach[i][j] = true;
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j < count; ++j)
      reach[i][j] = reach[i][j] && instance.tasks[i].job == instance.tasks[j].job;
  }
  return reach;
}

/// The largest sum of cpu over tasks of which no two are ordered: each is in, or out.
inline std::int64_t antichain_cpu(const graph::Instance& instance,
                                  const std::vector<std::vector<bool>>& order,
                                  std::vector<std::int32_t> tasks) {
  if (tasks.empty()) return 0;
  const std::int32_t task = tasks.back();
  tasks.pop_back();
  std::vector<std::int32_t> beside;
  for (const std::int32_t other : tasks) {
    if (!order[task][other] && !order[other][task]) beside.push_back(other);
  }
  const std::int64_t with = instance.tasks[task].cpu + antichain_cpu(instance, order, beside);
  if (beside.size() == tasks.size()) return with;
  return std::max(with, antichain_cpu(instance, order, tasks));
}

/// For instances of up to a dozen tasks.
class Exhaustive {
 public:
  Exhaustive(const graph::Instance& instance, const std::string& model)
      : in_(instance), count_(instance.tasks.size()), on_(instance.nodes.size()) {
    const auto order = order_of(instance);
    for (unsigned set = 0; set < 1U << count_; ++set) {
      Sum sum;
      std::vector<std::int32_t> tasks;
      for (std::size_t t = 0; t < count_; ++t) {
        if ((set >> t & 1U) == 0) continue;
        tasks.push_back(static_cast<std::int32_t>(t));
        sum.cpu += in_.tasks[t].cpu;
        sum.memory += in_.tasks[t].memory;
        sum.busy += in_.tasks[t].busy;
      }
      sum.fused = model == "fused" ? antichain_cpu(in_, order, tasks) : sum.cpu;
      sums_.push_back(sum);
    }
    for (std::size_t i = 0; i < in_.edges.size(); ++i) {
      const auto& edge = in_.edges[i];
      read({false, edge.from, edge.topic, edge.topic.empty() ? i : 0}, edge.from, edge.to,
           edge.rate);
    }
    for (std::size_t i = 0; i < in_.virtual_edges.size(); ++i) {
      const auto& edge = in_.virtual_edges[i];
      const auto& source = in_.virtuals[edge.virtual_task];
      read({true, edge.virtual_task, source.topic, source.topic.empty() ? i : 0}, ~source.node,
           edge.to, edge.rate);
    }
    assign_.assign(count_, -1);
    place(0);
  }

  bool feasible() const { return most_profit_.has_value(); }
  std::int64_t most_profit() const { return *most_profit_; }
  std::int64_t least_traffic() const { return *least_traffic_; }

 private:
  struct Sum {
    std::int64_t cpu = 0;
    std::int64_t memory = 0;
    std::int64_t busy = 0;
    std::int64_t fused = 0;
  };
  using Key = std::tuple<bool, std::int32_t, std::string, std::size_t>;
  struct Topic {
    std::int64_t rate = 0;
    std::int32_t source = 0;  ///< a task, or ~node
    std::vector<std::int32_t> readers;
  };

  void read(const Key& key, std::int32_t source, std::int32_t reader, std::int64_t rate) {
    Topic& topic = topics_[key];
    topic.rate = std::max(topic.rate, rate);
    topic.source = source;
    topic.readers.push_back(reader);
  }

  bool fits(unsigned set, std::size_t node) const {
    const Sum& sum = sums_[set];
    const graph::InstanceNode& n = in_.nodes[node];
    if (sum.memory > n.memory.value_or(INT64_MAX)) return false;
    return sum.cpu <= n.cpu || (sum.fused <= n.cpu && sum.busy <= n.cpu);
  }

  void place(std::size_t task) {
    if (task == count_) {
      judge();
      return;
    }
    const auto& nodes = in_.tasks[task].nodes;
    for (std::size_t j = 0; j < on_.size(); ++j) {
      const auto node = static_cast<std::int32_t>(j);
      if (nodes && std::find(nodes->begin(), nodes->end(), node) == nodes->end()) continue;
      if (!fits(on_[j] | 1U << task, j)) continue;
      on_[j] |= 1U << task;
      assign_[task] = node;
      place(task + 1);
      on_[j] &= ~(1U << task);
    }
  }

  void judge() {
    std::int64_t profit = 0;
    for (const auto& edge : in_.edges)
      profit += assign_[edge.from] == assign_[edge.to] ? edge.rate : 0;
    for (const auto& edge : in_.virtual_edges)
      profit += in_.virtuals[edge.virtual_task].node == assign_[edge.to] ? edge.rate : 0;
    std::int64_t traffic = 0;
    for (const auto& [key, topic] : topics_) {
      const std::int32_t home = topic.source < 0 ? ~topic.source : assign_[topic.source];
      std::vector<std::pair<std::int32_t, std::int32_t>> workers;
      for (const std::int32_t reader : topic.readers) {
        const std::pair worker(in_.tasks[reader].job, assign_[reader]);
        const bool counted = std::find(workers.begin(), workers.end(), worker) != workers.end();
        if (worker.second != home && !counted) workers.push_back(worker);
      }
      traffic += topic.rate * static_cast<std::int64_t>(workers.size());
    }
    most_profit_ = std::max(most_profit_.value_or(0), profit);
    least_traffic_ = std::min(least_traffic_.value_or(traffic), traffic);
  }

  const graph::Instance& in_;
  std::size_t count_;
  std::vector<Sum> sums_;  ///< by set of tasks
  std::vector<unsigned> on_;
  std::vector<std::int32_t> assign_;
  std::map<Key, Topic> topics_;
  std::optional<std::int64_t> most_profit_;
  std::optional<std::int64_t> least_traffic_;
};

}  // namespace mort::offload
