// What an agent looks at before it accepts a job.
#pragma once

#include "fleet.hpp"
#include "mort/graph/manifest.hpp"

namespace mort::agent {

/// Refuses a job whose name or topics a job that has not ended already has.
/// Errors: kInvalid, with that job.
Result<void> check_conflicts(const Fleet& fleet, const graph::Manifest& manifest);

}  // namespace mort::agent
