// The names that topics and types have on the wire.
#pragma once

#include "mort/base/result.hpp"
#include "mort/bus/bus.hpp"

namespace mort::dds_topics {

/// Mort's own names unchanged; with `ros2`, those that ROS 2 gives: topic `a/b` as `rt/a/b`, type
/// `pkg::msg::Name` or `pkg::Name` as `pkg::msg::dds_::Name_`.
/// Errors: kInvalid for a ROS 2 type without a package.
Result<bus::TopicSpec> wire_names(const bus::TopicSpec& topic);

}  // namespace mort::dds_topics
