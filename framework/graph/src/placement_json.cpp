#include <algorithm>
#include <limits>
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

/// A name: it is shown on terminals and in pictures, so it holds no control characters.
std::string shown_text(const Value& value) {
  std::string text = value.text();
  const bool control = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 32 || c == 127;
  });
  if (control) value.refuse("holds a control character", "remove it");
  return text;
}

InstanceNode read_node(const Value& value) {
  InstanceNode node;
  node.cpu = value["cpu"].integer(0, kMaxCpu);
  if (const Value found = value.find("utilization")) node.utilization = found.number(0.0, 1.0);
  if (const Value found = value.find("memory")) node.memory = found.integer(0, kMaxMemory);
  if (const Value found = value.find("name")) node.name = shown_text(found);
  return node;
}

/// An index into a list whose length is known only at the end.
std::int32_t index(const Value& value) {
  return static_cast<std::int32_t>(value.integer(0, std::numeric_limits<std::int32_t>::max()));
}

InstanceTask read_task(const Value& value) {
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
      task.nodes->push_back(index(node));
      if (!seen.insert(task.nodes->back()).second)
        node.refuse("this node is listed twice", "remove one");
    }
  }
  return task;
}

/// Takes an instance's elements as they come; ids and indices are checked when all are there.
class InstanceReader {
 public:
  void read(std::string_view array, const Value& value) {
    if (array == "nodes") {
      if (!has_room(value, instance_.nodes.size(), kMaxInstanceNodes)) return;
      node_ids_.push_back(index(value["id"]));
      instance_.nodes.push_back(read_node(value));
    } else if (array == "tasks") {
      if (!has_room(value, instance_.tasks.size(), kMaxInstanceTasks)) return;
      task_ids_.push_back(index(value["id"]));
      instance_.tasks.push_back(read_task(value));
    } else if (array == "virtual") {
      if (!has_room(value, instance_.virtuals.size(), kMaxInstanceTasks)) return;
      virtual_ids_.push_back(index(value["id"]));
      InstanceVirtual& one = instance_.virtuals.emplace_back();
      one.node = index(value["node"]);
      if (const Value topic = value.find("topic")) one.topic = shown_text(topic);
    } else if (array == "edges") {
      if (!has_room(value, instance_.edges.size(), kMaxInstanceEdges)) return;
      InstanceEdge& edge = instance_.edges.emplace_back();
      edge.from = index(value["from"]);
      edge.to = index(value["to"]);
      edge.rate = value["rate"].integer(0, kMaxRate);
      if (const Value topic = value.find("topic")) edge.topic = shown_text(topic);
      if (const Value feedback = value.find("feedback")) edge.feedback = feedback.boolean();
    } else if (array == "vedges") {
      if (!has_room(value, instance_.virtual_edges.size(), kMaxInstanceEdges)) return;
      InstanceVirtualEdge& edge = instance_.virtual_edges.emplace_back();
      edge.virtual_task = index(value["virtual"]);
      edge.to = index(value["to"]);
      edge.rate = value["rate"].integer(0, kMaxRate);
    }
  }

  /// The instance, if the document has no fault.
  Instance finish(Document& document) {
    document_ = &document;
    const Value root = document.root();
    instance_.name = shown_text(root["name"]);
    for (const char* array : {"nodes", "tasks", "virtual", "edges", "vedges"})
      root[array].items(kMaxInstanceEdges);
    if (document.error()) return {};
    check_indices();
    place_by_id("nodes", node_ids_, instance_.nodes);
    place_by_id("tasks", task_ids_, instance_.tasks);
    place_by_id("virtual", virtual_ids_, instance_.virtuals);
    return std::move(instance_);
  }

 private:
  static bool has_room(const Value& value, std::size_t count, std::size_t max) {
    if (count < max) return true;
    value.refuse("one entry too many", "at most " + std::to_string(max) + " are read");
    return false;
  }

  void check_indices() {
    for (std::size_t i = 0; i < instance_.tasks.size(); ++i) {
      const auto& nodes = instance_.tasks[i].nodes;
      for (std::size_t k = 0; nodes && k < nodes->size(); ++k)
        check("tasks", i, "nodes/" + std::to_string(k), (*nodes)[k], instance_.nodes.size());
    }
    for (std::size_t i = 0; i < instance_.virtuals.size(); ++i)
      check("virtual", i, "node", instance_.virtuals[i].node, instance_.nodes.size());
    for (std::size_t i = 0; i < instance_.edges.size(); ++i) {
      check("edges", i, "from", instance_.edges[i].from, instance_.tasks.size());
      check("edges", i, "to", instance_.edges[i].to, instance_.tasks.size());
    }
    for (std::size_t i = 0; i < instance_.virtual_edges.size(); ++i) {
      const InstanceVirtualEdge& edge = instance_.virtual_edges[i];
      check("vedges", i, "virtual", edge.virtual_task, instance_.virtuals.size());
      check("vedges", i, "to", edge.to, instance_.tasks.size());
    }
  }

