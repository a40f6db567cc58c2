// Topics as the topic objective counts them.
#pragma once

#include <cstdint>
#include <vector>

#include "model.hpp"

namespace mort::offload {

/// A topic as one job reads it: its traffic is the rate times the nodes of its readers other than
/// that of its source. Source: OFFLOAD 1, topic objective.
struct Flow {
  std::int64_t rate = 0;  ///< of the topic: the largest of its edges, those of other jobs included
  std::int32_t source = 0;            ///< a task, or ~node of a virtual task
  std::vector<std::int32_t> readers;  ///< distinct
};

std::vector<Flow> flows_of(const Model& model);

}  // namespace mort::offload
