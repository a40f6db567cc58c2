#include "task_graph_json.hpp"

#include <algorithm>
#include <set>

#include "mort/graph/job.hpp"
#include "mort/graph/payload_size.hpp"
#include "names.hpp"
#include "type_check.hpp"

namespace mort::graph {
namespace {

constexpr std::string_view kFormat = "mort-graph-1";
constexpr std::size_t kMaxDiagnostics = 100'000;
constexpr std::size_t kMaxNotes = 1'000;
constexpr std::size_t kMaxParams = 10'000;
constexpr std::int64_t kMaxLine = 1 << 30;

OrderedJson ports_to_json(const std::vector<Port>& ports, PayloadSizes& sizes) {
  OrderedJson all = OrderedJson::array();
  for (const Port& port : ports) {
    OrderedJson one{{"topic", port.topic}, {"type", port.type}};
    if (const auto bytes = sizes.fixed(port.type)) one["bytes"] = *bytes;
    if (port.feedback) one["feedback"] = true;
    write_place(one, port.place);
    all.push_back(std::move(one));
  }
  return all;
}

std::size_t count_topics(const std::vector<Port>& ports) {
  std::set<std::string_view> topics;
  for (const Port& port : ports) topics.insert(port.topic);
  return topics.size();
}

OrderedJson task_to_json(const TaskDecl& task, PayloadSizes& sizes) {
  OrderedJson json{{"name", task.name}, {"class", task.class_name}};
  write_place(json, task.place);
  OrderedJson options = OrderedJson::object();
  if (task.hints.cpu_millis) options["cpu_millis"] = *task.hints.cpu_millis;
  if (task.hints.period_ns) options["period_ns"] = *task.hints.period_ns;
  if (task.hints.stack_bytes) options["stack_bytes"] = *task.hints.stack_bytes;
  json["options"] = std::move(options);
  json["inputs"] = count_topics(task.sub);
  json["outputs"] = count_topics(task.pub);
  json["sub"] = ports_to_json(task.sub, sizes);
  json["pub"] = ports_to_json(task.pub, sizes);
  return json;
}

OrderedJson edges_to_json(const TaskGraph& graph) {
  OrderedJson all = OrderedJson::array();
  for (const Edge& edge : graph.edges()) {
    all.push_back(
        {{"from", edge.from}, {"to", edge.to}, {"topic", edge.topic}, {"type", edge.type}});
    if (edge.feedback) all.back()["feedback"] = true;
  }
  return all;
}

using TasksOfTopic = std::map<std::string, std::vector<std::string>>;

TasksOfTopic tasks_of_topics(const TaskGraph& graph, std::vector<Port> TaskDecl::*ports) {
  TasksOfTopic found;
  for (const TaskDecl& task : graph.tasks) {
    for (const Port& port : task.*ports) found[port.topic].push_back(task.name);
  }
  for (auto& [topic, tasks] : found) {
    std::sort(tasks.begin(), tasks.end());
    tasks.erase(std::unique(tasks.begin(), tasks.end()), tasks.end());
  }
  return found;
}

std::map<std::string, std::string> types_of_topics(const TaskGraph& graph) {
  std::map<std::string, std::string> found;
  for (const auto ports : {&TaskDecl::pub, &TaskDecl::sub}) {
    for (const TaskDecl& task : graph.tasks) {
      for (const Port& port : task.*ports) {
        if (!port.type.empty()) found.try_emplace(port.topic, port.type);
      }
    }
  }
  return found;
}

OrderedJson open_topics_to_json(const std::vector<std::string>& topics, const TasksOfTopic& tasks,
                                const std::map<std::string, std::string>& types, const char* role) {
  OrderedJson all = OrderedJson::array();
  for (const std::string& topic : topics) {
    const auto type = types.find(topic);
    all.push_back({{"topic", topic},
                   {"type", type == types.end() ? "" : type->second},
                   {role, tasks.at(topic)}});
  }
  return all;
}

OrderedJson types_to_json(const TypeTable& types) {
  OrderedJson structs = OrderedJson::object();
  for (const auto& [name, type] : types.structs) {
    OrderedJson fields = OrderedJson::array();
    for (const Field& field : type.fields) {
      fields.push_back({{"name", field.name}, {"type", field.type}});
    }
    structs[name] = {{"fields", std::move(fields)}};
  }
  OrderedJson enums = OrderedJson::object();
  for (const auto& [name, type] : types.enums) {
    OrderedJson enumerators = OrderedJson::array();
    for (const auto& [label, value] : type.enumerators) {
      enumerators.push_back({{"name", label}, {"value", value}});
    }
    enums[name] = std::move(enumerators);
  }
  OrderedJson underlying = OrderedJson::object();
  for (const auto& [name, type] : types.enums) {
    if (type.underlying != EnumType{}.underlying) underlying[name] = type.underlying;
  }
  OrderedJson json{{"structs", std::move(structs)}, {"enums", std::move(enums)}};
  if (!underlying.empty()) json["underlying"] = std::move(underlying);
  if (types.places.empty()) return json;
  OrderedJson& places = json["places"] = OrderedJson::object();
  for (const auto& [name, place] : types.places) write_place(places[name], place);
  return json;
}

OrderedJson diagnostics_to_json(const std::vector<Diagnostic>& diagnostics) {
  OrderedJson all = OrderedJson::array();
  for (const Diagnostic& diagnostic : diagnostics) {
    OrderedJson one{{"severity", diagnostic.severity},
                    {"code", diagnostic.code},
                    {"message", diagnostic.message}};
    write_place(one, diagnostic.place);
    one["notes"] = diagnostic.notes;
    all.push_back(std::move(one));
  }
  return all;
}

std::vector<Port> read_ports(const Value& value) {
  std::vector<Port> ports;
  for (const Value& port : value.items(kMaxPorts)) {
    ports.push_back({port["topic"].topic(), port["type"].text(), read_place(port)});
    if (const Value feedback = port.find("feedback")) ports.back().feedback = feedback.boolean();
  }
  return ports;
}

std::optional<std::int64_t> read_option(const Value& options, const char* key, std::int64_t min,
                                        std::int64_t max) {
  const Value value = options.find(key);
  if (!value) return std::nullopt;
  return value.integer(min, max);
}

TaskDecl read_task(const Value& value) {
  TaskDecl task;
  task.name = value["name"].name();
  task.class_name = value["class"].text();
  task.place = read_place(value);
  if (const Value options = value.find("options")) {
    task.hints.cpu_millis = read_option(options, "cpu_millis", 0, kMaxCpuMillis);
    task.hints.period_ns = read_option(options, "period_ns", 0, kMaxPeriodNs);
    task.hints.stack_bytes =
        read_option(options, "stack_bytes", kMinStackKb * 1024, kMaxStackKb * 1024);
  }
  task.sub = read_ports(value["sub"]);
  task.pub = read_ports(value["pub"]);
  return task;
}

TypeTable read_types(const Value& value) {
  TypeTable types;
  for (const auto& [name, type] : value["structs"].members(kMaxTypes)) {
    std::vector<Field>& fields = types.structs[name].fields;
    for (const Value& field : type["fields"].items(kMaxFields)) {
      fields.push_back({field["name"].name(), field["type"].text()});
    }
  }
  for (const auto& [name, type] : value["enums"].members(kMaxTypes)) {
    if (types.structs.count(name) > 0) type.refuse("is a struct as well", "give it another name");
    auto& enumerators = types.enums[name].enumerators;
    for (const Value& one : type.items(kMaxFields)) {
      enumerators.emplace_back(one["name"].name(), one["value"].integer(INT64_MIN, INT64_MAX));
    }
  }
  if (const Value underlying = value.find("underlying")) {
    for (const auto& [name, type] : underlying.members(kMaxTypes)) {
      const auto found = types.enums.find(name);
      if (found == types.enums.end())
        type.refuse("is no enum of this table", "leave it out");
      else
        found->second.underlying = type.one_of(
            {"bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"});
    }
  }
  check_types(types, value);
  if (const Value places = value.find("places")) {
    for (const auto& [name, place] : places.members(2 * kMaxTypes)) {
      if (types.structs.count(name) == 0 && types.enums.count(name) == 0)
        place.refuse("is no type of this table", "leave it out");
      types.places[name] = read_place(place);
    }
  }
  return types;
}

std::map<std::string, std::string> read_params(const Value& value) {
  std::map<std::string, std::string> params;
  for (const auto& [name, text] : value.members(kMaxParams)) {
    if (!is_valid_name(name)) {
      text.refuse("invalid name " + in_quotes(name), "use letters, digits, '_', '.', '-'");
    }
    params[name] = text.text();
  }
  return params;
}

// The derived members are there for other programs. They may be left out, but not contradict the
// tasks.
void check_member(const Value& value, const Json& derived, const char* key) {
  const Value found = value.find(key);
  if (found && *found.json() != derived.value(key, Json())) {
    found.refuse("does not follow from the tasks", "leave it out, or write the document anew");
  }
}

void check_derived_of_task(const Value& task, const Json& derived) {
  for (const char* key : {"inputs", "outputs"}) check_member(task, derived, key);
  for (const char* key : {"sub", "pub"}) {
    const std::vector<Value> ports = task[key].items(kMaxPorts);
    // After a fault in a name the tasks of document and graph may be in another order.
    if (ports.size() != derived[key].size()) return;
    for (std::size_t i = 0; i < ports.size(); ++i) check_member(ports[i], derived[key][i], "bytes");
  }
}

void check_derived(const Value& value, const TaskGraph& graph) {
  const Json derived = Json::parse(dump(graph_to_json(graph, {})), nullptr, false);
  for (const char* key : {"edges", "virtual", "results"}) check_member(value, derived, key);
  std::vector<Value> tasks = value["tasks"].items(kMaxTasks);
  if (tasks.size() != graph.tasks.size()) return;  // after a fault
  std::stable_sort(tasks.begin(), tasks.end(), [](const Value& a, const Value& b) {
    return a["name"].text() < b["name"].text();
  });
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    check_derived_of_task(tasks[i], derived["tasks"][i]);
  }
}

}  // namespace

