// How good a plan can be at all. Lagrangian relaxation: instead of "each task once", each placing
// of a task costs its price; then every node takes the set of tasks that is worth most beside the
// prices, and the prices with what the nodes keep bound every plan. Source: OFFLOAD 3, bound.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <utility>

#include "algorithms.hpp"
#include "tree_knapsack.hpp"

namespace mort::offload {
namespace {

__extension__ using Int128 = __int128;

/// Rates and prices are kept in 16ths of a bit/s, or coarser, rounded up, so that no sum passes
/// this.
constexpr std::int64_t kFinest = 16;
constexpr std::int64_t kLargest = std::int64_t{1} << 50;
/// Capacities above so many units are counted in coarser ones, rounded so that nothing that fits is
/// lost; in still coarser ones where tables would get too large.
constexpr std::int64_t kUnits = 1'000;
constexpr std::int64_t kFewestUnits = 16;
constexpr double kRoundSteps = 4e9;
/// Directions are kept in 1024ths.
constexpr std::int64_t kUnit = 1'024;
constexpr int kRounds = 2'000;
/// Rounds without a better bound before steps are halved.
constexpr int kStale = 20;
constexpr int kHalvings = 12;

class Lagrangian {
 public:
  Lagrangian(const Model& model, std::string_view objective, const graph::Plan& known)
      : model_(model),
        graph_(make_bound_graph(model, objective)),
        knapsack_(graph_, model.fused()),
        near_knapsack_(graph_, model.fused()),
        prices_(model.tasks(), graph_.loose.size()),
        direction_(prices_),
        count_(graph_.vertices.size()),
        near_(model.nodes()) {
    while (static_cast<Int128>(known.total) * kFinest / coarser_ > kLargest) coarser_ *= 2;
    target_ = scaled(objective == "topic" ? graph_.most - known.traffic : known.profit);
    for (BoundGraph::Vertex& vertex : graph_.vertices) {
      vertex.rate = scaled(vertex.rate);
      if (vertex.weight < 0) vertex.weight = std::min<std::int64_t>(2 - scaled(-vertex.weight), 0);
    }
    for (BoundGraph::Loose& edge : graph_.loose) edge.rate = scaled(edge.rate);
    find_near_trees();
    set_units();
    first_prices(known.assign);
  }

  /// The least bound found on what can stay on one node, bit/s.
  std::int64_t run(std::int64_t effort) {
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    std::int64_t pace = 1'024;  // of the way to the target, in 1024ths
    int stale = 0;
    for (int round = 0; round < kRounds && pace > 1'024 >> kHalvings; ++round) {
      const std::int64_t value = relax();
      stale = value < least ? 0 : stale + 1;
      least = std::min(least, value);
      if (stale == kStale) {
        pace /= 2;
        stale = 0;
      }
      if (unscaled(least) <= unscaled(target_) || steps() >= effort) break;
      if (!reprice(value, pace)) break;
    }
    return unscaled(least);
  }

  std::int64_t most() const { return graph_.most; }

 private:
  struct Prices {
    Prices() = default;
    Prices(std::size_t task_count, std::size_t loose_count)
        : tasks(task_count), loose(loose_count) {}
    std::vector<std::int64_t> tasks;  ///< of placing each task
    std::vector<std::int64_t> loose;  ///< of loose edges, what is shifted from one end to the other
  };
  struct Near {
    std::size_t tree;
    std::vector<Feed> extra;  ///< .node is the vertex here: what it is fed on the node
  };

  /// Rounded up, and even, so that halves are whole.
  std::int64_t scaled(std::int64_t rate) const {
    const Int128 fine = static_cast<Int128>(rate) * kFinest;
    return static_cast<std::int64_t>((fine + 2 * coarser_ - 1) / (2 * coarser_)) * 2;
  }
  std::int64_t unscaled(std::int64_t value) const {
    return static_cast<std::int64_t>(static_cast<Int128>(value) * coarser_ / kFinest);
  }

  std::int64_t steps() const { return knapsack_.steps() + near_knapsack_.steps() + steps_; }

