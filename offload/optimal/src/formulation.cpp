#include "formulation.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "flows.hpp"
#include "occupancy.hpp"

namespace mort::optimal {
namespace {

constexpr double kNoLimit = Milp::kInfinity;
/// The costs are scaled down to such a sum, and steps below kLeastStep are not told apart.
constexpr double kMostCost = 1e6;
constexpr double kLeastStep = 1e-4;

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

std::int64_t Formulation::size(const offload::Model& model) {
  std::int64_t per_node = model.tasks();
  for (std::int32_t task = 0; task < model.tasks(); ++task)
    per_node += 3 * static_cast<std::int64_t>(model.successors(task).size());
  return per_node * model.nodes();
}

Formulation::Formulation(const offload::Model& model, std::string_view objective) : model_(model) {
  add_tasks();
  add_pairs();
  add_memory();
  if (model.fused()) {
    add_fused_cpu();
  } else {
    add_plain_cpu();
  }
  if (objective == "topic") {
    add_topic_costs();
  } else {
    add_edge_costs();
  }
  scale_costs();
}

const Formulation::Pair& Formulation::pair(std::int32_t a, std::int32_t b) const {
  const auto before = [](const Pair& one, const std::pair<std::int32_t, std::int32_t>& other) {
    return std::pair(one.a, one.b) < other;
  };
  return *std::lower_bound(pairs_.begin(), pairs_.end(), std::pair(std::min(a, b), std::max(a, b)),
                           before);
}

void Formulation::add_tasks() {
  const offload::Occupancy empty(model_);
  for (std::int32_t task = 0; task < model_.tasks(); ++task) {
    std::vector<int>& columns = x_.emplace_back(model_.nodes(), kNone);
    Terms once;
    for (std::int32_t node = 0; node < model_.nodes(); ++node) {
      if (!empty.fits(task, node)) continue;
      columns[node] = milp_.add_binary();
      once.push_back({columns[node], 1});
    }
    milp_.add_row(once, 1, 1);
  }
}

void Formulation::add_pairs() {
  const offload::Occupancy empty(model_);
  for (std::int32_t a = 0; a < model_.tasks(); ++a) {
    for (const offload::Link& link : model_.neighbours(a)) {
      if (link.task < a) continue;
      Pair& pair = pairs_.emplace_back(Pair{a, link.task, std::vector<int>(model_.nodes(), kNone)});
      const std::int32_t both[] = {pair.a, pair.b};
      for (std::int32_t node = 0; node < model_.nodes(); ++node) {
        if (!empty.fits(both, node)) continue;
        pair.y[node] = milp_.add_continuous(1);
        for (const std::int32_t task : both)
          milp_.add_row(Terms{{pair.y[node], 1}, {x(task, node), -1}}, -kNoLimit, 0);
      }
    }
  }
}

void Formulation::add_cost(int column, std::int64_t cost) {
  cost_.resize(std::max<std::size_t>(cost_.size(), column + 1));
  cost_[column] += cost;
}

void Formulation::add_edge_costs() {
  for (std::int32_t task = 0; task < model_.tasks(); ++task) {
    for (const offload::Link& link : model_.successors(task)) {
      for (const int y : pair(task, link.task).y) {
        if (y != kNone) add_cost(y, -link.rate);
      }
    }
    for (const offload::Feed& feed : model_.feeds(task)) {
      if (x(task, feed.node) != kNone) add_cost(x(task, feed.node), -feed.rate);
    }
  }
}

void Formulation::add_topic_costs() {
  for (const offload::Flow& flow : offload::flows_of(model_)) {
    if (flow.readers.size() > 1) {
      add_shared_topic(flow.rate, flow.source, flow.readers);
      continue;
    }
    // One reader: the topic crosses once, unless the two are on one node.
    constant_ += flow.rate;
    const std::int32_t reader = flow.readers[0];
    if (flow.source < 0) {
      if (x(reader, ~flow.source) != kNone) add_cost(x(reader, ~flow.source), -flow.rate);
      continue;
    }
    for (const int y : pair(flow.source, reader).y) {
      if (y != kNone) add_cost(y, -flow.rate);
    }
  }
}

/// A column for each node: 1 where someone reads the topic and the source is elsewhere.
void Formulation::add_shared_topic(std::int64_t rate, std::int32_t source, const Tasks& readers) {
  for (std::int32_t node = 0; node < model_.nodes(); ++node) {
    if (source < 0 && ~source == node) continue;
    int crosses = kNone;
    for (const std::int32_t reader : readers) {
      if (x(reader, node) == kNone) continue;
      if (crosses == kNone) {
        crosses = milp_.add_continuous(1);
        add_cost(crosses, rate);
      }
      Terms row = {{crosses, 1}, {x(reader, node), -1}};
      const int y = source < 0 ? kNone : pair(source, reader).y[node];
      if (y != kNone) row.push_back({y, 1});
      milp_.add_row(row, 0, kNoLimit);
    }
  }
}

void Formulation::scale_costs() {
  cost_.resize(milp_.columns());
  double sum = 0;
  step_ = 0;
  for (const std::int64_t cost : cost_) {
    step_ = std::gcd(step_, cost);
    sum += std::abs(static_cast<double>(cost));
  }
  step_ = std::max<std::int64_t>(step_, 1);
  scale_ = std::min(1.0 / static_cast<double>(step_), kMostCost / std::max(sum, 1.0));
  for (int column = 0; column < milp_.columns(); ++column)
    milp_.set_cost(column, static_cast<double>(cost_[column]) * scale_);
}

std::int64_t Formulation::slack() const {
  if (static_cast<double>(step_) * scale_ >= kLeastStep) return 0;
  return static_cast<std::int64_t>(std::ceil(kLeastStep / scale_));
}

std::int64_t Formulation::bound_of(double cost) const {
  // Values below what costs can tell apart are given away.
  const double value = (cost - kLeastStep) / scale_ + static_cast<double>(constant_);
  // CBC says 1e50 or so where it knows nothing, either way.
  if (!(std::abs(value) < 4e18)) return value > 0 ? INT64_MAX : INT64_MIN;
  const std::int64_t whole = static_cast<std::int64_t>(std::floor(value)) - constant_;
  // Up to the next multiple of the step.
  const std::int64_t rest = ((whole % step_) + step_) % step_;
  return whole + (rest == 0 ? 0 : step_ - rest) + constant_;
}

Tasks Formulation::assign_of(const std::vector<double>& values) const {
  Tasks assign(model_.tasks(), kNone);
  for (std::int32_t task = 0; task < model_.tasks(); ++task) {
    for (std::int32_t node = 0; node < model_.nodes(); ++node) {
      if (x(task, node) != kNone && values[x(task, node)] > 0.5) assign[task] = node;
    }
  }
  return assign;
}

/// CBC keeps rows within a tolerance; the model has none. Forbids what is too much for a node.
bool Formulation::forbid_overfull(const Tasks& assign) {
  offload::Occupancy here(model_);
  for (std::int32_t task = 0; task < model_.tasks(); ++task) {
    if (assign[task] == kNone) return false;
    here.enter(task, assign[task]);
  }
  bool any = false;
  for (std::int32_t node = 0; node < model_.nodes(); ++node) {
    if (!here.overfull(node)) continue;
    any = true;
    Terms row;
    for (const std::int32_t task : here.members(node)) row.push_back({x(task, node), 1});
    milp_.add_row(row, -kNoLimit, static_cast<double>(row.size()) - 1);
  }
  return any;
}

Formulation::Outcome Formulation::solve(const Limits& limits) {
  const double end = seconds_now() + limits.seconds;
  const double step = std::max(static_cast<double>(step_) * scale_, kLeastStep);
  Milp::Limits one;
  one.step = step * 0.9;
  if (limits.below)
    one.below = static_cast<double>(*limits.below - constant_) * scale_ - step * 0.1;
  while (true) {
    one.seconds = std::max(end - seconds_now(), 0.01);
    const Milp::Outcome found = milp_.solve(one);
    Outcome outcome{std::nullopt, bound_of(found.bound), found.complete};
    if (found.values) {
      const Tasks assign = assign_of(*found.values);
      if (forbid_overfull(assign)) {
        if (seconds_now() < end) continue;
        outcome.complete = false;
        return outcome;
      }
      outcome.assign = assign;
    }
    return outcome;
  }
}

}  // namespace mort::optimal
