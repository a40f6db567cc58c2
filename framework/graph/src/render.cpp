// The graph as pictures: Graphviz DOT and Mermaid.
#include <map>

#include "mort/graph/task_graph.hpp"

namespace mort::graph {
namespace {

std::string dot_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 32 ? ' ' : c;
  }
  return out + "\"";
}

std::string mermaid_quoted(std::string_view text) {
  static constexpr std::string_view kSpecial = "\"#<>|[]{}&;`";
  std::string out = "\"";
  for (const char c : text) {
    if (kSpecial.find(c) != std::string_view::npos) {
      out += "#" + std::to_string(static_cast<int>(c)) + ";";
    } else {
      out += static_cast<unsigned char>(c) < 32 ? ' ' : c;
    }
  }
  return out + "\"";
}

}  // namespace

std::string to_dot(const TaskGraph& graph) {
  std::string out = "digraph job {\n  rankdir=LR;\n  node [shape=box];\n";
  for (const TaskDecl& task : graph.tasks) out += "  " + dot_quoted(task.name) + ";\n";
  // A topic that leaves or enters the job has a node of its own; "topic:" keeps it apart from
  // tasks.
  const auto open_topic = [&](const std::string& topic, const char* style) {
    const std::string id = dot_quoted("topic:" + topic);
    out += "  " + id + " [label=" + dot_quoted(topic) + ", shape=ellipse, style=" + style + "];\n";
    return id;
  };
  for (const std::string& topic : graph.virtual_topics()) {
    const std::string id = open_topic(topic, "dashed");
    for (const TaskDecl* task : graph.subscribers_of(topic)) {
      out += "  " + id + " -> " + dot_quoted(task->name) + " [style=dashed];\n";
    }
  }
  for (const Edge& edge : graph.edges()) {
    out += "  " + dot_quoted(edge.from) + " -> " + dot_quoted(edge.to) +
           " [label=" + dot_quoted(edge.topic) + (edge.feedback ? ", style=dashed" : "") + "];\n";
  }
  for (const std::string& topic : graph.result_topics()) {
    const std::string id = open_topic(topic, "solid");
    out += "  " + dot_quoted(graph.publisher_of(topic)->name) + " -> " + id + ";\n";
  }
  return out + "}\n";
}

std::string to_mermaid(const TaskGraph& graph) {
  std::string out = "flowchart LR\n";
  std::map<std::string, std::string> ids;
  for (const TaskDecl& task : graph.tasks) {
    const std::string id = "t" + std::to_string(ids.size());
    if (ids.try_emplace(task.name, id).second) {
      out += "  " + id + "[" + mermaid_quoted(task.name) + "]\n";
    }
  }
  std::size_t topics = 0;
  for (const std::string& topic : graph.virtual_topics()) {
    const std::string id = "v" + std::to_string(topics++);
    out += "  " + id + "([" + mermaid_quoted(topic) + "])\n";
    for (const TaskDecl* task : graph.subscribers_of(topic)) {
      out += "  " + id + " -.-> " + ids.at(task->name) + "\n";
    }
  }
  for (const Edge& edge : graph.edges()) {
    out += "  " + ids.at(edge.from) + (edge.feedback ? " -.->|" : " -->|") +
           mermaid_quoted(edge.topic) + "| " + ids.at(edge.to) + "\n";
  }
  topics = 0;
  for (const std::string& topic : graph.result_topics()) {
    const std::string id = "r" + std::to_string(topics++);
    out += "  " + id + "([" + mermaid_quoted(topic) + "])\n";
    out += "  " + ids.at(graph.publisher_of(topic)->name) + " --> " + id + "\n";
  }
  return out;
}

}  // namespace mort::graph
