// The last levels of REPAIR: pack everything with no regard to gain, then climb back to profit.
#include <algorithm>
#include <numeric>

#include "repair.hpp"

namespace mort::offload {
namespace {

/// Placements that the exact search tries before it gives up: some hundredths of a second.
constexpr std::int64_t kSearchSteps = 400'000;
constexpr std::int64_t kFusedSearchSteps = 20'000;  // each needs an antichain
constexpr std::int32_t kSearchTasks = 1'000;
constexpr int kClimbRounds = 100;

using Order = std::vector<std::int32_t>;

/// Largest cpu first, then most memory; ties by tpos.
bool larger(const Model& model, std::int32_t a, std::int32_t b) {
  if (model.cpu(a) != model.cpu(b)) return model.cpu(a) > model.cpu(b);
  if (model.memory(a) != model.memory(b)) return model.memory(a) > model.memory(b);
  return model.tpos(a) < model.tpos(b);
}

Order by_size(const Model& model) {
  Order order = model.topo();
  std::sort(order.begin(), order.end(),
            [&](std::int32_t a, std::int32_t b) { return larger(model, a, b); });
  return order;
}

/// Tasks with the fewest nodes that could hold them first: pins before everything else.
Order by_choice(const Model& model) {
  const Placement empty(model);
  std::vector<std::int32_t> choices(model.tasks());
  for (std::int32_t task = 0; task < model.tasks(); ++task) {
    for (std::int32_t node = 0; node < model.nodes(); ++node)
      choices[task] += empty.could_hold(task, node);
  }
  Order order = by_size(model);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::int32_t a, std::int32_t b) { return choices[a] < choices[b]; });
  return order;
}

/// The node that `task` fills best: least cpu left, then least memory left, then the smaller id; -1
/// when none.
std::int32_t tightest_node(const Placement& placement, std::int32_t task) {
  std::int32_t best = -1;
  const auto left = [&](std::int32_t node) {
    return std::pair(placement.free_cpu(node), placement.free_memory(node));
  };
  for (std::int32_t node = 0; node < placement.model().nodes(); ++node) {
    if (placement.has_room(task, node) && (best < 0 || left(node) < left(best))) best = node;
  }
  return best;
}

/// Best fit in the given order; what does not fit is tried again with moves of others, until that
/// fails once: then there is no plan in this order, and the rest is placed only to say what is
/// left.
Packing best_fit(const Model& model, const Order& order) {
  Packing packing{Placement(model), {}};
  Placement& placement = packing.placement;
  Order later;
  for (const std::int32_t task : order) {
    const std::int32_t node = tightest_node(placement, task);
    if (node < 0) {
      later.push_back(task);
    } else {
      placement.place(task, node);
    }
  }
  for (const std::int32_t task : later) {
    if (packing.left.empty() && make_room_and_place(placement, task)) continue;
    const std::int32_t node = tightest_node(placement, task);
    if (node < 0) {
      packing.left.push_back(task);
    } else {
      placement.place(task, node);
    }
  }
  return packing;
}

/// No search can help: the tasks ask for more than there is.
bool asks_too_much(const Model& model) {
  if (model.fused()) return false;
  std::int64_t left = 0;
  for (const graph::InstanceNode& node : model.instance().nodes) left += node.cpu;
  for (const graph::InstanceTask& task : model.instance().tasks) left -= task.cpu;
  return left < 0;
}

/// Depth first over all assignments, within a budget.
class ExactSearch {
 public:
  ExactSearch(const Model& model, const Order& order) : order_(order), placement_(model) {
    told_apart_ = model.fused();
    if (model.fused()) most_steps_ = kFusedSearchSteps;
    for (const graph::InstanceTask& task : model.instance().tasks)
      told_apart_ = told_apart_ || task.nodes;
  }

  bool run() { return place_from(0); }
  bool exhausted() const { return steps_ < most_steps_; }
  Placement take() { return std::move(placement_); }

