// The most valuable connected pieces of one tree when cpu has a price: what nodes that are not near
// to the tree can make of it together.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "bound_graph.hpp"

namespace mort::offload {

/// Plain model. Disjoint connected pieces, each within the cpu of the largest node, each worth its
/// vertices and edges less the price of its cpu.
class TreePieces {
 public:
  explicit TreePieces(const BoundGraph& graph);

  /// The best sum over pieces. `cpu` and `worth` are by vertex; price[c] is for a piece of cpu c,
  /// and no piece has more cpu than the last of them.
  std::int64_t solve(std::size_t tree, std::span<const std::int32_t> cpu,
                     std::span<const std::int64_t> worth, std::span<const std::int64_t> price);

  /// Of the tree solved last with that number: calls `choose` for each vertex in a piece, and
  /// `close` with the cpu of each piece.
  void select(std::size_t tree, const std::function<void(std::int32_t)>& choose,
              const std::function<void(std::int32_t)>& close) const;

  /// Elementary steps so far: the same on every machine.
  std::int64_t steps() const { return steps_; }

 private:
  struct Table {
    std::vector<std::int64_t> open;  ///< by cpu of the piece that holds the vertex and may grow
    std::vector<std::int32_t> got;   ///< of the parent's piece, the cpu that came from here
    std::int64_t apart = 0;          ///< the vertex in no piece
    std::int64_t closed = 0;         ///< the best with nothing open
    std::int32_t closed_cpu = -1;    ///< of the vertex's piece then, -1 when it is in none
  };

  void take(std::int32_t vertex, std::int32_t cpu, std::int64_t worth,
            std::span<const std::int64_t> price);
  void merge(std::int32_t child, std::int32_t parent, std::int32_t largest);

  const BoundGraph& graph_;
  std::vector<Table> tables_;
  std::vector<std::int32_t> cpu_;
  std::vector<std::int64_t> drawn_;  ///< scratch
  std::vector<std::int64_t> sum_;    ///< scratch
  std::int64_t steps_ = 0;
};

}  // namespace mort::offload
