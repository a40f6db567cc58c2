#include "mort/analyzer/output.hpp"

namespace mort::analyzer {

namespace {

/// Names have no character that YAML or a shell pattern takes for its own, but may look like
/// another scalar: "no", "1.5".
std::string list_of(const std::vector<graph::Port>& ports) {
  std::string text;
  for (const graph::Port& port : ports) text += (text.empty() ? "'" : ", '") + port.topic + "'";
  return "[" + text + "]";
}

}  // namespace

std::string to_rights(const graph::TaskGraph& graph, const std::string& job) {
  std::string text =
      "# What the code of these tasks publishes and subscribes to; everything else is denied.\n"
      "# Who may submit and stop jobs is yours to add, e.g.\n"
      "#   - allow: {users: [ann], actions: [submit, stop]" +
      (job.empty() ? "" : ", jobs: ['" + job + "']") + "}\n";
  const std::string jobs = job.empty() ? "" : "jobs: ['" + job + "'], ";
  std::string rules;
  const auto rule = [&](const graph::TaskDecl& task, const char* action,
                        const std::vector<graph::Port>& ports) {
    if (ports.empty()) return;
    rules += "  - allow: {" + jobs + "tasks: ['" + task.name + "'], actions: [" + action +
             "], topics: " + list_of(ports) + "}\n";
  };
  for (const graph::TaskDecl& task : graph.tasks) {
    rule(task, "publish", task.pub);
    rule(task, "subscribe", task.sub);
  }
  return text + (rules.empty() ? "rules: []\n" : "rules:\n" + rules);
}

}  // namespace mort::analyzer
