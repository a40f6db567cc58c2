// What fits on a node, as rows: memory, cpu in either model, measured use.
#include <algorithm>

#include "formulation.hpp"

namespace mort::optimal {
namespace {

constexpr double kNoLimit = Milp::kInfinity;

/// Rows of large numbers are scaled down to such a sum, since CBC keeps them within a fixed
/// tolerance.
double scale_of(std::int64_t capacity) {
  constexpr double kMost = 1e6;
  return std::min(1.0, kMost / std::max(static_cast<double>(capacity), 1.0));
}

/// Above so many antichains a set's load is a flow instead.
std::size_t most_antichains(std::size_t tasks) {
  return 3 * tasks;
}

}  // namespace

template <class Amount>
void Formulation::add_knapsack(std::int32_t node, std::int64_t capacity, Amount amount) {
  const double scale = scale_of(capacity);
  Terms row;
  std::int64_t sum = 0;
  for (std::int32_t task = 0; task < model_.tasks(); ++task) {
    if (x(task, node) == kNone || amount(task) == 0) continue;
    sum += amount(task);
    row.push_back({x(task, node), static_cast<double>(amount(task)) * scale});
  }
  if (sum > capacity) milp_.add_row(row, -kNoLimit, static_cast<double>(capacity) * scale);
}

void Formulation::add_memory() {
  for (std::int32_t node = 0; node < model_.nodes(); ++node) {
    if (const auto memory = model_.instance().nodes[node].memory)
      add_knapsack(node, *memory, [&](std::int32_t task) { return model_.memory(task); });
  }
}

void Formulation::add_plain_cpu() {
  for (std::int32_t node = 0; node < model_.nodes(); ++node) {
    add_knapsack(node, model_.capacity(node), [&](std::int32_t task) { return model_.cpu(task); });
    add_stars(node);
  }
}

/// The node's row times x of one task: beside it there is room for so many of its neighbours.
/// Implied where all is whole; it cuts off most of what is not.
void Formulation::add_stars(std::int32_t node) {
  const double scale = scale_of(model_.capacity(node));
  for (std::int32_t task = 0; task < model_.tasks(); ++task) {
    if (x(task, node) == kNone) continue;
    const std::int64_t left = model_.capacity(node) - model_.cpu(task);
    std::int64_t sum = 0;
    Terms row = {{x(task, node), -static_cast<double>(left) * scale}};
    for (const offload::Link& link : model_.neighbours(task)) {
      const int y = pair(task, link.task).y[node];
      if (y == kNone) continue;
      sum += model_.cpu(link.task);
      row.push_back({y, static_cast<double>(model_.cpu(link.task)) * scale});
    }
    if (sum > left) milp_.add_row(row, -kNoLimit, 0);
  }
}

void Formulation::add_fused_cpu() {
  struct Set {
    Tasks tasks;
    std::vector<Tasks> antichains;
    std::vector<std::pair<std::size_t, std::size_t>> covers;
  };
  std::vector<Set> sets;
  for (Tasks& tasks : sharing_sets(model_)) {
    Set& set = sets.emplace_back();
    set.antichains = maximal_antichains(model_, tasks, most_antichains(tasks.size()));
    if (set.antichains.empty()) set.covers = covering_pairs(model_, tasks);
    set.tasks = std::move(tasks);
  }
  for (std::int32_t node = 0; node < model_.nodes(); ++node) {
    const std::int64_t capacity = model_.capacity(node);
    std::int64_t sum = 0;
    for (std::int32_t task = 0; task < model_.tasks(); ++task)
      sum += x(task, node) == kNone ? 0 : model_.cpu(task);
    if (sum <= capacity) continue;
    Terms loads;
    for (const Set& set : sets) {
      loads.push_back({milp_.add_continuous(kNoLimit), 1});
      if (set.antichains.empty()) {
        add_load_by_flow(node, loads.back().column, set.tasks, set.covers);
      } else {
        add_load_by_antichains(node, loads.back().column, set.antichains);
      }
    }
    milp_.add_row(loads, -kNoLimit, static_cast<double>(capacity) * scale_of(capacity));
    add_busy(node);
  }
}

void Formulation::add_load_by_antichains(std::int32_t node, int load,
                                         const std::vector<Tasks>& antichains) {
  const double scale = scale_of(model_.capacity(node));
  for (const Tasks& antichain : antichains) {
    Terms row;
    for (const std::int32_t task : antichain) {
      if (x(task, node) != kNone)
        row.push_back({x(task, node), static_cast<double>(model_.cpu(task)) * scale});
    }
    if (row.empty()) continue;
    row.push_back({load, -1});
    milp_.add_row(row, -kNoLimit, 0);
  }
}

/// The load is what flows through the tasks, from each to those right after it, where at least the
/// cpu of each task that is here has to pass it. Equals all antichains at once (Dilworth).
void Formulation::add_load_by_flow(std::int32_t node, int load, const Tasks& tasks,
                                   const std::vector<std::pair<std::size_t, std::size_t>>& covers) {
  const double scale = scale_of(model_.capacity(node));
  std::vector<Terms> in(tasks.size());
  std::vector<Terms> out(tasks.size());
  Terms sum;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const int begins = milp_.add_continuous(kNoLimit);
    sum.push_back({begins, 1});
    in[i].push_back({begins, 1});
    out[i].push_back({milp_.add_continuous(kNoLimit), -1});
  }
  for (const auto& [before, after] : covers) {
    const int flow = milp_.add_continuous(kNoLimit);
    out[before].push_back({flow, -1});
    in[after].push_back({flow, 1});
  }
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const int here = x(tasks[i], node);
    if (here != kNone) {
      Terms passes = in[i];
      passes.push_back({here, -static_cast<double>(model_.cpu(tasks[i])) * scale});
      milp_.add_row(passes, 0, kNoLimit);
    }
    Terms balance = in[i];
    balance.insert(balance.end(), out[i].begin(), out[i].end());
    milp_.add_row(balance, 0, 0);
  }
  sum.push_back({load, -1});
  milp_.add_row(sum, -kNoLimit, 0);
}

