// The best plan there is, by mixed-integer programming: for small instances, and as the yardstick
// of the quick algorithms.
#pragma once

#include <chrono>

#include "mort/offload/planner.hpp"

namespace mort::optimal {

struct Limits {
  /// When it is used up, the best plan found so far is the answer.
  std::chrono::milliseconds time{30'000};
};

/// A plan in options.model for options.objective, with its bound. It is optimal where proved();
/// then the same options give the same plan. The search starts from refine's plan (options.seed,
/// options.steps). Threads: one call at a time. Errors: kInvalid as offload::plan; kInfeasible with
/// "no plan exists" when that is proved, with "no plan was found" when time ran out.
Result<graph::Plan> optimal(const graph::Instance& instance, const offload::Options& options,
                            const Limits& limits = {});

/// The plan's bound says that no plan is better.
bool proved(const graph::Plan& plan);

}  // namespace mort::optimal
