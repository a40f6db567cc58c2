#include "antichains.hpp"

#include <array>
#include <bit>
#include <map>
#include <numeric>

namespace mort::optimal {
namespace {

constexpr std::size_t kBits = 64;
using Bits = std::uint64_t;

/// Bron and Kerbosch's search, over the graph of what may run at once.
class Search {
 public:
  Search(const offload::Model& model, std::span<const std::int32_t> tasks, std::size_t most)
      : tasks_(tasks), most_(most) {
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      beside_[i] = 0;
      for (std::size_t k = 0; k < tasks.size(); ++k) {
        if (k != i && !model.precedence().ordered(tasks[i], tasks[k])) beside_[i] |= Bits{1} << k;
      }
    }
  }

  std::vector<Tasks> run() {
    grow(0, tasks_.size() == kBits ? ~Bits{0} : (Bits{1} << tasks_.size()) - 1, 0);
    if (found_.size() > most_) found_.clear();
    return std::move(found_);
  }

 private:
  /// `open` may extend `chosen`; `closed` could, but those sets have been seen.
  void grow(Bits chosen, Bits open, Bits closed) {
    if (found_.size() > most_) return;
    if (open == 0 && closed == 0) {
      Tasks& set = found_.emplace_back();
      for (Bits rest = chosen; rest != 0; rest &= rest - 1)
        set.push_back(tasks_[std::countr_zero(rest)]);
      return;
    }
    for (Bits rest = open & ~beside_[pivot(open, closed)]; rest != 0; rest &= rest - 1) {
      const int i = std::countr_zero(rest);
      const Bits bit = Bits{1} << i;
      grow(chosen | bit, open & beside_[i], closed & beside_[i]);
      open &= ~bit;
      closed |= bit;
    }
  }

  int pivot(Bits open, Bits closed) const {
    int best = std::countr_zero(open | closed);
    for (Bits rest = open | closed; rest != 0; rest &= rest - 1) {
      const int i = std::countr_zero(rest);
      if (std::popcount(open & beside_[i]) > std::popcount(open & beside_[best])) best = i;
    }
    return best;
  }

  std::span<const std::int32_t> tasks_;
  std::size_t most_;
  std::array<Bits, kBits> beside_;
  std::vector<Tasks> found_;
};

}  // namespace

std::vector<Tasks> sharing_sets(const offload::Model& model) {
  Tasks parent(model.tasks());
  std::iota(parent.begin(), parent.end(), 0);
  const auto find = [&](std::int32_t task) {
    while (parent[task] != task) task = parent[task] = parent[parent[task]];
    return task;
  };
  for (std::int32_t a = 0; a < model.tasks(); ++a) {
    for (std::int32_t b = 0; b < a; ++b) {
      if (model.precedence().ordered(a, b)) parent[find(a)] = find(b);
    }
  }
  std::map<std::int32_t, Tasks> sets;
  for (const std::int32_t task : model.topo()) sets[find(task)].push_back(task);
  std::vector<Tasks> all;
  for (auto& [root, tasks] : sets) all.push_back(std::move(tasks));
  return all;
}

std::vector<Tasks> maximal_antichains(const offload::Model& model,
                                      std::span<const std::int32_t> tasks, std::size_t most) {
  if (tasks.size() > kBits) return {};
  return Search(model, tasks, most).run();
}

std::vector<std::pair<std::size_t, std::size_t>> covering_pairs(
    const offload::Model& model, std::span<const std::int32_t> tasks) {
  const auto before = [&](std::size_t a, std::size_t b) {
    return a < b && model.precedence().ordered(tasks[a], tasks[b]);
  };
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (std::size_t a = 0; a < tasks.size(); ++a) {
    for (std::size_t b = a + 1; b < tasks.size(); ++b) {
      if (!before(a, b)) continue;
      bool covers = true;
      for (std::size_t c = a + 1; covers && c < b; ++c) covers = !before(a, c) || !before(c, b);
      if (covers) pairs.push_back({a, b});
    }
  }
  return pairs;
}

}  // namespace mort::optimal
