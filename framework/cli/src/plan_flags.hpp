// The planner's settings as flags: the same for every command that plans.
#pragma once

#include <CLI/CLI.hpp>

#include "mort/agent/plan_options.hpp"

namespace mort::cli {

struct PlanFlags {
  bool optimal = false;  ///< --algorithm also takes "optimal", which is not the planner's own
  agent::PlanLimits limits;
};

/// Adds --algorithm, --objective, ...; fills `choices` with what is given. Values are checked while
/// the command line is read.
void add_plan_flags(CLI::App& command, agent::PlanChoices& choices, const PlanFlags& flags = {});

}  // namespace mort::cli
