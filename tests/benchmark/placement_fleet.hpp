// The instances that placement is measured on, and all that is known about each.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mort/offload/planner.hpp"
#include "mort/placement_study/generator.hpp"

namespace mort {

/// What one planning reached.
struct Attempt {
  std::int64_t profit = 0;
  std::optional<std::int64_t> bound;
  double seconds = 0.0;
  std::vector<std::int32_t> assign;
};

/// An instance, and the best plan and the tightest bound seen in each model.
class Bench {
 public:
  explicit Bench(graph::Instance instance) : instance_(std::move(instance)) {}

  const graph::Instance& instance() const { return instance_; }

  /// Plans, judges the plan and remembers what it says. Nothing where no plan is found; why is told
  /// on stderr.
  std::optional<Attempt> attempt(const offload::Options& options);

  /// The largest profit seen; in the fused model plain plans count as well.
  std::int64_t best(const std::string& model) const {
    return model == "fused" ? std::max(plain_.profit, fused_.profit) : plain_.profit;
  }
  /// The tightest bound seen.
  std::optional<std::int64_t> bound(const std::string& model) const {
    return model == "fused" ? fused_.bound : plain_.bound;
  }
  void know(const std::string& model, std::int64_t profit, std::optional<std::int64_t> bound);
  /// Bounds every plan of the model, beginning with the best one seen. Gives the time in seconds.
  double tighten(const std::string& model, std::int64_t effort);

  /// What another program reached; 0 = nothing is recorded.
  std::int64_t recorded(const std::string& model) const {
    return model == "fused" ? recorded_fused_ : recorded_plain_;
  }
  void record(const std::string& model, std::int64_t profit, std::int64_t bound);

  std::size_t plans() const { return plans_; }              ///< made
  std::size_t wrong_plans() const { return wrong_plans_; }  ///< that break their model or lie
  std::size_t failures() const { return failures_; }        ///< no plan
  /// Models in which a plan has more profit than a bound allows: plan or bound is wrong.
  std::size_t broken_bounds() const;

 private:
  struct Known {
    std::int64_t profit = 0;
    std::optional<std::int64_t> bound;
    std::vector<std::int32_t> assign;  ///< of the best plan made here
    std::int64_t assign_profit = -1;
  };
  graph::Instance instance_;
  Known plain_;
  Known fused_;
  std::int64_t recorded_plain_ = 0;
  std::int64_t recorded_fused_ = 0;
  std::size_t plans_ = 0;
  std::size_t wrong_plans_ = 0;
  std::size_t failures_ = 0;
};

/// True when the planner has it.
bool has_algorithm(const std::string& algorithm);

/// Instances of the recipe with the seeds 1 to `seeds`. Aborts where the data files are missing.
std::vector<Bench> make_benches(placement_study::Recipe recipe, int seeds);

/// Instances of tests/data/instances by name. Their files give the best known profits and the upper
/// bounds of an independent simulation; both are known from the start.
std::vector<Bench> read_benches(const std::vector<std::string>& names);

}  // namespace mort
