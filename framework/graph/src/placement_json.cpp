#include <algorithm>
#include <set>

#include "json_reader.hpp"
#include "mort/graph/placement.hpp"
#include "names.hpp"

namespace mort::graph {
namespace {

// Bounds under which no sum over a document overflows 64 bits.
constexpr std::size_t kMaxInstanceNodes = 100'000;
constexpr std::size_t kMaxInstanceTasks = 100'000;
constexpr std::size_t kMaxInstanceEdges = 1'000'000;
constexpr std::int64_t kMaxCpu = 1'000'000'000;
constexpr std::int64_t kMaxRate = 1'000'000'000'000;
constexpr std::int64_t kMaxMemory = std::int64_t{1} << 46;
constexpr std::int64_t kMaxJob = 1'000'000;

std::int32_t index(const Value& value, std::size_t count) {
  if (count == 0) {
    value.refuse("names an entry of an empty list", "add the entry");
    return 0;
  }
  return static_cast<std::int32_t>(value.integer(0, static_cast<std::int64_t>(count) - 1));
}

/// A name: it is shown on terminals and in pictures, so it holds no control characters.
std::string shown_text(const Value& value) {
  std::string text = value.text();
  const bool control = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 32 || c == 127;
  });
  if (control) value.refuse("holds a control character", "remove it");
  return text;
}

/// Puts each entry at its id: ids are 0..n-1, each once, in any order.
template <class T, class Read>
std::vector<T> read_by_id(const Value& list, std::size_t max, Read read) {
  const std::vector<Value> items = list.items(max);
  std::vector<T> all(items.size());
  std::vector<bool> seen(items.size());
  for (const Value& item : items) {
    const Value id = item["id"];
    const auto at = static_cast<std::size_t>(index(id, items.size()));
    if (seen[at])
      id.refuse("id " + std::to_string(at) + " is used twice", "number the entries 0 to n-1");
    seen[at] = true;
    all[at] = read(item);
  }
  return all;
}

InstanceNode read_node(const Value& value) {
  InstanceNode node;
  node.cpu = value["cpu"].integer(0, kMaxCpu);
  if (const Value found = value.find("utilization")) node.utilization = found.number(0.0, 1.0);
  if (const Value found = value.find("memory")) node.memory = found.integer(0, kMaxMemory);
  if (const Value found = value.find("name")) node.name = shown_text(found);
  return node;
}

InstanceTask read_task(const Value& value, std::size_t nodes) {
  InstanceTask task;
  task.job = static_cast<std::int32_t>(value["job"].integer(0, kMaxJob));
  task.cpu = value["cpu"].integer(0, kMaxCpu);
  if (const Value found = value.find("memory")) task.memory = found.integer(0, kMaxMemory);
  if (const Value found = value.find("name")) task.name = shown_text(found);
  if (const Value found = value.find("io_bound")) task.io_bound = found.boolean();
  if (const Value found = value.find("busy")) task.busy = found.integer(0, kMaxCpu);
  if (const Value found = value.find("nodes")) {
    std::set<std::int32_t> seen;
    task.nodes.emplace();
    for (const Value& node : found.items(kMaxInstanceNodes)) {
      task.nodes->push_back(index(node, nodes));
      if (!seen.insert(task.nodes->back()).second)
        node.refuse("this node is listed twice", "remove one");
    }
  }
  return task;
}

void read_edges(const Value& root, Instance& instance) {
  for (const Value& value : root["edges"].items(kMaxInstanceEdges)) {
    InstanceEdge edge;
    edge.from = index(value["from"], instance.tasks.size());
    edge.to = index(value["to"], instance.tasks.size());
    edge.rate = value["rate"].integer(0, kMaxRate);
    if (const Value topic = value.find("topic")) edge.topic = shown_text(topic);
    instance.edges.push_back(std::move(edge));
  }
  for (const Value& value : root["vedges"].items(kMaxInstanceEdges)) {
    InstanceVirtualEdge edge;
    edge.virtual_task = index(value["virtual"], instance.virtuals.size());
    edge.to = index(value["to"], instance.tasks.size());
    edge.rate = value["rate"].integer(0, kMaxRate);
    instance.virtual_edges.push_back(edge);
  }
}

/// A task on a cycle, or -1.
std::int32_t task_on_cycle(const Instance& instance) {
  std::vector<int> inputs(instance.tasks.size());
  std::vector<std::vector<std::int32_t>> next(instance.tasks.size());
  for (const InstanceEdge& edge : instance.edges) {
    ++inputs[static_cast<std::size_t>(edge.to)];
    next[static_cast<std::size_t>(edge.from)].push_back(edge.to);
  }
  std::vector<std::size_t> ready;
  for (std::size_t task = 0; task < inputs.size(); ++task) {
    if (inputs[task] == 0) ready.push_back(task);
  }
  while (!ready.empty()) {
    const std::size_t task = ready.back();
    ready.pop_back();
    for (const std::int32_t to : next[task]) {
      if (--inputs[static_cast<std::size_t>(to)] == 0)
        ready.push_back(static_cast<std::size_t>(to));
    }
  }
  const auto left = std::find_if(inputs.begin(), inputs.end(), [](int count) { return count > 0; });
  return left == inputs.end() ? -1 : static_cast<std::int32_t>(left - inputs.begin());
}

OrderedJson node_to_json(const InstanceNode& node, std::size_t id) {
  OrderedJson json{{"id", id}, {"cpu", node.cpu}};
  if (node.utilization != 0.0) json["utilization"] = node.utilization;
  if (node.memory) json["memory"] = *node.memory;
  if (!node.name.empty()) json["name"] = node.name;
  return json;
}

