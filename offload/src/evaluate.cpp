// The figures and the feasibility of any assignment, independent of how it came about. Source:
// OFFLOAD 1.
#include <algorithm>
#include <set>
#include <utility>

#include "algorithms.hpp"
#include "flows.hpp"
#include "mort/offload/planner.hpp"
#include "occupancy.hpp"

namespace mort::offload {
namespace {

/// Rate x remote (job, node) readers, over topics.
std::int64_t traffic_of(const graph::Instance& instance, const std::vector<std::int32_t>& assign) {
  std::int64_t traffic = 0;
  for (const Topic& topic : topics_of(instance)) {
    const std::int32_t source = source_node(instance, topic, assign);
    std::set<std::pair<std::int32_t, std::int32_t>> remote;
    for (const std::int32_t reader : topic.readers) {
      if (assign[reader] != source) remote.insert({instance.tasks[reader].job, assign[reader]});
    }
    traffic += topic.rate * static_cast<std::int64_t>(remote.size());
  }
  return traffic;
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
  Figures figures{0, 0, traffic_of(instance, assign)};
  const auto add = [&](std::int32_t source, std::int32_t reader, std::int64_t rate) {
    figures.total += rate;
    if (source >= 0 && source == assign[reader]) figures.profit += rate;
  };
  for (const graph::InstanceEdge& edge : instance.edges) add(assign[edge.from], edge.to, edge.rate);
  for (const graph::InstanceVirtualEdge& edge : instance.virtual_edges)
    add(instance.virtuals[edge.virtual_task].node, edge.to, edge.rate);
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
