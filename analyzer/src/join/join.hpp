// Joins what the sources of a job say into one graph.
#pragma once

#include <vector>

#include "mort/analyzer/analyzer.hpp"
#include "mort/graph/job.hpp"
#include "source/unit.hpp"

namespace mort::analyzer {

/// `job` may be null. The order of `units` does not show.
Analysis join(std::vector<Unit> units, const graph::Job* job);

}  // namespace mort::analyzer
