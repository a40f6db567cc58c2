// What a plan sends from node to node, as numbers and as a picture.
#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "flows.hpp"
#include "mort/offload/explain.hpp"

namespace mort::offload {
namespace {

/// An edge of the instance with both ends' nodes.
struct Way {
  bool is_virtual;
  std::int32_t source;  ///< task or virtual task
  std::int32_t reader;
  std::int32_t from;  ///< nodes
  std::int32_t to;
  std::int64_t rate;
  const std::string* topic;
};

std::vector<Way> ways(const graph::Instance& instance, const graph::Plan& plan) {
  std::vector<Way> all;
  for (const graph::InstanceEdge& edge : instance.edges) {
    all.push_back({false, edge.from, edge.to, plan.assign[edge.from], plan.assign[edge.to],
                   edge.rate, &edge.topic});
  }
  for (const graph::InstanceVirtualEdge& edge : instance.virtual_edges) {
    const graph::InstanceVirtual& source = instance.virtuals[edge.virtual_task];
    all.push_back({true, edge.virtual_task, edge.to, source.node, plan.assign[edge.to], edge.rate,
                   &source.topic});
  }
  return all;
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out + "\"";
}

}  // namespace

std::vector<Crossing> crossings(const graph::Instance& instance, const graph::Plan& plan) {
  const Labels labels(instance);
  std::map<std::pair<std::int32_t, std::int32_t>, Crossing> links;
  for (const Topic& topic : topics_of(instance)) {
    const std::int32_t from = source_node(instance, topic, plan.assign);
    std::set<std::pair<std::int32_t, std::int32_t>> counted;  // job, node
    for (const std::int32_t reader : topic.readers) {
      const std::int32_t to = plan.assign[reader];
      if (from == to || !counted.insert({instance.tasks[reader].job, to}).second) continue;
      Crossing& link = links[{from, to}];
      link.from = from;
      link.to = to;
      link.rate += topic.rate;
      const std::string source =
          topic.source < 0 ? "virtual " + std::to_string(~topic.source) : labels.task(topic.source);
      link.topics.push_back(topic.name.empty() ? source + " -> " + labels.task(reader)
                                               : std::string(topic.name));
    }
  }
  std::vector<Crossing> sorted;
  for (auto& [nodes, link] : links) {
    std::sort(link.topics.begin(), link.topics.end());
    link.topics.erase(std::unique(link.topics.begin(), link.topics.end()), link.topics.end());
    sorted.push_back(std::move(link));
  }
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Crossing& a, const Crossing& b) { return a.rate > b.rate; });
  return sorted;
}

std::string to_dot(const graph::Instance& instance, const graph::Plan& plan) {
  constexpr double kWidest = 6;
  const Labels labels(instance);
  std::ostringstream out;
  out << "digraph plan {\n  rankdir=LR; compound=true; fontname=\"sans-serif\";\n"
      << "  node [shape=box, style=\"rounded,filled\", fillcolor=white, fontname=\"sans-serif\"];\n"
      << "  edge [fontname=\"sans-serif\", fontsize=10];\n";
  for (std::int32_t node = 0; node < static_cast<std::int32_t>(instance.nodes.size()); ++node) {
    out << "  subgraph cluster_" << node << " {\n    label=" << quoted(labels.node(node))
        << "; style=filled; color=gray90;\n";
    bool empty = true;
    for (std::size_t task = 0; task < plan.assign.size(); ++task) {
      if (plan.assign[task] != node) continue;
      out << "    t" << task << " [label=" << quoted(labels.task(static_cast<std::int32_t>(task)))
          << "];\n";
      empty = false;
    }
    for (std::size_t i = 0; i < instance.virtuals.size(); ++i) {
      if (instance.virtuals[i].node != node) continue;
      const std::string& topic = instance.virtuals[i].topic;
      out << "    v" << i
          << " [label=" << quoted(topic.empty() ? "virtual " + std::to_string(i) : topic)
          << ", shape=ellipse, style=dashed];\n";
      empty = false;
    }
    if (empty) out << "    empty_" << node << " [label=\"\", style=invis];\n";
    out << "  }\n";
  }
  const std::vector<Way> all = ways(instance, plan);
  std::int64_t fastest = 1;
  for (const Way& way : all) fastest = std::max(fastest, way.rate);
  for (const Way& way : all) {
    const double width =
        0.5 + kWidest * static_cast<double>(way.rate) / static_cast<double>(fastest);
    out << "  " << (way.is_virtual ? "v" : "t") << way.source << " -> t" << way.reader
        << " [label=" << quoted((way.topic->empty() ? "" : *way.topic + " ") + rate_text(way.rate))
        << ", penwidth=" << width << ", color=" << (way.from == way.to ? "gray40" : "red3")
        << "];\n";
  }
  out << "}\n";
  return out.str();
}

}  // namespace mort::offload
