// Why a task could not be placed, in words that a person can act upon.
#include <algorithm>

#include "repair.hpp"

namespace mort::offload {
namespace {

constexpr std::size_t kListed = 5;

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
  return asks(model, task) + ", no node that it may use has both";
}

/// For a task that fits on a node, but not beside the others.
std::string why_no_room(const Placement& placement, std::int32_t task) {
  const Model& model = placement.model();
  const std::int32_t node =
      largest_node(model, task, [&](std::int32_t one) { return placement.free_cpu(one); });
  return asks(model, task) + ", beside the other tasks the most left is " +
         Labels(model.instance()).cpu(placement.free_cpu(node)) + " cpu (" +
         node_label(model, node) + ")";
}

std::string cause_of_total(const Model& model) {
  std::int64_t asked = 0;
  std::int64_t offered = 0;
  for (const graph::InstanceTask& task : model.instance().tasks) asked += task.cpu;
  for (const graph::InstanceNode& node : model.instance().nodes) offered += node.cpu;
  if (asked <= offered) return {};
  const Labels labels(model.instance());
  return "; the tasks ask for " + labels.cpu(asked) + " cpu in all, the nodes have " +
         labels.cpu(offered);
}

}  // namespace

Error infeasible(const Packing& packing) {
  const Model& model = packing.placement.model();
  std::vector<std::string> causes;
  // Tasks that fit nowhere at all are the cause; what else is left is their consequence.
  for (std::int32_t task = 0; task < model.tasks(); ++task) {
    if (fits_nowhere(packing.placement, task)) causes.push_back(why_nowhere(model, task));
  }
  const bool proved = packing.exhausted || !causes.empty();
  if (causes.empty()) {
    for (const std::int32_t task : packing.left)
      causes.push_back(why_no_room(packing.placement, task));
  }
  std::string text = proved ? "no plan exists: " : "no plan was found: ";
  for (std::size_t i = 0; i < std::min(causes.size(), kListed); ++i)
    text += (i > 0 ? "; " : "") + causes[i];
  if (causes.size() > kListed)
    text += "; and " + std::to_string(causes.size() - kListed) + " more tasks";
  return {ErrorCode::kInfeasible, text + cause_of_total(model), model.instance().name,
          "add nodes or cpu, let tasks ask for less, or loosen pins and labels"};
}

}  // namespace mort::offload
