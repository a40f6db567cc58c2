#include "objective.hpp"

#include <algorithm>
#include <utility>

#include "flows.hpp"
#include "mort/offload/planner.hpp"

namespace mort::offload {
namespace {

/// Sum of rates of edges with both ends on one node.
class EdgeObjective : public Objective {
 public:
  explicit EdgeObjective(const Model& model) : model_(model) {
    std::vector<std::pair<std::int32_t, Tie>> ties;
    for (std::int32_t task = 0; task < model.tasks(); ++task) {
      for (const Link& link : model.neighbours(task))
        ties.push_back({task, {link.rate, link.task}});
      for (const Feed& feed : model.feeds(task)) ties.push_back({task, {feed.rate, ~feed.node}});
    }
    for (const auto& [task, tie] : ties) rate_sum_ += tie.rate;
    rate_count_ = std::max<std::int64_t>(static_cast<std::int64_t>(ties.size()), 1);
    ties_ = Lists<Tie>(model.tasks(), ties);
  }

  std::int64_t value(const std::vector<std::int32_t>& assign) const override {
    return evaluate(model_.instance(), assign).profit;
  }

  std::int64_t gain(const Occupancy& here, const Chunk& chunk, std::int32_t to) const override {
    const std::int32_t from = here.node_of(chunk.tasks()[0]);
    std::int64_t gain = 0;
    for (const std::int32_t task : chunk.tasks()) {
      for (const Tie& tie : ties_[task]) {
        const std::int32_t node = node_of(here, tie);
        if (node == to) {
          gain += tie.rate;
        } else if (node == from && (tie.end < 0 || !chunk.holds(tie.end))) {
          gain -= tie.rate;
        }
      }
    }
    return gain;
  }

  std::int32_t attractor(const Occupancy& here, std::int32_t task, Draw& draw) const override {
    const std::span<const Tie> ties = ties_[task];
    if (ties.empty()) return -1;
    const Tie& one = ties[draw.below(ties.size())];
    const Tie& other = ties[draw.below(ties.size())];
    // Of two, rather the one that is elsewhere, and the stronger one.
    const std::int32_t home = here.node_of(task);
    const bool rather = node_of(here, one) == home || (node_of(here, other) != home &&
                                                       other.rate > one.rate && draw.below(2) == 0);
    return node_of(here, rather ? other : one);
  }

  std::int64_t rate_sum() const override { return rate_sum_; }
  std::int64_t rate_count() const override { return rate_count_; }

 private:
  /// `end` is a task, or ~node of a virtual task.
  struct Tie {
    std::int64_t rate;
    std::int32_t end;
  };

  static std::int32_t node_of(const Occupancy& here, const Tie& tie) {
    return tie.end < 0 ? ~tie.end : here.node_of(tie.end);
  }

  const Model& model_;
  Lists<Tie> ties_;
  std::int64_t rate_sum_ = 0;
  std::int64_t rate_count_ = 1;
};

/// Less the rate of each topic times the remote (job, node) pairs that read it.
class TopicObjective : public Objective {
 public:
  explicit TopicObjective(const Model& model)
      : model_(model), flows_(flows_of(model)), seen_(model.nodes()), touched_(flows_.size()) {
    std::vector<std::pair<std::int32_t, std::int32_t>> of;
    for (const Flow& flow : flows_) {
      const auto index = static_cast<std::int32_t>(&flow - flows_.data());
      if (flow.source >= 0) of.push_back({flow.source, index});
      for (const std::int32_t reader : flow.readers) of.push_back({reader, index});
      rate_sum_ += flow.rate;
    }
    std::sort(of.begin(), of.end());
    of.erase(std::unique(of.begin(), of.end()), of.end());
    flows_of_ = Lists<std::int32_t>(model.tasks(), of);
  }

  std::int64_t value(const std::vector<std::int32_t>& assign) const override {
    return -evaluate(model_.instance(), assign).traffic;
  }

  std::int64_t gain(const Occupancy& here, const Chunk& chunk, std::int32_t to) const override {
    const auto as_it_is = [&](std::int32_t task) { return here.node_of(task); };
    const auto as_it_would_be = [&](std::int32_t task) {
      return chunk.holds(task) ? to : here.node_of(task);
    };
    std::int64_t gain = 0;
    ++round_;
    for (const std::int32_t task : chunk.tasks()) {
      for (const std::int32_t index : flows_of_[task]) {
        if (std::exchange(touched_[index], round_) == round_) continue;
        const Flow& flow = flows_[index];
        gain += flow.rate * (remote_readers(flow, as_it_is) - remote_readers(flow, as_it_would_be));
      }
    }
    return gain;
  }

  std::int32_t attractor(const Occupancy& here, std::int32_t task, Draw& draw) const override {
    const std::span<const std::int32_t> flows = flows_of_[task];
    if (flows.empty()) return -1;
    const Flow& flow = flows_[flows[draw.below(flows.size())]];
    // As often the source as the readers together.
    const bool source = flow.source != task && draw.below(2) == 0;
    const std::int32_t end = source ? flow.source : flow.readers[draw.below(flow.readers.size())];
    return end < 0 ? ~end : here.node_of(end);
  }

  std::int64_t rate_sum() const override { return rate_sum_; }
  std::int64_t rate_count() const override {
    return std::max<std::int64_t>(static_cast<std::int64_t>(flows_.size()), 1);
  }

 private:
  template <class NodeOf>
  std::int64_t remote_readers(const Flow& flow, NodeOf node_of) const {
    const std::int64_t stamp = ++stamp_;
    seen_[flow.source < 0 ? ~flow.source : node_of(flow.source)] = stamp;
    std::int64_t nodes = 0;
    for (const std::int32_t reader : flow.readers)
      nodes += std::exchange(seen_[node_of(reader)], stamp) != stamp ? 1 : 0;
    return nodes;
  }

  const Model& model_;
  std::vector<Flow> flows_;
  Lists<std::int32_t> flows_of_;
  std::int64_t rate_sum_ = 0;
  mutable std::vector<std::int64_t> seen_;     ///< by node: the stamp of the last visit
  mutable std::vector<std::int64_t> touched_;  ///< by flow: the round that counted it
  mutable std::int64_t stamp_ = 0;
  mutable std::int64_t round_ = 0;
};

}  // namespace

std::unique_ptr<Objective> make_objective(const Model& model, std::string_view name) {
  if (name == "topic") return std::make_unique<TopicObjective>(model);
  return std::make_unique<EdgeObjective>(model);
}

}  // namespace mort::offload
