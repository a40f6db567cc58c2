// Which tasks of a node share a thread.
#pragma once

#include <cstdint>
#include <vector>

#include "model.hpp"

namespace mort::offload {

/// The lane of each task among those of its job on its node, from 0. Fused: tasks of one road share
/// a lane. Plain: a lane for each task, up to the node's cores; beyond that neighbours in topo
/// order share one. Source: SPEC 5.
std::vector<std::int32_t> lanes_of(const Model& model, const std::vector<std::int32_t>& assign);

}  // namespace mort::offload
