#include "exhaustive.hpp"

#include <algorithm>
#include <numeric>

#include "flows.hpp"
#include "mort/offload/planner.hpp"
#include "occupancy.hpp"

namespace mort::offload {
namespace {

/// Each edge a topic of its own: what crosses of them is what the edge objective loses.
std::vector<Flow> edges_of(const Model& model) {
  std::vector<Flow> flows;
  for (std::int32_t task = 0; task < model.tasks(); ++task) {
    for (const Link& link : model.successors(task)) flows.push_back({link.rate, task, {link.task}});
    for (const Feed& feed : model.feeds(task)) flows.push_back({feed.rate, ~feed.node, {task}});
  }
  return flows;
}

std::vector<Flow> counted_flows(const Model& model, std::string_view objective) {
  return objective == "topic" ? flows_of(model) : edges_of(model);
}

class Search {
 public:
  Search(const Model& model, std::string_view objective, std::int64_t effort)
      : model_(model),
        here_(model),
        flows_(counted_flows(model, objective)),
        sums_(objective != "topic"),
        flows_of_(model.tasks()),
        seen_(model.nodes()),
        effort_(effort) {
    for (std::size_t i = 0; i < flows_.size(); ++i) {
      const auto flow = static_cast<std::int32_t>(i);
      if (flows_[i].source >= 0) flows_of_[flows_[i].source].push_back(flow);
      for (const std::int32_t reader : flows_[i].readers) flows_of_[reader].push_back(flow);
    }
    order_tasks();
    sort_nodes();
  }

  std::optional<Best> run(std::int64_t known) {
    best_ = {known, {}};
    place_from(0, 0);
    if (steps_ > effort_) return std::nullopt;
    return best_;
  }

 private:
  /// The busiest first, then always the one that exchanges most with those before it.
  void order_tasks() {
    std::vector<std::int64_t> all(model_.tasks());
    std::vector<std::int64_t> with_placed(model_.tasks());
    std::vector<bool> done(model_.tasks());
    for (std::int32_t task = 0; task < model_.tasks(); ++task) {
      for (const Link& link : model_.neighbours(task)) all[task] += link.rate;
      for (const Feed& feed : model_.feeds(task)) with_placed[task] += feed.rate;
    }
    while (order_.size() < all.size()) {
      std::int32_t best = -1;
      for (std::int32_t task = 0; task < model_.tasks(); ++task) {
        if (done[task]) continue;
        if (best < 0 ||
            std::pair(with_placed[task], all[task]) > std::pair(with_placed[best], all[best]))
          best = task;
      }
      done[best] = true;
      order_.push_back(best);
      for (const Link& link : model_.neighbours(best)) with_placed[link.task] += link.rate;
    }
  }

  /// Nodes that no task, topic or size tells apart get the same kind.
  void sort_nodes() {
    const graph::Instance& instance = model_.instance();
    std::vector<bool> special(model_.nodes());
    for (const graph::InstanceVirtual& source : instance.virtuals) special[source.node] = true;
    const bool pinned = std::any_of(instance.tasks.begin(), instance.tasks.end(),
                                    [](const auto& task) { return task.nodes.has_value(); });
    kind_.resize(model_.nodes());
    for (std::int32_t node = 0; node < model_.nodes(); ++node) {
      kind_[node] = node;
      for (std::int32_t other = 0; other < node && !pinned && !special[node]; ++other) {
        if (!special[other] && model_.capacity(other) == model_.capacity(node) &&
            instance.nodes[other].memory == instance.nodes[node].memory) {
          kind_[node] = kind_[other];
          break;
        }
      }
    }
  }