  void set_units() {
    std::int64_t unit = 0;
    std::int64_t largest = 0;
    for (std::int32_t node = 0; node < model_.nodes(); ++node) {
      unit = std::gcd(unit, model_.capacity(node));
      largest = std::max(largest, model_.capacity(node));
    }
    for (std::int32_t task = 0; task < model_.tasks(); ++task)
      unit = std::gcd(unit, model_.cpu(task));
    double vertices = static_cast<double>(graph_.vertices.size());
    for (const std::vector<Near>& list : near_) {
      for (const Near& near : list) vertices += static_cast<double>(graph_.trees[near.tree].size());
    }
    const auto units = std::clamp(
        static_cast<std::int64_t>(std::sqrt(kRoundSteps / (vertices + 1))), kFewestUnits, kUnits);
    unit = std::max({unit, (largest + units - 1) / units, std::int64_t{1}});
    for (std::int32_t node = 0; node < model_.nodes(); ++node)
      capacity_.push_back(static_cast<std::int32_t>(model_.capacity(node) / unit));
    for (const BoundGraph::Vertex& vertex : graph_.vertices)
      cpu_.push_back(static_cast<std::int32_t>(std::min(vertex.cpu / unit, 2 * kUnits)));
    has_free_tasks_ = std::count(cpu_.begin(), cpu_.end(), 0) > 0;
  }

  /// For each node the trees that look different from there: fed there, or with tasks that may not
  /// run everywhere.
  void find_near_trees() {
    std::vector<std::map<std::size_t, std::vector<Feed>>> near(model_.nodes());
    for (std::size_t v = 0; v < graph_.vertices.size(); ++v) {
      const auto vertex = static_cast<std::int32_t>(v);
      for (const Feed& feed : graph_.feeds[v])
        near[feed.node][graph_.tree_of[v]].push_back({vertex, feed.rate});
      if (!graph_.vertices[v].restricted) continue;
      for (const std::int32_t node : *model_.instance().tasks[v].nodes)
        near[node][graph_.tree_of[v]];
    }
    for (std::size_t node = 0; node < near.size(); ++node) {
      for (auto& [tree, extra] : near[node]) near_[node].push_back({tree, std::move(extra)});
    }
  }

  /// What each task keeps in the known plan, edges shared between their ends.
  void first_prices(const std::vector<std::int32_t>& assign) {
    for (std::int32_t task = 0; task < model_.tasks(); ++task) {
      for (const Link& link : model_.neighbours(task))
        prices_.tasks[task] += assign[link.task] == assign[task] ? scaled(link.rate) / 2 : 0;
      for (const Feed& feed : model_.feeds(task))
        prices_.tasks[task] += feed.node == assign[task] ? scaled(feed.rate) : 0;
    }
  }

  /// The bound at the present prices; counts how often each vertex is taken.
  std::int64_t relax() {
    set_worth();
    std::fill(count_.begin(), count_.end(), 0);
    std::int64_t value =
        std::accumulate(prices_.tasks.begin(), prices_.tasks.end(), std::int64_t{0});
    std::map<std::int32_t, std::vector<std::int32_t>> classes;
    const std::int32_t largest =
        capacity_.empty() ? 0 : *std::max_element(capacity_.begin(), capacity_.end());
    // Fused, what lies below a join takes what the whole node has: tables hold for one capacity.
    for (std::int32_t node = 0; node < model_.nodes(); ++node)
      classes[model_.fused() ? capacity_[node] : largest].push_back(node);
    for (const auto& [capacity, nodes] : classes) value += fill_nodes(capacity, nodes);
    return value;
  }