void write_place(OrderedJson& json, const Place& place) {
  json["file"] = place.file;
  json["line"] = place.line;
  json["column"] = place.column;
}

Place read_place(const Value& value) {
  Place place;
  if (const Value file = value.find("file")) place.file = file.text();
  if (const Value line = value.find("line")) {
    place.line = static_cast<int>(line.integer(0, kMaxLine));
  }
  if (const Value column = value.find("column")) {
    place.column = static_cast<int>(column.integer(0, kMaxLine));
  }
  return place;
}

OrderedJson graph_to_json(const TaskGraph& graph, const std::vector<Diagnostic>& diagnostics) {
  TaskGraph sorted = graph;
  std::stable_sort(sorted.tasks.begin(), sorted.tasks.end(),
                   [](const TaskDecl& a, const TaskDecl& b) { return a.name < b.name; });
  OrderedJson tasks = OrderedJson::array();
  PayloadSizes sizes(sorted.types);
  for (const TaskDecl& task : sorted.tasks) tasks.push_back(task_to_json(task, sizes));
  const auto types = types_of_topics(sorted);
  OrderedJson json{{"format", kFormat}};
  json["tasks"] = std::move(tasks);
  json["edges"] = edges_to_json(sorted);
  json["virtual"] = open_topics_to_json(
      sorted.virtual_topics(), tasks_of_topics(sorted, &TaskDecl::sub), types, "subscribers");
  json["results"] = open_topics_to_json(
      sorted.result_topics(), tasks_of_topics(sorted, &TaskDecl::pub), types, "publishers");
  json["types"] = types_to_json(sorted.types);
  if (!sorted.params.empty()) json["params"] = sorted.params;
  json["diagnostics"] = diagnostics_to_json(diagnostics);
  return json;
}

