// The placement of a job that runs or ran, judged by what was measured.
#pragma once

#include <string>

#include "fleet.hpp"

namespace mort::agent {

/// {"job","state","epoch","assign":{...},"planned":{figures},"measured":{figures},
/// "counted":{"network_bytes","network_bps"},"topics":[...]}: `planned` as accepted, `measured` the
/// same placement at measured rates (offload::evaluate), `counted` what its workers received from
/// other nodes. `external`: what programs publish that are not Mort's. Errors: kInvalid for a job
/// whose manifest cannot be read.
Result<std::string> view_running_plan(const Fleet& fleet, const Job& of,
                                      const std::vector<PublishedTopic>& external);

}  // namespace mort::agent
