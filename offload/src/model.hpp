// An instance as the algorithms read it: adjacency lists, topological order, allowed nodes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mort/graph/placement.hpp"
#include "precedence.hpp"

namespace mort::offload {

/// A neighbour in the DAG; `rate` sums all edges between the two.
struct Link {
  std::int32_t task;
  std::int64_t rate;
};

/// What a task reads from virtual tasks on one node.
struct Feed {
  std::int32_t node;
  std::int64_t rate;
};

/// Lists of T by index, in one block of memory.
template <class T>
class Lists {
 public:
  Lists() = default;
  /// `entries` are (index, item) pairs sorted by index.
  Lists(std::size_t count, const std::vector<std::pair<std::int32_t, T>>& entries)
      : start_(count + 1) {
    items_.reserve(entries.size());
    for (const auto& [index, item] : entries) {
      items_.push_back(item);
      start_[index + 1] = items_.size();
    }
    for (std::size_t i = 1; i <= count; ++i) start_[i] = std::max(start_[i], start_[i - 1]);
  }
  std::span<const T> operator[](std::int32_t index) const {
    return {items_.data() + start_[index], items_.data() + start_[index + 1]};
  }

 private:
  std::vector<std::size_t> start_;
  std::vector<T> items_;
};

/// Read-only view of a valid instance, which must outlive it.
class Model {
 public:
  /// `feasibility` is "plain" or "fused".
  explicit Model(const graph::Instance& instance, std::string_view feasibility = "plain");

  const graph::Instance& instance() const { return *instance_; }
  bool fused() const { return fused_; }
  /// Of a fused model.
  const Precedence& precedence() const { return precedence_; }
  std::int32_t tasks() const { return static_cast<std::int32_t>(instance_->tasks.size()); }
  std::int32_t nodes() const { return static_cast<std::int32_t>(instance_->nodes.size()); }
  std::int64_t cpu(std::int32_t task) const { return needs_[task].cpu; }
  std::int64_t memory(std::int32_t task) const { return needs_[task].memory; }
  std::int64_t busy(std::int32_t task) const { return needs_[task].busy; }
  bool restricted(std::int32_t task) const { return instance_->tasks[task].nodes.has_value(); }
  bool allowed(std::int32_t task, std::int32_t node) const {
    return allowed_[task].empty() || allowed_[task][node];
  }

  /// Kahn's order, smallest id first, and the place of each task in it.
  const std::vector<std::int32_t>& topo() const { return topo_; }
  std::int32_t tpos(std::int32_t task) const { return tpos_[task]; }

  std::int64_t capacity(std::int32_t node) const { return instance_->nodes[node].cpu; }

  /// Whom a task waits for: those that it reads by edges other than feedback.
  std::span<const Link> predecessors(std::int32_t task) const { return predecessors_[task]; }
  /// The same from the other end.
  std::span<const Link> followers(std::int32_t task) const { return followers_[task]; }
  /// Those that read a task, by edges of all kinds.
  std::span<const Link> successors(std::int32_t task) const { return successors_[task]; }
  /// Those that read a task or that it reads, by edges of all kinds.
  std::span<const Link> neighbours(std::int32_t task) const { return neighbours_[task]; }
  std::span<const Feed> feeds(std::int32_t task) const { return feeds_[task]; }
  /// Sum of the rates of the edges between two tasks, either way.
  std::int64_t rate_between(std::int32_t a, std::int32_t b) const;

 private:
  struct Needs {
    std::int64_t cpu;
    std::int64_t memory;
    std::int64_t busy;
  };

  const graph::Instance* instance_;
  std::vector<std::vector<bool>> allowed_;  ///< by task; empty = every node
  Lists<Link> predecessors_;
  Lists<Link> followers_;
  Lists<Link> successors_;
  Lists<Link> neighbours_;
  Lists<Feed> feeds_;
  std::vector<Needs> needs_;  ///< side by side, since everything asks for them
  std::vector<std::int32_t> topo_;
  std::vector<std::int32_t> tpos_;
  bool fused_;
  Precedence precedence_;
};

/// Names for messages: the name where there is one, with the id where names repeat.
class Labels {
 public:
  explicit Labels(const graph::Instance& instance);
  std::string task(std::int32_t task) const;
  std::string node(std::int32_t node) const;
  /// An amount of cpu in cores: "2", "0.5".
  std::string cpu(std::int64_t amount) const;

 private:
  const graph::Instance* instance_;
  std::set<std::string_view> repeated_;
};

/// Errors: kInvalid for indices or numbers out of bounds, and for cycles.
Result<void> check_instance(const graph::Instance& instance);

}  // namespace mort::offload
