// Why each task of a plan is where it is, and what it would cost elsewhere.
#include "mort/offload/explain.hpp"

#include <algorithm>
#include <array>
#include <iomanip>
#include <sstream>

#include "objective.hpp"

namespace mort::offload {
namespace {

constexpr std::size_t kListed = 3;
constexpr const char* kBarred = "it may not run there";

/// An edge seen from one of its ends.
struct End {
  std::int64_t rate;
  std::int32_t other_node;
  std::string text;  ///< "C3 from F1 on node0 (4096 bit/s)"
};

/// Every edge, seen from each task that it touches; the strongest first.
std::vector<std::vector<End>> ends_of(const graph::Instance& instance,
                                      const std::vector<std::int32_t>& assign,
                                      const Labels& labels) {
  std::vector<std::vector<End>> ends(instance.tasks.size());
  const auto add = [&](std::int32_t task, std::int64_t rate, const std::string& topic,
                       const std::string& other, std::int32_t node) {
    const std::string where = node < 0 ? "" : " on " + labels.node(node);
    ends[task].push_back(
        {rate, node,
         (topic.empty() ? "" : topic + " ") + other + where + " (" + rate_text(rate) + ")"});
  };
  for (const graph::InstanceEdge& edge : instance.edges) {
    add(edge.to, edge.rate, edge.topic, "from " + labels.task(edge.from), assign[edge.from]);
    add(edge.from, edge.rate, edge.topic, "to " + labels.task(edge.to), assign[edge.to]);
  }
  for (const graph::InstanceVirtualEdge& edge : instance.virtual_edges) {
    const graph::InstanceVirtual& source = instance.virtuals[edge.virtual_task];
    // A topic says more than the number of who publishes it.
    add(edge.to, edge.rate, source.topic,
        source.topic.empty() ? "from virtual task " + std::to_string(edge.virtual_task)
                             : "published",
        source.node);
  }
  for (std::vector<End>& list : ends) {
    std::stable_sort(list.begin(), list.end(),
                     [](const End& a, const End& b) { return a.rate > b.rate; });
  }
  return ends;
}

std::string crossing_text(const std::vector<End>& ends, std::int32_t here) {
  std::string text;
  std::size_t crossing = 0;
  for (const End& end : ends) {
    if (end.other_node == here && here >= 0) continue;
    if (++crossing <= kListed) text += (crossing > 1 ? ", " : "") + end.text;
  }
  if (crossing == 0) return "nothing crosses";
  if (crossing > kListed) text += " and " + std::to_string(crossing - kListed) + " more";
  return "crosses: " + text;
}

class Explainer {
 public:
  Explainer(const graph::Instance& instance, const graph::Plan& plan)
      : model_(instance, plan.model),
        objective_(make_objective(model_, plan.objective)),
        here_(model_),
        labels_(instance),
        ends_(ends_of(instance, plan.assign, labels_)),
        chunk_(model_.tasks()) {
    for (std::int32_t task = 0; task < model_.tasks(); ++task) {
      if (plan.assign[task] >= 0) here_.enter(task, plan.assign[task]);
    }
  }

  const Model& model() const { return model_; }
  const Occupancy& here() const { return here_; }

  Reason reason(std::int32_t task) {
    Reason reason{task, here_.node_of(task), 0, 0, {}, false, {}};
    for (const End& end : ends_[task])
      (end.other_node == reason.node && reason.node >= 0 ? reason.local_bps : reason.remote_bps) +=
          end.rate;
    if (reason.node >= 0) reason.elsewhere = elsewhere(task);
    reason.pinned = is_pinned(task, reason.node);
    reason.text = rate_text(reason.local_bps) + " of " +
                  rate_text(reason.local_bps + reason.remote_bps) + " stay here; " +
                  crossing_text(ends_[task], reason.node) + "; " + elsewhere_text(reason);
    return reason;
  }

  /// Nodes that the task exchanges data with, and the one with most cpu left.
  std::vector<Elsewhere> elsewhere(std::int32_t task) {
    const std::int32_t home = here_.node_of(task);
    std::vector<std::int32_t> nodes;
    std::int32_t roomiest = -1;
    for (std::int32_t node = 0; node < model_.nodes(); ++node) {
      if (node != home && (roomiest < 0 || here_.free_cpu(node) > here_.free_cpu(roomiest)))
        roomiest = node;
    }
    for (const End& end : ends_[task]) nodes.push_back(end.other_node);
    nodes.push_back(roomiest);
    std::sort(nodes.begin(), nodes.end());
    nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
    std::vector<Elsewhere> all;
    chunk_.add(task);
    for (const std::int32_t node : nodes) {
      if (node < 0 || node == home) continue;
      all.push_back({node, objective_->gain(here_, chunk_, node), obstacle(task, node),
                     !model_.allowed(task, node)});
    }
    chunk_.clear();
    std::stable_sort(all.begin(), all.end(),
                     [](const Elsewhere& a, const Elsewhere& b) { return a.change > b.change; });
    return all;
  }

