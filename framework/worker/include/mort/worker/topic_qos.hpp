// How a topic of a job travels between processes.
#pragma once

#include <string>

#include "mort/bus/bus.hpp"
#include "mort/graph/manifest.hpp"

namespace mort::worker {

/// The profile of the topic's kind of data, with what the job says of it: a depth that it gives
/// comes before that of the kind.
bus::Qos qos_of(const graph::Manifest& manifest, const std::string& topic);

}  // namespace mort::worker
