#include "flows.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace mort::offload {
namespace {

/// Source (~id of a virtual task), topic, and without a topic the number of the edge.
using Topic = std::tuple<std::int32_t, std::string_view, std::size_t>;

struct Readers {
  std::int64_t rate = 0;
  std::map<std::int32_t, std::vector<std::int32_t>> by_job;
};

}  // namespace

std::vector<Flow> flows_of(const Model& model) {
  const graph::Instance& instance = model.instance();
  std::map<Topic, Readers> topics;
  const auto add = [&](std::int32_t source, const std::string& name, std::size_t number,
                       std::int32_t reader, std::int64_t rate) {
    Readers& topic = topics[{source, name, name.empty() ? number : 0}];
    topic.rate = std::max(topic.rate, rate);
    topic.by_job[instance.tasks[reader].job].push_back(reader);
  };
  for (std::size_t i = 0; i < instance.edges.size(); ++i) {
    const graph::InstanceEdge& edge = instance.edges[i];
    add(edge.from, edge.topic, i, edge.to, edge.rate);
  }
  for (std::size_t i = 0; i < instance.virtual_edges.size(); ++i) {
    const graph::InstanceVirtualEdge& edge = instance.virtual_edges[i];
    add(~edge.virtual_task, instance.virtuals[edge.virtual_task].topic, i, edge.to, edge.rate);
  }
  std::vector<Flow> flows;
  for (auto& [key, topic] : topics) {
    const std::int32_t source = std::get<0>(key);
    for (auto& [job, readers] : topic.by_job) {
      std::sort(readers.begin(), readers.end());
      readers.erase(std::unique(readers.begin(), readers.end()), readers.end());
      flows.push_back(
          {topic.rate, source < 0 ? ~instance.virtuals[~source].node : source, std::move(readers)});
    }
  }
  return flows;
}

}  // namespace mort::offload
