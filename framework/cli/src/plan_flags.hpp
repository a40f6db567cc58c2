// The planner's settings as flags: the same for every command that plans.
#pragma once

#include <CLI/CLI.hpp>

#include "mort/agent/plan_options.hpp"

namespace mort::cli {

struct PlanFlags {
  /// Of `mort plan`: --algorithm also takes "optimal", which is not the planner's own, and
  /// --objective has another default for instance files.
  bool plan_command = false;
  agent::PlanLimits limits;
};

/// The flag of a setting, without dashes before it: "budget-ms".
std::string flag_name(std::string setting);

/// Adds --algorithm, --objective, ...; fills `choices` with what is given. Values are checked while
/// the command line is read.
void add_plan_flags(CLI::App& command, agent::PlanChoices& choices, const PlanFlags& flags = {});

}  // namespace mort::cli
