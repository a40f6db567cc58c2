#include "join/join.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include "join/declarations.hpp"
#include "join/message_uses.hpp"
#include "mort/graph/type_structure.hpp"

namespace mort::analyzer {

namespace {

using graph::Diagnostic;

auto order_of(const Diagnostic& d) {
  return std::tie(d.place.file, d.place.line, d.place.column, d.severity, d.code, d.message);
}

bool same(const graph::StructType& a, const graph::StructType& b) {
  return std::equal(
      a.fields.begin(), a.fields.end(), b.fields.begin(), b.fields.end(),
      [](const auto& x, const auto& y) { return x.name == y.name && x.type == y.type; });
}
bool same(const graph::EnumType& a, const graph::EnumType& b) {
  return a.enumerators == b.enumerators && a.underlying == b.underlying;
}

/// Merges one kind of type; a name that means two things is an error that shows both.
template <class Types>
void merge_types(const Types& from, const graph::TypeTable& table, Types graph::TypeTable::*kind,
                 graph::TypeTable& to, std::vector<Diagnostic>& found) {
  for (const auto& [name, type] : from) {
    const auto [known, is_new] = (to.*kind).emplace(name, type);
    const auto at = table.places.find(name);
    const graph::Place place = at != table.places.end() ? at->second : graph::Place{};
    if (is_new) {
      to.places[name] = place;
    } else if (!same(known->second, type)) {
      found.push_back(
          {"error",
           "type-mismatch",
           "message type `" + name + "` is defined in two ways",
           place,
           {graph::to_string(place) + ": here it is\n" + graph::definition_of(table, name),
            graph::to_string(to.places[name]) + ": the other definition is\n" +
                graph::definition_of(to, name),
            "cure: define it once, in a header that both sources include"}});
    }
  }
}

void add_cures(std::vector<Diagnostic>& found) {
  static const std::map<std::string, const char*> kCures = {
      {"cycle",
       "let one of these tasks drop its subscription, or read it as feedback: "
       "RegFeedback({\"TOPIC\"}) "
       "in its constructor, or tasks: {TASK: {feedback: [TOPIC]}} in the job YAML"},
      {"type-mismatch", "use one message type at both ends of the topic"},
      {"duplicate-task", "give each task a name of its own"},
      {"two-publishers", "publish each topic from one task only"},
      {"duplicate-port", "name each topic once"}};
  for (Diagnostic& one : found) {
    if (!one.notes.empty() && one.notes.back().rfind("cure: ", 0) == 0) continue;
    const auto cure = kCures.find(one.code);
    if (cure != kCures.end()) one.notes.push_back(std::string("cure: ") + cure->second);
  }
}

void find_unpublished(const graph::TaskGraph& graph, const graph::Job* job,
                      std::vector<Diagnostic>& found) {
  for (const std::string& topic : graph.virtual_topics()) {
    if (job != nullptr && job->topic(topic).external) continue;
    Diagnostic one{"warning",
                   "unpublished-topic",
                   "no task of these sources publishes topic \"" + topic + "\"",
                   {},
                   {}};
    for (const graph::TaskDecl* task : graph.subscribers_of(topic)) {
      for (const graph::Port& port : task->sub) {
        if (port.topic != topic) continue;
        if (one.place.file.empty())
          one.place = port.place;
        else
          one.notes.push_back(graph::to_string(port.place) + ": task \"" + task->name +
                              "\" subscribes to it, too");
      }
    }
    one.notes.push_back(
        "cure: publish it from a task; or, if another job publishes it, say in the "
        "job YAML: topics: {" +
        topic + ": {external: true}}");
    found.push_back(std::move(one));
  }
}

/// The linker keeps one of two classes that have the same name.
void merge_classes(const std::vector<PlacedClass>& from, std::map<std::string, PlacedClass>& to,
                   std::vector<Diagnostic>& found) {
  for (const PlacedClass& one : from) {
    const auto [known, is_new] = to.emplace(one.name, one);
    const PlacedClass& other = known->second;
    if (is_new || one.meaning.empty() || other.meaning.empty() || one.meaning == other.meaning)
      continue;
    found.push_back({"error",
                     "class-mismatch",
                     "task class `" + one.name + "` is defined in two ways",
                     one.place,
                     {graph::to_string(other.place) + ": the other definition is here",
                      "cure: give one of them another name, or put it into an unnamed namespace: "
                      "the program has room for one of that name only"}});
  }
}

void find_unregistered(const std::map<std::string, PlacedClass>& classes,
                       const std::set<std::string>& constructed, std::vector<Diagnostic>& found) {
  for (const auto& [name, cls] : classes) {
    if (constructed.count(name) != 0) continue;
    found.push_back(
        {"warning",
         "unregistered-class",
         "`" + name + "` calls RegTask, but no MORT_TASK offers it to the job",
         cls.place,
         {"cure: add MORT_TASK(" + name + ", ...); at namespace scope, or remove the class"}});
  }
}

template <class T>
void sort_unique(std::vector<T>& all) {
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
}

void sort_diagnostics(std::vector<Diagnostic>& all) {
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return order_of(a) < order_of(b); });
  // A finding in a header is seen once for each source that includes it.
  all.erase(std::unique(all.begin(), all.end(),
                        [](const auto& a, const auto& b) { return order_of(a) == order_of(b); }),
            all.end());
}

}  // namespace

