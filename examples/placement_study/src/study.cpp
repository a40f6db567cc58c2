#include "study.hpp"

#include <algorithm>

#include "mort/placement_study/judge.hpp"

namespace mort::placement_study {
namespace {

bool has(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

/// Algorithms that go on until their time is over: measured once.
bool takes_its_time(const std::string& algorithm) {
  return algorithm == "refine" || algorithm == "optimal";
}

Outcome run(const graph::Instance& instance, const Variant& variant, const StudyOptions& study) {
  Outcome outcome;
  outcome.label = variant.label;
  outcome.model = variant.options.model;
  if (variant.options.algorithm == "optimal" &&
      static_cast<int>(instance.tasks.size()) > study.optimal_tasks) {
    outcome.status = "left out";
    outcome.note = "more than " + std::to_string(study.optimal_tasks) + " tasks";
    return outcome;
  }
  // The median of three, where that does not take long.
  std::vector<double> times;
  Result<graph::Plan> plan;
  do {
    const auto start = std::chrono::steady_clock::now();
    plan = offload::plan(instance, variant.options);
    times.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
            .count());
  } while (!takes_its_time(variant.options.algorithm) && times.size() < 3 && times[0] < 100.0);
  std::sort(times.begin(), times.end());
  outcome.milliseconds = times[times.size() / 2];
  if (!plan) {
    outcome.status = plan.error().code == ErrorCode::kInfeasible ? "infeasible" : "refused";
    outcome.note = plan.error().message;
    return outcome;
  }
  outcome.status = "ok";
  outcome.profit = plan->profit;
  outcome.traffic = plan->traffic;
  outcome.total = plan->total;
  outcome.bound = plan->bound;
  const Judgement judgement = judge(instance, plan->assign, variant.options.model == "fused");
  if (!judgement.violations.empty()) {
    outcome.status = "wrong";
    outcome.note = judgement.violations.front();
  } else if (judgement.profit != plan->profit) {
    outcome.status = "wrong";
    outcome.note = "claims a profit of " + std::to_string(plan->profit) + ", has " +
                   std::to_string(judgement.profit);
  }
  return outcome;
}

}  // namespace

std::vector<Point> points(const std::vector<std::string>& experiments, bool quick) {
  std::vector<Point> all;
  const auto wanted = [&](const char* experiment) {
    return experiments.empty() || has(experiments, experiment);
  };
  for (const Merge merge : {Merge::kUnion, Merge::kChain}) {
    if (wanted("modes")) {
      for (const VirtualMode mode :
           {VirtualMode::kAtcp, VirtualMode::kAtcpR, VirtualMode::kRandom}) {
        all.push_back({"modes", std::string(name(mode)), {.merge = merge, .virtual_mode = mode}});
      }
    }
    if (wanted("tasks")) {
      for (int tasks = 50; tasks <= 300; tasks += quick ? 100 : 50) {
        all.push_back({"tasks", std::to_string(tasks), {.tasks = tasks, .merge = merge}});
      }
    }
    if (wanted("nodes")) {
      for (int nodes = 30; nodes <= 80; nodes += quick ? 20 : 10) {
        all.push_back({"nodes", std::to_string(nodes), {.nodes = nodes, .merge = merge}});
      }
    }
  }
  return all;
}

std::vector<Variant> variants(const StudyOptions& options) {
  std::vector<Variant> all;
  for (const std::string& algorithm : offload::algorithms()) {
    offload::Options plain;
    plain.algorithm = algorithm;
    plain.budget = algorithm == "optimal" ? options.optimal : options.budget;
    offload::Options fused = plain;
    fused.model = "fused";
    if (algorithm == "gfbto") {
      for (const char* fusion : {"rmbrf", "rmbrf+"}) {
        for (const char* ties : {"high", "low"}) {
          fused.fusion = fusion;
          fused.ties = ties;
          all.push_back({algorithm + "-" + fusion + "-" + ties, fused});
        }
      }
    } else if (algorithm == "refine") {
      all.push_back({"refine-plain", plain});
      all.push_back({"refine-fused", fused});
      plain.budget = fused.budget = options.best;
      all.push_back({"long-refine-plain", plain});
      all.push_back({"long-refine-fused", fused});
    } else {
      all.push_back({algorithm, plain});
    }
  }
  return all;
}

std::vector<std::string> missing_algorithms() {
  std::vector<std::string> missing;
  const std::vector<std::string> there = offload::algorithms();
  for (const char* algorithm : {"greedy", "gbto", "gfbto", "refine", "optimal"}) {
    if (!has(there, algorithm)) missing.push_back(algorithm);
  }
  return missing;
}

Result<Comparison> compare(const graph::Instance& instance, const std::vector<Variant>& variants,
                           const StudyOptions& options) {
  Comparison comparison;
  for (const Variant& variant : variants) {
    Outcome outcome = run(instance, variant, options);
    if (outcome.status == "wrong") {
      return fail(ErrorCode::kFailed, variant.label + " gave a wrong plan: " + outcome.note,
                  instance.name, "make the instance with `placement_study generate`");
    }
    if (outcome.status == "ok") {
      Comparison::Known& known = outcome.model == "fused" ? comparison.fused : comparison.plain;
      known.profit = std::max(known.profit, outcome.profit);
      if (outcome.bound) known.bound = std::min(*outcome.bound, known.bound.value_or(INT64_MAX));
    }
    comparison.outcomes.push_back(std::move(outcome));
  }
  comparison.fused.profit = std::max(comparison.fused.profit, comparison.plain.profit);
  for (const Outcome& outcome : comparison.outcomes) {
    const Comparison::Known& known = outcome.model == "fused" ? comparison.fused : comparison.plain;
    if (known.bound && known.profit > *known.bound) {
      return fail(ErrorCode::kFailed,
                  "a plan has a profit of " + std::to_string(known.profit) +
                      ", above the bound of " + std::to_string(*known.bound) + " in the " +
                      outcome.model + " model",
                  instance.name);
    }
  }
  return comparison;
}

}  // namespace mort::placement_study
