// Group-based task offloading. Source: OFFLOAD 3, gbto (algorithm 2 of the paper).
#include "group_offloading.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <utility>

#include "grouping.hpp"
#include "repair.hpp"

namespace mort::offload {
namespace {

__extension__ using Int128 = __int128;

constexpr std::int64_t kBillion = 1'000'000'000;
constexpr std::int64_t kDoesNotFit = -1;
constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

/// What is left of the nodes while planning, and the order in which ties between them end.
class Nodes {
 public:
  Nodes(const Model& model, bool prefer_utilised)
      : model_(model), prefer_utilised_(prefer_utilised), order_(model.nodes()) {
    for (const graph::InstanceNode& node : model.instance().nodes) {
      left_.push_back(node.cpu);
      // The file holds a double. Rounded to nine decimals it is a fraction like the rest, the same
      // on every machine.
      utilization_ppb_.push_back(std::llround(node.utilization * kBillion));
    }
    std::iota(order_.begin(), order_.end(), 0);
    std::sort(order_.begin(), order_.end(),
              [&](std::int32_t a, std::int32_t b) { return is_preferred(a, b); });
    most_left_.insert(left_.begin(), left_.end());
  }

  std::int64_t left(std::int32_t node) const { return left_[node]; }
  std::int64_t most_left() const { return most_left_.empty() ? -1 : *most_left_.rbegin(); }

  void charge(std::int32_t node, std::int64_t cpu) {
    order_.erase(std::find(order_.begin(), order_.end(), node));
    most_left_.erase(most_left_.find(left_[node]));
    left_[node] -= cpu;
    most_left_.insert(left_[node]);
    const auto at = std::lower_bound(order_.begin(), order_.end(), node,
                                     [&](auto a, auto b) { return is_preferred(a, b); });
    order_.insert(at, node);
  }

  bool is_preferred(std::int32_t a, std::int32_t b) const {
    if (less_utilised(a, b)) return !prefer_utilised_;
    if (less_utilised(b, a)) return prefer_utilised_;
    if (left_[a] != left_[b]) return (left_[a] > left_[b]) != prefer_utilised_;
    return a < b;
  }

  /// The node that ties end at among those with at least `cpu` left; -1 when there is none.
  std::int32_t preferred_with(std::int64_t cpu) const {
    for (const std::int32_t node : order_) {
      if (left_[node] >= cpu) return node;
    }
    return -1;
  }

 private:
  /// Exact: utilization + charged / capacity, over a common denominator. Nothing that a node
  /// without cpu is charged weighs, so any positive denominator will do for it.
  bool less_utilised(std::int32_t a, std::int32_t b) const {
    const auto denominator = [&](std::int32_t node) {
      return std::max<std::int64_t>(model_.capacity(node), 1);
    };
    const auto numerator = [&](std::int32_t node) {
      return static_cast<Int128>(utilization_ppb_[node]) * denominator(node) +
             static_cast<Int128>(model_.capacity(node) - left_[node]) * kBillion;
    };
    return numerator(a) * denominator(b) < numerator(b) * denominator(a);
  }

  const Model& model_;
  bool prefer_utilised_;
  std::vector<std::int64_t> left_;  ///< rc of the text
  std::vector<std::int64_t> utilization_ppb_;
  std::vector<std::int32_t> order_;  ///< the preferred first
  std::multiset<std::int64_t> most_left_;
};

struct Group {
  std::vector<std::int32_t> tasks;        ///< in topo order; empty once the group is gone
  std::vector<std::int64_t> need;         ///< of the prefixes of length 1, 2, ...
  std::vector<std::int64_t> least;        ///< the least need of such a prefix and all longer ones
  std::vector<std::int64_t> inside;       ///< rates of the edges inside each of them
  std::vector<std::int32_t> near;         ///< nodes that hold neighbours or feed it
  bool restricted = false;                ///< something beside cpu decides where it fits
  std::int64_t any_profit = kDoesNotFit;  ///< on a node that it is not near to,
  std::int64_t any_cpu = 0;               ///< if that has this much left
  std::int64_t profit = kDoesNotFit;
  std::int32_t node = -1;  ///< the best, -1 when it fits nowhere
  bool ranked = false;     ///< stands in the ranking
};

class Run {
 public:
  Run(const Model& model, const GroupRules& rules)
      : model_(model),
        rules_(rules),
        placement_(model),
        nodes_(model, rules.prefer_utilised),
        group_of_(model.tasks(), kNone),
        near_(model.nodes()),
        chose_(model.nodes()),
        local_(model.nodes(), kUntouched),
        length_(model.nodes()) {}

