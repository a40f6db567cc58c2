// REPAIR. Source: OFFLOAD 3. Each level is tried only when the one before it does not help.
#include "repair.hpp"

#include <algorithm>

namespace mort::offload {
namespace {

/// `task` leaves its node for `to`; `loss` is the gain that this costs.
struct Move {
  std::int32_t task = -1;
  std::int32_t to = -1;
  std::int64_t loss = 0;
};

/// Where `task` loses least by leaving its node; to == -1 when no other node has room.
Move cheapest_move(const Placement& placement, std::int32_t task) {
  const std::int32_t from = placement.node_of(task);
  const Choice best = placement.best_node(task, from);
  return {task, best.node, placement.gain(task, from) - best.gain};
}

void apply(Placement& placement, const Move& move) {
  placement.remove(move.task);
  placement.place(move.task, move.to);
}

bool place_at_best(Placement& placement, std::int32_t task) {
  const Choice best = placement.best_node(task);
  if (best.node >= 0) placement.place(task, best.node);
  return best.node >= 0;
}

/// The single move of another task that makes room at the best total; ties: smaller tpos of the
/// moved one.
bool place_after_one_move(Placement& placement, std::int32_t task) {
  const Model& model = placement.model();
  Move best;
  std::int64_t best_score = 0;
  for (const std::int32_t other : model.topo()) {
    const std::int32_t node = placement.node_of(other);
    if (node < 0 || !placement.has_room_without(task, node, other)) continue;
    const Move move = cheapest_move(placement, other);
    if (move.to < 0) continue;
    const std::int64_t score =
        placement.gain(task, node) - model.rate_between(task, other) - move.loss;
    if (best.task < 0 || score > best_score) {
      best = move;
      best_score = score;
    }
  }
  if (best.task < 0) return false;
  const std::int32_t node = placement.node_of(best.task);
  apply(placement, best);
  placement.place(task, node);
  return true;
}

/// Moves tasks off `node`, cheapest first, until `task` fits. Returns the moves done, none when it
/// cannot be.
std::vector<Move> empty_node_for(Placement& placement, std::int32_t task, std::int32_t node,
                                 const std::vector<std::int32_t>& residents) {
  std::vector<Move> undo;
  while (!placement.has_room(task, node)) {
    Move best;
    for (const std::int32_t other : residents) {
      if (placement.node_of(other) != node) continue;
      // A task of no cpu and no memory makes no room.
      if (placement.model().cpu(other) == 0 && placement.model().memory(other) == 0) continue;
      const Move move = cheapest_move(placement, other);
      if (move.to >= 0 && (best.task < 0 || move.loss < best.loss)) best = move;
    }
    if (best.task < 0) {
      for (auto at = undo.rbegin(); at != undo.rend(); ++at) {
        placement.remove(at->task);
        placement.place(at->task, node);
      }
      return {};
    }
    apply(placement, best);
    undo.push_back(best);
  }
  return undo;
}

/// Several moves off one node: the node of the best total; ties: smaller id.
bool place_after_moves(Placement& placement, std::int32_t task) {
  const Model& model = placement.model();
  std::vector<std::vector<std::int32_t>> residents(model.nodes());
  for (const std::int32_t other : model.topo()) {
    if (placement.placed(other)) residents[placement.node_of(other)].push_back(other);
  }
  std::int32_t best_node = -1;
  std::int64_t best_score = 0;
  std::vector<Move> best_moves;
  for (std::int32_t node = 0; node < model.nodes(); ++node) {
    if (!placement.could_hold(task, node)) continue;
    const std::vector<Move> moves = empty_node_for(placement, task, node, residents[node]);
    if (moves.empty()) continue;
    std::int64_t score = placement.gain(task, node);
    for (const Move& move : moves) score -= move.loss;
    if (best_node < 0 || score > best_score) {
      best_node = node;
      best_score = score;
      best_moves = moves;
    }
    for (auto at = moves.rbegin(); at != moves.rend(); ++at) {
      placement.remove(at->task);
      placement.place(at->task, node);
    }
  }
  if (best_node < 0) return false;
  for (const Move& move : best_moves) apply(placement, move);
  placement.place(task, best_node);
  return true;
}

}  // namespace

bool make_room_and_place(Placement& placement, std::int32_t task) {
  return place_at_best(placement, task) || place_after_one_move(placement, task) ||
         place_after_moves(placement, task);
}

Result<void> repair(Placement& placement, std::vector<std::int32_t> tasks) {
  const Model& model = placement.model();
  std::sort(tasks.begin(), tasks.end(), [&](std::int32_t a, std::int32_t b) {
    return model.cpu(a) != model.cpu(b) ? model.cpu(a) > model.cpu(b)
                                        : model.tpos(a) < model.tpos(b);
  });
  for (const std::int32_t task : tasks) {
    if (make_room_and_place(placement, task)) continue;
    Packing packing = pack(model);
    if (!packing.left.empty()) return tl::unexpected<Error>(infeasible(packing));
    placement = std::move(packing.placement);
    climb(placement);
    return {};
  }
  return {};
}

}  // namespace mort::offload