  void set_worth() {
    worth_.resize(graph_.vertices.size());
    for (std::size_t v = 0; v < worth_.size(); ++v) {
      worth_[v] = graph_.vertices[v].weight;
      if (v < prices_.tasks.size()) worth_[v] -= prices_.tasks[v];
    }
    for (std::size_t i = 0; i < prices_.loose.size(); ++i) {
      const BoundGraph::Loose& edge = graph_.loose[i];
      worth_[edge.a] += edge.rate / 2 + prices_.loose[i];
      worth_[edge.b] += edge.rate / 2 - prices_.loose[i];
    }
    anywhere_ = worth_;
    for (std::size_t v = 0; v < worth_.size(); ++v) {
      if (graph_.vertices[v].restricted) anywhere_[v] = kForbidden;
    }
  }

  /// What the nodes take beyond the prices; adds to count_.
  std::int64_t fill_nodes(std::int32_t capacity, const std::vector<std::int32_t>& nodes) {
    pack_anywhere(capacity);
    std::map<std::int32_t, std::int64_t> anywhere;  // cpu left for it -> nodes
    std::int64_t value = 0;
    for (const std::int32_t node : nodes) {
      std::int32_t left = capacity_[node];
      value += fill_near(node, left);
      ++anywhere[left];
    }
    for (const auto& [cpu, times] : anywhere) {
      std::int32_t left = cpu;
      for (std::size_t i = packed_.size(); i-- > 0;) {
        const std::int32_t gets = packed_[i].got[left];
        left -= gets;
        if (gets == 0 && !has_free_tasks_) continue;
        knapsack_.select(packed_[i].tree, gets,
                         [&, times = times](std::int32_t v) { count_[v] += times; });
      }
    }
    return value;
  }

  /// A knapsack of all trees. Every node may take from it, the trees near to it once more as well:
  /// that can only raise the bound.
  void pack_anywhere(std::int32_t capacity) {
    packed_.clear();
    anywhere_best_.assign(capacity + 1, 0);
    for (std::size_t tree = 0; tree < graph_.trees.size(); ++tree) {
      knapsack_.solve(tree, capacity, cpu_, anywhere_);
      if (knapsack_.best(tree).back() <= 0) continue;
      packed_.push_back({tree, {}});
      add(anywhere_best_, knapsack_.best(tree), packed_.back().got);
    }
  }

  /// The trees near to the node, and what else fits: the value, and in `left` the cpu for the
  /// latter.
  std::int64_t fill_near(std::int32_t node, std::int32_t& left) {
    const std::int32_t capacity = capacity_[node];
    std::vector<std::int64_t> sums(capacity + 1, 0);
    std::vector<Packed> packed;
    for (const Near& near : near_[node]) {
      solve_near(near, node);
      if (near_knapsack_.best(near.tree).back() <= 0) continue;
      packed.push_back({near.tree, {}, &near});
      add(sums, near_knapsack_.best(near.tree), packed.back().got);
    }
    std::int32_t spent = 0;
    std::int64_t value = sums[0] + anywhere_best_[capacity];
    for (std::int32_t c = 1; c <= capacity; ++c) {
      if (sums[c] + anywhere_best_[capacity - c] > value) {
        value = sums[c] + anywhere_best_[capacity - c];
        spent = c;
      }
    }
    left = capacity - spent;
    for (auto one = packed.rbegin(); one != packed.rend(); ++one) {
      const std::int32_t gets = one->got[spent];
      spent -= gets;
      if (gets == 0 && !has_free_tasks_) continue;
      solve_near(*one->near, node);
      near_knapsack_.select(one->tree, gets, [&](std::int32_t v) { ++count_[v]; });
    }
    return value;
  }

  void solve_near(const Near& near, std::int32_t node) {
    for (const Feed& extra : near.extra) worth_[extra.node] += scaled(extra.rate);
    std::vector<std::pair<std::int32_t, std::int64_t>> barred;
    for (const std::int32_t vertex : graph_.trees[near.tree]) {
      if (graph_.vertices[vertex].restricted && !model_.allowed(vertex, node))
        barred.push_back({vertex, std::exchange(worth_[vertex], kForbidden)});
    }
    near_knapsack_.solve(near.tree, capacity_[node], cpu_, worth_);
    for (const auto& [vertex, worth] : barred) worth_[vertex] = worth;
    for (const Feed& extra : near.extra) worth_[extra.node] -= scaled(extra.rate);
  }

