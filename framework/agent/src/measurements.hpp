// What /state has measured of a job's topics and tasks, in this run or an earlier one.
#pragma once

#include <string>

#include "fleet.hpp"

namespace mort::agent {

/// Of one job as it runs, or ran.
Measurements read_measurements(const Fleet& fleet, const JobView& job,
                               const graph::Manifest& manifest);

/// Of the jobs named `name`: of each topic and task what the latest job says that has measured it.
Measurements read_measurements(const Fleet& fleet, const std::string& name);

}  // namespace mort::agent
