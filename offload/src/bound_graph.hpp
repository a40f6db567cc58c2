// An instance as the bound sees it: what a set of tasks on one node is worth, as a forest of small
// trees and what is left over.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "model.hpp"

namespace mort::offload {

/// Vertices 0 to tasks-1 are the tasks. In the topic objective further ones stand for topics with
/// several readers: of cpu 0, they cost the topic's rate once and give it back for each end of the
/// topic that is there too, so that a node with k ends of a topic keeps k-1 times its rate.
///
/// The worth of a set of vertices on a node is the sum of their weights, of the edges between them
/// and of what they are fed on that node.
struct BoundGraph {
  struct Vertex {
    std::int64_t cpu = 0;
    std::int64_t weight = 0;
    std::int32_t parent = -1;  ///< in the forest
    std::int64_t rate = 0;     ///< of the edge to the parent
    bool joins = false;        ///< fused: further predecessors beside the parent
    bool restricted = false;   ///< may not run everywhere
  };
  /// An edge outside the forest; it counts as half its rate on either end, or shifted.
  struct Loose {
    std::int32_t a;
    std::int32_t b;
    std::int64_t rate;
  };

  std::vector<Vertex> vertices;
  std::vector<std::vector<Feed>> feeds;  ///< of each vertex
  std::vector<Loose> loose;
  std::vector<std::vector<std::int32_t>> trees;     ///< children before their parents
  std::vector<std::vector<std::int32_t>> children;  ///< of each vertex, in the order of its tree
  std::vector<std::int32_t> tree_of;                ///< of each vertex
  std::int64_t most = 0;  ///< topic objective: traffic when every reader is alone; else 0
};

/// `objective` is "edge" or "topic".
BoundGraph make_bound_graph(const Model& model, std::string_view objective);

}  // namespace mort::offload
