#include "precedence.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

namespace mort::offload {
namespace {

/// The connected part that each task belongs to, numbered from 0 by smallest task.
std::vector<std::int32_t> parts_of(const graph::Instance& instance) {
  std::vector<std::int32_t> parent(instance.tasks.size());
  std::iota(parent.begin(), parent.end(), 0);
  const auto find = [&](std::int32_t task) {
    while (parent[task] != task) task = parent[task] = parent[parent[task]];
    return task;
  };
  for (const graph::InstanceEdge& edge : instance.edges) {
    if (edge.feedback) continue;
    const std::int32_t a = find(edge.from);
    const std::int32_t b = find(edge.to);
    parent[std::max(a, b)] = std::min(a, b);
  }
  std::vector<std::int32_t> part(parent.size());
  std::int32_t parts = 0;
  for (std::int32_t task = 0; task < static_cast<std::int32_t>(parent.size()); ++task) {
    const std::int32_t root = find(task);
    part[task] = root == task ? parts++ : part[root];
  }
  return part;
}

std::vector<std::size_t> sizes_of(const std::vector<std::int32_t>& part) {
  std::vector<std::size_t> sizes;
  for (const std::int32_t one : part) {
    if (sizes.size() <= static_cast<std::size_t>(one)) sizes.resize(one + 1);
    ++sizes[one];
  }
  return sizes;
}

}  // namespace

std::size_t largest_part(const graph::Instance& instance) {
  const std::vector<std::size_t> sizes = sizes_of(parts_of(instance));
  return sizes.empty() ? 0 : *std::max_element(sizes.begin(), sizes.end());
}

Precedence::Precedence(const graph::Instance& instance, const std::vector<std::int32_t>& topo)
    : part_(parts_of(instance)), place_(part_.size()), row_(part_.size()) {
  const std::vector<std::size_t> sizes = sizes_of(part_);
  std::vector<std::int32_t> filled(sizes.size());
  std::size_t words = 0;
  for (std::size_t task = 0; task < part_.size(); ++task) {
    place_[task] = filled[part_[task]]++;
    row_[task] = words;
    words += (sizes[part_[task]] + 63) / 64;
  }
  rows_.resize(words);
  const auto set = [&](std::int32_t a, std::int32_t b) {
    rows_[row_[a] + static_cast<std::size_t>(place_[b]) / 64] |= std::uint64_t{1} << place_[b] % 64;
  };
  // Rows first hold what each task reaches: from the back, a task reaches its successors and what
  // they reach.
  std::vector<std::vector<std::int32_t>> next(part_.size());
  for (const graph::InstanceEdge& edge : instance.edges) {
    if (!edge.feedback) next[edge.from].push_back(edge.to);
  }
  for (auto task = topo.rbegin(); task != topo.rend(); ++task) {
    const std::size_t width = (sizes[part_[*task]] + 63) / 64;
    for (const std::int32_t successor : next[*task]) {
      set(*task, successor);
      for (std::size_t word = 0; word < width; ++word)
        rows_[row_[*task] + word] |= rows_[row_[successor] + word];
    }
  }
  // Then either way, and only within one job.
  std::vector<std::vector<std::int32_t>> members(sizes.size());
  for (std::size_t task = 0; task < part_.size(); ++task)
    members[part_[task]].push_back(static_cast<std::int32_t>(task));
  for (const std::int32_t a : topo) {
    const std::size_t width = (sizes[part_[a]] + 63) / 64;
    for (std::size_t word = 0; word < width; ++word) {
      std::uint64_t& bits = rows_[row_[a] + word];
      for (std::uint64_t rest = bits; rest != 0; rest &= rest - 1) {
        const std::int32_t b = members[part_[a]][word * 64 + std::countr_zero(rest)];
        if (instance.tasks[a].job == instance.tasks[b].job) {
          set(b, a);
        } else {
          bits &= ~(rest & (~rest + 1));
        }
      }
    }
  }
}

}  // namespace mort::offload
