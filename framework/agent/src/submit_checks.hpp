// What an agent looks at before it accepts a job.
#pragma once

#include "mort/graph/manifest.hpp"
#include "mort/space/replica.hpp"

namespace mort::agent {

/// Refuses a job whose name or topics a job that has not ended already has.
/// Errors: kInvalid, with that job.
Result<void> check_conflicts(const space::Replica& replica, const graph::Manifest& manifest);

}  // namespace mort::agent
