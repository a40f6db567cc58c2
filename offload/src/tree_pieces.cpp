#include "tree_pieces.hpp"

#include <algorithm>

#include "tree_knapsack.hpp"

namespace mort::offload {
namespace {

/// Below this a sum holds a forbidden vertex.
constexpr std::int64_t kImpossible = kForbidden / 2;

}  // namespace

TreePieces::TreePieces(const BoundGraph& graph)
    : graph_(graph), tables_(graph.vertices.size()), cpu_(graph.vertices.size()) {}

std::int64_t TreePieces::solve(std::size_t tree, std::span<const std::int32_t> cpu,
                               std::span<const std::int64_t> worth,
                               std::span<const std::int64_t> price) {
  for (const std::int32_t vertex : graph_.trees[tree]) {
    tables_[vertex].open.assign(1, 0);
    tables_[vertex].apart = 0;
  }
  for (const std::int32_t vertex : graph_.trees[tree]) {
    take(vertex, cpu[vertex], worth[vertex], price);
    const std::int32_t parent = graph_.vertices[vertex].parent;
    if (parent >= 0) merge(vertex, parent, static_cast<std::int32_t>(price.size()) - 1);
  }
  return tables_[graph_.trees[tree].back()].closed;
}

/// Until now `open` held what the children add to a piece; now the vertex takes its cpu.
void TreePieces::take(std::int32_t vertex, std::int32_t cpu, std::int64_t worth,
                      std::span<const std::int64_t> price) {
  Table& table = tables_[vertex];
  cpu_[vertex] = cpu;
  const std::size_t end = std::min(price.size(), table.open.size() + cpu);
  sum_.assign(end, kForbidden);
  table.closed = table.apart;
  table.closed_cpu = -1;
  for (std::size_t c = cpu; worth != kForbidden && c < end; ++c) {
    if (table.open[c - cpu] <= kImpossible) continue;
    sum_[c] = table.open[c - cpu] + worth;
    if (sum_[c] - price[c] > table.closed) {
      table.closed = sum_[c] - price[c];
      table.closed_cpu = static_cast<std::int32_t>(c);
    }
  }
  table.open.swap(sum_);
  steps_ += static_cast<std::int64_t>(end);
}

void TreePieces::merge(std::int32_t child, std::int32_t parent, std::int32_t largest) {
  Table& from = tables_[child];
  Table& to = tables_[parent];
  to.apart += from.closed;
  const std::int64_t rate = graph_.vertices[child].rate;
  const auto most = static_cast<std::int32_t>(from.open.size()) - 1;
  drawn_.resize(from.open.size());
  for (std::int32_t c = 0; c <= most; ++c)
    drawn_[c] = from.open[c] <= kImpossible ? kForbidden : from.open[c] + rate;
  // No cpu from the child: it stays apart, unless it needs none and is better inside.
  drawn_[0] = std::max(drawn_[0], from.closed);
  const auto has = static_cast<std::int32_t>(to.open.size()) - 1;
  const std::int32_t end = std::min(largest, has + most);
  sum_.resize(end + 1);
  from.got.resize(end + 1);
  for (std::int32_t c = 0; c <= end; ++c) {
    std::int32_t best = std::max(0, c - has);
    std::int64_t value = to.open[c - best] + drawn_[best];
    for (std::int32_t k = best + 1; k <= std::min(most, c); ++k) {
      const std::int64_t sum = to.open[c - k] + drawn_[k];
      if (sum > value) {
        value = sum;
        best = k;
      }
    }
    sum_[c] = std::max(value, kForbidden);
    from.got[c] = best;
  }
  to.open.swap(sum_);
  steps_ += static_cast<std::int64_t>(end + 1) * (std::min(most, has) + 1);
}

void TreePieces::select(std::size_t tree, const std::function<void(std::int32_t)>& choose,
                        const std::function<void(std::int32_t)>& close) const {
  /// `cpu` is that of the open piece from the vertex down, or -1: nothing is open above it.
  struct Open {
    std::int32_t vertex;
    std::int32_t cpu;
  };
  std::vector<Open> open = {{graph_.trees[tree].back(), -1}};
  while (!open.empty()) {
    Open one = open.back();
    open.pop_back();
    if (one.cpu < 0 && tables_[one.vertex].closed_cpu >= 0) {
      one.cpu = tables_[one.vertex].closed_cpu;
      close(one.cpu);
    }
    const bool inside = one.cpu >= 0;
    if (inside) {
      choose(one.vertex);
      one.cpu -= cpu_[one.vertex];
    }
    const std::vector<std::int32_t>& children = graph_.children[one.vertex];
    for (auto child = children.rbegin(); child != children.rend(); ++child) {
      const Table& table = tables_[*child];
      if (!inside) {
        open.push_back({*child, -1});
        continue;
      }
      const std::int32_t gets = table.got[one.cpu];
      one.cpu -= gets;
      const bool joins = gets > 0 || (table.open[0] > kImpossible &&
                                      table.open[0] + graph_.vertices[*child].rate > table.closed);
      open.push_back({*child, joins ? gets : -1});
    }
  }
}

}  // namespace mort::offload
