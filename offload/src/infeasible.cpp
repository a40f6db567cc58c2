// Why a task could not be placed, in words that a person can act upon.
#include <algorithm>

#include "repair.hpp"

namespace mort::offload {
namespace {

constexpr std::size_t kListed = 5;
constexpr std::int64_t kUnlimited = INT64_MAX;  ///< memory of a node that does not say

std::string asks(const Model& model, std::int32_t task) {
  const std::int64_t memory = model.memory(task);
  return "task " + Labels(model.instance()).task(task) + " asks for " +
         Labels(model.instance()).cpu(model.cpu(task)) + " cpu" +
         (memory > 0 ? " and " + std::to_string(memory) + " bytes" : "");
}

std::string node_label(const Model& model, std::int32_t node) {
  return Labels(model.instance()).node(node);
}

/// The node among those allowed with the most of something; -1 when none is allowed.
template <class Amount>
std::int32_t largest_node(const Model& model, std::int32_t task, Amount amount) {
  std::int32_t best = -1;
  for (std::int32_t node = 0; node < model.nodes(); ++node) {
    if (model.allowed(task, node) && (best < 0 || amount(node) > amount(best))) best = node;
  }
  return best;
}

bool fits_nowhere(const Placement& placement, std::int32_t task) {
  for (std::int32_t node = 0; node < placement.model().nodes(); ++node) {
    if (placement.could_hold(task, node)) return false;
  }
  return true;
}

/// For a task that fits on no node, even if that were empty.
std::string why_nowhere(const Model& model, std::int32_t task) {
  const auto cpu_of = [&](std::int32_t node) { return model.instance().nodes[node].cpu; };
  const std::int32_t largest = largest_node(model, task, cpu_of);
  if (largest < 0) return "task " + Labels(model.instance()).task(task) + " may run on no node";
  const std::string which =
      model.restricted(task) ? "the largest node that it may use (" : "the largest node (";
  if (cpu_of(largest) < model.cpu(task)) {
    return asks(model, task) + ", " + which + node_label(model, largest) + ") has " +
           Labels(model.instance()).cpu(cpu_of(largest));
  }
  const auto memory_of = [&](std::int32_t node) {
    return model.instance().nodes[node].memory.value_or(kUnlimited);
  };
  const std::int32_t roomiest = largest_node(model, task, memory_of);
  if (memory_of(roomiest) < model.memory(task)) {
    return asks(model, task) + ", the most memory of a node " +
           (model.restricted(task) ? "that it may use " : "") + "is " +
           std::to_string(memory_of(roomiest)) + " bytes (" + node_label(model, roomiest) + ")";
  }
  return asks(model, task) + ", no node that it may use has both";
}

/// For a task that fits on a node, but not beside the others.
std::string why_no_room(const Placement& placement, std::int32_t task) {
  const Model& model = placement.model();
  const auto cpu_left = [&](std::int32_t node) { return placement.free_cpu(node); };
  const auto memory_left = [&](std::int32_t node) { return placement.free_memory(node); };
  const std::int32_t node = largest_node(model, task, cpu_left);
  const std::int32_t roomiest = largest_node(model, task, memory_left);
  const std::string beside = asks(model, task) + ", beside the other tasks ";
  if (memory_left(roomiest) < model.memory(task)) {
    return beside + "the most memory left is " + std::to_string(memory_left(roomiest)) +
           " bytes (" + node_label(model, roomiest) + ")";
  }
  if (cpu_left(node) >= model.cpu(task)) return beside + "no node that it may use has both left";
  return beside + "the most left is " + Labels(model.instance()).cpu(cpu_left(node)) + " cpu (" +
         node_label(model, node) + ")";
}

std::string cause_of_total(const Model& model) {
  std::int64_t cpu_asked = 0;
  std::int64_t cpu_offered = 0;
  std::int64_t bytes_asked = 0;
  std::int64_t bytes_offered = 0;
  bool limited = true;
  for (const graph::InstanceTask& task : model.instance().tasks) {
    cpu_asked += task.cpu;
    bytes_asked += task.memory;
  }
  for (const graph::InstanceNode& node : model.instance().nodes) {
    cpu_offered += node.cpu;
    bytes_offered += node.memory.value_or(0);
    limited = limited && node.memory;
  }
  const Labels labels(model.instance());
  std::string text;
  if (cpu_asked > cpu_offered && !model.fused()) {
    text = "; the tasks ask for " + labels.cpu(cpu_asked) + " cpu in all, the nodes have " +
           labels.cpu(cpu_offered);
  }
  if (limited && bytes_asked > bytes_offered) {
    text += "; the tasks ask for " + std::to_string(bytes_asked) +
            " bytes of memory in all, the nodes have " + std::to_string(bytes_offered);
  }
  return text;
}

}  // namespace

Error infeasible(const Packing& packing) {
  const Model& model = packing.placement.model();
  // Tasks that fit nowhere at all are the cause; what else is left is their consequence.
  std::vector<std::int32_t> nowhere;
  for (std::int32_t task = 0; task < model.tasks(); ++task) {
    if (fits_nowhere(packing.placement, task)) nowhere.push_back(task);
  }
  const bool proved = packing.exhausted || !nowhere.empty();
  const std::vector<std::int32_t>& tasks = nowhere.empty() ? packing.left : nowhere;
  std::string text = proved ? "no plan exists: " : "no plan was found: ";
  for (std::size_t i = 0; i < std::min(tasks.size(), kListed); ++i) {
    text += (i > 0 ? "; " : "") + (nowhere.empty() ? why_no_room(packing.placement, tasks[i])
                                                   : why_nowhere(model, tasks[i]));
  }
  if (tasks.size() > kListed)
    text += "; and " + std::to_string(tasks.size() - kListed) + " more tasks";
  return {ErrorCode::kInfeasible, text + cause_of_total(model), model.instance().name,
          "add nodes, cpu or memory, let tasks ask for less, or loosen pins and labels"};
}

}  // namespace mort::offload
