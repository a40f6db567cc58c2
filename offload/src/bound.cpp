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
#include "exhaustive.hpp"
#include "tree_knapsack.hpp"
#include "tree_pieces.hpp"

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
/// Tasks and nodes together, and when fused, tasks by feeds: the trees there have no size limit.
constexpr std::size_t kMostToBound = 50'000;
constexpr std::size_t kMostFusedPairs = 20'000'000;
/// This part of the effort goes to seeing all plans first.
constexpr std::int64_t kSearchPart = 5;

class Lagrangian {
 public:
  Lagrangian(const Model& model, const graph::Plan& known, bool in_pieces)
      : model_(model),
        graph_(make_bound_graph(model, known.objective)),
        knapsack_(graph_, model.fused()),
        near_knapsack_(graph_, model.fused()),
        pieces_(graph_),
        in_pieces_(in_pieces),
        count_(graph_.vertices.size()),
        near_(model.nodes()) {
    while (static_cast<Int128>(known.total) * kFinest / coarser_ > kLargest) coarser_ *= 2;
    target_ = scaled(known.objective == "topic" ? graph_.most - known.traffic : known.profit);
    for (BoundGraph::Vertex& vertex : graph_.vertices) {
      vertex.rate = scaled(vertex.rate);
      if (vertex.weight < 0) vertex.weight = std::min<std::int64_t>(2 - scaled(-vertex.weight), 0);
    }
    for (BoundGraph::Loose& edge : graph_.loose) edge.rate = scaled(edge.rate);
    find_near_trees();
    set_units();
    if (in_pieces_) set_classes();
    prices_ = {std::vector<std::int64_t>(model.tasks()),
               std::vector<std::int64_t>(graph_.loose.size()),
               std::vector<std::int64_t>(classes_.size())};
    direction_ = prices_;
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
    std::vector<std::int64_t> tasks;  ///< of placing each task
    std::vector<std::int64_t> loose;  ///< of loose edges, what is shifted from one end to the other
    std::vector<std::int64_t> cpu;    ///< of a unit of cpu in each class of nodes
  };
  /// Nodes of about the same capacity.
  struct Class {
    std::int32_t largest;     ///< capacity among them
    std::int64_t total = 0;   ///< capacity of them all
    std::int64_t demand = 0;  ///< of what is taken, beyond that capacity
    std::int64_t weight = 1;  ///< of the price against those of tasks: the root of the total
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

  std::int64_t steps() const {
    return knapsack_.steps() + near_knapsack_.steps() + pieces_.steps() + steps_;
  }

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

  void set_classes() {
    std::vector<std::int32_t> order(model_.nodes());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](auto a, auto b) { return capacity_[a] < capacity_[b]; });
    class_of_.resize(order.size());
    for (const std::int32_t node : order) {
      if (classes_.empty() || capacity_[node] * 4 > smallest_ * 5) {
        classes_.push_back({});
        smallest_ = std::max(capacity_[node], 1);
      }
      classes_.back().largest = capacity_[node];
      classes_.back().total += capacity_[node];
      class_of_[node] = classes_.size() - 1;
    }
    for (Class& one : classes_)
      one.weight =
          std::max<std::int64_t>(std::llround(std::sqrt(static_cast<double>(one.total))), 1);
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
    if (in_pieces_) return value + fill_in_pieces();
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

  /// Every node takes from the trees near to it and lets the rest of its cpu, at the price of its
  /// class; with that, connected pieces of all trees are bought once for all nodes. A piece is
  /// bought in the cheapest class with a node that holds it.
  std::int64_t fill_in_pieces() {
    std::int64_t value = 0;
    for (Class& one : classes_) one.demand = -one.total;
    for (std::int32_t node = 0; node < model_.nodes(); ++node) {
      const std::int64_t rent = prices_.cpu[class_of_[node]];
      std::vector<std::int64_t> let(capacity_[node] + 1);
      for (std::int32_t c = 0; c <= capacity_[node]; ++c) let[c] = rent * c;
      std::int32_t left = capacity_[node];
      value += fill_near(node, let, left);
      classes_[class_of_[node]].demand += capacity_[node] - left;
    }
    std::vector<std::int64_t> price(classes_.empty() ? 1 : classes_.back().largest + 1);
    std::vector<std::size_t> seller(price.size());
    std::size_t best = classes_.empty() ? 0 : classes_.size() - 1;
    for (std::size_t i = classes_.size(), c = price.size(); c-- > 0;) {
      for (; i > 0 && classes_[i - 1].largest >= static_cast<std::int32_t>(c); --i) {
        if (prices_.cpu[i - 1] < prices_.cpu[best]) best = i - 1;
      }
      if (!classes_.empty()) price[c] = prices_.cpu[best] * static_cast<std::int64_t>(c);
      seller[c] = best;
    }
    for (std::size_t tree = 0; tree < graph_.trees.size(); ++tree) {
      const std::int64_t bought = pieces_.solve(tree, cpu_, anywhere_, price);
      if (bought <= 0) continue;
      value += bought;
      pieces_.select(
          tree, [&](std::int32_t vertex) { ++count_[vertex]; },
          [&](std::int32_t cpu) {
            if (!classes_.empty()) classes_[seller[cpu]].demand += cpu;
          });
    }
    return value;
  }

