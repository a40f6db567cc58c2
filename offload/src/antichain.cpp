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
    for (const Link& link : model.successors(task)) shared.shares(task, link.task);
  }
  shared.cut();
  Antichain antichain;
  for (const std::int32_t task : tasks) {
    if (shared.whole(task)) antichain.tasks.push_back(task);
  }
  return antichain;
}

constexpr std::size_t kBits = 64;

/// Branches on the task that conflicts with most others: it is in the antichain or it is not.
class BitSearch {
 public:
  BitSearch(const Model& model, std::span<const std::int32_t> tasks) {
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      cpu_[i] = model.cpu(tasks[i]);
      ordered_[i] = 0;
      for (std::size_t j = 0; j < i; ++j) {
        if (!model.precedence().ordered(tasks[i], tasks[j])) continue;
        ordered_[i] |= std::uint64_t{1} << j;
        ordered_[j] |= std::uint64_t{1} << i;
      }
    }
    all_ = tasks.size() == kBits ? ~std::uint64_t{0} : (std::uint64_t{1} << tasks.size()) - 1;
  }

  /// Less than 0 when the search grew too long.
  std::int64_t run() {
    best_ = 0;
    branch(all_, 0, sum(all_));
    return steps_ > kMaxSteps ? -1 : best_;
  }

 private:
  static constexpr int kMaxSteps = 200;

  std::int64_t sum(std::uint64_t set) const {
    std::int64_t total = 0;
    for (; set != 0; set &= set - 1) total += cpu_[std::countr_zero(set)];
    return total;
  }

  /// `open` may still be chosen, `open_cpu` is their sum, `chosen` what is chosen.
  void branch(std::uint64_t open, std::int64_t chosen, std::int64_t open_cpu) {
    if (chosen + open_cpu <= best_ || ++steps_ > kMaxSteps) return;
    int task = -1;
    int most = 0;
    for (std::uint64_t rest = open; rest != 0; rest &= rest - 1) {
      const int i = std::countr_zero(rest);
      const int conflicts = std::popcount(ordered_[i] & open);
      if (conflicts > most) {
        most = conflicts;
        task = i;
      }
    }
    if (task < 0) {
      best_ = chosen + open_cpu;
      return;
    }
    const std::uint64_t without = open & ~(std::uint64_t{1} << task);
    branch(without, chosen, open_cpu - cpu_[task]);
    const std::uint64_t beside = without & ~ordered_[task];
    branch(beside, chosen + cpu_[task], sum(beside));
  }

  std::array<std::int64_t, kBits> cpu_;
  std::array<std::uint64_t, kBits> ordered_;
  std::uint64_t all_ = 0;
  std::int64_t best_ = 0;
  int steps_ = 0;
};

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
  if (tasks.size() <= kBits) {
    const std::int64_t found = BitSearch(model, tasks).run();
    if (found >= 0) return found;
  }
  return max_antichain(model, tasks).cpu;
}

}  // namespace mort::offload