  std::string obstacle(std::int32_t task, std::int32_t node) const {
    if (here_.fits(task, node)) return {};
    if (!model_.allowed(task, node)) return kBarred;
    if (model_.memory(task) > here_.free_memory(node)) {
      return std::to_string(std::max<std::int64_t>(here_.free_memory(node), 0)) + " of the " +
             std::to_string(model_.memory(task)) + " bytes asked for are left there";
    }
    const std::int64_t left =
        model_.fused() ? model_.capacity(node) - here_.needed_cpu(node) : here_.free_cpu(node);
    return labels_.cpu(std::max<std::int64_t>(left, 0)) + " of the " +
           labels_.cpu(model_.cpu(task)) + " cpu asked for are left there";
  }

  /// There are other nodes, and it may run on none of them.
  bool is_pinned(std::int32_t task, std::int32_t home) const {
    for (std::int32_t node = 0; node < model_.nodes(); ++node) {
      if (node != home && model_.allowed(task, node)) return false;
    }
    return model_.nodes() > 1;
  }

  std::string elsewhere_text(const Reason& reason) const {
    const std::vector<Elsewhere>& all = reason.elsewhere;
    if (all.empty()) return "there is no other node";
    if (reason.pinned) return "it may run on no other node";
    // Where it may not run is no choice, unless there is nothing else to tell.
    const auto open =
        std::find_if(all.begin(), all.end(), [](const Elsewhere& one) { return !one.barred; });
    const Elsewhere& best = open == all.end() ? all[0] : *open;
    const std::string amount = rate_text(std::abs(best.change));
    std::string text = "on " + labels_.node(best.node);
    if (best.change > 0) {
      text += " " + amount + " less would cross";
    } else if (best.change < 0) {
      text += " " + amount + " more would cross";
    } else {
      text += " as much would cross";
    }
    return best.obstacle.empty() ? text : text + ", but " + best.obstacle;
  }

 private:
  Model model_;
  std::unique_ptr<Objective> objective_;
  Occupancy here_;
  Labels labels_;
  std::vector<std::vector<End>> ends_;
  Chunk chunk_;
};

}  // namespace

std::string rate_text(std::int64_t bps) {
  constexpr std::array kUnits = {"bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s", "Pbit/s"};
  auto value = static_cast<double>(bps);
  std::size_t unit = 0;
  // 999.6 would be rounded to 1e+03.
  for (; value >= 999.5 && unit + 1 < kUnits.size(); ++unit) value /= 1000;
  std::ostringstream text;
  text << std::setprecision(3) << value << " " << kUnits[unit];
  return text.str();
}

std::vector<Reason> explain(const graph::Instance& instance, const graph::Plan& plan) {
  MORT_CHECK(plan.assign.size() == instance.tasks.size());
  Explainer explainer(instance, plan);
  std::vector<Reason> reasons;
  for (std::size_t task = 0; task < plan.assign.size(); ++task)
    reasons.push_back(explainer.reason(static_cast<std::int32_t>(task)));
  return reasons;
}

std::vector<NodeUse> node_uses(const graph::Instance& instance, const graph::Plan& plan) {
  Explainer explainer(instance, plan);
  const Model& model = explainer.model();
  const Occupancy& here = explainer.here();
  const Labels labels(instance);
  std::vector<NodeUse> uses;
  for (std::int32_t node = 0; node < model.nodes(); ++node) {
    NodeUse use{node,
                static_cast<std::int32_t>(here.members(node).size()),
                here.needed_cpu(node),
                model.capacity(node) - here.free_cpu(node),
                model.capacity(node),
                0,
                0,
                0,
                {}};
    for (const std::int32_t task : here.members(node)) use.memory += model.memory(task);
    uses.push_back(std::move(use));
  }
  for (std::int32_t task = 0; task < model.tasks(); ++task) {
    if (here.node_of(task) < 0) continue;
    for (const Elsewhere& there : explainer.elsewhere(task)) {
      if (there.change <= 0 || there.obstacle.empty() || there.barred) continue;
      NodeUse& use = uses[there.node];
      ++use.kept_out;
      if (there.change <= use.kept_out_bps) continue;
      use.kept_out_bps = there.change;
      use.limit = labels.task(task) + ": " + there.obstacle;
    }
  }
  return uses;
}

std::vector<Alternative> alternatives(const graph::Instance& instance, const graph::Plan& plan,
                                      const Options& given) {
  std::vector<Alternative> all;
  for (const std::string& algorithm : algorithms()) {
    if (algorithm == "auto") continue;
    Options options = given;
    options.algorithm = algorithm;
    options.model = plan.model;
    options.objective = plan.objective;
    Alternative one{algorithm, {}, {}};
    if (Result<graph::Plan> found = offload::plan(instance, options)) {
      one.plan = std::move(*found);
    } else {
      one.error = found.error().message;
    }
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace mort::offload