  /// What of the flow surely crosses, as far as its ends are placed.
  std::int64_t cost_of(const Flow& flow) {
    ++stamp_;
    std::int64_t nodes = 0;
    const std::int32_t source = flow.source < 0 ? ~flow.source : here_.node_of(flow.source);
    if (source >= 0) seen_[source] = stamp_;
    for (const std::int32_t reader : flow.readers) {
      const std::int32_t node = here_.node_of(reader);
      if (node < 0 || seen_[node] == stamp_) continue;
      seen_[node] = stamp_;
      ++nodes;
    }
    steps_ += static_cast<std::int64_t>(flow.readers.size()) + 1;
    // A source that is not placed yet may come to one of them.
    return flow.rate * (source >= 0 ? nodes : std::max<std::int64_t>(nodes - 1, 0));
  }

  std::int64_t cost_at(std::int32_t task) {
    std::int64_t cost = 0;
    for (const std::int32_t flow : flows_of_[task]) cost += cost_of(flows_[flow]);
    return cost;
  }

  struct Choice {
    std::int64_t rise;
    std::int32_t node;
  };

  /// Nodes for the task with what each adds to what crosses, the least first.
  std::vector<Choice> choices(std::int32_t task) {
    std::vector<Choice> all;
    const std::int64_t before = cost_at(task);
    std::vector<bool> tried(model_.nodes());
    for (std::int32_t node = 0; node < model_.nodes() && steps_ <= effort_; ++node) {
      const bool empty = here_.members(node).empty();
      // A fused node is asked for its antichain.
      steps_ += model_.fused() ? 20 * static_cast<std::int64_t>(here_.members(node).size()) + 1 : 1;
      if ((empty && tried[kind_[node]]) || !here_.fits(task, node)) continue;
      if (empty) tried[kind_[node]] = true;
      here_.enter(task, node);
      all.push_back({cost_at(task) - before, node});
      here_.leave(task);
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const Choice& a, const Choice& b) { return a.rise < b.rise; });
    return all;
  }

  /// What those not placed yet add at least: edges of different tasks add up; a topic may be
  /// counted by several of its readers, so of topics only the largest is sure.
  std::int64_t least_rise(std::size_t depth) {
    std::int64_t rise = 0;
    for (std::size_t i = depth; i < order_.size() && steps_ <= effort_; ++i) {
      const std::vector<Choice> all = choices(order_[i]);
      if (all.empty()) return best_.crossing;  // it fits nowhere any more
      rise = sums_ ? rise + all[0].rise : std::max(rise, all[0].rise);
    }
    return rise;
  }

  void place_from(std::size_t depth, std::int64_t cost) {
    if (steps_ > effort_ || cost >= best_.crossing) return;
    if (depth == order_.size()) {
      best_ = {cost, here_.assign()};
      return;
    }
    if (cost + least_rise(depth) >= best_.crossing) return;
    for (const Choice& choice : choices(order_[depth])) {
      if (cost + choice.rise >= best_.crossing) break;
      here_.enter(order_[depth], choice.node);
      place_from(depth + 1, cost + choice.rise);
      here_.leave(order_[depth]);
    }
  }

  const Model& model_;
  Occupancy here_;
  std::vector<Flow> flows_;
  bool sums_;
  std::vector<std::vector<std::int32_t>> flows_of_;
  std::vector<std::int32_t> order_;
  std::vector<std::int32_t> kind_;
  std::vector<std::int64_t> seen_;  ///< by node: the stamp of the last visit
  std::int64_t stamp_ = 0;
  std::int64_t effort_;
  std::int64_t steps_ = 0;
  Best best_;
};

}  // namespace

std::int64_t crossing(const Model& model, std::string_view objective,
                      const std::vector<std::int32_t>& assign) {
  const Figures figures = evaluate(model.instance(), assign);
  return objective == "topic" ? figures.traffic : figures.total - figures.profit;
}

std::optional<Best> search_all(const Model& model, std::string_view objective,
                               const std::vector<std::int32_t>& known, std::int64_t effort) {
  if (model.tasks() > kSearchableTasks || model.nodes() > kSearchableNodes) return std::nullopt;
  return Search(model, objective, effort).run(crossing(model, objective, known));
}

}  // namespace mort::offload
