// The choice between the paper's two algorithms, and refine after it. Source: SPEC 5, the paper's
// rule.
#include <algorithm>
#include <cmath>

#include "algorithms.hpp"
#include "exhaustive.hpp"
#include "flows.hpp"
#include "model.hpp"
#include "mort/offload/explain.hpp"

namespace mort::offload {
namespace {

__extension__ using Int128 = __int128;

/// In the plain model refine does so many steps a task, where tasks have few links and that is sure
/// to fit the budget: the plan then depends on no clock.
constexpr std::int64_t kStepsPerTask = 4'000;
constexpr std::chrono::microseconds kTaskTime{600};
constexpr std::size_t kFewLinks = 8;  ///< a task
/// Small jobs are searched through, if that takes no more than so many elementary steps.
constexpr std::int64_t kSearchSteps = 3'000'000;

/// Tasks with several input or output topics, virtual ones included, where nothing is measured.
std::int64_t io_bound_tasks(const graph::Instance& instance) {
  std::vector<std::int32_t> inputs(instance.tasks.size());
  std::vector<std::int32_t> outputs(instance.tasks.size());
  for (const Topic& topic : topics_of(instance)) {
    if (topic.source >= 0) ++outputs[topic.source];
    for (const std::int32_t reader : topic.readers) ++inputs[reader];
  }
  std::int64_t count = 0;
  for (std::size_t task = 0; task < inputs.size(); ++task) {
    const bool several = inputs[task] > 1 || outputs[task] > 1;
    count += instance.tasks[task].io_bound.value_or(several) ? 1 : 0;
  }
  return count;
}

/// Share of the nodes' cpu that is in use.
double fleet_utilization(const graph::Instance& instance) {
  // In whole parts of a thousand million, so that every machine gets the same.
  constexpr std::int64_t kBillion = 1'000'000'000;
  Int128 used = 0;
  Int128 all = 0;
  for (const graph::InstanceNode& node : instance.nodes) {
    used += static_cast<Int128>(std::llround(node.utilization * kBillion)) * node.cpu;
    all += static_cast<Int128>(kBillion) * node.cpu;
  }
  return all > 0 ? static_cast<double>(used) / static_cast<double>(all) : 0;
}

std::string percent(double share) {
  return std::to_string(static_cast<int>(share * 100 + 0.5)) + " %";
}

struct Selection {
  std::string algorithm;
  std::string reason;
};

Selection choose(const graph::Instance& instance, const Options& options) {
  const std::int64_t count = io_bound_tasks(instance);
  const auto tasks = static_cast<double>(std::max<std::size_t>(instance.tasks.size(), 1));
  const double share = static_cast<double>(count) / tasks;
  const std::string counted = std::to_string(count) + " of " +
                              std::to_string(instance.tasks.size()) + " tasks (" + percent(share) +
                              ") are I/O-bound, ";
  if (share <= options.io_bound_share)
    return {"gbto", counted + "not more than " + percent(options.io_bound_share)};
  const double busy = fleet_utilization(instance);
  if (busy > options.busy_fleet) {
    return {"gbto", counted + "but " + percent(busy) + " of the fleet's cpu is in use, more than " +
                        percent(options.busy_fleet)};
  }
  if (largest_part(instance) > kMaxFusedTasks) {
    return {"gbto", counted + "but more than " + std::to_string(kMaxFusedTasks) +
                        " are connected, too many for the fused model"};
  }
  return {"gfbto", counted + "more than " + percent(options.io_bound_share)};
}

}  // namespace

Result<graph::Plan> Auto::plan(const graph::Instance& instance, const Options& given) const {
  MORT_TRY_VOID(check_request(instance, given));
  Selection choice = choose(instance, given);
  Options options = given;
  options.algorithm = choice.algorithm;
  options.model = choice.algorithm == "gfbto" ? "fused" : "plain";
  Result<graph::Plan> first = offload::plan(instance, options);
  if (!first && first.error().code == ErrorCode::kInfeasible && options.model == "plain") {
    options.algorithm = "gfbto";
    options.model = "fused";
    Result<graph::Plan> fused = offload::plan(instance, options);
    if (!fused) return first;
    choice = {"gfbto", "the tasks fit only where those of one path share cpu"};
    first = std::move(fused);
  }
  if (!first) return first;
  const auto tasks = static_cast<std::int64_t>(instance.tasks.size());
  const std::size_t links = instance.edges.size() + instance.virtual_edges.size();
  if (!options.steps && options.model == "plain" && tasks * kTaskTime <= options.budget &&
      links <= kFewLinks * instance.tasks.size())
    options.steps = tasks * kStepsPerTask;
  options.algorithm = "refine";
  MORT_TRY(refined, offload::plan(instance, options));
  const bool topic = options.objective == "topic";
  const bool better = topic ? refined.traffic < first->traffic : refined.profit > first->profit;
  graph::Plan plan = better ? std::move(refined) : *first;
  plan.choice = choice.algorithm + " (" + options.model + " model): " + choice.reason;
  const Model model(instance, options.model);
  const auto best = search_all(model, options.objective, plan.assign, kSearchSteps);
  if (best && !best->assign.empty()) {
    const std::string choice_text = plan.choice;
    plan = finish(model, best->assign, "exhaustive", options);
    plan.choice = choice_text + "; a search through all plans found a better one: it is the best";
  }
  if (best) plan.bound = topic ? plan.traffic : plan.profit;
  if (best && !best->assign.empty()) return plan;
  if (better) {
    plan.choice += topic ? "; refine lowered the traffic from " + rate_text(first->traffic) +
                               " to " + rate_text(plan.traffic)
                         : "; refine raised the profit from " + rate_text(first->profit) + " to " +
                               rate_text(plan.profit);
  } else {
    plan.choice += "; refine found nothing better";
  }
  if (best) plan.choice += "; a search through all plans found none better";
  return plan;
}

}  // namespace mort::offload