  /// What the nodes take beyond the prices; adds to count_.
  std::int64_t fill_nodes(std::int32_t capacity, const std::vector<std::int32_t>& nodes) {
    pack_anywhere(capacity);
    std::map<std::int32_t, std::int64_t> anywhere;  // cpu left for it -> nodes
    std::int64_t value = 0;
    for (const std::int32_t node : nodes) {
      std::int32_t left = capacity_[node];
      value += fill_near(node, anywhere_best_, left);
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

  /// The trees near to the node, and `rest`[c] for the c cpu that are left: the value, and in
  /// `left` that cpu.
  std::int64_t fill_near(std::int32_t node, const std::vector<std::int64_t>& rest,
                         std::int32_t& left) {
    const std::int32_t capacity = capacity_[node];
    steps_ += 3 * static_cast<std::int64_t>(capacity + 1);
    std::vector<std::int64_t> sums(capacity + 1, 0);
    std::vector<Packed> packed;
    for (const Near& near : near_[node]) {
      solve_near(near, node);
      if (near_knapsack_.best(near.tree).back() <= 0) continue;
      packed.push_back({near.tree, {}, &near});
      add(sums, near_knapsack_.best(near.tree), packed.back().got);
    }
    std::int32_t spent = 0;
    std::int64_t value = sums[0] + rest[capacity];
    for (std::int32_t c = 1; c <= capacity; ++c) {
      if (sums[c] + rest[capacity - c] > value) {
        value = sums[c] + rest[capacity - c];
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
    const auto turn = [&](std::int64_t& direction, std::int64_t slope, std::int64_t unit = kUnit) {
      direction = slope * unit + direction / 2;
      squares += static_cast<Int128>(direction) * direction;
    };
    for (std::size_t task = 0; task < prices_.tasks.size(); ++task)
      turn(direction_.tasks[task], count_[task] - 1);
    for (std::size_t i = 0; i < prices_.loose.size(); ++i)
      turn(direction_.loose[i], count_[graph_.loose[i].b] - count_[graph_.loose[i].a]);
    for (std::size_t i = 0; i < classes_.size(); ++i)
      turn(direction_.cpu[i], classes_[i].demand * kUnit / classes_[i].weight, 1);
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
    for (std::size_t i = 0; i < classes_.size(); ++i) {
      const std::int64_t price = prices_.cpu[i] + step(direction_.cpu[i]) / classes_[i].weight;
      prices_.cpu[i] = std::clamp<std::int64_t>(price, 0, kLargest / kUnits);
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
  TreePieces pieces_;
  bool in_pieces_;  ///< the rest of all nodes' cpu is sold together
  std::int64_t target_;
  std::vector<std::int32_t> capacity_;  ///< of the nodes, in units
  std::vector<std::int32_t> cpu_;       ///< of the vertices, in units
  std::vector<Class> classes_;          ///< by rising capacity
  std::int32_t smallest_ = 0;           ///< of the class in the making
  std::vector<std::size_t> class_of_;
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
  // Beyond these sizes a single round would take minutes; then only the obvious is said.
  const std::size_t feeds = instance.virtual_edges.size() + 1;
  if (instance.tasks.size() + instance.nodes.size() > kMostToBound ||
      (model.fused() && instance.tasks.size() * feeds > kMostFusedPairs))
    return plan.objective == "topic" ? 0 : plan.total;
  if (const auto best = search_all(model, plan.objective, plan.assign, effort / kSearchPart)) {
    if (plan.objective == "topic") return best->crossing;
    return plan.total - best->crossing;
  }
  // Pieces are quicker, by far where nodes are many; node by node is tighter where nodes are small.
  // They need every vertex to be on one node, and cpu to add up.
  const bool pieces = plan.model == "plain" && plan.objective == "edge";
  std::int64_t local = std::numeric_limits<std::int64_t>::max();
  if (pieces) local = Lagrangian(model, plan, true).run(effort / 2);
  if (pieces && local <= plan.profit) return plan.profit;
  Lagrangian by_node(model, plan, false);
  local = std::min(local, by_node.run(pieces ? effort / 2 : effort));
  if (plan.objective == "topic") return std::max<std::int64_t>(by_node.most() - local, 0);
  return std::min(local, plan.total);
}

}  // namespace mort::offload
