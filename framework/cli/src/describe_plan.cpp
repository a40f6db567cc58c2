#include "describe_plan.hpp"

#include <cmath>
#include <map>
#include <vector>

#include "mort/offload/explain.hpp"

namespace mort::cli {
namespace {

std::string rate(double bps) {
  return offload::rate_text(static_cast<std::int64_t>(std::llround(bps)));
}

/// How far the plan may be from the best one.
std::string describe_bound(const Json& plan) {
  if (!plan.contains("bound_bps") || !plan["bound_bps"].is_number()) return {};
  const double bound = plan["bound_bps"].get<double>();
  const bool topic = plan.value("objective", "") == "topic";
  const double reached = plan.value(topic ? "traffic_bps" : "profit_bps", 0.0);
  const double whole = topic ? reached : bound;
  const double gap = whole > 0 ? 100 * (topic ? reached - bound : bound - reached) / whole : 0;
  return "  bound: no plan " + std::string(topic ? "sends less than " : "keeps more than ") +
         rate(bound) + (topic ? " across" : " on one node") + " (gap " + number(gap, 1) + " %)\n";
}

std::string describe_rates(const Json& plan) {
  std::map<std::string, std::string> topics;
  if (!plan.contains("rate_sources")) return {};
  for (const auto& [topic, source] : plan["rate_sources"].items())
    topics[source.get<std::string>()] += " " + topic;
  std::string text;
  for (const char* source : {"measured", "expected", "assumed"}) {
    if (topics.contains(source))
      text += (text.empty() ? "" : "; ") + std::string(source) + topics[source];
  }
  if (topics.contains("assumed"))
    text += " (1 KiB a sample or 1 sample a second, as size or rate is not known yet)";
  return text.empty() ? text : "  rates: " + text + "\n";
}

/// What publishers keep for readers that are cut off.
std::string describe_hold(const Json& plan) {
  if (!plan.contains("hold")) return {};
  const Json& hold = plan["hold"];
  double total = 0;
  std::string topics;
  for (const auto& [topic, bytes] : hold["bytes"].items()) {
    total += bytes.get<double>();
    topics += (topics.empty() ? "" : " ") + topic;
  }
  return "  hold: " + topics + ", at most " + number(total / 1024, 1) + " KiB, for " +
         number(hold.value("for_ns", 0.0) / 1e9, 0) +
         " s while a reader is cut off; then the job " +
         (hold.value("then", "") == "go_on" ? "goes on without it" : "fails") + "\n";
}

}  // namespace

std::string describe_plan_figures(const Json& plan) {
  const double total = plan.value("total_bps", 0.0);
  const double profit = plan.value("profit_bps", 0.0);
  const std::string model = plan.value("model", "") == "fused" ? ", fused model" : "";
  std::string text =
      "Plan (" + plan.value("algorithm", "") + model + "): " + rate(profit) + " of " + rate(total) +
      " stay on one node" + (total > 0 ? " (" + number(100 * profit / total, 0) + " %)" : "") +
      "; " + rate(plan.value("traffic_bps", 0.0)) + " cross the network\n" + describe_bound(plan);
  if (!plan.value("choice", "").empty()) text += "  choice: " + plan.value("choice", "") + "\n";
  return text;
}

std::string describe_plan_briefly(const Json& plan) {
  return describe_plan_figures(plan) + describe_rates(plan) + describe_hold(plan);
}

std::string describe_plan(const Json& plan) {
  std::vector<std::vector<std::string>> rows = {{"  TASK", "NODE", "WHY"}};
  for (const Json& reason : plan["reasons"]) {
    rows.push_back(
        {"  " + reason.value("task", ""), reason.value("node", ""), reason.value("why", "")});
  }
  return describe_plan_figures(plan) + table(rows) + describe_rates(plan) + describe_hold(plan);
}

std::string describe_running_plan(const Json& plan) {
  const Json& measured = plan["measured"];
  const Json& planned = plan["planned"];
  std::string text = "Job " + plan.value("job", "") + ", " + plan.value("state", "") + ": " +
                     rate(measured.value("traffic_bps", 0.0)) +
                     " cross the network by this placement at the measured rates, " +
                     rate(plan["counted"].value("network_bps", 0.0)) + " were counted\n";
  if (planned.contains("traffic_bps") && planned["traffic_bps"].is_number())
    text += "  the plan expected " + rate(planned["traffic_bps"].get<double>()) + "\n";
  std::vector<std::vector<std::string>> rows = {{"  TOPIC", "PLANNED BPS", "RATE BPS", "SOURCE",
                                                 "REMOTE WORKERS", "TRAFFIC BPS", "COUNTED BPS",
                                                 "COUNTED B"}};
  for (const Json& topic : plan["topics"]) {
    rows.push_back({"  " + topic.value("topic", ""),
                    std::to_string(topic.value("planned_bps", std::int64_t{0})),
                    std::to_string(topic.value("rate_bps", std::int64_t{0})),
                    topic.value("rate_source", ""),
                    std::to_string(topic.value("remote_workers", std::int64_t{0})),
                    std::to_string(topic.value("traffic_bps", std::int64_t{0})),
                    number(topic.value("network_bps", 0.0), 0),
                    std::to_string(topic.value("network_bytes", std::uint64_t{0}))});
  }
  return text + table(rows);
}

}  // namespace mort::cli
