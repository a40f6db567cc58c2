#include "tree_knapsack.hpp"

#include <algorithm>

namespace mort::offload {
namespace {

/// A table says the same for all cpu from its end on.
std::int64_t at(std::span<const std::int64_t> table, std::int32_t cpu) {
  return table[std::min<std::size_t>(cpu, table.size() - 1)];
}

}  // namespace

TreeKnapsack::TreeKnapsack(const BoundGraph& graph, bool fused)
    : graph_(graph), fused_(fused), tables_(graph.vertices.size()), cpu_(graph.vertices.size()) {}

void TreeKnapsack::solve(std::size_t tree, std::int32_t capacity, std::span<const std::int32_t> cpu,
                         std::span<const std::int64_t> worth) {
  capacity_ = capacity;
  for (const std::int32_t vertex : graph_.trees[tree]) {
    tables_[vertex].with.assign(1, 0);
    tables_[vertex].without.assign(1, 0);
  }
  for (const std::int32_t vertex : graph_.trees[tree]) {
    close(vertex, cpu[vertex], worth[vertex]);
    if (graph_.vertices[vertex].parent >= 0) merge(vertex, graph_.vertices[vertex].parent);
  }
}

/// Until now the table of the vertex held its children alone; now the vertex takes its cpu.
void TreeKnapsack::close(std::int32_t vertex, std::int32_t cpu, std::int64_t worth) {
  Table& table = tables_[vertex];
  cpu_[vertex] = cpu;
  const auto below = static_cast<std::int32_t>(table.with.size()) - 1;
  const std::int32_t end = std::min(capacity_, fused_ ? std::max(below, cpu) : below + cpu);
  sum_.assign(end + 1, kForbidden);
  if (worth != kForbidden) {
    for (std::int32_t c = cpu; c <= end; ++c)
      sum_[c] = worth + at(table.with, fused_ ? c : c - cpu);
  }
  table.with.swap(sum_);
  table.without.resize(end + 1, table.without.back());
  table.best.resize(end + 1);
  for (std::int32_t c = 0; c <= end; ++c) table.best[c] = std::max(table.with[c], table.without[c]);
  steps_ += end + 1;
}

void TreeKnapsack::merge(std::int32_t child, std::int32_t parent) {
  Table& from = tables_[child];
  Table& to = tables_[parent];
  const std::int64_t rate = graph_.vertices[child].rate;
  const auto most = static_cast<std::int32_t>(from.best.size()) - 1;
  drawn_.resize(from.best.size());
  for (std::int32_t c = 0; c <= most; ++c)
    drawn_[c] = std::max(from.with[c] + rate, from.without[c]);
  if (fused_ && graph_.vertices[child].joins) {
    for (std::int64_t& value : to.with) value += drawn_[most];
    for (std::int64_t& value : to.without) value += from.best[most];
    return;
  }
  const auto has = static_cast<std::int32_t>(to.with.size()) - 1;
  const std::int32_t end = std::min(capacity_, has + most);
  const auto add = [&](std::vector<std::int64_t>& sums, std::span<const std::int64_t> more,
                       std::vector<std::int32_t>& got) {
    sum_.resize(end + 1);
    got.resize(end + 1);
    for (std::int32_t c = 0; c <= end; ++c) {
      std::int32_t best = std::max(0, c - has);
      std::int64_t value = sums[c - best] + more[best];
      for (std::int32_t k = best + 1; k <= std::min(most, c); ++k) {
        const std::int64_t sum = sums[c - k] + more[k];
        if (sum > value) {
          value = sum;
          best = k;
        }
      }
      sum_[c] = value;
      got[c] = best;
    }
    sums.swap(sum_);
  };
  add(to.with, drawn_, from.cpu_with);
  add(to.without, from.best, from.cpu_without);
  steps_ += 2 * static_cast<std::int64_t>(end + 1) * (std::min(most, has) + 1);
}

std::span<const std::int64_t> TreeKnapsack::best(std::size_t tree) const {
  return tables_[graph_.trees[tree].back()].best;
}

void TreeKnapsack::select(std::size_t tree, std::int32_t cpu,
                          const std::function<void(std::int32_t)>& choose) const {
  struct Open {
    std::int32_t vertex;
    std::int32_t cpu;
    bool chosen;
  };
  const std::int32_t root = graph_.trees[tree].back();
  std::vector<Open> open = {
      {root, cpu, at(tables_[root].with, cpu) > at(tables_[root].without, cpu)}};
  while (!open.empty()) {
    Open one = open.back();
    open.pop_back();
    if (one.chosen) {
      choose(one.vertex);
      if (!fused_) one.cpu -= cpu_[one.vertex];
    }
    const std::vector<std::int32_t>& children = graph_.children[one.vertex];
    for (auto child = children.rbegin(); child != children.rend(); ++child) {
      const Table& table = tables_[*child];
      std::int32_t gets = static_cast<std::int32_t>(table.best.size()) - 1;
      if (!fused_ || !graph_.vertices[*child].joins) {
        const std::vector<std::int32_t>& got = one.chosen ? table.cpu_with : table.cpu_without;
        one.cpu = std::min(one.cpu, static_cast<std::int32_t>(got.size()) - 1);
        gets = got[one.cpu];
        one.cpu -= gets;
      }
      const std::int64_t rate = one.chosen ? graph_.vertices[*child].rate : 0;
      open.push_back({*child, gets, table.with[gets] + rate > table.without[gets]});
    }
  }
}

}  // namespace mort::offload
