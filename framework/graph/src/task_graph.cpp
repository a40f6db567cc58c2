#include "mort/graph/task_graph.hpp"

#include <algorithm>
#include <functional>
#include <queue>
#include <set>
#include <tuple>

#include "mort/graph/type_structure.hpp"
#include "names.hpp"

namespace mort::graph {
namespace {

/// Cycles reported before the search stops: one is enough to act upon, a hostile graph has many.
constexpr int kMaxCycles = 10;

struct Publication {
  const TaskDecl* task;
  const Port* port;
};

// Of several publishers of a topic the first by name counts; check() reports the others.
std::map<std::string_view, Publication> publications(const TaskGraph& graph) {
  std::map<std::string_view, Publication> found;
  for (const TaskDecl& task : graph.tasks) {
    for (const Port& port : task.pub) {
      const auto [at, added] = found.try_emplace(port.topic, Publication{&task, &port});
      if (!added && task.name < at->second.task->name) at->second = {&task, &port};
    }
  }
  return found;
}

std::set<std::string> topics_of(const TaskGraph& graph, std::vector<Port> TaskDecl::*ports) {
  std::set<std::string> found;
  for (const TaskDecl& task : graph.tasks) {
    for (const Port& port : task.*ports) found.insert(port.topic);
  }
  return found;
}

std::vector<std::string> difference(const std::set<std::string>& a,
                                    const std::set<std::string>& b) {
  std::vector<std::string> found;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(found));
  return found;
}

void check_names(const TaskGraph& graph, std::vector<Diagnostic>& found) {
  std::map<std::string_view, const TaskDecl*> first;
  for (const TaskDecl& task : graph.tasks) {
    const auto [at, added] = first.try_emplace(task.name, &task);
    if (added) continue;
    found.push_back({"error",
                     "duplicate-task",
                     "two tasks have the name " + in_quotes(task.name),
                     task.place,
                     {"the first is registered at " + to_string(at->second->place)}});
  }
}

void check_publishers(const TaskGraph& graph, std::vector<Diagnostic>& found) {
  const auto first = publications(graph);
  for (const TaskDecl& task : graph.tasks) {
    for (const Port& port : task.pub) {
      const Publication& owner = first.at(port.topic);
      if (owner.port == &port) continue;
      const bool same_task = owner.task == &task;
      const std::string what = "topic " + in_quotes(port.topic);
      found.push_back({same_task ? "warning" : "error",
                       same_task ? "duplicate-port" : "two-publishers",
                       same_task ? what + " is published twice by task " + in_quotes(task.name)
                                 : what + " has two publishers, " + in_quotes(owner.task->name) +
                                       " and " + in_quotes(task.name),
                       port.place,
                       {"first published at " + to_string(owner.port->place)}});
    }
  }
}

/// Where a port names its type, where that is defined, and how.
std::string describe_type(const TypeTable& types, const Port& port) {
  std::string text = port.type + " is named at " + to_string(port.place);
  if (const auto place = types.places.find(port.type); place != types.places.end())
    text += " and defined at " + to_string(place->second);
  const std::string definition = definition_of(types, port.type);
  return definition.empty() ? text : text + ":\n" + definition;
}

void check_types(const TaskGraph& graph, std::vector<Diagnostic>& found) {
  TypeComparison types(graph.types);
  const auto published = publications(graph);
  // A virtual topic has the type that its first reader gives it.
  std::map<std::string_view, const Port*> reference;
  for (const auto& [topic, publication] : published) reference[topic] = publication.port;
  for (const TaskDecl& task : graph.tasks) {
    for (const auto* ports : {&task.pub, &task.sub}) {
      for (const Port& port : *ports) {
        if (port.type.empty()) continue;  // not known to the analyzer, which reports it
        const Port*& expected = reference[port.topic];
        if (expected == nullptr || expected->type.empty()) expected = &port;
        const std::string difference = types.difference(expected->type, port.type);
        if (difference.empty()) continue;
        found.push_back({"error",
                         "type-mismatch",
                         "topic " + in_quotes(port.topic) + " has type " + expected->type +
                             ", but task " + in_quotes(task.name) + " uses it as " + port.type,
                         port.place,
                         {describe_type(graph.types, *expected), describe_type(graph.types, port),
                          "they differ: " + difference}});
      }
    }
  }
}

/// What is left of the graph when sources and sinks are taken off, again and again: cycles and what
/// joins them.
class CycleSearch {
 public:
  explicit CycleSearch(const TaskGraph& graph) {
    for (const Edge& edge : graph.edges()) {
      if (edge.feedback) continue;
      next_[edge.from].insert({edge.to, edge.topic});
      previous_[edge.to].insert(edge.from);
    }
  }

