#include "mort/dds_topics/wire_names.hpp"

namespace mort::dds_topics {

Result<bus::TopicSpec> wire_names(const bus::TopicSpec& topic) {
  if (!topic.ros2) return topic;
  const std::size_t end = topic.type.rfind("::");
  if (end == std::string::npos || end == 0) {
    return fail(ErrorCode::kInvalid, "type " + topic.type + " of a ROS 2 topic has no package",
                topic.name, "put the type in a namespace: pkg::msg::Name or pkg::Name");
  }
  std::string package = topic.type.substr(0, end);
  const std::string inner = "::msg";
  if (package.size() <= inner.size() ||
      package.compare(package.size() - inner.size(), inner.size(), inner) != 0) {
    package += inner;
  }
  return bus::TopicSpec{"rt/" + topic.name, package + "::dds_::" + topic.type.substr(end + 2) + "_",
                        true};
}

}  // namespace mort::dds_topics
