// Seeded random instances for tests.
#pragma once

#include <algorithm>
#include <random>

#include "mort/graph/placement.hpp"

namespace mort::offload {

/// Draws one instance: tasks in shuffled order, as a loose DAG, chains, stars or several jobs with
/// edges inside and now and then between them; tight, roomy or all alike nodes; and now and then
/// pins, memory, measured use and utilisation.
class RandomInstance {
 public:
  RandomInstance(std::mt19937& engine, int max_tasks, int max_nodes)
      : engine_(engine), tasks_(draw(1, max_tasks)), nodes_(draw(1, max_nodes)) {}

  graph::Instance make() {
    instance_.name = "random";
    pins_ = draw(0, 3) == 0;
    memory_ = draw(0, 3) == 0;
    busy_ = draw(0, 3) == 0;
    add_tasks();
    add_nodes();
    add_edges();
    for (int k = draw(0, tasks_); k > 0; --k) add_feed();
    return std::move(instance_);
  }

 private:
  int draw(int min, int max) { return min + static_cast<int>(engine_() % (max - min + 1)); }

  void add_tasks() {
    const int biggest = draw(2, 4);
    for (int i = 0; i < tasks_; ++i) {
      graph::InstanceTask task;
      task.cpu = draw(0, 12) == 0 ? 0 : draw(1, biggest);
      if (memory_) task.memory = draw(0, 5);
      if (busy_) task.busy = draw(0, static_cast<int>(task.cpu) + (draw(0, 5) == 0 ? 2 : 0));
      if (pins_ && draw(0, 2) == 0) {
        task.nodes.emplace();
        for (int j = 0; j < nodes_; ++j) {
          if (draw(0, 1) == 0) task.nodes->push_back(j);
        }
      }
      instance_.tasks.push_back(std::move(task));
    }
  }

  void add_nodes() {
    std::int64_t demand = 0;
    for (const graph::InstanceTask& task : instance_.tasks) demand += task.cpu;
    const std::int64_t offered = demand * draw(6, 16) / 10 + 1;
    const bool alike = draw(0, 3) == 0;
    for (int j = 0; j < nodes_; ++j) {
      graph::InstanceNode node;
      node.cpu = std::max<std::int64_t>(offered / nodes_ + (alike ? 0 : draw(-1, 1)), 0);
      node.utilization = alike || draw(0, 1) == 0 ? 0.0 : 0.1 * draw(0, 9);
      if (memory_ && draw(0, 1) == 0) node.memory = draw(0, 3 * tasks_);
      instance_.nodes.push_back(node);
    }
  }

  /// Tasks stand in `order`, cut into jobs; edges go forward.
  void add_edges() {
    std::vector<std::int32_t> order(tasks_);
    for (int i = 0; i < tasks_; ++i) order[i] = i;
    std::shuffle(order.begin(), order.end(), engine_);
    const int shape = draw(0, 4);
    int job = 0;
    int head = 0;  // the first task of the job
    for (int i = 0; i < tasks_; ++i) {
      graph::InstanceTask& task = instance_.tasks[order[i]];
      if (shape == 0) {  // a loose DAG over jobs at random
        task.job = draw(0, 2);
        for (int k = i > 0 ? draw(0, 2) : 0; k > 0; --k) edge(order[draw(0, i - 1)], order[i]);
        continue;
      }
      if (i > head && draw(0, 5) == 0) {
        head = i;
        ++job;
        if (draw(0, 1) == 0) edge(order[draw(0, i - 1)], order[i]);  // from an earlier job
      }
      task.job = job;
      if (i == head) continue;
      if (shape == 1) edge(order[i - 1], order[i]);  // a chain
      if (shape == 2) edge(order[head], order[i]);   // a star
      if (shape == 3 && i + 1 < tasks_) edge(order[i], order[i + 1]);
      for (int k = shape == 4 ? draw(0, 2) : 0; k > 0; --k)
        edge(order[draw(head, i - 1)], order[i]);
      if (draw(0, 7) == 0) edge(order[draw(0, i - 1)], order[i]);
    }
  }

  void edge(std::int32_t from, std::int32_t to) {
    instance_.edges.push_back({from, to, draw(1, 4), draw(0, 1) == 0 ? "" : "t"});
  }

  /// A virtual task for one reader, or one more reader of the last.
  void add_feed() {
    if (instance_.virtuals.empty() || draw(0, 3) > 0)
      instance_.virtuals.push_back({draw(0, nodes_ - 1), draw(0, 1) == 0 ? "" : "v"});
    const auto last = static_cast<std::int32_t>(instance_.virtuals.size()) - 1;
    instance_.virtual_edges.push_back({last, draw(0, tasks_ - 1), draw(0, 4)});
  }

  std::mt19937& engine_;
  int tasks_;
  int nodes_;
  bool pins_ = false;
  bool memory_ = false;
  bool busy_ = false;
  graph::Instance instance_;
};

inline graph::Instance random_instance(std::mt19937& engine, int max_tasks, int max_nodes) {
  return RandomInstance(engine, max_tasks, max_nodes).make();
}

}  // namespace mort::offload
