#include "flows.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace mort::offload {

std::vector<Topic> topics_of(const graph::Instance& instance) {
  // Source, name, and without a name the number of the edge.
  std::map<std::tuple<std::int32_t, std::string_view, std::size_t>, Topic> topics;
  const auto add = [&](std::int32_t source, const std::string& name, std::size_t number,
                       std::int32_t reader, std::int64_t rate) {
    Topic& topic = topics[{source, name, name.empty() ? number : 0}];
    topic.source = source;
    topic.name = name;
    topic.rate = std::max(topic.rate, rate);
    topic.readers.push_back(reader);
  };
  for (std::size_t i = 0; i < instance.edges.size(); ++i) {
    const graph::InstanceEdge& edge = instance.edges[i];
    add(edge.from, edge.topic, i, edge.to, edge.rate);
  }
  for (std::size_t i = 0; i < instance.virtual_edges.size(); ++i) {
    const graph::InstanceVirtualEdge& edge = instance.virtual_edges[i];
    add(~edge.virtual_task, instance.virtuals[edge.virtual_task].topic, i, edge.to, edge.rate);
  }
  std::vector<Topic> all;
  for (auto& [key, topic] : topics) {
    std::vector<std::int32_t>& readers = topic.readers;
    std::sort(readers.begin(), readers.end());
    readers.erase(std::unique(readers.begin(), readers.end()), readers.end());
    all.push_back(std::move(topic));
  }
  return all;
}

std::int32_t source_node(const graph::Instance& instance, const Topic& topic,
                         const std::vector<std::int32_t>& assign) {
  return topic.source < 0 ? instance.virtuals[~topic.source].node : assign[topic.source];
}

std::vector<Flow> flows_of(const Model& model) {
  const graph::Instance& instance = model.instance();
  std::vector<Flow> flows;
  for (const Topic& topic : topics_of(instance)) {
    const std::int32_t source =
        topic.source < 0 ? ~instance.virtuals[~topic.source].node : topic.source;
    std::map<std::int32_t, std::vector<std::int32_t>> by_job;
    for (const std::int32_t reader : topic.readers)
      by_job[instance.tasks[reader].job].push_back(reader);
    for (auto& [job, readers] : by_job) flows.push_back({topic.rate, source, std::move(readers)});
  }
  return flows;
}

}  // namespace mort::offload
