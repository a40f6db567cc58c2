// Plans for a person.
#pragma once

#include <string>

#include "job_watch.hpp"

namespace mort::cli {

/// What stays, what crosses, how good a plan can be, and who made it.
std::string describe_plan_figures(const Json& plan);

/// Figures, and where the rates are from.
std::string describe_plan_briefly(const Json& plan);

/// A plan as agents give it: figures, how good it can be, who made it, reasons, where the rates are
/// from.
std::string describe_plan(const Json& plan);

/// What an agent says of a placement that is in force.
std::string describe_running_plan(const Json& plan);

}  // namespace mort::cli