TaskGraph read_graph(const Value& value) {
  TaskGraph graph;
  const std::string format = value["format"].text();
  if (value && format != kFormat) {
    value.find("format").refuse("format is " + in_quotes(format) + ", not \"mort-graph-1\"",
                                "pass a document of format \"mort-graph-1\"");
    return graph;
  }
  for (const Value& task : value["tasks"].items(kMaxTasks)) graph.tasks.push_back(read_task(task));
  std::stable_sort(graph.tasks.begin(), graph.tasks.end(),
                   [](const TaskDecl& a, const TaskDecl& b) { return a.name < b.name; });
  if (const Value types = value.find("types")) graph.types = read_types(types);
  if (const Value params = value.find("params")) graph.params = read_params(params);
  check_derived(value, graph);
  return graph;
}

std::string to_json(const TaskGraph& graph, const std::vector<Diagnostic>& diagnostics) {
  return dump(graph_to_json(graph, diagnostics), 2) + "\n";
}

Result<TaskGraph> task_graph_from_json(std::string_view text) {
  Document document(text);
  return document.finish(read_graph(document.root()));
}

Result<std::vector<Diagnostic>> diagnostics_from_json(std::string_view text) {
  Document document(text);
  document.require_format(kFormat);
  std::vector<Diagnostic> diagnostics;
  for (const Value& value : document.root()["diagnostics"].items(kMaxDiagnostics)) {
    Diagnostic one;
    one.severity = value["severity"].one_of({"error", "warning"});
    one.code = value["code"].text();
    one.message = value["message"].text(kMaxText * 16);
    one.place = read_place(value);
    if (const Value notes = value.find("notes")) {
      for (const Value& note : notes.items(kMaxNotes))
        one.notes.push_back(note.text(kMaxText * 16));
    }
    diagnostics.push_back(std::move(one));
  }
  return document.finish(std::move(diagnostics));
}

}  // namespace mort::graph
