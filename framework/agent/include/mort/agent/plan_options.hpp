// What may be asked of the planner, by name: one table for the command line, the HTTP API and their
// errors.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "mort/base/result.hpp"
#include "mort/offload/planner.hpp"

namespace mort::agent {

/// For jobs that run: the planner's own defaults, with the objective `topic`.
offload::Options default_plan_options();

/// One setting that may be asked for.
struct PlanOption {
  std::string name;  ///< as in HTTP bodies; on the command line with '-' for '_'
  std::string help;
  std::string standard;  ///< its default as text; "" = none
};

std::vector<PlanOption> plan_option_table();

/// Settings as text, by name; what is absent has its default.
using PlanChoices = std::map<std::string, std::string>;

/// What may be asked for at most. An agent plans on its own lane, and who asked waits.
struct PlanLimits {
  std::int64_t budget_ms = 2'000;
  std::int64_t steps = 1'000'000;
};

/// Errors: kInvalid for an unknown name or a value that the setting cannot have; the cure lists
/// what it can.
Result<offload::Options> plan_options(const PlanChoices& choices, const PlanLimits& limits = {});

}  // namespace mort::agent
