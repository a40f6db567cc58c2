#include "mort/placement_study/generator.hpp"

#include <algorithm>
#include <numeric>
#include <string>

#include "draws.hpp"

namespace mort::placement_study {
namespace {

constexpr int kMaxTasks = 100'000;
constexpr int kMaxNodes = 100'000;
constexpr double kMaxFactor = 1'000.0;
constexpr std::int64_t kMinRate = 64;
constexpr std::int64_t kMaxRate = 8192;

/// A job of `size` tasks, level by level. The critical path has a task on each level; the others
/// are spread over the levels. Every task reads from the level before its own, and every task but
/// those of the last level is read.
JobShape draw_shape(std::int64_t size, const DagStats& stats, Draws& draws) {
  if (size == 1) return {{{}}};
  const auto last = [](const std::vector<Counts>& series, std::int64_t at) -> const Counts& {
    return series[static_cast<std::size_t>(
        std::min(at, static_cast<std::int64_t>(series.size()) - 1))];
  };
  const std::int64_t path = std::min(draws.from(last(stats.path_length, size - 2)), size);
  std::vector<std::int64_t> width(static_cast<std::size_t>(path), 1);
  for (std::int64_t i = path; i < size; ++i) {
    ++width[static_cast<std::size_t>(std::min(draws.from(last(stats.level, path - 1)), path) - 1)];
  }

  JobShape shape;
  shape.parents.resize(static_cast<std::size_t>(size));
  std::int32_t above = 0;  // first task of the level before
  for (std::size_t level = 1; level < width.size(); ++level) {
    const std::int64_t readers = width[level];
    const std::int64_t writers = width[level - 1];
    const auto first = static_cast<std::int32_t>(above + writers);
    // Three quarters of an even share, rounded up, leaves some tasks with one reader in common.
    const std::int64_t share = (3 * readers + 4 * writers - 1) / (4 * writers);
    for (std::int32_t writer = above; writer < first; ++writer) {
      for (const std::int32_t reader :
           draws.sample(static_cast<std::size_t>(readers), static_cast<std::size_t>(share))) {
        shape.parents[static_cast<std::size_t>(first + reader)].push_back(writer);
      }
    }
    for (std::int64_t reader = first; reader < first + readers; ++reader) {
      auto& parents = shape.parents[static_cast<std::size_t>(reader)];
      if (parents.empty()) {
        parents.push_back(above + static_cast<std::int32_t>(draws.below(writers)));
      }
    }
    above = first;
  }
  return shape;
}

/// The next job, of at most `room` tasks. A larger one of a trace loses its last tasks, which
/// nothing before them reads.
JobShape next_shape(std::int64_t room, const DagStats& stats, Draws& draws) {
  if (stats.shapes.empty()) {
    return draw_shape(std::min(draws.from(stats.job_size), room), stats, draws);
  }
  JobShape shape = stats.shapes[draws.index(stats.shapes.size())];
  if (static_cast<std::int64_t>(shape.parents.size()) > room) {
    shape.parents.resize(static_cast<std::size_t>(room));
  }
  return shape;
}

/// A name as in the trace: M1, R2_1, J3_2_1.
std::string task_name(std::size_t at, std::vector<std::int32_t> parents) {
  std::string text(1, parents.empty() ? 'M' : parents.size() == 1 ? 'R' : 'J');
  text += std::to_string(at + 1);
  std::sort(parents.rbegin(), parents.rend());
  for (const std::int32_t parent : parents) text += "_" + std::to_string(parent + 1);
  return text;
}

void add_jobs(const Recipe& recipe, const DagStats& stats, Draws& draws,
              graph::Instance& instance) {
  const bool chain = recipe.merge == Merge::kChain;
  const auto count = static_cast<std::size_t>(recipe.tasks);
  for (std::int32_t job = 0; instance.tasks.size() < count; ++job) {
    const std::size_t first = instance.tasks.size();
    const JobShape shape = next_shape(static_cast<std::int64_t>(count - first), stats, draws);
    for (std::size_t at = 0; at < shape.parents.size(); ++at) {
      const std::vector<std::int32_t>& parents = shape.parents[at];
      const auto id = static_cast<std::int32_t>(first + at);
      graph::InstanceTask task;
      task.job = chain ? 0 : job;
      task.cpu = 1 + static_cast<std::int64_t>(draws.weighted({60, 30, 10}));
      task.name = task_name(at, parents);
      instance.tasks.push_back(std::move(task));
      for (const std::int32_t parent : parents) {
        instance.edges.push_back(
            {static_cast<std::int32_t>(first) + parent, id, draws.between(kMinRate, kMaxRate), {}});
      }
      if (chain && parents.empty() && id > 0) {
        // In the first job there is no earlier one: its further sources hang on its first tasks.
        const auto from = static_cast<std::int32_t>(draws.index(first > 0 ? first : at));
        instance.edges.push_back({from, id, draws.between(kMinRate, kMaxRate), {}});
      }
    }
  }
}

/// `total` in shares by weight, by largest remainders. A share below 1 becomes 1; where that takes
/// the sum above the total (few tasks on many nodes) it stays there: to take it from the strong
/// nodes again would leave nodes of one cpu on which tasks of two find no place.
std::vector<std::int64_t> share_out(std::int64_t total, const std::vector<std::int64_t>& weights) {
  const std::int64_t weight = std::accumulate(weights.begin(), weights.end(), std::int64_t{0});
  std::vector<std::int64_t> shares;
  for (const std::int64_t w : weights) {
    shares.push_back(std::max<std::int64_t>(1, total * w / weight));
  }
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return total * weights[a] % weight > total * weights[b] % weight;
  });
  const std::int64_t left = total - std::accumulate(shares.begin(), shares.end(), std::int64_t{0});
  // The floors lack less than one for each node.
  for (std::int64_t i = 0; i < left; ++i) ++shares[order[static_cast<std::size_t>(i)]];
  return shares;
}

