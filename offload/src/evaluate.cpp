// The figures and the feasibility of any assignment, independent of how it came about. Source:
// OFFLOAD 1.
#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "algorithms.hpp"
#include "mort/offload/planner.hpp"
#include "occupancy.hpp"

namespace mort::offload {
namespace {

/// Who publishes (task or virtual task), and the topic's name or, without one, the edge's number.
using TopicKey = std::tuple<bool, std::int32_t, std::string, std::size_t>;

struct Topic {
  std::int64_t rate = 0;  ///< the largest of its edges
  std::set<std::pair<std::int32_t, std::int32_t>>
      remote;  ///< (job, node) pairs that read it elsewhere
};

class Traffic {
 public:
  Traffic(const graph::Instance& instance, const std::vector<std::int32_t>& assign)
      : instance_(instance), assign_(assign) {}

  void add(TopicKey key, std::int32_t source_node, std::int32_t reader, std::int64_t rate) {
    Topic& topic = topics_[std::move(key)];
    topic.rate = std::max(topic.rate, rate);
    if (assign_[reader] != source_node)
      topic.remote.insert({instance_.tasks[reader].job, assign_[reader]});
  }
  std::int64_t sum() const {
    std::int64_t sum = 0;
    for (const auto& [key, topic] : topics_)
      sum += topic.rate * static_cast<std::int64_t>(topic.remote.size());
    return sum;
  }

 private:
  const graph::Instance& instance_;
  const std::vector<std::int32_t>& assign_;
  std::map<TopicKey, Topic> topics_;
};

TopicKey key_of(bool is_virtual, std::int32_t source, const std::string& topic, std::size_t edge) {
  return {is_virtual, source, topic, topic.empty() ? edge : 0};
}

void judge_task(const graph::Instance& instance, const Labels& labels, std::int32_t task,
                std::int32_t node, std::vector<std::string>& lines) {
  const std::string who = "task " + labels.task(task);
  if (node < 0) {
    lines.push_back(who + " is not placed");
  } else if (node >= static_cast<std::int32_t>(instance.nodes.size())) {
    lines.push_back(who + " is on node " + std::to_string(node) + ", which does not exist");
  } else if (const auto& nodes = instance.tasks[task].nodes;
             nodes && std::find(nodes->begin(), nodes->end(), node) == nodes->end()) {
    lines.push_back(who + " may not run on " + labels.node(node));
  }
}

void judge_node(const Occupancy& here, const Labels& labels, std::int32_t node,
                std::vector<std::string>& lines) {
  const Model& model = here.model();
  const std::string who = labels.node(node) + ": its tasks ask for ";
  if (const std::int64_t more = here.excess_cpu(node); more > 0) {
    lines.push_back(who + std::to_string(model.capacity(node) + more) + " cpu" +
                    (model.fused() ? " when fused" : "") + ", it has " +
                    std::to_string(model.capacity(node)));
  }
  const std::optional<std::int64_t> memory = model.instance().nodes[node].memory;
  if (memory && here.free_memory(node) < 0) {
    lines.push_back(who + std::to_string(*memory - here.free_memory(node)) + " bytes, it has " +
                    std::to_string(*memory));
  }
}

}  // namespace

Figures evaluate(const graph::Instance& instance, const std::vector<std::int32_t>& assign) {
  MORT_CHECK(assign.size() == instance.tasks.size());
  Figures figures{0, 0, 0};
  Traffic traffic(instance, assign);
  const auto add = [&](std::int32_t source, std::int32_t reader, std::int64_t rate) {
    figures.total += rate;
    if (source >= 0 && source == assign[reader]) figures.profit += rate;
  };
  for (std::size_t i = 0; i < instance.edges.size(); ++i) {
    const graph::InstanceEdge& edge = instance.edges[i];
    add(assign[edge.from], edge.to, edge.rate);
    traffic.add(key_of(false, edge.from, edge.topic, i), assign[edge.from], edge.to, edge.rate);
  }
  for (std::size_t i = 0; i < instance.virtual_edges.size(); ++i) {
    const graph::InstanceVirtualEdge& edge = instance.virtual_edges[i];
    const graph::InstanceVirtual& source = instance.virtuals[edge.virtual_task];
    add(source.node, edge.to, edge.rate);
    traffic.add(key_of(true, edge.virtual_task, source.topic, i), source.node, edge.to, edge.rate);
  }
  figures.traffic = traffic.sum();
  return figures;
}

std::vector<std::string> violations(const graph::Instance& instance,
                                    const std::vector<std::int32_t>& assign,
                                    std::string_view feasibility) {
  return violations(Model(instance, feasibility), assign);
}

std::vector<std::string> violations(const Model& model, const std::vector<std::int32_t>& assign) {
  const graph::Instance& instance = model.instance();
  if (assign.size() != instance.tasks.size()) {
    return {"the plan has " + std::to_string(assign.size()) + " entries for " +
            std::to_string(instance.tasks.size()) + " tasks"};
  }
  const Labels labels(instance);
  std::vector<std::string> lines;
  Occupancy here(model);
  for (std::size_t task = 0; task < assign.size(); ++task) {
    const std::int32_t node = assign[task];
    judge_task(instance, labels, static_cast<std::int32_t>(task), node, lines);
    if (node >= 0 && node < model.nodes()) here.enter(static_cast<std::int32_t>(task), node);
  }
  for (std::int32_t node = 0; node < model.nodes(); ++node) judge_node(here, labels, node, lines);
  return lines;
}

}  // namespace mort::offload
