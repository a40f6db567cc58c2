#include "mort/offload/planner.hpp"

#include "algorithms.hpp"
#include "lanes.hpp"

namespace mort::offload {

graph::Plan finish(const Model& model, const std::vector<std::int32_t>& assign,
                   std::string_view algorithm, const Options& options) {
  const graph::Instance& instance = model.instance();
  MORT_CHECK(violations(model, assign).empty());
  const Figures figures = evaluate(instance, assign);
  graph::Plan plan;
  plan.instance = instance.name;
  plan.model = options.model;
  plan.algorithm = algorithm;
  plan.objective = options.objective;
  plan.profit = figures.profit;
  plan.total = figures.total;
  plan.traffic = figures.traffic;
  plan.lanes = lanes_of(model, assign);
  plan.assign = assign;
  return plan;
}

Result<void> check_request(const graph::Instance& instance, const Options& options) {
  const auto known = [](const char* what, const std::string& given,
                        std::initializer_list<std::string_view> names) -> Result<void> {
    std::string list;
    for (const std::string_view name : names) {
      if (name == given) return {};
      list += (list.empty() ? "" : ", ") + std::string(name);
    }
    return fail(ErrorCode::kInvalid, std::string("unknown ") + what + " \"" + given + "\"", {},
                "use one of " + list);
  };
  MORT_TRY_VOID(known("model", options.model, {"plain", "fused"}));
  MORT_TRY_VOID(known("objective", options.objective, {"edge", "topic"}));
  MORT_TRY_VOID(known("fusion", options.fusion, {"rmbrf", "rmbrf+", "exact"}));
  MORT_TRY_VOID(known("order of ties", options.ties, {"high", "low"}));
  MORT_TRY_VOID(check_instance(instance));
  if (options.model == "fused" && largest_part(instance) > kMaxFusedTasks) {
    return fail(ErrorCode::kInvalid,
                "the fused model takes up to " + std::to_string(kMaxFusedTasks) +
                    " connected tasks, here are " + std::to_string(largest_part(instance)),
                instance.name, "use the plain model");
  }
  return {};
}

std::vector<std::string> algorithms() {
  return {"auto", "gbto", "gfbto", "greedy", "refine"};
}

Result<std::unique_ptr<Planner>> make_planner(std::string_view name) {
  if (name == "auto") return std::make_unique<Auto>();
  if (name == "gbto") return std::make_unique<Gbto>();
  if (name == "gfbto") return std::make_unique<Gfbto>();
  if (name == "greedy") return std::make_unique<Greedy>();
  if (name == "refine") return std::make_unique<Refine>();
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
