#include "bound_graph.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

#include "flows.hpp"

namespace mort::offload {
namespace {

/// Vertices of a tree in the plain model: tables are made anew for each node that feeds a tree, so
/// with many vertices small trees keep that cheap.
constexpr std::size_t kFewVertices = 1'000;
constexpr std::size_t kTreeOfFew = 400;
constexpr std::size_t kTreeOfMany = 96;

struct Edge {
  std::int32_t from;
  std::int32_t to;
  std::int64_t rate;
};

class Maker {
 public:
  explicit Maker(const Model& model) : model_(model) {
    for (std::int32_t task = 0; task < model.tasks(); ++task) {
      add_vertex(model.cpu(task), 0);
      graph_.vertices[task].restricted = model.restricted(task);
      graph_.vertices[task].joins = model.predecessors(task).size() > 1;
    }
  }

  void take_edges() {
    for (std::int32_t task = 0; task < model_.tasks(); ++task) {
      for (const Link& link : model_.successors(task))
        edges_.push_back({task, link.task, link.rate});
      for (const Feed& feed : model_.feeds(task)) graph_.feeds[task].push_back(feed);
    }
  }

  void take_flows() {
    for (const Flow& flow : flows_of(model_)) {
      graph_.most += flow.rate * static_cast<std::int64_t>(flow.readers.size());
      if (flow.readers.size() == 1 && flow.source >= 0) {
        edges_.push_back({flow.source, flow.readers[0], flow.rate});
      } else if (flow.readers.size() == 1) {
        graph_.feeds[flow.readers[0]].push_back({~flow.source, flow.rate});
      } else {
        take_topic(flow);
      }
    }
  }

  BoundGraph make() {
    std::stable_sort(edges_.begin(), edges_.end(),
                     [](const Edge& a, const Edge& b) { return a.rate > b.rate; });
    if (model_.fused()) {
      hang_below_predecessors();
    } else {
      grow_heaviest_forest();
    }
    order_trees();
    return std::move(graph_);
  }

 private:
  std::int32_t add_vertex(std::int64_t cpu, std::int64_t weight) {
    graph_.vertices.push_back({cpu, weight});
    graph_.feeds.emplace_back();
    is_virtual_.push_back(false);
    source_.push_back(static_cast<std::int32_t>(source_.size()));
    return static_cast<std::int32_t>(graph_.vertices.size()) - 1;
  }

  void take_topic(const Flow& flow) {
    const std::int32_t topic = add_vertex(0, -flow.rate);
    source_[topic] = flow.source >= 0 ? flow.source : -1;
    if (flow.source >= 0) {
      edges_.push_back({flow.source, topic, flow.rate});
    } else {
      graph_.feeds[topic].push_back({~flow.source, flow.rate});
      is_virtual_[topic] = true;
    }
    for (const std::int32_t reader : flow.readers) edges_.push_back({topic, reader, flow.rate});
  }

  /// The heaviest edges first, as long as trees stay small; then each tree hung up at its first
  /// vertex.
  void grow_heaviest_forest() {
    std::vector<std::int32_t> leader(graph_.vertices.size());
    std::iota(leader.begin(), leader.end(), 0);
    std::vector<std::size_t> size(leader.size(), 1);
    const std::size_t most = leader.size() <= kFewVertices ? kTreeOfFew : kTreeOfMany;
    const auto find = [&](std::int32_t vertex) {
      while (leader[vertex] != vertex) vertex = leader[vertex] = leader[leader[vertex]];
      return vertex;
    };
    std::vector<std::vector<std::pair<std::int32_t, std::int64_t>>> next(leader.size());
    for (const Edge& edge : edges_) {
      const std::int32_t a = find(edge.from);
      const std::int32_t b = find(edge.to);
      if (a == b || size[a] + size[b] > most) {
        graph_.loose.push_back({edge.from, edge.to, edge.rate});
        continue;
      }
      leader[b] = a;
      size[a] += size[b];
      next[edge.from].push_back({edge.to, edge.rate});
      next[edge.to].push_back({edge.from, edge.rate});
    }
    std::vector<bool> hung(leader.size());
    std::vector<std::int32_t> open;
    for (std::size_t root = 0; root < leader.size(); ++root) {
      if (hung[root]) continue;
      hung[root] = true;
      open.push_back(static_cast<std::int32_t>(root));
      while (!open.empty()) {
        const std::int32_t vertex = open.back();
        open.pop_back();
        for (const auto& [other, rate] : next[vertex]) {
          if (hung[other]) continue;
          hung[other] = true;
          graph_.vertices[other].parent = vertex;
          graph_.vertices[other].rate = rate;
          open.push_back(other);
        }
      }
    }
  }

  /// Fusion goes along paths of the DAG: every vertex hangs below its strongest predecessor.
  void hang_below_predecessors() {
    for (const Edge& edge : edges_) {
      BoundGraph::Vertex& vertex = graph_.vertices[edge.to];
      if (vertex.parent < 0 && orders(edge)) {
        vertex.parent = edge.from;
        vertex.rate = edge.rate;
        // Below the topic of a virtual task a predecessor of its own stands elsewhere.
        if (edge.to < model_.tasks() && is_virtual_[edge.from])
          vertex.joins = !model_.predecessors(edge.to).empty();
      } else {
        graph_.loose.push_back({edge.from, edge.to, edge.rate});
      }
    }
  }

  /// Is the edge on a path of the DAG? Feedback is not.
  bool orders(const Edge& edge) const {
    const std::int32_t source = source_[edge.from];
    if (source < 0 || edge.to >= model_.tasks()) return true;
    const auto followers = model_.followers(source);
    return std::any_of(followers.begin(), followers.end(),
                       [&](const Link& link) { return link.task == edge.to; });
  }

  void order_trees() {
    std::vector<std::vector<std::int32_t>>& children = graph_.children;
    children.resize(graph_.vertices.size());
    for (std::size_t vertex = 0; vertex < children.size(); ++vertex) {
      const std::int32_t parent = graph_.vertices[vertex].parent;
      if (parent >= 0) children[parent].push_back(static_cast<std::int32_t>(vertex));
    }
    graph_.tree_of.resize(children.size());
    for (std::size_t root = 0; root < children.size(); ++root) {
      if (graph_.vertices[root].parent >= 0) continue;
      std::vector<std::int32_t> order = {static_cast<std::int32_t>(root)};
      for (std::size_t i = 0; i < order.size(); ++i) {
        graph_.tree_of[order[i]] = static_cast<std::int32_t>(graph_.trees.size());
        order.insert(order.end(), children[order[i]].begin(), children[order[i]].end());
      }
      std::reverse(order.begin(), order.end());
      for (const std::int32_t vertex : order)
        std::reverse(children[vertex].begin(), children[vertex].end());
      graph_.trees.push_back(std::move(order));
    }
  }

  const Model& model_;
  BoundGraph graph_;
  std::vector<Edge> edges_;
  std::vector<bool> is_virtual_;  ///< by vertex: the topic of a virtual task
  /// By vertex: the task itself, or the one whose topic it is; -1 of a virtual task's topic.
  std::vector<std::int32_t> source_;
};

}  // namespace

BoundGraph make_bound_graph(const Model& model, std::string_view objective) {
  Maker maker(model);
  if (objective == "topic") {
    maker.take_flows();
  } else {
    maker.take_edges();
  }
  return maker.make();
}

}  // namespace mort::offload
