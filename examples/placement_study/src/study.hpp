// The paper's experiments: which instances, which algorithms, and what each of them reaches.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mort/offload/planner.hpp"
#include "mort/placement_study/generator.hpp"

namespace mort::placement_study {

/// An algorithm with its options.
struct Variant {
  std::string label;
  offload::Options options;
};

struct StudyOptions {
  int seeds = 10;
  std::chrono::milliseconds budget{50};      ///< of refine
  std::chrono::milliseconds best{2'000};     ///< of the long refine, in each model
  std::chrono::milliseconds optimal{1'000};  ///< of optimal
  int optimal_tasks = 80;                    ///< the size up to which optimal is asked
};

/// One point of a figure.
struct Point {
  std::string experiment;  ///< "modes" (Fig. 11), "tasks" (Fig. 12) or "nodes" (Fig. 13)
  std::string at;          ///< place on the x axis
  Recipe recipe;           ///< without the seed
};

/// What one variant reached on one instance.
struct Outcome {
  std::string label;
  std::string model;
  std::string status;  ///< "ok", "infeasible", "refused" or "left out"
  std::string note;    ///< why not "ok"
  std::int64_t profit = 0;
  std::int64_t traffic = 0;
  std::int64_t total = 0;
  std::optional<std::int64_t> bound;
  double milliseconds = 0.0;
};

/// All outcomes on one instance.
struct Comparison {
  std::vector<Outcome> outcomes;
  /// The largest profit and the smallest bound seen in a model: 0 and nothing where there is none.
  struct Known {
    std::int64_t profit = 0;
    std::optional<std::int64_t> bound;
  };
  Known plain;
  Known fused;  ///< its profit counts plain plans too: they are feasible here as well
};

/// The points of both merges, in the order of the figures; `quick` leaves out every second one of
/// Fig. 12 and 13.
std::vector<Point> points(const std::vector<std::string>& experiments, bool quick);

/// Every algorithm of offload::algorithms(), with the options the study compares, and the long
/// refine in both models where there is refine.
std::vector<Variant> variants(const StudyOptions& options);

/// Algorithms that the study would compare but the planner does not have.
std::vector<std::string> missing_algorithms();

/// Runs every variant, and judges every plan anew.
/// Errors: kFailed for a plan that is not feasible or not of the profit it claims.
Result<Comparison> compare(const graph::Instance& instance, const std::vector<Variant>& variants,
                           const StudyOptions& options);

}  // namespace mort::placement_study
