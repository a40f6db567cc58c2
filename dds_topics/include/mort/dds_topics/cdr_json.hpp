// Shows a payload whose C++ type is not at hand: the graph's type table tells how to read it.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "mort/base/result.hpp"
#include "mort/graph/task_graph.hpp"

namespace mort::dds_topics {

/// `payload` as one line of JSON, fields in order of declaration, enums by name where their
/// value has one, else as numbers, durations and times in nanoseconds, what is no number as "NaN",
/// "Infinity" or "-Infinity".
/// Errors: kInvalid when the type is not in the table or the payload does not fit it.
Result<std::string> cdr_to_json(const graph::TypeTable& types, const std::string& type,
                                std::span<const std::uint8_t> payload);

}  // namespace mort::dds_topics
