// Group-based task offloading. Source: OFFLOAD 3, gbto (algorithm 2 of the paper).
#include <algorithm>
#include <limits>
#include <numeric>

#include "algorithms.hpp"
#include "grouping.hpp"
#include "repair.hpp"

namespace mort::offload {
namespace {

constexpr std::int64_t kDoesNotFit = -1;

struct Group {
  std::vector<std::int32_t> tasks;  ///< in topo order
  std::vector<std::int64_t>
      profit;              ///< eval on each node, or kDoesNotFit; empty while not evaluated
  std::int32_t best = -1;  ///< best node, -1 when it fits nowhere
};

class Run {
 public:
  explicit Run(const Model& model)
      : model_(model),
        placement_(model),
        group_of_(model.tasks(), kNone),
        preference_(model.nodes()),
        cut_(model.nodes()),
        local_(model.nodes()) {}

  Result<Placement> run() {
    std::iota(preference_.begin(), preference_.end(), 0);
    std::sort(preference_.begin(), preference_.end(),
              [&](std::int32_t a, std::int32_t b) { return is_preferred(a, b); });
    for (std::vector<std::int32_t>& tasks : make_groups(model_)) add_group(std::move(tasks));
    for (Group& group : groups_) evaluate(group);
    while (!live_.empty()) {
      const std::size_t chosen = choose();
      if (groups_[chosen].best >= 0) {
        place_prefix(chosen);
      } else {
        set_head_aside(chosen);
      }
    }
    MORT_TRY_VOID(repair(placement_, aside_));
    return std::move(placement_);
  }

 private:
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  void add_group(std::vector<std::int32_t> tasks) {
    for (const std::int32_t task : tasks) group_of_[task] = groups_.size();
    live_.push_back(groups_.size());
    groups_.push_back({std::move(tasks), {}, -1});
  }

  /// The group of the largest best profit; ties: more tasks, earlier head. When none fits: the
  /// first group.
  std::size_t choose() const {
    std::size_t best = live_[0];
    for (const std::size_t index : live_) {
      if (goes_before(groups_[index], groups_[best])) best = index;
    }
    return best;
  }

  bool goes_before(const Group& a, const Group& b) const {
    const std::int64_t profit_a = a.best < 0 ? kDoesNotFit : a.profit[a.best];
    const std::int64_t profit_b = b.best < 0 ? kDoesNotFit : b.profit[b.best];
    if (profit_a != profit_b) return profit_a > profit_b;
    if (profit_a != kDoesNotFit && a.tasks.size() != b.tasks.size()) {
      return a.tasks.size() > b.tasks.size();
    }
    return model_.tpos(a.tasks[0]) < model_.tpos(b.tasks[0]);
  }

  // eval(g,j): the longest prefix that fits on the node and may run there; need() falls task by
  // task from the back.
  std::size_t prefix_length(const Group& group, std::int32_t node) const {
    std::int64_t cpu = placement_.free_cpu(node);
    std::int64_t memory = placement_.free_memory(node);
    std::size_t length = 0;
    for (const std::int32_t task : group.tasks) {
      cpu -= model_.cpu(task);
      memory -= model_.memory(task);
      if (cpu < 0 || memory < 0 || !model_.allowed(task, node)) break;
      ++length;
    }
    return length;
  }

  /// Evaluates on every node at once: only nodes that hold a neighbour or a virtual task differ
  /// from the others.
  void evaluate(Group& group) {
    const std::size_t index = group_of_[group.tasks[0]];
    for (std::int32_t node = 0; node < model_.nodes(); ++node) {
      cut_[node] = prefix_length(group, node);
      local_[node] = 0;
    }
    inside_.assign(group.tasks.size() + 1, 0);
    for (std::size_t i = 0; i < group.tasks.size(); ++i) {
      inside_[i + 1] = inside_[i];
      visit(group.tasks[i], index, i);
    }
    group.profit.resize(model_.nodes());
    for (std::int32_t node = 0; node < model_.nodes(); ++node) {
      group.profit[node] = cut_[node] == 0 ? kDoesNotFit : inside_[cut_[node]] + local_[node];
    }
    choose_node(group);
  }

  /// Adds what task `i` of the group brings: to the prefix that it closes, and on the nodes whose
  /// prefix holds it.
  void visit(std::int32_t task, std::size_t index, std::size_t i) {
    const auto bring = [&](std::int32_t node, std::int64_t rate) {
      if (node >= 0 && i < cut_[node]) local_[node] += rate;
    };
    for (const Link& link : model_.predecessors(task)) {
      // Both ends in the group: the edge is inside from the later end on, and predecessors stand
      // earlier.
      if (group_of_[link.task] == index) inside_[i + 1] += link.rate;
      bring(placement_.node_of(link.task), link.rate);
    }
    for (const Link& link : model_.successors(task))
      bring(placement_.node_of(link.task), link.rate);
    for (const Feed& feed : model_.feeds(task)) bring(feed.node, feed.rate);
  }

