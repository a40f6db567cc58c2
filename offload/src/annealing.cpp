#include "annealing.hpp"

#include <algorithm>
#include <limits>

namespace mort::offload {
namespace {

__extension__ using Int128 = __int128;

constexpr std::size_t kClusterSize = 30;  ///< tasks that move at once, at most
constexpr std::size_t kVictims = 20;      ///< tasks that are pushed out at once, at most
constexpr int kPushes = 6;                ///< times that others are pushed out, a step
constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();
constexpr int kRefuges = 6;  ///< nodes looked at for those pushed out
/// A move that needs room may lose this many temperatures more before others have moved: their
/// moves may gain.
constexpr std::int64_t kPatience = 4;

}  // namespace

Annealing::Annealing(const Model& model, const Objective& objective,
                     const std::vector<std::int32_t>& start, std::uint64_t seed)
    : model_(model),
      objective_(objective),
      rate_sum_(objective.rate_sum()),
      rate_count_(objective.rate_count()),
      draw_(seed),
      here_(model),
      value_(objective.value(start)),
      best_value_(value_),
      best_(start),
      chunk_(model.tasks()),
      victims_(model.tasks()) {
  for (std::int32_t task = 0; task < model.tasks(); ++task) here_.enter(task, start[task]);
}

const std::vector<std::int32_t>& Annealing::best() {
  if (!saved_) save_best();
  return best_;
}

void Annealing::step(std::int64_t temperature) {
  temperature_ = temperature;
  const std::int32_t task = draw_.below(model_.tasks());
  const std::int32_t from = here_.node_of(task);
  const std::int32_t to = destination(task);
  if (to == from) return;
  // Mostly a few tasks, often a whole cluster.
  std::size_t size = 1;
  if (draw_.below(5) < 2) {
    size += draw_.below(kClusterSize);
  } else {
    while (size < 8 && draw_.below(2) == 0) ++size;
  }
  gather(chunk_, task, size, model_.fused() ? kNoLimit : model_.capacity(to));
  const std::int64_t luck = draw_.exponential();
  const std::int64_t patience = luck + (kPatience << 16);
  std::int64_t gain = objective_.gain(here_, chunk_, to);
  bool good = bears(gain, patience);
  if (good && here_.fits(chunk_.tasks(), to)) {
    good = bears(gain, luck);
    if (good) move(chunk_, to);
  } else if (good) {
    good = std::all_of(chunk_.tasks().begin(), chunk_.tasks().end(),
                       [&](std::int32_t one) { return model_.allowed(one, to); });
    if (good) {
      move(chunk_, to);
      good = make_room(to, from, gain, patience) && bears(gain, luck);
    }
  }
  chunk_.clear();
  if (good) {
    keep(gain);
  } else {
    undo();
  }
}

/// The loss, if it is one, is at most the temperature `times` / 65536 times. Without a division, so
/// that nothing is rounded.
bool Annealing::bears(std::int64_t gain, std::int64_t times) const {
  if (gain >= 0) return true;
  const Int128 most = static_cast<Int128>(rate_sum_) * temperature_ * times;
  return static_cast<Int128>(-gain) * rate_count_ * kMean * 65'536 <= most;
}

/// Where data draws the task, and now and then anywhere.
std::int32_t Annealing::destination(std::int32_t task) {
  const std::int32_t node = draw_.below(20) == 0 ? -1 : objective_.attractor(here_, task, draw_);
  return node < 0 || node == here_.node_of(task) ? draw_.below(model_.nodes()) : node;
}

/// Fills `chunk` with tasks of one node that exchange data, nearest to `first` first, up to `size`
/// of them and `cpu` in all.
void Annealing::gather(Chunk& chunk, std::int32_t first, std::size_t size, std::int64_t cpu) {
  const std::int32_t node = here_.node_of(first);
  chunk.add(first);
  cpu -= model_.cpu(first);
  for (std::size_t i = 0; i < chunk.size() && chunk.size() < size; ++i) {
    const std::span<const Link> links = model_.neighbours(chunk.tasks()[i]);
    if (links.empty()) continue;
    std::size_t at = draw_.below(links.size());
    for (std::size_t seen = 0; seen < links.size() && chunk.size() < size; ++seen) {
      const std::int32_t task = links[at].task;
      at = at + 1 == links.size() ? 0 : at + 1;
      if (here_.node_of(task) != node || chunk.holds(task) || chunk_.holds(task) ||
          model_.cpu(task) > cpu)
        continue;
      chunk.add(task);
      cpu -= model_.cpu(task);
    }
  }
}

void Annealing::move(const Chunk& chunk, std::int32_t to) {
  for (const std::int32_t task : chunk.tasks()) {
    moves_.push_back({task, here_.node_of(task)});
    here_.move(task, to);
  }
}

/// Pushes clusters off `node` until what is left fits; the chunk that has just come stays. Adds to
/// `gain`. False when that cannot be done, or the loss becomes too large: see bears().
bool Annealing::make_room(std::int32_t node, std::int32_t vacated, std::int64_t& gain,
                          std::int64_t times) {
  for (int push = 0; push < kPushes; ++push) {
    const std::vector<std::int32_t>& members = here_.members(node);
    if (members.size() == chunk_.size()) return false;
    std::int32_t first = members[draw_.below(members.size())];
    for (int i = 0; i < 3 && chunk_.holds(first); ++i) first = members[draw_.below(members.size())];
    if (chunk_.holds(first)) return false;
    const std::int64_t excess = here_.excess_cpu(node);
    gather(victims_, first, kVictims, std::max(excess, model_.cpu(first)));
    std::int64_t pushed = 0;
    const std::int32_t refuge = best_refuge(node, vacated, pushed);
    if (refuge >= 0) move(victims_, refuge);
    victims_.clear();
    if (refuge < 0) continue;
    gain += pushed;
    if (!bears(gain, times)) return false;
    if (!here_.overfull(node)) return true;
  }
  return false;
}

/// Of a few nodes with room for the victims, the one where they gain most; -1 when there is none.
std::int32_t Annealing::best_refuge(std::int32_t node, std::int32_t vacated, std::int64_t& gain) {
  std::int32_t best = -1;
  const auto consider = [&](std::int32_t refuge) {
    if (refuge < 0 || refuge == node || refuge == best) return;
    const std::int64_t offered = objective_.gain(here_, victims_, refuge);
    if ((best >= 0 && offered <= gain) || !here_.fits(victims_.tasks(), refuge)) return;
    best = refuge;
    gain = offered;
  };
  for (int i = 0; i < kRefuges; ++i) {
    const std::int32_t one = victims_.tasks()[draw_.below(victims_.size())];
    consider(objective_.attractor(here_, one, draw_));
  }
  consider(vacated);
  for (int i = 0; i < kRefuges && best < 0; ++i) consider(draw_.below(model_.nodes()));
  return best;
}

void Annealing::keep(std::int64_t gain) {
  if (gain < 0 && !saved_ && value_ == best_value_) save_best();
  value_ += gain;
  moves_.clear();
  if (value_ > best_value_) {
    best_value_ = value_;
    saved_ = false;
  }
}

void Annealing::undo() {
  for (; !moves_.empty(); moves_.pop_back()) here_.move(moves_.back().task, moves_.back().from);
}

/// The plan as it was before the moves of this step.
void Annealing::save_best() {
  best_ = here_.assign();
  for (auto move = moves_.rbegin(); move != moves_.rend(); ++move) best_[move->task] = move->from;
  saved_ = true;
}

}  // namespace mort::offload
