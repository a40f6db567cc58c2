// How long the payload of a message type is, where that does not depend on the message.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "mort/graph/task_graph.hpp"

namespace mort::agent {

/// Bytes of an encoded message of `type` (XCDR1 with its encapsulation); nothing where strings or
/// sequences make it vary, for unknown types, and beyond the largest payload.
/// Cost: linear in the table, whatever the types are built from.
std::optional<std::int64_t> fixed_payload_size(const graph::TypeTable& types,
                                               const std::string& type);

}  // namespace mort::agent
