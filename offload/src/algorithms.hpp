// The algorithms that make_planner knows.
#pragma once

#include "mort/offload/planner.hpp"
#include "placement.hpp"

namespace mort::offload {

/// Tasks in topological order, each to its best node.
class Greedy : public Planner {
 public:
  std::string_view name() const override { return "greedy"; }
  Result<graph::Plan> plan(const graph::Instance& instance, const Options& options) const override;
};

/// Group-based task offloading, the paper's algorithm 2.
class Gbto : public Planner {
 public:
  std::string_view name() const override { return "gbto"; }
  Result<graph::Plan> plan(const graph::Instance& instance, const Options& options) const override;
};

/// The same, where tasks of one path share cpu; always in the fused model.
class Gfbto : public Planner {
 public:
  std::string_view name() const override { return "gfbto"; }
  Result<graph::Plan> plan(const graph::Instance& instance, const Options& options) const override;
};

/// Improves the best plan of the others within a budget.
class Refine : public Planner {
 public:
  std::string_view name() const override { return "refine"; }
  Result<graph::Plan> plan(const graph::Instance& instance, const Options& options) const override;
};

/// Chooses between gbto and gfbto, and lets refine improve the plan.
class Auto : public Planner {
 public:
  std::string_view name() const override { return "auto"; }
  Result<graph::Plan> plan(const graph::Instance& instance, const Options& options) const override;
};

/// The plan that `assign` is; its figures are computed and its feasibility checked.
graph::Plan finish(const Model& model, const std::vector<std::int32_t>& assign,
                   std::string_view algorithm, const Options& options);

/// The public violations, where the model is at hand.
std::vector<std::string> violations(const Model& model, const std::vector<std::int32_t>& assign);

/// Errors: kInvalid for an unknown objective, or an instance that check_instance refuses.
Result<void> check_request(const graph::Instance& instance, const Options& options);

}  // namespace mort::offload