  Result<Placement> run() {
    for (std::vector<std::int32_t>& tasks : make_groups(model_)) add_group(std::move(tasks));
    for (std::size_t group = 0; group < groups_.size(); ++group) rebuild(group);
    while (!ranking_.empty()) {
      const std::size_t chosen = ranking_.begin()->group;
      if (groups_[chosen].node >= 0) {
        place_prefix(chosen);
      } else {
        set_head_aside(chosen);
      }
    }
    MORT_TRY_VOID(repair(placement_, aside_));
    return std::move(placement_);
  }

 private:
  static constexpr std::int64_t kUntouched = -1;

  /// Groups by profit; ties: more tasks, earlier head. Those that fit nowhere: the first group.
  struct Rank {
    std::int64_t profit;
    std::int64_t size;
    std::int32_t head;  ///< tpos
    std::size_t group;
    bool operator<(const Rank& other) const {
      if (profit != other.profit) return profit > other.profit;
      if (profit != kDoesNotFit && size != other.size) return size > other.size;
      return head < other.head;
    }
  };

  Rank rank_of(std::size_t index) const {
    const Group& group = groups_[index];
    return {group.profit, static_cast<std::int64_t>(group.tasks.size()),
            model_.tpos(group.tasks[0]), index};
  }

  std::size_t add_group(std::vector<std::int32_t> tasks) {
    for (const std::int32_t task : tasks) group_of_[task] = groups_.size();
    groups_.emplace_back().tasks = std::move(tasks);
    return groups_.size() - 1;
  }

  /// After its tasks have changed.
  void rebuild(std::size_t index) {
    Group& group = groups_[index];
    group.need = rules_.needs(group.tasks);
    group.least = group.need;
    for (std::size_t i = group.least.size() - 1; i-- > 0;)
      group.least[i] = std::min(group.least[i], group.least[i + 1]);
    group.inside.clear();
    group.near.clear();
    group.restricted = false;
    std::int64_t inside = 0;
    const auto is_near = [&](std::int32_t node) {
      if (node < 0) return;
      group.near.push_back(node);
      near_[node].push_back(index);
    };
    for (const std::int32_t task : group.tasks) {
      group.restricted |= model_.restricted(task) || model_.memory(task) > 0 ||
                          (model_.fused() && model_.busy(task) > 0);
      for (const Link& link : model_.predecessors(task)) {
        // Predecessors stand earlier: the edge is inside from this end on.
        if (group_of_[link.task] == index) inside += link.rate;
      }
      for (const Link& link : model_.neighbours(task)) is_near(placement_.node_of(link.task));
      for (const Feed& feed : model_.feeds(task)) is_near(feed.node);
      group.inside.push_back(inside);
    }
    std::sort(group.near.begin(), group.near.end());
    group.near.erase(std::unique(group.near.begin(), group.near.end()), group.near.end());
    evaluate(index);
  }

  /// The largest L with need(g,L) <= rc[j], and room in every other respect.
  std::size_t prefix_length(const Group& group, std::int32_t node) const {
    if (!group.restricted) return length_with(group, nodes_.left(node));
    std::int64_t memory = placement_.free_memory(node);
    std::int64_t busy = model_.capacity(node) - placement_.occupancy().busy(node);
    std::size_t length = 0;
    for (; length < group.tasks.size(); ++length) {
      const std::int32_t task = group.tasks[length];
      memory -= model_.memory(task);
      busy -= model_.busy(task);
      if (memory < 0 || (model_.fused() && busy < 0) || !model_.allowed(task, node)) break;
    }
    while (length > 0 && group.need[length - 1] > nodes_.left(node)) --length;
    return length;
  }

  static std::size_t length_with(const Group& group, std::int64_t cpu) {
    return std::upper_bound(group.least.begin(), group.least.end(), cpu) - group.least.begin();
  }

