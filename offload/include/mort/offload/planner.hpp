// The planner: which node runs which task. Pure functions over graph::Instance: no I/O, and the
// same instance, options and seed give the same plan. Only a time budget reads a clock, which is
// passed in.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mort/base/clock.hpp"
#include "mort/base/result.hpp"
#include "mort/graph/placement.hpp"

namespace mort::offload {

struct Options {
  std::string algorithm = "auto";  ///< one of algorithms()
  std::string model = "plain";     ///< what is feasible: "plain", or "fused" (OFFLOAD 1)
  std::string objective = "edge";  ///< "edge": most profit; "topic": least traffic
  std::string fusion = "rmbrf";    ///< need of a group in gfbto: "rmbrf", "rmbrf+" or "exact"
  std::string ties = "high";       ///< nodes of equal profit in gfbto: "high" or "low" utilisation
  std::uint64_t seed = 0;          ///< refine draws from it
  std::optional<std::int64_t> steps;     ///< refine: moves tried; the plan then depends on no clock
  std::chrono::milliseconds budget{50};  ///< refine: time, where `steps` is not given
  const Clock* clock = nullptr;          ///< for `budget`; null = the machine's
  double io_bound_share = 0.70;  ///< auto: above this share of I/O-bound tasks gfbto is chosen
  double busy_fleet = 0.80;      ///< auto: a fleet with more cpu in use than this gets gbto
};

/// Interface of every placement algorithm.
class Planner {
 public:
  virtual ~Planner() = default;
  virtual std::string_view name() const = 0;
  /// A feasible plan for a valid instance.
  /// Errors: kInvalid for an instance out of bounds or cyclic; kInfeasible with the tasks that
  /// could not be placed.
  virtual Result<graph::Plan> plan(const graph::Instance& instance,
                                   const Options& options) const = 0;
};

/// Names that make_planner knows, sorted.
std::vector<std::string> algorithms();

/// Errors: kInvalid for an unknown name; the cure lists the known ones.
Result<std::unique_ptr<Planner>> make_planner(std::string_view name);

/// Plans with options.algorithm.
Result<graph::Plan> plan(const graph::Instance& instance, const Options& options);

/// No plan of the instance, in the plan's model, has more profit (edge objective) or less traffic
/// (topic objective) than this, bit/s; never worse than what the plan itself has. `plan` is
/// complete and feasible. The same on every machine. Cost: `effort` elementary steps, about a
/// nanosecond each, or one round of the method, if that takes longer. Source: OFFLOAD 3, bound.
std::int64_t bound(const graph::Instance& instance, const graph::Plan& plan,
                   std::int64_t effort = 50'000'000);

/// The figures of a plan. Units: bit/s.
struct Figures {
  std::int64_t profit;   ///< edges with both ends on one node, virtual ones included
  std::int64_t total;    ///< all edges
  std::int64_t traffic;  ///< rate x remote (job, node) readers, over topics
};

/// Judges any assignment (-1 = not placed) of a valid instance; `assign` has one entry a task.
/// Source: OFFLOAD 1. Cost: O(edges log edges).
Figures evaluate(const graph::Instance& instance, const std::vector<std::int32_t>& assign);

/// Empty when feasible in `model` ("plain" or "fused"), else one line for each violation.
std::vector<std::string> violations(const graph::Instance& instance,
                                    const std::vector<std::int32_t>& assign,
                                    std::string_view model = "plain");

}  // namespace mort::offload