/// Each region in turn serves as often as the nodes need; which ones serve once more is drawn.
void add_nodes(const Recipe& recipe, std::int64_t capacity, const DagStats& stats, Draws& draws,
               graph::Instance& instance) {
  const std::size_t regions = stats.region_weight.size();
  const auto count = static_cast<std::size_t>(recipe.nodes);
  std::vector<std::int32_t> drawn = draws.sample(regions, count % regions);
  for (std::size_t i = 0; i < count / regions * regions; ++i) {
    drawn.push_back(static_cast<std::int32_t>(i % regions));
  }
  std::vector<std::int64_t> weights;
  for (const std::int32_t at : draws.sample(count, count)) {
    weights.push_back(
        stats.region_weight[static_cast<std::size_t>(drawn[static_cast<std::size_t>(at)])]);
  }
  for (const std::int64_t cpu : share_out(capacity, weights)) {
    graph::InstanceNode node;
    node.cpu = cpu;
    instance.nodes.push_back(std::move(node));
  }
}

/// Tasks that a virtual task feeds: the sources. A chain has one source, so a sixth of its other
/// tasks is fed as well: about as many as would be in jobs that stay apart.
std::vector<std::int32_t> fed_tasks(const Recipe& recipe, const graph::Instance& instance,
                                    Draws& draws) {
  std::vector<bool> fed(instance.tasks.size(), true);
  for (const graph::InstanceEdge& edge : instance.edges) {
    fed[static_cast<std::size_t>(edge.to)] = false;
  }
  if (recipe.merge == Merge::kChain) {
    for (const std::int32_t at : draws.sample(fed.size() - 1, fed.size() / 6)) {
      fed[static_cast<std::size_t>(at) + 1] = true;
    }
  }
  std::vector<std::int32_t> tasks;
  for (std::size_t i = 0; i < fed.size(); ++i) {
    if (fed[i]) tasks.push_back(static_cast<std::int32_t>(i));
  }
  return tasks;
}

void add_virtuals(const Recipe& recipe, Draws& draws, graph::Instance& instance) {
  std::vector<std::int64_t> weights;
  for (const graph::InstanceNode& node : instance.nodes) {
    const std::int64_t square = node.cpu * node.cpu;
    weights.push_back(recipe.virtual_mode == VirtualMode::kAtcp ? square
                      : recipe.virtual_mode == VirtualMode::kAtcpR
                          ? std::max<std::int64_t>(1, (std::int64_t{1} << 40) / square)
                          : 1);
  }
  for (const std::int32_t task : fed_tasks(recipe, instance, draws)) {
    std::size_t at = instance.virtuals.size();
    if (at > 0 && draws.below(3) == 0) {
      at = draws.index(at);
    } else {
      instance.virtuals.push_back({static_cast<std::int32_t>(draws.weighted(weights)), {}});
    }
    instance.virtual_edges.push_back(
        {static_cast<std::int32_t>(at), task, draws.between(kMinRate, kMaxRate)});
  }
}

}  // namespace

std::string_view name(Merge merge) {
  return merge == Merge::kUnion ? "union" : "chain";
}

std::string_view name(VirtualMode mode) {
  switch (mode) {
    case VirtualMode::kAtcp:
      return "atcp";
    case VirtualMode::kAtcpR:
      return "atcp-r";
    case VirtualMode::kRandom:
      break;
  }
  return "random";
}

Result<graph::Instance> generate(const Recipe& recipe, const DagStats& stats) {
  if (recipe.tasks < 1 || recipe.tasks > kMaxTasks || recipe.nodes < 1 ||
      recipe.nodes > kMaxNodes) {
    return fail(ErrorCode::kInvalid, std::to_string(recipe.tasks) + " tasks and " +
                                         std::to_string(recipe.nodes) + " nodes: both must be 1.." +
                                         std::to_string(kMaxTasks));
  }
  if (!(recipe.factor > 0.0 && recipe.factor <= kMaxFactor)) {
    return fail(ErrorCode::kInvalid, "the factor must be above 0 and at most 1000");
  }
  Draws draws(recipe.seed);
  graph::Instance instance;
  instance.name = std::to_string(recipe.tasks) + "x" + std::to_string(recipe.nodes) + "-" +
                  std::string(name(recipe.merge)) + "-" + std::string(name(recipe.virtual_mode)) +
                  "-seed" + std::to_string(recipe.seed);
  add_jobs(recipe, stats, draws, instance);

  std::int64_t demand = 0;
  for (const graph::InstanceTask& task : instance.tasks) demand += task.cpu;
  const auto thousandths = static_cast<std::int64_t>(recipe.factor * 1000.0 + 0.5);
  const std::int64_t capacity = (demand * thousandths + 500) / 1000;
  add_nodes(recipe, capacity, stats, draws, instance);
  add_virtuals(recipe, draws, instance);
  return instance;
}

}  // namespace mort::placement_study