  /// eval(g,j) on all nodes, and the best of them. Only nodes near the group differ from others by
  /// more than what is left of them; of the others the one that ties end at is the best.
  void evaluate(std::size_t index) {
    Group& group = groups_[index];
    const std::int64_t before = group.profit;
    group.profit = kDoesNotFit;
    group.node = -1;
    if (group.restricted) {
      for (std::int32_t node = 0; node < model_.nodes(); ++node) touch(group, node);
    } else {
      for (const std::int32_t node : group.near) touch(group, node);
    }
    sum_local(group);
    for (const std::int32_t node : touched_) {
      if (length_[node] > 0) offer(group, node, group.inside[length_[node] - 1] + local_[node]);
      local_[node] = kUntouched;
    }
    touched_.clear();
    if (!group.restricted) offer_any_node(group);
    if (group.node >= 0) chose_[group.node].push_back(index);
    if (group.ranked && group.profit == before) return;
    const std::int64_t now = std::exchange(group.profit, before);
    unrank(index);
    group.profit = now;
    ranking_.insert(rank_of(index));
    group.ranked = true;
  }

  void unrank(std::size_t index) {
    if (groups_[index].ranked) ranking_.erase(rank_of(index));
    groups_[index].ranked = false;
  }

  void touch(const Group& group, std::int32_t node) {
    local_[node] = 0;
    length_[node] = prefix_length(group, node);
    touched_.push_back(node);
  }

  /// Rates between each touched node and the tasks of the prefix that fits there.
  void sum_local(const Group& group) {
    for (std::size_t i = 0; i < group.tasks.size(); ++i) {
      const auto bring = [&](std::int32_t node, std::int64_t rate) {
        if (node >= 0 && local_[node] != kUntouched && i < length_[node]) local_[node] += rate;
      };
      const std::int32_t task = group.tasks[i];
      for (const Link& link : model_.neighbours(task))
        bring(placement_.node_of(link.task), link.rate);
      for (const Feed& feed : model_.feeds(task)) bring(feed.node, feed.rate);
    }
  }

  void offer(Group& group, std::int32_t node, std::int64_t profit) const {
    const bool better = profit > group.profit || (profit == group.profit && group.node >= 0 &&
                                                  nodes_.is_preferred(node, group.node));
    if (!better) return;
    group.profit = profit;
    group.node = node;
  }

  /// For a node that nothing draws the group to, profit is what lies inside the prefix: as much as
  /// fits on the node with most left, and the least cpu that holds as much.
  void offer_any_node(Group& group) const {
    const std::size_t length = length_with(group, nodes_.most_left());
    group.any_profit = length == 0 ? kDoesNotFit : group.inside[length - 1];
    if (length == 0) return;
    group.any_cpu = group.need[length - 1];
    for (std::size_t i = length; i-- > 0 && group.inside[i] == group.any_profit;)
      group.any_cpu = std::min(group.any_cpu, group.need[i]);
    offer(group, nodes_.preferred_with(group.any_cpu), group.any_profit);
  }

  void place_prefix(std::size_t chosen) {
    const std::int32_t node = groups_[chosen].node;
    const std::size_t length = prefix_length(groups_[chosen], node);
    const std::int64_t need = groups_[chosen].need[length - 1];
    const std::vector<std::int32_t> tasks = dissolve(chosen);
    placement_.place(std::span(tasks).first(length), node);
    nodes_.charge(node, need);
    const std::vector<std::size_t> changed = regroup({tasks.begin() + length, tasks.end()});
    evaluate_again(node, {tasks.begin(), tasks.begin() + length}, changed);
    for (const std::size_t group : changed) rebuild(group);
  }

  /// Unchanged groups, on a node that has been charged and has got tasks. Only those that it is
  /// near to, or that had chosen it, can see a change there.
  void evaluate_again(std::int32_t node, const std::vector<std::int32_t>& placed,
                      const std::vector<std::size_t>& changed) {
    for (const std::int32_t task : placed) {
      for (const Link& link : model_.neighbours(task)) {
        const std::size_t group = group_of_[link.task];
        if (group == kNone || contains(groups_[group].near, node)) continue;
        insert_in_order(groups_[group].near, node, std::less<>());
        near_[node].push_back(group);
      }
    }
    std::vector<std::size_t> again;
    again.swap(chose_[node]);
    again.insert(again.end(), near_[node].begin(), near_[node].end());
    std::sort(again.begin(), again.end());
    again.erase(std::unique(again.begin(), again.end()), again.end());
    const auto is_gone = [&](std::size_t group) { return groups_[group].tasks.empty(); };
    std::erase_if(again, is_gone);
    std::erase_if(near_[node], is_gone);
    for (const std::size_t group : again) {
      if (!contains(changed, group)) evaluate(group);
    }
    if (rules_.prefer_utilised) win_ties(node);
  }

