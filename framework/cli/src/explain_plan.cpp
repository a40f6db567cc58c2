#include "explain_plan.hpp"

#include <algorithm>
#include <vector>

#include "describe_plan.hpp"
#include "mort/offload/explain.hpp"

namespace mort::cli {
namespace {

using Rows = std::vector<std::vector<std::string>>;
using offload::rate_text;

constexpr std::size_t kTopicsListed = 4;
constexpr std::size_t kElsewhereListed = 3;

std::string node_name(const graph::Instance& instance, std::int32_t node) {
  if (node < 0) return "-";
  const std::string& name = instance.nodes[static_cast<std::size_t>(node)].name;
  return name.empty() ? "node" + std::to_string(node) : name;
}

std::string task_name(const graph::Instance& instance, std::int32_t task) {
  const std::string& name = instance.tasks[static_cast<std::size_t>(task)].name;
  return name.empty() ? std::to_string(task) : name + " (" + std::to_string(task) + ")";
}

std::string cpu_text(const graph::Instance& instance, std::int64_t cpu) {
  const bool whole = instance.cpu_per_core == 1;
  return number(static_cast<double>(cpu) / static_cast<double>(instance.cpu_per_core),
                whole ? 0 : 2);
}

bool unique_names(const graph::Instance& instance) {
  std::vector<std::string> names;
  for (const graph::InstanceTask& task : instance.tasks) names.push_back(task.name);
  std::sort(names.begin(), names.end());
  return !names.empty() && !names.front().empty() &&
         std::adjacent_find(names.begin(), names.end()) == names.end();
}

std::string explain_tasks(const graph::Instance& instance, const graph::Plan& plan) {
  const bool by_name = unique_names(instance);
  Rows rows = {{"  TASK", "NODE", "LANE", "STAYS", "CROSSES", "ELSEWHERE"}};
  for (const offload::Reason& reason : offload::explain(instance, plan)) {
    std::string elsewhere;
    for (std::size_t i = 0; i < std::min(kElsewhereListed, reason.elsewhere.size()); ++i) {
      const offload::Elsewhere& there = reason.elsewhere[i];
      elsewhere += (i == 0 ? "" : "; ") + node_name(instance, there.node) + " ";
      elsewhere += there.change == 0 ? "the same"
                                     : rate_text(std::abs(there.change)) +
                                           (there.change > 0 ? " less" : " more") + " to cross";
      if (!there.obstacle.empty()) elsewhere += " (" + there.obstacle + ")";
    }
    const auto task = static_cast<std::size_t>(reason.task);
    rows.push_back({"  " + (by_name ? instance.tasks[task].name : task_name(instance, reason.task)),
                    node_name(instance, reason.node),
                    task < plan.lanes.size() ? std::to_string(plan.lanes[task]) : "-",
                    rate_text(reason.local_bps), rate_text(reason.remote_bps), elsewhere});
  }
  return "\nTasks\n" + table(rows);
}

std::string explain_links(const graph::Instance& instance, const graph::Plan& plan) {
  Rows rows = {{"  FROM", "TO", "RATE", "TOPICS"}};
  for (const offload::Crossing& link : offload::crossings(instance, plan)) {
    std::string topics;
    for (std::size_t i = 0; i < std::min(kTopicsListed, link.topics.size()); ++i)
      topics += (i == 0 ? "" : ", ") + link.topics[i];
    if (link.topics.size() > kTopicsListed)
      topics += " and " + std::to_string(link.topics.size() - kTopicsListed) + " more";
    rows.push_back({"  " + node_name(instance, link.from), node_name(instance, link.to),
                    rate_text(link.rate), topics});
  }
  return "\nLinks\n" + (rows.size() == 1 ? "  nothing crosses the network\n" : table(rows));
}

std::string explain_nodes(const graph::Instance& instance, const graph::Plan& plan) {
  Rows rows = {{"  NODE", "TASKS", "CPU", "OF", "LIMIT"}};
  std::size_t fused = 0;
  for (const offload::NodeUse& use : offload::node_uses(instance, plan)) {
    if (use.tasks == 0 && use.kept_out == 0) continue;
    std::string limit;
    if (use.kept_out > 0) {
      limit = std::to_string(use.kept_out) + (use.kept_out == 1 ? " task" : " tasks") +
              " would gain here, up to " + rate_text(use.kept_out_bps) + ": " + use.limit;
    }
    std::string cpu = cpu_text(instance, use.cpu);
    if (use.cpu_sum > use.capacity) {
      cpu += " fused, " + cpu_text(instance, use.cpu_sum) + " one by one";
      ++fused;
    }
    rows.push_back({"  " + node_name(instance, use.node), std::to_string(use.tasks), cpu,
                    cpu_text(instance, use.capacity), limit});
  }
  std::string text = "\nNodes\n" + table(rows);
  if (fused > 0) {
    text += "  " + std::to_string(fused) + (fused == 1 ? " node leans" : " nodes lean") +
            " on fusion: tasks of one path never run at once there, so each tick's work must end "
            "within its period\n";
  }
  return text;
}

std::string explain_others(const graph::Instance& instance, const graph::Plan& plan,
                           const offload::Options& options) {
  Rows rows = {{"  ALGORITHM", "MODEL", "STAYS", "CROSSES"}};
  for (const offload::Alternative& one : offload::alternatives(instance, plan, options)) {
    if (!one.error.empty()) {
      rows.push_back({"  " + one.algorithm, "-", "-", one.error});
      continue;
    }
    rows.push_back({"  " + one.algorithm, one.plan.model, rate_text(one.plan.profit),
                    rate_text(one.plan.traffic)});
  }
  rows.push_back({"  this plan", plan.model, rate_text(plan.profit), rate_text(plan.traffic)});
  return "\nWhat each algorithm gives\n" + table(rows);
}

}  // namespace

std::string describe_figures(const graph::Instance& instance, const graph::Plan& plan,
                             double seconds) {
  Json figures = {{"algorithm", plan.algorithm}, {"model", plan.model},
                  {"objective", plan.objective}, {"choice", plan.choice},
                  {"profit_bps", plan.profit},   {"total_bps", plan.total},
                  {"traffic_bps", plan.traffic}};
  if (plan.bound) figures["bound_bps"] = *plan.bound;
  return instance.name + ": " + std::to_string(instance.tasks.size()) + " tasks on " +
         std::to_string(instance.nodes.size()) + " nodes, planned in " +
         number(seconds * 1000, seconds < 0.01 ? 2 : 0) + " ms\n" + describe_plan_figures(figures);
}

std::string explain_plan(const graph::Instance& instance, const graph::Plan& plan,
                         const offload::Options& options) {
  return explain_tasks(instance, plan) + explain_links(instance, plan) +
         explain_nodes(instance, plan) + explain_others(instance, plan, options);
}

void retell(Json& answer, const graph::Instance& instance, const graph::Plan& plan) {
  answer["algorithm"] = plan.algorithm;
  answer["model"] = plan.model;
  answer["choice"] = plan.choice;
  answer["profit_bps"] = plan.profit;
  answer["traffic_bps"] = plan.traffic;
  answer["bound_bps"] = plan.bound ? Json(*plan.bound) : Json();
  answer["assign"] = Json::object();
  answer["lanes"] = Json::object();
  answer["cpu_millis"] = Json::object();
  answer["reasons"] = Json::array();
  for (const offload::Reason& reason : offload::explain(instance, plan)) {
    const auto task = static_cast<std::size_t>(reason.task);
    const std::string& name = instance.tasks[task].name;
    answer["assign"][name] = node_name(instance, reason.node);
    if (task < plan.lanes.size()) answer["lanes"][name] = plan.lanes[task];
    answer["reasons"].push_back(
        {{"task", name}, {"node", node_name(instance, reason.node)}, {"why", reason.text}});
  }
  for (const offload::NodeUse& use : offload::node_uses(instance, plan)) {
    if (use.tasks > 0) answer["cpu_millis"][node_name(instance, use.node)] = use.cpu;
  }
}

}  // namespace mort::cli
