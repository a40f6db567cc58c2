#include "antichain.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <map>

#pragma GCC diagnostic push
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // in Boost's edge iterator, seen by g++ 12
#endif
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/boykov_kolmogorov_max_flow.hpp>
#pragma GCC diagnostic pop

namespace mort::offload {
namespace {

using Traits = boost::adjacency_list_traits<boost::vecS, boost::vecS, boost::directedS>;
using Network = boost::adjacency_list<
    boost::vecS, boost::vecS, boost::directedS,
    boost::property<
        boost::vertex_color_t, boost::default_color_type,
        boost::property<boost::vertex_distance_t, long,
                        boost::property<boost::vertex_predecessor_t, Traits::edge_descriptor>>>,
    boost::property<
        boost::edge_capacity_t, std::int64_t,
        boost::property<boost::edge_residual_capacity_t, std::int64_t,
                        boost::property<boost::edge_reverse_t, Traits::edge_descriptor>>>>;

constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max() / 4;

/// Every task has a copy on the left, fed with its cpu, and one on the right, drained of its cpu.
/// What flows from left to right, from a task to a later one, is cpu that the two share. The
/// minimum cut leaves whole just the tasks of the largest antichain.
class SharedCpu {
 public:
  explicit SharedCpu(std::size_t tasks)
      : tasks_(tasks), network_(2 * tasks + 2), source_(2 * tasks), sink_(2 * tasks + 1) {}

  void weigh(std::size_t task, std::int64_t cpu) {
    add(source_, task, cpu);
    add(tasks_ + task, sink_, cpu);
  }
  void shares(std::size_t earlier, std::size_t later) { add(earlier, tasks_ + later, kNoLimit); }
  /// A path may go through the task, whoever runs it.
  void passes(std::size_t task) { add(tasks_ + task, task, kNoLimit); }

  void cut() { boost::boykov_kolmogorov_max_flow(network_, source_, sink_); }
  bool whole(std::size_t task) const {
    return on_source_side(task) && !on_source_side(tasks_ + task);
  }

 private:
  void add(std::size_t from, std::size_t to, std::int64_t capacity) {
    const auto forth = boost::add_edge(from, to, network_).first;
    const auto back = boost::add_edge(to, from, network_).first;
    boost::put(boost::edge_capacity, network_, forth, capacity);
    boost::put(boost::edge_capacity, network_, back, 0);
    boost::put(boost::edge_reverse, network_, forth, back);
    boost::put(boost::edge_reverse, network_, back, forth);
  }
  bool on_source_side(std::size_t vertex) const {
    return boost::get(boost::vertex_color, network_, vertex) ==
           boost::color_traits<boost::default_color_type>::black();
  }

  std::size_t tasks_;
  Network network_;
  std::size_t source_;
  std::size_t sink_;
};

/// A set up to this size is cut by its pairs; a larger one by the edges of the whole graph.
constexpr std::size_t kPairs = 512;

Antichain cut_by_pairs(const Model& model, std::span<const std::int32_t> tasks) {
  SharedCpu shared(tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    shared.weigh(i, model.cpu(tasks[i]));
    for (std::size_t j = 0; j < tasks.size(); ++j) {
      if (model.tpos(tasks[i]) < model.tpos(tasks[j]) &&
          model.precedence().ordered(tasks[i], tasks[j])) {
        shared.shares(i, j);
      }
    }
  }
  shared.cut();
  Antichain antichain;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (shared.whole(i)) antichain.tasks.push_back(tasks[i]);
  }
  return antichain;
}

/// All of one job.
Antichain cut_by_edges(const Model& model, std::span<const std::int32_t> tasks) {
  SharedCpu shared(static_cast<std::size_t>(model.tasks()));
  for (const std::int32_t task : tasks) shared.weigh(task, model.cpu(task));
  for (std::int32_t task = 0; task < model.tasks(); ++task) {
    shared.passes(task);
    for (const Link& link : model.followers(task)) shared.shares(task, link.task);
  }
  shared.cut();
  Antichain antichain;
  for (const std::int32_t task : tasks) {
    if (shared.whole(task)) antichain.tasks.push_back(task);
  }
  return antichain;
}

/// A set of up to 64 x Words tasks.
template <std::size_t Words>
struct Bits {
  std::array<std::uint64_t, Words> words{};

  bool any() const {
    return std::any_of(words.begin(), words.end(), [](std::uint64_t word) { return word != 0; });
  }
  std::size_t first() const {
    std::size_t at = 0;
    while (words[at] == 0) ++at;
    return at * 64 + std::countr_zero(words[at]);
  }
  void add(std::size_t bit) { words[bit / 64] |= std::uint64_t{1} << bit % 64; }
  void remove(std::size_t bit) { words[bit / 64] &= ~(std::uint64_t{1} << bit % 64); }
  Bits operator&(const Bits& other) const {
    Bits both;
    for (std::size_t i = 0; i < Words; ++i) both.words[i] = words[i] & other.words[i];
    return both;
  }
  Bits operator|(const Bits& other) const {
    Bits either;
    for (std::size_t i = 0; i < Words; ++i) either.words[i] = words[i] | other.words[i];
    return either;
  }
  Bits without(const Bits& other) const {
    Bits rest;
    for (std::size_t i = 0; i < Words; ++i) rest.words[i] = words[i] & ~other.words[i];
    return rest;
  }
};

/// Sets that have nothing to do with each other add up; in a connected one, the task that is
/// ordered with most others is in the antichain or it is not. Orders like trees fall apart quickly.
template <std::size_t Words>
class BitSearch {
 public:
  static constexpr std::size_t kTasks = 64 * Words;

