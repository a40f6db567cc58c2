// Topics, and how the topic objective counts them.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "model.hpp"

namespace mort::offload {

/// Edges of one source and one name; an edge without a name is a topic of its own.
struct Topic {
  std::int32_t source = 0;            ///< a task, or ~id of a virtual task
  std::string_view name;              ///< of the instance; may be empty
  std::int64_t rate = 0;              ///< the largest of its edges
  std::vector<std::int32_t> readers;  ///< distinct, by id
};

/// In a fixed order. Source: OFFLOAD 1, topic objective.
std::vector<Topic> topics_of(const graph::Instance& instance);

/// The node that a topic comes from; -1 while its task is not placed.
std::int32_t source_node(const graph::Instance& instance, const Topic& topic,
                         const std::vector<std::int32_t>& assign);

/// A topic as one job reads it: its traffic is the rate times the nodes of its readers other than
/// that of its source.
struct Flow {
  std::int64_t rate = 0;    ///< of the topic: edges to readers of other jobs count as well
  std::int32_t source = 0;  ///< a task, or ~node of a virtual task
  std::vector<std::int32_t> readers;  ///< distinct
};

std::vector<Flow> flows_of(const Model& model);

}  // namespace mort::offload
