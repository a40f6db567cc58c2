#include "explain_plan.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include "describe_plan.hpp"
#include "mort/offload/explain.hpp"

namespace mort::cli {
namespace {

using Rows = std::vector<std::vector<std::string>>;
using offload::rate_text;

constexpr std::size_t kRows = 20;  ///< of a table, where not all are asked for
constexpr std::size_t kTopicsListed = 4;
constexpr std::size_t kElsewhereListed = 2;

std::string node_name(const graph::Instance& instance, std::int32_t node) {
  if (node < 0) return "-";
  const std::string& name = instance.nodes[static_cast<std::size_t>(node)].name;
  return name.empty() ? "node" + std::to_string(node) : name;
}

std::string cpu_text(const graph::Instance& instance, std::int64_t cpu) {
  const bool whole = instance.cpu_per_core == 1;
  return number(static_cast<double>(cpu) / static_cast<double>(instance.cpu_per_core),
                whole ? 0 : 2);
}

/// "M1", or "M1 (id 4)" where several tasks have that name, as in messages of the planner.
std::vector<std::string> task_names(const graph::Instance& instance) {
  std::map<std::string, int> times;
  for (const graph::InstanceTask& task : instance.tasks) ++times[task.name];
  std::vector<std::string> names;
  for (const graph::InstanceTask& task : instance.tasks) {
    const std::string id = std::to_string(names.size());
    names.push_back(task.name.empty()       ? id
                    : times[task.name] == 1 ? task.name
                                            : task.name + " (id " + id + ")");
  }
  return names;
}

/// Keeps the first rows, unless all are wanted, and says how many are not shown.
std::string shortened_table(Rows rows, bool all, const std::string& what) {
  const std::size_t given = rows.size() - 1;
  if (all || given <= kRows) return table(rows);
  rows.resize(kRows + 1);
  return table(rows) + "  and " + std::to_string(given - kRows) + " more " + what +
         " (--all shows them)\n";
}

std::string elsewhere_text(const graph::Instance& instance, const offload::Reason& reason) {
  if (reason.pinned) return "it may run on no other node";
  std::string text;
  std::size_t listed = 0;
  for (const offload::Elsewhere& there : reason.elsewhere) {
    if (there.barred || listed == kElsewhereListed) continue;
    text += (listed++ == 0 ? "" : "; ") + node_name(instance, there.node) + " ";
    text += there.change == 0 ? "+0"
                              : (there.change > 0 ? "-" : "+") + rate_text(std::abs(there.change));
    if (!there.obstacle.empty()) text += " (" + there.obstacle + ")";
  }
  return text.empty() ? "-" : text;
}

std::string explain_tasks(const graph::Instance& instance, const graph::Plan& plan, bool all) {
  std::vector<offload::Reason> reasons = offload::explain(instance, plan);
  const bool some = !all && reasons.size() > kRows;
  if (some) {
    std::stable_sort(reasons.begin(), reasons.end(),
                     [](const offload::Reason& a, const offload::Reason& b) {
                       return a.remote_bps > b.remote_bps;
                     });
    reasons.resize(kRows);
  }
  const std::vector<std::string> names = task_names(instance);
  Rows rows = {{"  TASK", "NODE", "LANE", "STAYS", "CROSSES", "WOULD CROSS ELSEWHERE"}};
  for (const offload::Reason& reason : reasons) {
    const auto task = static_cast<std::size_t>(reason.task);
    rows.push_back({"  " + names[task], node_name(instance, reason.node),
                    task < plan.lanes.size() ? std::to_string(plan.lanes[task]) : "-",
                    rate_text(reason.local_bps), rate_text(reason.remote_bps),
                    elsewhere_text(instance, reason)});
  }
  std::string text =
      "\nTasks" + std::string(some ? ", those with most to cross first" : "") + "\n" + table(rows);
  if (some)
    text += "  and " + std::to_string(names.size() - kRows) + " more tasks (--all shows them)\n";
  return text;
}

std::string explain_links(const graph::Instance& instance, const graph::Plan& plan, bool all) {
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
  if (rows.size() == 1) return "\nLinks\n  nothing crosses the network\n";
  return "\nLinks\n" + shortened_table(std::move(rows), all, "links");
}

std::string explain_nodes(const graph::Instance& instance, const graph::Plan& plan, bool all) {
  std::vector<offload::NodeUse> uses = offload::node_uses(instance, plan);
  std::erase_if(uses,
                [](const offload::NodeUse& use) { return use.tasks == 0 && use.kept_out == 0; });
  if (!all && uses.size() > kRows) {
    std::stable_sort(uses.begin(), uses.end(),
                     [](const offload::NodeUse& a, const offload::NodeUse& b) {
                       return a.kept_out_bps > b.kept_out_bps;
                     });
  }
  Rows rows = {{"  NODE", "TASKS", "CPU", "OF", "LIMIT"}};
  std::size_t fused = 0;
  for (const offload::NodeUse& use : uses) {
    std::string limit = "-";
    if (use.kept_out > 0) {
      limit = "keeps out " + std::to_string(use.kept_out) +
              (use.kept_out == 1 ? " task" : " tasks") + " worth up to " +
              rate_text(use.kept_out_bps) + ": " + use.limit;
    }
    std::string cpu = cpu_text(instance, use.cpu);
    if (use.cpu_sum > use.capacity) {
      cpu += " fused, " + cpu_text(instance, use.cpu_sum) + " one by one";
      ++fused;
    }
    rows.push_back({"  " + node_name(instance, use.node), std::to_string(use.tasks), cpu,
                    cpu_text(instance, use.capacity), limit});
  }
  std::string text = "\nNodes\n" + shortened_table(std::move(rows), all, "nodes");
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
                         const offload::Options& options, bool all) {
  if (instance.tasks.empty()) return {};
  return explain_tasks(instance, plan, all) + explain_links(instance, plan, all) +
         explain_nodes(instance, plan, all) + explain_others(instance, plan, options);
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
