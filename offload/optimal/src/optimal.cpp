#include "mort/optimal/optimal.hpp"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <sstream>

#include "algorithms.hpp"
#include "formulation.hpp"

namespace mort::optimal {
namespace {

constexpr std::int64_t kStartSteps = 50'000;
/// Programs beyond this size would not get past their first relaxation.
constexpr std::int64_t kMostColumns = 400'000;

/// Values are what the program makes small: traffic, or the profit with its sign changed.
std::int64_t signed_value(const offload::Options& options, std::int64_t figure) {
  return options.objective == "topic" ? figure : -figure;
}

std::int64_t value_of(const graph::Plan& plan) {
  return plan.objective == "topic" ? plan.traffic : -plan.profit;
}

/// What REPAIR says when it has tried everything.
constexpr std::string_view kProved = "no plan exists: ";
constexpr std::string_view kNotProved = "no plan was found: ";

bool is_proved(const Error& error) {
  return error.message.starts_with(kProved);
}

Error as_proved(Error error) {
  if (error.message.starts_with(kNotProved)) error.message.replace(0, kNotProved.size(), kProved);
  return error;
}

std::string seconds_text(std::chrono::milliseconds time) {
  std::ostringstream text;
  text << std::chrono::duration<double>(time).count() << " s";
  return text.str();
}

std::string percent_text(const graph::Plan& plan) {
  const auto figure = static_cast<double>(plan.objective == "topic" ? plan.traffic : plan.profit);
  const double gap = std::abs(static_cast<double>(*plan.bound) - figure);
  const double base = plan.objective == "topic" ? figure : static_cast<double>(*plan.bound);
  std::ostringstream text;
  // Rounded up: "at most" has to hold.
  const double percent = base > 0 ? gap / base * 100 : 100;
  const double unit = std::pow(10.0, std::floor(std::log10(std::max(percent, 1e-12))) - 1);
  text << std::ceil(percent / unit) * unit << " %";
  return text.str();
}

std::string choice_of(const graph::Plan& plan, const Limits& limits, bool searched) {
  if (proved(plan)) return "optimum, proved";
  const std::string within = ", at most " + percent_text(plan) + " from the optimum";
  if (!searched) return "too large to search for the optimum; refine's plan" + within;
  return "best found in " + seconds_text(limits.time) + within;
}

}  // namespace

bool proved(const graph::Plan& plan) {
  return plan.bound == (plan.objective == "topic" ? plan.traffic : plan.profit);
}

Result<graph::Plan> optimal(const graph::Instance& instance, const offload::Options& given,
                            const Limits& limits) {
  MORT_TRY_VOID(offload::check_request(instance, given));
  offload::Options options = given;
  options.algorithm = "refine";
  if (!options.steps) options.steps = kStartSteps;
  const auto begin = std::chrono::steady_clock::now();
  Result<graph::Plan> best = offload::plan(instance, options);
  if (!best && (best.error().code != ErrorCode::kInfeasible || is_proved(best.error())))
    return best;
  std::optional<std::int64_t> bound;
  if (best) bound = signed_value(options, offload::bound(instance, *best));
  const offload::Model model(instance, options.model);
  const bool searched = Formulation::size(model) <= kMostColumns;
  if (searched && limits.time.count() > 0 && !(best && *bound >= value_of(*best))) {
    Formulation formulation(model, options.objective);
    const auto spent = std::chrono::steady_clock::now() - begin;
    Formulation::Limits left;
    left.seconds = std::max(std::chrono::duration<double>(limits.time - spent).count(), 0.0);
    if (best) left.below = value_of(*best);
    const Formulation::Outcome outcome = formulation.solve(left);
    if (outcome.assign) best = offload::finish(model, *outcome.assign, options.algorithm, options);
    if (!best)
      return tl::unexpected<Error>(outcome.complete ? as_proved(best.error()) : best.error());
    if (outcome.complete) bound = value_of(*best) - formulation.slack();
    // A search that was cut short proves nothing to the last bit.
    if (!outcome.complete && outcome.bound < value_of(*best))
      bound = std::max(bound.value_or(outcome.bound), outcome.bound);
  }
  if (!best) return best;
  best->algorithm = "optimal";
  if (!bound) bound = signed_value(options, offload::bound(instance, *best));
  best->bound = signed_value(options, *bound);
  best->choice = choice_of(*best, limits, searched);
  return best;
}

}  // namespace mort::optimal