Analysis join(std::vector<Unit> units, const graph::Job* job) {
  Analysis result;
  graph::TaskGraph& graph = result.graph;
  std::vector<Diagnostic>& found = result.diagnostics;
  std::set<std::string> constructed;
  std::map<std::string, PlacedClass> classes;
  std::vector<RegisteredTask> tasks;
  for (Unit& unit : units) {
    merge_types(unit.types.structs, unit.types, &graph::TypeTable::structs, graph.types, found);
    merge_types(unit.types.enums, unit.types, &graph::TypeTable::enums, graph.types, found);
    std::move(unit.tasks.begin(), unit.tasks.end(), std::back_inserter(tasks));
    std::move(unit.diagnostics.begin(), unit.diagnostics.end(), std::back_inserter(found));
    std::move(unit.files_read.begin(), unit.files_read.end(),
              std::back_inserter(result.files_read));
    std::move(unit.files_missing.begin(), unit.files_missing.end(),
              std::back_inserter(result.files_missing));
    constructed.merge(unit.constructed_classes);
    merge_classes(unit.task_classes, classes, found);
    for (const auto& [name, value] : unit.params) {
      if (value) graph.params.emplace(name, *value);
    }
  }
  const auto place_of = [](const RegisteredTask& task) {
    return std::tie(task.name, task.registration.file, task.registration.line,
                    task.registration.column);
  };
  std::stable_sort(tasks.begin(), tasks.end(),
                   [&](const auto& a, const auto& b) { return place_of(a) < place_of(b); });

  Declarations declarations(job, graph.types);
  std::vector<OpenTask> open;
  for (const RegisteredTask& task : tasks) open.push_back(declarations.apply(task, found));
  declarations.report_unused(found);
  for (OpenTask& task : open) type_ports(task, found);
  type_silent_ports(open, found);
  bool whole = true;
  for (OpenTask& task : open) {
    if (task.known)
      graph.tasks.push_back(std::move(task.decl));
    else
      whole = false;
  }
  std::stable_sort(graph.tasks.begin(), graph.tasks.end(), [](const auto& a, const auto& b) {
    return std::tie(a.name, a.place.file, a.place.line, a.place.column) <
           std::tie(b.name, b.place.file, b.place.line, b.place.column);
  });

  auto joined = graph::check(graph);
  add_cures(joined);
  std::move(joined.begin(), joined.end(), std::back_inserter(found));
  // A source or task that was refused may offer the class.
  if (result.exit_code() != 2) find_unregistered(classes, constructed, found);
  // A task that was refused may be the publisher.
  if (whole && result.exit_code() != 2) find_unpublished(graph, job, found);
  sort_diagnostics(found);
  sort_unique(result.files_read);
  sort_unique(result.files_missing);
  return result;
}

}  // namespace mort::analyzer
