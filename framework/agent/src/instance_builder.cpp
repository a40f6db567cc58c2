#include "instance_builder.hpp"

#include <algorithm>

#include "mort/graph/payload_size.hpp"
#include "mort/worker/config.hpp"

namespace mort::agent {
namespace {

constexpr std::int64_t kAssumedBytes = 1024;
constexpr std::int64_t kAssumedHz = 1;

}  // namespace

Result<graph::Instance> InstanceBuilder::build() {
  add_nodes();
  names = graph::topological_order(manifest_.graph);
  for (const std::string& name : names) {
    std::vector<std::int32_t> allowed;
    for (std::size_t i = 0; i < surroundings_.nodes.size(); ++i) {
      if (may_run_on(name, surroundings_.nodes[i])) allowed.push_back(static_cast<std::int32_t>(i));
    }
    if (allowed.empty()) return tl::unexpected<Error>(nowhere(name));
    instance_.tasks.push_back(describe(name));
    if (allowed.size() < surroundings_.nodes.size())
      instance_.tasks.back().nodes = std::move(allowed);
  }
  if (surroundings_.follow_node) {
    const auto node = index_of(*surroundings_.follow_node);
    if (!node) {
      return fail(ErrorCode::kInfeasible,
                  "node " + *surroundings_.follow_node + " is not in the fleet");
    }
    add_follow(*node);
  }
  add_topics();
  return std::move(instance_);
}

graph::Instance InstanceBuilder::build_unconstrained() {
  add_nodes();
  names = graph::topological_order(manifest_.graph);
  for (const std::string& name : names) instance_.tasks.push_back(describe(name));
  if (surroundings_.follow_node) {
    if (const auto node = index_of(*surroundings_.follow_node)) add_follow(*node);
  }
  add_topics();
  return std::move(instance_);
}

void InstanceBuilder::add_nodes() {
  instance_.name = manifest_.job.name;
  instance_.cpu_per_core = 1000;
  for (const NodeInfo& node : surroundings_.nodes)
    instance_.nodes.push_back({node.free_cpu_millis, node.utilization, node.free_memory, node.id});
}

graph::InstanceTask InstanceBuilder::describe(const std::string& name) const {
  graph::InstanceTask task;
  task.cpu = manifest_.cpu_millis(name);
  task.memory = manifest_.memory_bytes(name);
  task.name = name;
  const auto measured = surroundings_.measured.tasks.find(name);
  if (measured != surroundings_.measured.tasks.end()) {
    task.io_bound = measured->second.io_bound;
    task.busy = measured->second.busy_millis;
  }
  return task;
}

/// The follow task is a reader within the job's own worker on its node: what it reads crosses to
/// that node once, with or without other readers there. So it has the job number of the other
/// tasks.
void InstanceBuilder::add_follow(std::int32_t node) {
  names.emplace_back(worker::kFollowTask);
  graph::InstanceTask follow;
  follow.nodes = std::vector<std::int32_t>{node};
  follow.name = names.back();
  instance_.tasks.push_back(std::move(follow));
}

std::optional<std::int32_t> InstanceBuilder::index_of(const std::string& node) const {
  for (std::size_t i = 0; i < surroundings_.nodes.size(); ++i) {
    if (surroundings_.nodes[i].id == node) return static_cast<std::int32_t>(i);
  }
  return std::nullopt;
}

std::int32_t InstanceBuilder::task_index(const std::string& name) const {
  return static_cast<std::int32_t>(std::find(names.begin(), names.end(), name) - names.begin());
}

const graph::TaskSettings* InstanceBuilder::settings(const std::string& task) const {
  const auto found = manifest_.job.tasks.find(task);
  return found == manifest_.job.tasks.end() ? nullptr : &found->second;
}

bool InstanceBuilder::may_run_on(const std::string& task, const NodeInfo& node) const {
  if (!node.takes_tasks || manifest_.library(node.arch) == nullptr) return false;
  const graph::TaskSettings* wanted = settings(task);
  if (wanted == nullptr) return true;
  if (wanted->node && *wanted->node != node.id) return false;
  return std::all_of(wanted->labels.begin(), wanted->labels.end(), [&](const auto& label) {
    const auto found = node.labels.find(label.first);
    return found != node.labels.end() && found->second == label.second;
  });
}

Error InstanceBuilder::nowhere(const std::string& task) const {
  const graph::TaskSettings* wanted = settings(task);
  const std::string where = wanted == nullptr ? std::string() : to_string(wanted->place);
  std::string fleet;
  bool closed = false;
  for (const NodeInfo& node : surroundings_.nodes) {
    if (node.id == kExternalNode) continue;
    fleet += (fleet.empty() ? "" : ", ") + node.id + " (" + node.arch +
             (node.takes_tasks ? ")" : ", takes no tasks)");
    closed = closed || !node.takes_tasks;
  }
  if (wanted != nullptr && wanted->node) {
    const auto pinned = index_of(*wanted->node);
    if (!pinned || *wanted->node == kExternalNode) {
      return {
          ErrorCode::kInfeasible,
          "task " + task + " is pinned to node " + *wanted->node + ", which is not in the fleet",
          where, "the fleet has " + fleet + ": start an agent of that id or change `node:`"};
    }
    if (!surroundings_.nodes[static_cast<std::size_t>(*pinned)].takes_tasks) {
      return {ErrorCode::kInfeasible,
              "task " + task + " is pinned to node " + *wanted->node + ", which takes no tasks",
              where, "start its agent without --no-tasks, or change `node:`"};
    }
  }
  return {ErrorCode::kInfeasible,
          std::string("no node ") + (closed ? "that takes tasks " : "") +
              "carries the labels, or has the architecture, that task " + task + " needs",
          where,
          "the fleet has " + fleet +
              ": label a node (`mort agent --label k=v`) or build for its architecture"};
}

/// As declared, or as the type fixes it.
std::optional<std::int64_t> InstanceBuilder::bytes_of(const std::string& topic) const {
  if (const auto& declared = manifest_.job.topic(topic).bytes) return declared;
  return graph::fixed_payload_size(manifest_.graph.types, manifest_.graph.type_of(topic));
}

std::int64_t InstanceBuilder::largest_bytes(const std::string& topic) const {
  const auto fixed =
      graph::fixed_payload_size(manifest_.graph.types, manifest_.graph.type_of(topic));
  if (fixed) return *fixed;
  if (const auto& most = manifest_.job.topic(topic).max_bytes) return *most;
  const auto measured = surroundings_.measured.topics.find(topic);
  if (measured != surroundings_.measured.topics.end()) return measured->second.bytes;
  return bytes_of(topic).value_or(kAssumedBytes);
}

/// What was measured counts before what is declared. A measured rate holds while the publisher
/// keeps its period; under another one the measured size does.
TopicRate InstanceBuilder::rate_of(const std::string& topic,
                                   const graph::TaskDecl& publisher) const {
  const std::int64_t period = manifest_.period_ns(publisher.name);
  const auto measured = surroundings_.measured.topics.find(topic);
  const bool known = measured != surroundings_.measured.topics.end() &&
                     measured->second.type == manifest_.graph.type_of(topic);
  if (known && measured->second.period_ns == period)
    return {measured->second.rate_bps, RateSource::kMeasured};
  std::optional<std::int64_t> bytes = bytes_of(topic);
  if (known) bytes = measured->second.bytes;
  const std::int64_t bits = bytes.value_or(kAssumedBytes) * 8;
  return {period > 0 ? bits * 1'000'000'000 / period : bits * kAssumedHz,
          bytes && period > 0 ? RateSource::kExpected : RateSource::kAssumed};
}

void InstanceBuilder::add_topics() {
  for (const std::string& topic : manifest_.graph.topics()) add_topic(topic);
}

void InstanceBuilder::add_topic(const std::string& topic) {
  const graph::TaskDecl* publisher = manifest_.graph.publisher_of(topic);
  if (publisher == nullptr) return add_virtual(topic);
  const auto subscribers = manifest_.graph.subscribers_of(topic);
  const TopicRate rate = rates[topic] = rate_of(topic, *publisher);
  const std::int32_t from = task_index(publisher->name);
  for (const graph::TaskDecl* task : subscribers) {
    if (task == publisher) continue;  // it is where it is
    instance_.edges.push_back(
        {from, task_index(task->name), rate.bps, topic, graph::is_feedback(*task, topic)});
  }
  const std::int32_t follow = task_index(std::string(worker::kFollowTask));
  if (subscribers.empty() && follow < static_cast<std::int32_t>(names.size()))
    instance_.edges.push_back({from, follow, rate.bps, topic});
}

void InstanceBuilder::add_virtual(const std::string& topic) {
  for (const PublishedTopic& known : surroundings_.published) {
    const auto node = index_of(known.node);
    if (known.topic != topic || !node) continue;
    TopicRate rate = known.rate;
    if (known.node == kExternalNode && rate.bps == 0)  // nobody counts what such programs send
      rate = {bytes_of(topic).value_or(kAssumedBytes) * 8 * kAssumedHz, RateSource::kAssumed};
    rates[topic] = rate;
    const auto id = static_cast<std::int32_t>(instance_.virtuals.size());
    instance_.virtuals.push_back({*node, topic});
    for (const graph::TaskDecl* task : manifest_.graph.subscribers_of(topic))
      instance_.virtual_edges.push_back({id, task_index(task->name), rate.bps});
    return;
  }
}

}  // namespace mort::agent