  BitSearch(const Model& model, std::span<const std::int32_t> tasks) : count_(tasks.size()) {
    std::array<std::int32_t, kTasks> degree{};
    std::array<Bits<Words>, kTasks> ordered{};
    for (std::size_t i = 0; i < count_; ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (!model.precedence().ordered(tasks[i], tasks[j])) continue;
        ordered[i].add(j);
        ++degree[i];
        ++degree[j];
      }
    }
    // Numbered by falling degree, so that the first task of a set is the one to branch on.
    std::array<std::uint16_t, kTasks> order;
    std::array<std::uint16_t, kTasks> number;
    for (std::size_t i = 0; i < count_; ++i) order[i] = static_cast<std::uint16_t>(i);
    std::stable_sort(order.begin(), order.begin() + count_,
                     [&](auto a, auto b) { return degree[a] > degree[b]; });
    for (std::size_t i = 0; i < count_; ++i) number[order[i]] = static_cast<std::uint16_t>(i);
    for (std::size_t i = 0; i < count_; ++i) {
      cpu_[number[i]] = model.cpu(tasks[i]);
      for (; ordered[i].any(); ordered[i].remove(ordered[i].first())) {
        const std::size_t a = number[i];
        const std::size_t b = number[ordered[i].first()];
        ordered_[a].add(b);
        ordered_[b].add(a);
      }
    }
  }

  /// Less than 0 when the search grew too long.
  std::int64_t run() {
    Bits<Words> all;
    for (std::size_t i = 0; i < count_; ++i) all.add(i);
    const std::int64_t best = best_of(all);
    return steps_ > kMaxSteps ? -1 : best;
  }

 private:
  static constexpr int kMaxSteps = 1'000;

  std::int64_t best_of(Bits<Words> open) {
    std::int64_t total = 0;
    while (open.any() && ++steps_ <= kMaxSteps) {
      const std::size_t task = open.first();
      const Bits<Words> part = connected(task, open);
      open = open.without(part);
      Bits<Words> rest = part;
      rest.remove(task);
      const std::int64_t with =
          cpu_[task] + (rest.any() ? best_of(rest.without(ordered_[task])) : 0);
      total += sum(rest) > with ? std::max(with, best_of(rest)) : with;
    }
    return total;
  }

  Bits<Words> connected(std::size_t task, const Bits<Words>& open) const {
    Bits<Words> part;
    part.add(task);
    for (Bits<Words> fresh = part; fresh.any();) {
      const std::size_t at = fresh.first();
      fresh.remove(at);
      const Bits<Words> more = (ordered_[at] & open).without(part);
      part = part | more;
      fresh = fresh | more;
    }
    return part;
  }

  std::int64_t sum(Bits<Words> set) const {
    std::int64_t total = 0;
    for (; set.any(); set.remove(set.first())) total += cpu_[set.first()];
    return total;
  }

  std::size_t count_;
  std::array<std::int64_t, kTasks> cpu_;
  std::array<Bits<Words>, kTasks> ordered_{};
  int steps_ = 0;
};

template <std::size_t Words>
std::int64_t search(const Model& model, std::span<const std::int32_t> tasks) {
  const std::int64_t found = BitSearch<Words>(model, tasks).run();
  return found >= 0 ? found : max_antichain(model, tasks).cpu;
}

}  // namespace

Antichain max_antichain(const Model& model, std::span<const std::int32_t> tasks) {
  Antichain antichain;
  if (tasks.size() <= kPairs) {
    antichain = cut_by_pairs(model, tasks);
  } else {
    std::map<std::int32_t, std::vector<std::int32_t>> by_job;
    for (const std::int32_t task : tasks) by_job[model.instance().tasks[task].job].push_back(task);
    for (const auto& [job, members] : by_job) {
      const Antichain part = cut_by_edges(model, members);
      antichain.tasks.insert(antichain.tasks.end(), part.tasks.begin(), part.tasks.end());
    }
  }
  for (const std::int32_t task : antichain.tasks) antichain.cpu += model.cpu(task);
  return antichain;
}

std::int64_t fused_cpu(const Model& model, std::span<const std::int32_t> tasks) {
  if (tasks.size() <= BitSearch<1>::kTasks) return search<1>(model, tasks);
  if (tasks.size() <= BitSearch<4>::kTasks) return search<4>(model, tasks);
  return max_antichain(model, tasks).cpu;
}

}  // namespace mort::offload
