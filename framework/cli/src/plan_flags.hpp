// The planner's settings as flags: the same for every command that plans.
#pragma once

#include <CLI/CLI.hpp>

#include "mort/agent/plan_options.hpp"

namespace mort::cli {

/// Adds --algorithm, --objective, ...; fills `choices` with what is given. Values are checked while
/// the command line is read.
void add_plan_flags(CLI::App& command, agent::PlanChoices& choices);

}  // namespace mort::cli