 private:
  bool place_from(std::size_t depth) {
    if (depth == order_.size()) return true;
    const std::int32_t task = order_[depth];
    std::vector<std::int32_t> nodes;
    for (std::int32_t node = 0; node < placement_.model().nodes(); ++node) {
      if (placement_.has_room(task, node) && !same_as_one_of(nodes, node)) nodes.push_back(node);
    }
    std::stable_sort(nodes.begin(), nodes.end(), [&](std::int32_t a, std::int32_t b) {
      return placement_.free_cpu(a) < placement_.free_cpu(b);
    });
    for (const std::int32_t node : nodes) {
      if (++steps_ >= most_steps_) return false;
      placement_.place(task, node);
      if (place_from(depth + 1)) return true;
      placement_.remove(task);
    }
    return false;
  }

  /// Nodes with the same room are the same to a search for feasibility, unless pins or what may be
  /// fused tell nodes apart.
  bool same_as_one_of(const std::vector<std::int32_t>& nodes, std::int32_t node) const {
    return !told_apart_ && std::any_of(nodes.begin(), nodes.end(), [&](std::int32_t other) {
      return placement_.free_cpu(other) == placement_.free_cpu(node) &&
             placement_.free_memory(other) == placement_.free_memory(node);
    });
  }

  const Order& order_;
  Placement placement_;
  bool told_apart_ = false;
  std::int64_t most_steps_ = kSearchSteps;
  std::int64_t steps_ = 0;
};

/// Climbs by moves and swaps of single tasks.
class Climb {
 public:
  explicit Climb(Placement& placement) : placement_(placement) {}

  bool improve(std::int32_t task) { return move(task) || swap(task); }

 private:
  /// Moves `task` to its best node when that raises profit.
  bool move(std::int32_t task) {
    const std::int32_t from = placement_.node_of(task);
    const Choice best = placement_.best_node(task, from);
    if (best.node < 0 || best.gain <= placement_.gain(task, from)) return false;
    placement_.remove(task);
    placement_.place(task, best.node);
    return true;
  }

  /// Swaps `task` with the first one on a node that attracts it, when both fit and profit rises.
  bool swap(std::int32_t task) {
    for (const std::int32_t node : attractive_nodes(task)) {
      for (const std::int32_t other : placement_.occupancy().members(node)) {
        if (swap_with(task, other)) return true;  // the list has changed: do not go on
      }
    }
    return false;
  }

  bool swap_with(std::int32_t a, std::int32_t b) {
    const std::int32_t node_a = placement_.node_of(a);
    const std::int32_t node_b = placement_.node_of(b);
    if (node_a == node_b || !placement_.has_room_without(a, node_b, b) ||
        !placement_.has_room_without(b, node_a, a)) {
      return false;
    }
    const std::int64_t rise = placement_.gain(a, node_b) - placement_.gain(a, node_a) +
                              placement_.gain(b, node_a) - placement_.gain(b, node_b) -
                              2 * placement_.model().rate_between(a, b);
    if (rise <= 0) return false;
    placement_.remove(a);
    placement_.remove(b);
    placement_.place(a, node_b);
    placement_.place(b, node_a);
    return true;
  }

  /// Nodes that hold a neighbour of `task` or a virtual task that feeds it.
  std::vector<std::int32_t> attractive_nodes(std::int32_t task) const {
    const Model& model = placement_.model();
    std::vector<std::int32_t> nodes;
    for (const Link& link : model.neighbours(task)) nodes.push_back(placement_.node_of(link.task));
    for (const Feed& feed : model.feeds(task)) nodes.push_back(feed.node);
    std::sort(nodes.begin(), nodes.end());
    nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
    return nodes;
  }

  Placement& placement_;
};

}  // namespace

Packing pack(const Model& model) {
  const Order by_cpu = by_size(model);
  Packing first = best_fit(model, by_cpu);
  if (first.left.empty()) return first;
  const Order pins_first = by_choice(model);
  Packing second = best_fit(model, pins_first);
  if (second.left.empty()) return second;
  if (second.left.size() < first.left.size()) first = std::move(second);
  first.exhausted = asks_too_much(model);
  if (first.exhausted || model.tasks() > kSearchTasks) return first;
  ExactSearch search(model, pins_first);
  if (search.run()) return {search.take(), {}, true};
  first.exhausted = search.exhausted();
  return first;
}

void climb(Placement& placement) {
  Climb climb(placement);
  bool rising = true;
  for (int round = 0; rising && round < kClimbRounds; ++round) {
    rising = false;
    for (const std::int32_t task : placement.model().topo()) rising |= climb.improve(task);
  }
}

}  // namespace mort::offload
