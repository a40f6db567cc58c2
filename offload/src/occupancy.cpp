#include "occupancy.hpp"

#include <algorithm>
#include <limits>

#include "antichain.hpp"

namespace mort::offload {
namespace {

/// Larger than any sum of memory.
constexpr std::int64_t kUnlimited = std::numeric_limits<std::int64_t>::max() / 2;
constexpr std::int64_t kUnknown = -1;

}  // namespace

Occupancy::Occupancy(const Model& model)
    : model_(&model),
      assign_(model.tasks(), -1),
      members_(model.nodes()),
      place_(model.tasks()),
      busy_(model.nodes()),
      load_(model.nodes(), kUnknown) {
  for (const graph::InstanceNode& node : model.instance().nodes) {
    free_cpu_.push_back(node.cpu);
    free_memory_.push_back(node.memory.value_or(kUnlimited));
  }
}

void Occupancy::enter(std::int32_t task, std::int32_t node) {
  assign_[task] = node;
  place_[task] = static_cast<std::int32_t>(members_[node].size());
  members_[node].push_back(task);
  free_cpu_[node] -= model_->cpu(task);
  free_memory_[node] -= model_->memory(task);
  busy_[node] += model_->busy(task);
  load_[node] = kUnknown;
}

void Occupancy::leave(std::int32_t task) {
  const std::int32_t node = assign_[task];
  std::vector<std::int32_t>& members = members_[node];
  members[place_[task]] = members.back();
  place_[members.back()] = place_[task];
  members.pop_back();
  assign_[task] = -1;
  free_cpu_[node] += model_->cpu(task);
  free_memory_[node] += model_->memory(task);
  busy_[node] -= model_->busy(task);
  load_[node] = kUnknown;
}

bool Occupancy::fits(std::span<const std::int32_t> tasks, std::int32_t node) const {
  std::int64_t cpu = 0;
  std::int64_t memory = 0;
  std::int64_t busy = busy_[node];
  for (const std::int32_t task : tasks) {
    if (!model_->allowed(task, node)) return false;
    cpu += model_->cpu(task);
    memory += model_->memory(task);
    busy += model_->busy(task);
  }
  if (memory > free_memory_[node]) return false;
  if (cpu <= free_cpu_[node]) return true;
  if (!model_->fused() || busy > model_->capacity(node)) return false;
  // Together they have at most the sum of what either needs.
  return load(node) + cpu <= model_->capacity(node) ||
         load_with(tasks, node) <= model_->capacity(node);
}

std::int64_t Occupancy::needed_cpu(std::int32_t node) const {
  const std::int64_t sum = model_->capacity(node) - free_cpu_[node];
  return model_->fused() ? std::min(sum, std::max(load(node), busy_[node])) : sum;
}

std::int64_t Occupancy::excess_cpu(std::int32_t node) const {
  if (free_cpu_[node] >= 0) return 0;
  return std::max<std::int64_t>(needed_cpu(node) - model_->capacity(node), 0);
}

/// Fused cpu of the node's members.
std::int64_t Occupancy::load(std::int32_t node) const {
  if (load_[node] == kUnknown) load_[node] = fused_cpu(*model_, members_[node]);
  return load_[node];
}

std::int64_t Occupancy::load_with(std::span<const std::int32_t> more, std::int32_t node) const {
  scratch_.assign(members_[node].begin(), members_[node].end());
  scratch_.insert(scratch_.end(), more.begin(), more.end());
  return fused_cpu(*model_, scratch_);
}

}  // namespace mort::offload
