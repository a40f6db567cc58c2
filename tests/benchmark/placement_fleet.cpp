#include "placement_fleet.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "mort/optimal/optimal.hpp"
#include "mort/placement_study/judge.hpp"

namespace mort {
namespace {

constexpr const char* kOptimal = "optimal";  // a module of its own, not among algorithms()

}  // namespace

std::optional<Attempt> Bench::attempt(const offload::Options& options) {
  const auto start = std::chrono::steady_clock::now();
  const Result<graph::Plan> plan =
      options.algorithm == kOptimal ? optimal::optimal(instance_, options, {.time = options.budget})
                                    : offload::plan(instance_, options);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  if (!plan) {
    ++failures_;
    std::fprintf(stderr, "%s, %s: %s\n", instance_.name.c_str(), options.algorithm.c_str(),
                 to_string(plan.error()).c_str());
    return std::nullopt;
  }
  ++plans_;
  const placement_study::Judgement judgement =
      placement_study::judge(instance_, plan->assign, options.model == "fused");
  if (!judgement.violations.empty() || judgement.profit != plan->profit) {
    ++wrong_plans_;
    std::fprintf(stderr, "%s, %s: %s\n", instance_.name.c_str(), options.algorithm.c_str(),
                 judgement.violations.empty() ? "the plan does not have the profit it claims"
                                              : judgement.violations.front().c_str());
    return std::nullopt;
  }
  know(options.model, plan->profit, plan->bound);
  Known& known = options.model == "fused" ? fused_ : plain_;
  if (plan->profit > known.assign_profit) {
    known.assign_profit = plan->profit;
    known.assign = plan->assign;
  }
  return Attempt{plan->profit, plan->bound, took.count(), plan->assign};
}

void Bench::know(const std::string& model, std::int64_t profit, std::optional<std::int64_t> bound) {
  Known& known = model == "fused" ? fused_ : plain_;
  known.profit = std::max(known.profit, profit);
  if (bound) known.bound = std::min(*bound, known.bound.value_or(INT64_MAX));
}

double Bench::tighten(const std::string& model, std::int64_t effort) {
  Known& known = model == "fused" ? fused_ : plain_;
  if (known.assign.empty()) return 0.0;
  const offload::Figures figures = offload::evaluate(instance_, known.assign);
  graph::Plan plan;
  plan.model = model;
  plan.profit = figures.profit;
  plan.total = figures.total;
  plan.traffic = figures.traffic;
  plan.assign = known.assign;
  const auto start = std::chrono::steady_clock::now();
  const std::int64_t bound = offload::bound(instance_, plan, effort);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  know(model, plan.profit, bound);
  return took.count();
}

void Bench::record(const std::string& model, std::int64_t profit, std::int64_t bound) {
  know(model, profit, bound);
  (model == "fused" ? recorded_fused_ : recorded_plain_) = profit;
}

std::size_t Bench::broken_bounds() const {
  std::size_t broken = 0;
  for (const char* model : {"plain", "fused"}) {
    const std::optional<std::int64_t> known = bound(model);
    if (!known || best(model) <= *known) continue;
    std::fprintf(stderr, "%s: a plan has a profit of %lld, the %s bound is %lld\n",
                 instance_.name.c_str(), static_cast<long long>(best(model)), model,
                 static_cast<long long>(*known));
    ++broken;
  }
  return broken;
}

bool has_algorithm(const std::string& algorithm) {
  if (algorithm == kOptimal) return true;
  const std::vector<std::string> there = offload::algorithms();
  return std::find(there.begin(), there.end(), algorithm) != there.end();
}

std::vector<Bench> make_benches(placement_study::Recipe recipe, int seeds) {
  const auto stats = placement_study::read_dag_stats(placement_study::data_folder());
  MORT_CHECK(stats);
  std::vector<Bench> benches;
  for (int seed = 1; seed <= seeds; ++seed) {
    recipe.seed = static_cast<std::uint64_t>(seed);
    benches.emplace_back(placement_study::generate(recipe, *stats).value());
  }
  return benches;
}

std::vector<Bench> read_benches(const std::vector<std::string>& names) {
  std::vector<Bench> benches;
  for (const std::string& name : names) {
    const std::string file = std::string(MORT_TEST_DATA) + "/instances/" + name + ".json";
    std::stringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    Bench& bench = benches.emplace_back(graph::instance_from_json(text.str(), file).value());
    const nlohmann::json best = nlohmann::json::parse(text.str()).at("best");
    for (const char* model : {"plain", "fused"}) {
      bench.record(model, best.at(model).at("profit"), best.at(model).at("ub").get<std::int64_t>());
    }
  }
  return benches;
}

}  // namespace mort
