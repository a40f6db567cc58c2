// Simulated annealing over feasible plans: clusters of tasks move, and push others out of their
// way.
#pragma once

#include <memory>
#include <vector>

#include "draw.hpp"
#include "objective.hpp"
#include "occupancy.hpp"

namespace mort::offload {

class Annealing {
 public:
  /// `start` places every task and is feasible. The model and the objective must outlive this.
  Annealing(const Model& model, const Objective& objective, const std::vector<std::int32_t>& start,
            std::uint64_t seed);

  /// The mean rate, as a temperature.
  static constexpr std::int64_t kMean = std::int64_t{1} << 20;

  /// Tries one move. What loses is taken all the same with a chance that falls with the loss and
  /// rises with the temperature, from 0 to kMean. Rates that are all twice as large change nothing.
  void step(std::int64_t temperature);

  /// The best plan so far.
  const std::vector<std::int32_t>& best();
  std::int64_t best_value() const { return best_value_; }

 private:
  struct Move {
    std::int32_t task;
    std::int32_t from;
  };

  bool bears(std::int64_t gain, std::int64_t times) const;
  std::int32_t destination(std::int32_t task);
  void gather(Chunk& chunk, std::int32_t first, std::size_t size, std::int64_t cpu);
  void move(const Chunk& chunk, std::int32_t to);
  bool make_room(std::int32_t node, std::int32_t vacated, std::int64_t& gain, std::int64_t times);
  std::int32_t best_refuge(std::int32_t node, std::int32_t vacated, std::int64_t& gain);
  void keep(std::int64_t gain);
  void undo();
  void save_best();

  const Model& model_;
  const Objective& objective_;
  const std::int64_t rate_sum_;
  const std::int64_t rate_count_;
  Draw draw_;
  Occupancy here_;
  std::int64_t value_;
  std::int64_t best_value_;
  std::vector<std::int32_t> best_;
  bool saved_ = true;  ///< best_ holds the plan of best_value_
  std::int64_t temperature_ = 0;
  std::vector<Move> moves_;  ///< of this step, to take them back
  Chunk chunk_;
  Chunk victims_;
};

}  // namespace mort::offload