/// Where a node relies on fusion, the measured use of its tasks fits too.
void Formulation::add_busy(std::int32_t node) {
  const std::int64_t capacity = model_.capacity(node);
  std::int64_t busy = 0;
  std::int64_t cpu = 0;
  bool at_most_cpu = true;
  for (std::int32_t task = 0; task < model_.tasks(); ++task) {
    if (x(task, node) == kNone) continue;
    busy += model_.busy(task);
    cpu += model_.cpu(task);
    at_most_cpu = at_most_cpu && model_.busy(task) <= model_.cpu(task);
  }
  if (busy <= capacity) return;
  if (at_most_cpu) {  // then it fits as well where a node does not rely on fusion
    add_knapsack(node, capacity, [&](std::int32_t task) { return model_.busy(task); });
    return;
  }
  // Either the sum of cpu or that of measured use fits.
  const double scale = scale_of(capacity);
  const int relies = milp_.add_binary();
  Terms by_cpu = {{relies, -static_cast<double>(cpu - capacity) * scale}};
  Terms by_use = {{relies, static_cast<double>(busy - capacity) * scale}};
  for (std::int32_t task = 0; task < model_.tasks(); ++task) {
    if (x(task, node) == kNone) continue;
    by_cpu.push_back({x(task, node), static_cast<double>(model_.cpu(task)) * scale});
    by_use.push_back({x(task, node), static_cast<double>(model_.busy(task)) * scale});
  }
  milp_.add_row(by_cpu, -kNoLimit, static_cast<double>(capacity) * scale);
  milp_.add_row(by_use, -kNoLimit, static_cast<double>(busy) * scale);
}

}  // namespace mort::optimal
