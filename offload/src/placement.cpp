#include "placement.hpp"

namespace mort::offload {

Placement::Placement(const Model& model) : here_(model), node_gain_(model.nodes()) {}

bool Placement::has_room_without(std::int32_t task, std::int32_t node, std::int32_t leaving) const {
  here_.leave(leaving);
  const bool room = has_room(task, node);
  here_.enter(leaving, node);
  return room;
}

bool Placement::could_hold(std::int32_t task, std::int32_t node) const {
  const Model& model = here_.model();
  const std::int64_t memory = model.instance().nodes[node].memory.value_or(model.memory(task));
  return model.allowed(task, node) && model.cpu(task) <= model.capacity(node) &&
         model.memory(task) <= memory;
}

void Placement::place(std::span<const std::int32_t> tasks, std::int32_t node) {
  MORT_CHECK(here_.fits(tasks, node));
  for (const std::int32_t task : tasks) {
    MORT_CHECK(!placed(task));
    here_.enter(task, node);
  }
}

void Placement::remove(std::int32_t task) {
  MORT_CHECK(placed(task));
  here_.leave(task);
}

std::int64_t Placement::gain(std::int32_t task, std::int32_t node) const {
  std::int64_t gain = 0;
  for (const Link& link : model().neighbours(task))
    gain += assign()[link.task] == node ? link.rate : 0;
  for (const Feed& feed : model().feeds(task)) gain += feed.node == node ? feed.rate : 0;
  return gain;
}

Choice Placement::best_node(std::int32_t task, std::int32_t except) const {
  const auto for_each_attraction = [&](auto apply) {
    for (const Link& link : model().neighbours(task)) apply(assign()[link.task], link.rate);
    for (const Feed& feed : model().feeds(task)) apply(feed.node, feed.rate);
  };
  for_each_attraction([&](std::int32_t node, std::int64_t rate) {
    if (node >= 0) node_gain_[node] += rate;
  });
  Choice best;
  for (std::int32_t node = 0; node < model().nodes(); ++node) {
    if (node != except && node_gain_[node] > best.gain && has_room(task, node)) {
      best = {node, node_gain_[node]};
    }
  }
  for_each_attraction([&](std::int32_t node, std::int64_t) {
    if (node >= 0) node_gain_[node] = 0;
  });
  return best;
}

}  // namespace mort::offload