  /// Removes a cycle and returns it as "A -[C1]-> B -[C2]-> A", first task first; empty when there
  /// is none.
  std::pair<std::string, std::string> take() {
    strip();
    if (next_.empty()) return {};
    std::vector<std::string> path;
    std::map<std::string, std::size_t> seen;
    std::string at = next_.begin()->first;
    while (seen.try_emplace(at, path.size()).second) {
      path.push_back(at);
      at = next_.at(at).begin()->first;
    }
    path.erase(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(seen.at(at)));
    std::rotate(path.begin(), std::min_element(path.begin(), path.end()), path.end());
    std::string text;
    for (const std::string& task : path) {
      text += task + " -[" + next_.at(task).begin()->second + "]-> ";
    }
    text += path.front();
    for (const std::string& task : path) remove(task);
    return {path.front(), text};
  }

 private:
  void strip() {
    std::vector<std::string> loose;
    for (const auto& [task, unused] : next_) loose.push_back(task);
    for (const auto& [task, unused] : previous_) loose.push_back(task);
    while (!loose.empty()) {
      const std::string task = std::move(loose.back());
      loose.pop_back();
      const auto after = next_.find(task);
      const auto before = previous_.find(task);
      if (after != next_.end() && before != previous_.end()) continue;
      if (after != next_.end()) {
        for (const auto& [to, topic] : after->second) loose.push_back(to);
      }
      if (before != previous_.end())
        loose.insert(loose.end(), before->second.begin(), before->second.end());
      remove(task);
    }
  }

  void remove(const std::string& task) {
    if (const auto after = next_.find(task); after != next_.end()) {
      for (const auto& [to, topic] : after->second) {
        const auto at = previous_.find(to);
        if (at == previous_.end()) continue;
        at->second.erase(task);
        if (at->second.empty()) previous_.erase(at);
      }
      next_.erase(task);
    }
    if (const auto before = previous_.find(task); before != previous_.end()) {
      for (const std::string& from : before->second) {
        const auto at = next_.find(from);
        if (at == next_.end()) continue;
        at->second.erase(task);
        if (at->second.empty()) next_.erase(at);
      }
      previous_.erase(task);
    }
  }

  std::map<std::string, std::map<std::string, std::string>> next_;  ///< task -> (task, topic)
  std::map<std::string, std::set<std::string>> previous_;
};

void check_cycles(const TaskGraph& graph, std::vector<Diagnostic>& found) {
  CycleSearch search(graph);
  for (int i = 0; i < kMaxCycles; ++i) {
    const auto [task, path] = search.take();
    if (path.empty()) return;
    const TaskDecl* decl = graph.find(task);
    found.push_back(
        {"error",
         "cycle",
         "the tasks feed each other in a circle: " + path,
         decl != nullptr ? decl->place : Place{},
         {"data flows one way, but for feedback, which is read a turn later; let one of "
          "these tasks drop its subscription, or read it as feedback"}});
  }
}

}  // namespace

std::string to_string(const Place& place) {
  std::string text = place.file;
  if (place.line > 0) {
    text += (text.empty() ? "" : ":") + std::to_string(place.line);
    if (place.column > 0) text += ":" + std::to_string(place.column);
  }
  return text;
}

bool is_feedback(const TaskDecl& task, std::string_view topic) {
  return std::any_of(task.sub.begin(), task.sub.end(),
                     [&](const Port& port) { return port.topic == topic && port.feedback; });
}