  /// Where the utilised are preferred, a node that has been charged wins ties that it lost before.
  void win_ties(std::int32_t node) {
    for (const Rank& rank : ranking_) {
      Group& group = groups_[rank.group];
      if (group.node < 0 || group.node == node) continue;
      if (group.restricted ? group.profit != profit_of_restricted(group, node)
                           : group.profit != group.any_profit || nodes_.left(node) < group.any_cpu)
        continue;
      if (!nodes_.is_preferred(node, group.node)) continue;
      group.node = node;
      chose_[node].push_back(rank.group);
    }
  }

  /// On a node that the group is not near to.
  std::int64_t profit_of_restricted(const Group& group, std::int32_t node) const {
    const std::size_t length = prefix_length(group, node);
    return length == 0 ? kDoesNotFit : group.inside[length - 1];
  }

  void set_head_aside(std::size_t chosen) {
    const std::vector<std::int32_t> tasks = dissolve(chosen);
    aside_.push_back(tasks[0]);
    for (const std::size_t group : regroup({tasks.begin() + 1, tasks.end()})) rebuild(group);
  }

  std::vector<std::int32_t> dissolve(std::size_t index) {
    unrank(index);
    std::vector<std::int32_t> tasks;
    tasks.swap(groups_[index].tasks);
    for (const std::int32_t task : tasks) group_of_[task] = kNone;
    return tasks;
  }

  /// Each removed task, in topo order, joins its strongest unplaced predecessor's group, or heads a
  /// new one. Returns the changed and new groups, in order; they are out of the ranking.
  std::vector<std::size_t> regroup(const std::vector<std::int32_t>& removed) {
    std::vector<std::size_t> changed;
    for (const std::int32_t task : removed) {
      const std::int32_t father = strongest_predecessor(
          model_, task, [&](std::int32_t other) { return group_of_[other] != kNone; });
      if (father == kNoTask) {
        changed.push_back(add_group({task}));
        continue;
      }
      const std::size_t group = group_of_[task] = group_of_[father];
      unrank(group);
      insert_in_order(groups_[group].tasks, task, [&](std::int32_t a, std::int32_t b) {
        return model_.tpos(a) < model_.tpos(b);
      });
      changed.push_back(group);
    }
    std::sort(changed.begin(), changed.end());
    changed.erase(std::unique(changed.begin(), changed.end()), changed.end());
    return changed;
  }

  template <class T>
  static bool contains(const std::vector<T>& sorted, T value) {
    return std::binary_search(sorted.begin(), sorted.end(), value);
  }
  template <class Before>
  static void insert_in_order(std::vector<std::int32_t>& list, std::int32_t value, Before before) {
    list.insert(std::upper_bound(list.begin(), list.end(), value, before), value);
  }

  const Model& model_;
  const GroupRules& rules_;
  Placement placement_;
  Nodes nodes_;
  std::vector<Group> groups_;
  std::set<Rank> ranking_;                       ///< groups that are not gone, the next one first
  std::vector<std::size_t> group_of_;            ///< kNone once placed or set aside
  std::vector<std::vector<std::size_t>> near_;   ///< groups near each node, some of them gone
  std::vector<std::vector<std::size_t>> chose_;  ///< groups that chose each node, some since moved
  std::vector<std::int32_t> aside_;              ///< for REPAIR
  std::vector<std::int32_t> touched_;            ///< scratch of evaluate
  std::vector<std::int64_t> local_;              ///< scratch of evaluate, by node
  std::vector<std::size_t> length_;              ///< scratch of evaluate, by node
};

}  // namespace

Result<Placement> offload_groups(const Model& model, const GroupRules& rules) {
  return Run(model, rules).run();
}

}  // namespace mort::offload
