// Plans for who wants to know why.
#pragma once

#include <string>

#include "job_watch.hpp"
#include "mort/graph/placement.hpp"
#include "mort/offload/planner.hpp"

namespace mort::cli {

/// Figures, bound and gap, choice and time of a plan of an instance file.
std::string describe_figures(const graph::Instance& instance, const graph::Plan& plan,
                             double seconds);

/// Tasks elsewhere, links, nodes with the limits that bind, and other algorithms with `options`.
/// Of large instances what matters most, unless `all` is asked for.
std::string explain_plan(const graph::Instance& instance, const graph::Plan& plan,
                         const offload::Options& options, bool all);

/// Puts the figures, places and reasons of `plan` into an agent's answer about another plan of the
/// same instance.
void retell(Json& answer, const graph::Instance& instance, const graph::Plan& plan);

}  // namespace mort::cli