  void check(std::string_view array, std::size_t at, std::string_view member, std::int32_t found,
             std::size_t count) {
    if (static_cast<std::size_t>(found) < count) return;
    const std::string pointer =
        "/" + std::string(array) + "/" + std::to_string(at) + "/" + std::string(member);
    if (count == 0) {
      document_->refuse(pointer, "names an entry of an empty list", "add the entry");
    } else {
      document_->refuse(pointer, std::to_string(found) + " is out of range",
                        "give a value from 0 to " + std::to_string(count - 1));
    }
  }

  /// Puts each entry at its id: ids are 0..n-1, each once, in any order.
  template <class T>
  void place_by_id(std::string_view array, const std::vector<std::int32_t>& ids,
                   std::vector<T>& entries) {
    std::vector<T> all(entries.size());
    std::vector<bool> seen(entries.size());
    for (std::size_t i = 0; i < entries.size(); ++i) {
      check(array, i, "id", ids[i], entries.size());
      if (document_->error()) return;
      if (seen[ids[i]]) {
        document_->refuse("/" + std::string(array) + "/" + std::to_string(i) + "/id",
                          "id " + std::to_string(ids[i]) + " is used twice",
                          "number the entries 0 to n-1");
      }
      seen[ids[i]] = true;
      all[ids[i]] = std::move(entries[i]);
    }
    entries = std::move(all);
  }

  Instance instance_;
  std::vector<std::int32_t> node_ids_;
  std::vector<std::int32_t> task_ids_;
  std::vector<std::int32_t> virtual_ids_;
  Document* document_ = nullptr;
};

/// A task on a cycle, or -1.
std::int32_t task_on_cycle(const Instance& instance) {
  std::vector<int> inputs(instance.tasks.size());
  std::vector<std::vector<std::int32_t>> next(instance.tasks.size());
  for (const InstanceEdge& edge : instance.edges) {
    if (edge.feedback) continue;
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
  InstanceReader reader;
  Document document(text, file, "mort-instance-1",
                    {"format", "name", "nodes",       "tasks",  "edges", "virtual",  "vedges",
                     "id",     "cpu",  "utilization", "memory", "job",   "io_bound", "busy",
                     "from",   "to",   "rate",        "topic",  "node",  "feedback"},
                    [&](std::string_view array, const Value& value) { reader.read(array, value); });
  Instance instance = reader.finish(document);
  // Past a fault indices are defaults that may name nothing.
  const std::int32_t task = document.error() ? -1 : task_on_cycle(instance);
  if (task >= 0) {
    document.refuse("/edges",
                    "the edges form a cycle through or before task " + std::to_string(task),
                    "remove an edge, or say of it feedback: true");
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
    if (edge.feedback) one["feedback"] = true;
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
  Plan plan;
  Document document(text, file, "mort-plan-1",
                    {"format", "instance", "model", "algorithm", "objective", "profit", "total",
                     "traffic", "bound", "choice", "lanes", "assign"},
                    [&](std::string_view array, const Value& value) {
                      const bool is_lane = array == "lanes";
                      if (!is_lane && array != "assign") return;
                      std::vector<std::int32_t>& list = is_lane ? plan.lanes : plan.assign;
                      if (list.size() == kMaxInstanceTasks)
                        value.refuse("one entry too many",
                                     "at most " + std::to_string(list.size()) + " are read");
                      const std::size_t most = is_lane ? kMaxInstanceTasks : kMaxInstanceNodes;
                      list.push_back(static_cast<std::int32_t>(
                          value.integer(is_lane ? 0 : -1, static_cast<std::int64_t>(most) - 1)));
                    });
  const Value root = document.root();
  if (const Value found = root.find("instance")) plan.instance = found.text();
  if (const Value found = root.find("model")) plan.model = found.one_of({"plain", "fused"});
  if (const Value found = root.find("algorithm")) plan.algorithm = found.text();
  if (const Value found = root.find("objective")) plan.objective = found.one_of({"edge", "topic"});
  if (const Value found = root.find("profit")) plan.profit = found.integer(0, INT64_MAX);
  if (const Value found = root.find("total")) plan.total = found.integer(0, INT64_MAX);
  if (const Value found = root.find("traffic")) plan.traffic = found.integer(0, INT64_MAX);
  if (const Value found = root.find("bound")) plan.bound = found.integer(0, INT64_MAX);
  if (const Value found = root.find("choice")) plan.choice = found.text();
  if (const Value found = root.find("lanes")) found.items(kMaxInstanceTasks);
  root["assign"].items(kMaxInstanceTasks);
  return document.finish(std::move(plan));
}

}  // namespace mort::graph
