// What refine pursues: the edge objective (most profit) or the topic objective (least traffic).
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "draw.hpp"
#include "occupancy.hpp"

namespace mort::offload {

/// Tasks that are on one node and may move together.
class Chunk {
 public:
  explicit Chunk(std::int32_t tasks) : holds_(tasks) {}

  std::span<const std::int32_t> tasks() const { return tasks_; }
  std::size_t size() const { return tasks_.size(); }
  bool holds(std::int32_t task) const { return holds_[task] != 0; }
  void add(std::int32_t task) {
    tasks_.push_back(task);
    holds_[task] = 1;
  }
  void clear() {
    for (const std::int32_t task : tasks_) holds_[task] = 0;
    tasks_.clear();
  }

 private:
  std::vector<std::int32_t> tasks_;
  std::vector<char> holds_;
};

class Objective {
 public:
  virtual ~Objective() = default;

  /// The objective of a whole plan; more is better.
  virtual std::int64_t value(const std::vector<std::int32_t>& assign) const = 0;

  /// By how much the value rises when the chunk moves from its node to `to`.
  virtual std::int64_t gain(const Occupancy& here, const Chunk& chunk, std::int32_t to) const = 0;

  /// A node where someone is that the task exchanges data with, by chance; -1 when there is none.
  virtual std::int32_t attractor(const Occupancy& here, std::int32_t task, Draw& draw) const = 0;

  /// What a move can gain or lose: the sum of such rates, and how many they are (at least 1).
  virtual std::int64_t rate_sum() const = 0;
  virtual std::int64_t rate_count() const = 0;
};

/// `name` is "edge" or "topic"; the model must outlive it.
std::unique_ptr<Objective> make_objective(const Model& model, std::string_view name);

}  // namespace mort::offload