  /// The same for one node: what evaluate() gives there.
  void evaluate_on(Group& group, std::int32_t node) {
    if (group.profit[node] == kDoesNotFit) return;  // room only shrinks
    const std::size_t index = group_of_[group.tasks[0]];
    const std::size_t length = prefix_length(group, node);
    std::int64_t profit = 0;
    for (std::size_t i = 0; i < length; ++i) {
      const std::int32_t task = group.tasks[i];
      for (const Link& link : model_.predecessors(task)) {
        if (group_of_[link.task] == index || placement_.node_of(link.task) == node)
          profit += link.rate;
      }
      for (const Link& link : model_.successors(task)) {
        if (placement_.node_of(link.task) == node) profit += link.rate;
      }
      for (const Feed& feed : model_.feeds(task)) profit += feed.node == node ? feed.rate : 0;
    }
    group.profit[node] = length == 0 ? kDoesNotFit : profit;
    if (group.best == node || profit >= group.profit[group.best]) choose_node(group);
  }

  /// Largest profit; ties end at the node that stands first in the order of preference.
  void choose_node(Group& group) const {
    group.best = -1;
    std::int64_t best_profit = kDoesNotFit;
    for (const std::int32_t node : preference_) {
      if (group.profit[node] > best_profit) {
        group.best = node;
        best_profit = group.profit[node];
      }
    }
  }

  /// How ties between nodes end: lower utilisation, then more free cpu, then smaller id.
  bool is_preferred(std::int32_t a, std::int32_t b) const {
    if (placement_.less_utilised(a, b)) return true;
    if (placement_.less_utilised(b, a)) return false;
    if (placement_.free_cpu(a) != placement_.free_cpu(b)) {
      return placement_.free_cpu(a) > placement_.free_cpu(b);
    }
    return a < b;
  }

  /// Puts a node whose free cpu has changed to its new place in the order of preference.
  void reorder(std::int32_t node) {
    preference_.erase(std::find(preference_.begin(), preference_.end(), node));
    const auto at =
        std::lower_bound(preference_.begin(), preference_.end(), node,
                         [&](std::int32_t a, std::int32_t b) { return is_preferred(a, b); });
    preference_.insert(at, node);
  }

  void place_prefix(std::size_t chosen) {
    const std::int32_t node = groups_[chosen].best;
    const std::size_t length = prefix_length(groups_[chosen], node);
    const std::vector<std::int32_t> tasks = dissolve(chosen);
    for (std::size_t i = 0; i < length; ++i) placement_.place(tasks[i], node);
    reorder(node);
    const std::vector<std::size_t> changed = regroup({tasks.begin() + length, tasks.end()});
    for (const std::size_t index : live_) {
      if (!groups_[index].profit.empty()) evaluate_on(groups_[index], node);
    }
    for (const std::size_t index : changed) evaluate(groups_[index]);
  }

  void set_head_aside(std::size_t chosen) {
    const std::vector<std::int32_t> tasks = dissolve(chosen);
    aside_.push_back(tasks[0]);
    for (const std::size_t index : regroup({tasks.begin() + 1, tasks.end()}))
      evaluate(groups_[index]);
  }

  std::vector<std::int32_t> dissolve(std::size_t index) {
    std::vector<std::int32_t> tasks;
    tasks.swap(groups_[index].tasks);
    groups_[index].profit = {};
    for (const std::int32_t task : tasks) group_of_[task] = kNone;
    live_.erase(std::find(live_.begin(), live_.end(), index));
    return tasks;
  }

  /// Each removed task, in topo order, joins its strongest unplaced predecessor's group, or heads a
  /// new one. Returns the changed and new groups; their evaluation is dropped.
  std::vector<std::size_t> regroup(const std::vector<std::int32_t>& removed) {
    std::vector<std::size_t> changed;
    for (const std::int32_t task : removed) {
      const std::int32_t father = strongest_predecessor(
          model_, task, [&](std::int32_t other) { return group_of_[other] != kNone; });
      if (father == kNoTask) {
        add_group({task});
      } else {
        group_of_[task] = group_of_[father];
        insert_in_order(groups_[group_of_[task]].tasks, task);
      }
      groups_[group_of_[task]].profit = {};
      changed.push_back(group_of_[task]);
    }
    std::sort(changed.begin(), changed.end());
    changed.erase(std::unique(changed.begin(), changed.end()), changed.end());
    return changed;
  }

  void insert_in_order(std::vector<std::int32_t>& tasks, std::int32_t task) const {
    const auto at = std::upper_bound(
        tasks.begin(), tasks.end(), task,
        [&](std::int32_t a, std::int32_t b) { return model_.tpos(a) < model_.tpos(b); });
    tasks.insert(at, task);
  }

  const Model& model_;
  Placement placement_;
  std::vector<Group> groups_;
  std::vector<std::size_t> live_;         ///< groups that are not gone
  std::vector<std::size_t> group_of_;     ///< kNone once placed or set aside
  std::vector<std::int32_t> aside_;       ///< for REPAIR
  std::vector<std::int32_t> preference_;  ///< nodes, in the order in which ties end
  std::vector<std::size_t> cut_;          ///< scratch of evaluate: prefix length on each node
  std::vector<std::int64_t> local_;       ///< scratch of evaluate: rates to what is on each node
  std::vector<std::int64_t> inside_;      ///< scratch of evaluate: rates inside each prefix
};

}  // namespace

Result<graph::Plan> Gbto::plan(const graph::Instance& instance, const Options& options) const {
  MORT_TRY_VOID(check_request(instance, options));
  const Model model(instance);
  MORT_TRY(placement, Run(model).run());
  return finish(placement, name(), options);
}

}  // namespace mort::offload