OrderedJson task_to_json(const InstanceTask& task, std::size_t id) {
  OrderedJson json{{"id", id}, {"job", task.job}, {"cpu", task.cpu}};
  if (!task.name.empty()) json["name"] = task.name;
  if (task.memory != 0) json["memory"] = task.memory;
  if (task.io_bound) json["io_bound"] = *task.io_bound;
  if (task.busy != 0) json["busy"] = task.busy;
  if (task.nodes) json["nodes"] = *task.nodes;
  return json;
}

}  // namespace

Result<Instance> instance_from_json(std::string_view text, const std::string& file) {
  Document document(text, file);
  document.require_format("mort-instance-1");
  const Value root = document.root();
  Instance instance;
  instance.name = shown_text(root["name"]);
  instance.nodes = read_by_id<InstanceNode>(root["nodes"], kMaxInstanceNodes, read_node);
  instance.tasks = read_by_id<InstanceTask>(
      root["tasks"], kMaxInstanceTasks,
      [&](const Value& value) { return read_task(value, instance.nodes.size()); });
  instance.virtuals =
      read_by_id<InstanceVirtual>(root["virtual"], kMaxInstanceTasks, [&](const Value& value) {
        InstanceVirtual one;
        one.node = index(value["node"], instance.nodes.size());
        if (const Value topic = value.find("topic")) one.topic = shown_text(topic);
        return one;
      });
  read_edges(root, instance);
  // Past a fault indices are defaults that may name nothing.
  const std::int32_t task = document.error() ? -1 : task_on_cycle(instance);
  if (task >= 0) {
    root.find("edges").refuse(
        "the edges form a cycle through or before task " + std::to_string(task),
        "remove an edge: data must flow one way");
  }
  return document.finish(std::move(instance));
}

std::string to_json(const Instance& instance) {
  OrderedJson json{{"format", "mort-instance-1"}, {"name", instance.name}};
  OrderedJson nodes = OrderedJson::array();
  for (const InstanceNode& node : instance.nodes) nodes.push_back(node_to_json(node, nodes.size()));
  json["nodes"] = std::move(nodes);
  OrderedJson tasks = OrderedJson::array();
  for (const InstanceTask& task : instance.tasks) tasks.push_back(task_to_json(task, tasks.size()));
  json["tasks"] = std::move(tasks);
  OrderedJson edges = OrderedJson::array();
  for (const InstanceEdge& edge : instance.edges) {
    OrderedJson one{{"from", edge.from}, {"to", edge.to}, {"rate", edge.rate}};
    if (!edge.topic.empty()) one["topic"] = edge.topic;
    edges.push_back(std::move(one));
  }
  json["edges"] = std::move(edges);
  OrderedJson virtuals = OrderedJson::array();
  for (const InstanceVirtual& one : instance.virtuals) {
    OrderedJson entry{{"id", virtuals.size()}, {"node", one.node}};
    if (!one.topic.empty()) entry["topic"] = one.topic;
    virtuals.push_back(std::move(entry));
  }
  json["virtual"] = std::move(virtuals);
  OrderedJson vedges = OrderedJson::array();
  for (const InstanceVirtualEdge& edge : instance.virtual_edges) {
    vedges.push_back({{"virtual", edge.virtual_task}, {"to", edge.to}, {"rate", edge.rate}});
  }
  json["vedges"] = std::move(vedges);
  return dump(json) + "\n";
}

std::string to_json(const Plan& plan) {
  OrderedJson json{{"format", "mort-plan-1"},     {"instance", plan.instance},
                   {"model", plan.model},         {"algorithm", plan.algorithm},
                   {"objective", plan.objective}, {"profit", plan.profit},
                   {"total", plan.total},         {"traffic", plan.traffic}};
  if (plan.bound) json["bound"] = *plan.bound;
  if (!plan.choice.empty()) json["choice"] = plan.choice;
  if (!plan.lanes.empty()) json["lanes"] = plan.lanes;
  json["assign"] = plan.assign;
  return dump(json) + "\n";
}

Result<Plan> plan_from_json(std::string_view text, const std::string& file) {
  Document document(text, file);
  document.require_format("mort-plan-1");
  const Value root = document.root();
  Plan plan;
  if (const Value found = root.find("instance")) plan.instance = found.text();
  if (const Value found = root.find("model")) plan.model = found.one_of({"plain", "fused"});
  if (const Value found = root.find("algorithm")) plan.algorithm = found.text();
  if (const Value found = root.find("objective")) plan.objective = found.one_of({"edge", "topic"});
  if (const Value found = root.find("profit")) plan.profit = found.integer(0, INT64_MAX);
  if (const Value found = root.find("total")) plan.total = found.integer(0, INT64_MAX);
  if (const Value found = root.find("traffic")) plan.traffic = found.integer(0, INT64_MAX);
  if (const Value found = root.find("bound")) plan.bound = found.integer(0, INT64_MAX);
  if (const Value found = root.find("choice")) plan.choice = found.text();
  if (const Value found = root.find("lanes")) {
    for (const Value& lane : found.items(kMaxInstanceTasks)) {
      plan.lanes.push_back(static_cast<std::int32_t>(
          lane.integer(0, static_cast<std::int64_t>(kMaxInstanceTasks) - 1)));
    }
  }
  for (const Value& node : root["assign"].items(kMaxInstanceTasks)) {
    plan.assign.push_back(static_cast<std::int32_t>(
        node.integer(-1, static_cast<std::int64_t>(kMaxInstanceNodes) - 1)));
  }
  return document.finish(std::move(plan));
}

}  // namespace mort::graph
