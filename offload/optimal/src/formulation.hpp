// The placement problem as a mixed-integer program.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "antichains.hpp"
#include "milp.hpp"
#include "model.hpp"

namespace mort::optimal {

/// x[t,j] = 1 where task t runs on node j; y[u,v,j] = 1 where two tasks that exchange data both do.
class Formulation {
 public:
  /// `objective` is "edge" or "topic". `model` must outlive it.
  Formulation(const offload::Model& model, std::string_view objective);

  /// Columns and rows that the constructor would make, roughly.
  static std::int64_t size(const offload::Model& model);

  struct Limits {
    double seconds;
    std::optional<std::int64_t> below;  ///< only plans of a smaller value
  };
  struct Outcome {
    std::optional<std::vector<std::int32_t>> assign;  ///< the best plan found, feasible
    std::int64_t bound;                               ///< no plan has a smaller value
    bool complete;  ///< there is nothing better than `assign`, or nothing at all
  };
  /// Values: traffic, or the profit with its sign changed.
  Outcome solve(const Limits& limits);
  /// Plans that are better by no more than this are not told apart: 0 unless rates are huge.
  std::int64_t slack() const;

 private:
  using Terms = std::vector<Milp::Term>;
  struct Pair {
    std::int32_t a;
    std::int32_t b;
    std::vector<int> y;  ///< by node, kNone where the two do not fit together
  };
  static constexpr int kNone = -1;

  int x(std::int32_t task, std::int32_t node) const { return x_[task][node]; }
  const Pair& pair(std::int32_t a, std::int32_t b) const;

  void add_tasks();
  void add_pairs();
  void add_edge_costs();
  void add_topic_costs();
  void add_shared_topic(std::int64_t rate, std::int32_t source, const Tasks& readers);
  void add_cost(int column, std::int64_t cost);
  void scale_costs();
  void add_memory();
  void add_plain_cpu();
  void add_stars(std::int32_t node);
  void add_fused_cpu();
  void add_load_by_antichains(std::int32_t node, int load, const std::vector<Tasks>& antichains);
  void add_load_by_flow(std::int32_t node, int load, const Tasks& tasks,
                        const std::vector<std::pair<std::size_t, std::size_t>>& covers);
  void add_busy(std::int32_t node);
  /// factors x x[.,node] <= capacity, unless that holds anyway.
  template <class Amount>
  void add_knapsack(std::int32_t node, std::int64_t capacity, Amount amount);

  Tasks assign_of(const std::vector<double>& values) const;
  bool forbid_overfull(const Tasks& assign);
  std::int64_t bound_of(double cost) const;

  const offload::Model& model_;
  Milp milp_;
  std::vector<std::vector<int>> x_;
  std::vector<Pair> pairs_;  ///< by (a,b), a < b
  std::vector<std::int64_t> cost_;
  std::int64_t constant_ = 0;  ///< of the value, beside the costs
  std::int64_t step_ = 1;      ///< values differ by multiples of it
  double scale_ = 1;           ///< of the costs in the program
};

}  // namespace mort::optimal
