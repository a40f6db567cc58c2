#include "mort/offload/planner.hpp"

#include "algorithms.hpp"

namespace mort::offload {

graph::Plan finish(const Placement& placement, std::string_view algorithm, const Options& options) {
  const graph::Instance& instance = placement.model().instance();
  MORT_CHECK(violations(instance, placement.assign()).empty());
  const Figures figures = evaluate(instance, placement.assign());
  graph::Plan plan;
  plan.instance = instance.name;
  plan.algorithm = algorithm;
  plan.objective = options.objective;
  plan.profit = figures.profit;
  plan.total = figures.total;
  plan.traffic = figures.traffic;
  plan.assign = placement.assign();
  return plan;
}

Result<void> check_request(const graph::Instance& instance, const Options& options) {
  if (options.objective != "edge" && options.objective != "topic") {
    return fail(ErrorCode::kInvalid, "unknown objective \"" + options.objective + "\"", {},
                "use edge or topic");
  }
  return check_instance(instance);
}

std::vector<std::string> algorithms() {
  return {"gbto", "greedy"};
}

Result<std::unique_ptr<Planner>> make_planner(std::string_view name) {
  if (name == "gbto") return std::make_unique<Gbto>();
  if (name == "greedy") return std::make_unique<Greedy>();
  std::string known;
  for (const std::string& one : algorithms()) known += (known.empty() ? "" : ", ") + one;
  return fail(ErrorCode::kInvalid, "unknown algorithm \"" + std::string(name) + "\"", {},
              "use one of " + known);
}

Result<graph::Plan> plan(const graph::Instance& instance, const Options& options) {
  MORT_TRY(planner, make_planner(options.algorithm));
  return planner->plan(instance, options);
}

}  // namespace mort::offload