const TaskDecl* TaskGraph::find(std::string_view name) const {
  const auto at = std::find_if(tasks.begin(), tasks.end(),
                               [&](const TaskDecl& task) { return task.name == name; });
  return at == tasks.end() ? nullptr : &*at;
}

const TaskDecl* TaskGraph::publisher_of(std::string_view topic) const {
  const TaskDecl* best = nullptr;
  for (const TaskDecl& task : tasks) {
    const bool publishes = std::any_of(task.pub.begin(), task.pub.end(),
                                       [&](const Port& port) { return port.topic == topic; });
    if (publishes && (best == nullptr || task.name < best->name)) best = &task;
  }
  return best;
}

std::vector<const TaskDecl*> TaskGraph::subscribers_of(std::string_view topic) const {
  std::vector<const TaskDecl*> found;
  for (const TaskDecl& task : tasks) {
    const bool reads = std::any_of(task.sub.begin(), task.sub.end(),
                                   [&](const Port& port) { return port.topic == topic; });
    if (reads) found.push_back(&task);
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const TaskDecl* a, const TaskDecl* b) { return a->name < b->name; });
  return found;
}

std::vector<Edge> TaskGraph::edges() const {
  const auto published = publications(*this);
  std::vector<Edge> found;
  for (const TaskDecl& task : tasks) {
    std::set<std::string_view> seen;
    for (const Port& port : task.sub) {
      const auto at = published.find(port.topic);
      if (at == published.end() || !seen.insert(port.topic).second) continue;
      const Publication& from = at->second;
      found.push_back({from.task->name, task.name, port.topic,
                       from.port->type.empty() ? port.type : from.port->type, port.feedback});
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const Edge& a, const Edge& b) {
    return std::tie(a.from, a.to, a.topic) < std::tie(b.from, b.to, b.topic);
  });
  return found;
}

std::vector<std::string> TaskGraph::virtual_topics() const {
  return difference(topics_of(*this, &TaskDecl::sub), topics_of(*this, &TaskDecl::pub));
}

bool TaskGraph::may_be_absent(std::string_view topic) const {
  const auto readers = subscribers_of(topic);
  return std::all_of(readers.begin(), readers.end(),
                     [&](const TaskDecl* task) { return is_feedback(*task, topic); });
}

std::vector<std::string> TaskGraph::result_topics() const {
  return difference(topics_of(*this, &TaskDecl::pub), topics_of(*this, &TaskDecl::sub));
}

std::vector<std::string> TaskGraph::topics() const {
  std::set<std::string> all = topics_of(*this, &TaskDecl::sub);
  all.merge(topics_of(*this, &TaskDecl::pub));
  return {all.begin(), all.end()};
}

std::string TaskGraph::type_of(std::string_view topic) const {
  for (const auto ports : {&TaskDecl::pub, &TaskDecl::sub}) {
    for (const TaskDecl& task : tasks) {
      for (const Port& port : task.*ports) {
        if (port.topic == topic && !port.type.empty()) return port.type;
      }
    }
  }
  return {};
}

std::vector<Diagnostic> check(const TaskGraph& graph) {
  std::vector<Diagnostic> found;
  check_names(graph, found);
  check_publishers(graph, found);
  check_types(graph, found);
  check_cycles(graph, found);
  return found;
}

std::vector<std::string> topological_order(const TaskGraph& graph) {
  std::map<std::string, std::size_t> inputs;
  std::map<std::string, std::vector<std::string>> next;
  for (const TaskDecl& task : graph.tasks) inputs[task.name] = 0;
  for (const Edge& edge : graph.edges()) {
    if (edge.feedback) continue;
    ++inputs[edge.to];
    next[edge.from].push_back(edge.to);
  }
  std::priority_queue<std::string, std::vector<std::string>, std::greater<>> ready;
  for (const auto& [task, count] : inputs) {
    if (count == 0) ready.push(task);
  }
  std::vector<std::string> order;
  while (!ready.empty()) {
    order.push_back(ready.top());
    ready.pop();
    for (const std::string& task : next[order.back()]) {
      if (--inputs[task] == 0) ready.push(task);
    }
  }
  MORT_CHECK(order.size() == inputs.size());
  return order;
}

}  // namespace mort::graph