  /// One more item class in a knapsack; `got` tells for each cpu how much of it the class gets.
  void add(std::vector<std::int64_t>& sums, std::span<const std::int64_t> best,
           std::vector<std::int32_t>& got) {
    got.assign(sums.size(), 0);
    const auto most = static_cast<std::int32_t>(best.size()) - 1;
    for (auto c = static_cast<std::int32_t>(sums.size()) - 1; c >= 0; --c) {
      std::int64_t value = sums[c] + best[0];
      for (std::int32_t k = 1; k <= std::min(most, c); ++k) {
        if (sums[c - k] + best[k] > value) {
          value = sums[c - k] + best[k];
          got[c] = k;
        }
      }
      sums[c] = value;
    }
    steps_ += static_cast<std::int64_t>(sums.size()) * (most + 1);
  }

  /// Tasks taken more than once get dearer, those not taken cheaper, by a step as long as the way
  /// to the target asks for. Steps go on in part as before (a deflected subgradient). False when
  /// there is nowhere to go.
  bool reprice(std::int64_t value, std::int64_t pace) {
    Int128 squares = 0;
    const auto turn = [&](std::int64_t& direction, std::int64_t slope) {
      direction = slope * kUnit + direction / 2;
      squares += static_cast<Int128>(direction) * direction;
    };
    for (std::size_t task = 0; task < prices_.tasks.size(); ++task)
      turn(direction_.tasks[task], count_[task] - 1);
    for (std::size_t i = 0; i < prices_.loose.size(); ++i)
      turn(direction_.loose[i], count_[graph_.loose[i].b] - count_[graph_.loose[i].a]);
    if (squares == 0) return false;
    const Int128 way = static_cast<Int128>(value - target_) * pace;
    const auto step = [&](std::int64_t direction) {
      return static_cast<std::int64_t>(way * direction * kUnit / (squares * 1'024));
    };
    for (std::size_t task = 0; task < prices_.tasks.size(); ++task)
      prices_.tasks[task] =
          std::clamp<std::int64_t>(prices_.tasks[task] + step(direction_.tasks[task]), 0, kLargest);
    for (std::size_t i = 0; i < prices_.loose.size(); ++i) {
      const std::int64_t half = graph_.loose[i].rate / 2;
      prices_.loose[i] = std::clamp(prices_.loose[i] + step(direction_.loose[i]), -half, half);
    }
    return true;
  }

  struct Packed {
    std::size_t tree;
    std::vector<std::int32_t> got;  ///< of the cpu for this tree and those before it
    const Near* near = nullptr;
  };

  const Model& model_;
  BoundGraph graph_;
  TreeKnapsack knapsack_;
  TreeKnapsack near_knapsack_;
  std::int64_t coarser_ = 1;  ///< than 16ths
  std::int64_t target_;
  std::vector<std::int32_t> capacity_;  ///< of the nodes, in units
  std::vector<std::int32_t> cpu_;       ///< of the vertices, in units
  Prices prices_;
  Prices direction_;  ///< of the last step, in parts of kUnit
  std::vector<std::int64_t> worth_;
  std::vector<std::int64_t> anywhere_;  ///< worth_, where tasks that may not run everywhere may not
  std::vector<std::int64_t> count_;
  std::vector<std::vector<Near>> near_;
  std::vector<Packed> packed_;
  bool has_free_tasks_ = false;  ///< something may be taken without cpu
  std::vector<std::int64_t> anywhere_best_;
  std::int64_t steps_ = 0;
};

}  // namespace

std::int64_t bound(const graph::Instance& instance, const graph::Plan& plan, std::int64_t effort) {
  const Model model(instance, plan.model);
  Lagrangian lagrangian(model, plan.objective, plan);
  const std::int64_t local = lagrangian.run(effort);
  if (plan.objective == "topic") return std::max<std::int64_t>(lagrangian.most() - local, 0);
  return std::min(local, plan.total);
}

}  // namespace mort::offload
