#include "placement.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace mort::offload {
namespace {

__extension__ using Int128 = __int128;

constexpr std::int64_t kBillion = 1'000'000'000;
constexpr std::int64_t kUnlimited = std::numeric_limits<std::int64_t>::max();

}  // namespace

Placement::Placement(const Model& model)
    : model_(&model), assign_(model.tasks(), -1), node_gain_(model.nodes()) {
  for (const graph::InstanceNode& node : model.instance().nodes) {
    free_cpu_.push_back(node.cpu);
    free_memory_.push_back(node.memory.value_or(kUnlimited));
    // The file holds a double. Rounded to nine decimals it is a fraction like the rest, the same on
    // every machine.
    utilization_ppb_.push_back(std::llround(node.utilization * kBillion));
  }
}

bool Placement::has_room_without(std::int32_t task, std::int32_t node, std::int32_t leaving) const {
  return model_->allowed(task, node) &&
         model_->cpu(task) <= free_cpu_[node] + model_->cpu(leaving) &&
         (free_memory_[node] >= model_->memory(task) ||
          model_->memory(task) <= free_memory_[node] + model_->memory(leaving));
}

bool Placement::could_hold(std::int32_t task, std::int32_t node) const {
  const graph::InstanceNode& empty = model_->instance().nodes[node];
  return model_->allowed(task, node) && model_->cpu(task) <= empty.cpu &&
         model_->memory(task) <= empty.memory.value_or(kUnlimited);
}

void Placement::place(std::int32_t task, std::int32_t node) {
  MORT_CHECK(!placed(task) && has_room(task, node));
  assign_[task] = node;
  free_cpu_[node] -= model_->cpu(task);
  if (free_memory_[node] != kUnlimited) free_memory_[node] -= model_->memory(task);
}

void Placement::remove(std::int32_t task) {
  const std::int32_t node = assign_[task];
  MORT_CHECK(node >= 0);
  assign_[task] = -1;
  free_cpu_[node] += model_->cpu(task);
  if (free_memory_[node] != kUnlimited) free_memory_[node] += model_->memory(task);
}

std::int64_t Placement::gain(std::int32_t task, std::int32_t node) const {
  std::int64_t gain = 0;
  for (const Link& link : model_->predecessors(task))
    gain += assign_[link.task] == node ? link.rate : 0;
  for (const Link& link : model_->successors(task))
    gain += assign_[link.task] == node ? link.rate : 0;
  for (const Feed& feed : model_->feeds(task)) gain += feed.node == node ? feed.rate : 0;
  return gain;
}

Choice Placement::best_node(std::int32_t task, std::int32_t except) const {
  const auto for_each_attraction = [&](auto apply) {
    for (const Link& link : model_->predecessors(task)) apply(assign_[link.task], link.rate);
    for (const Link& link : model_->successors(task)) apply(assign_[link.task], link.rate);
    for (const Feed& feed : model_->feeds(task)) apply(feed.node, feed.rate);
  };
  for_each_attraction([&](std::int32_t node, std::int64_t rate) {
    if (node >= 0) node_gain_[node] += rate;
  });
  Choice best;
  for (std::int32_t node = 0; node < model_->nodes(); ++node) {
    if (node != except && node_gain_[node] > best.gain && has_room(task, node)) {
      best = {node, node_gain_[node]};
    }
  }
  for_each_attraction([&](std::int32_t node, std::int64_t) {
    if (node >= 0) node_gain_[node] = 0;
  });
  return best;
}

bool Placement::less_utilised(std::int32_t a, std::int32_t b) const {
  // utilization + placed / capacity = (ppb * capacity + placed * 1e9) / (capacity * 1e9); a node
  // without cpu has nothing placed that weighs, so any positive denominator will do.
  const auto denominator = [&](std::int32_t node) {
    return std::max<std::int64_t>(model_->instance().nodes[node].cpu, 1);
  };
  const auto numerator = [&](std::int32_t node) {
    const std::int64_t placed = model_->instance().nodes[node].cpu - free_cpu_[node];
    return static_cast<Int128>(utilization_ppb_[node]) * denominator(node) +
           static_cast<Int128>(placed) * kBillion;
  };
  return numerator(a) * denominator(b) < numerator(b) * denominator(a);
}

}  // namespace mort::offload
