#include <ostream>
#include <sstream>
#include "mort/graph/findings_text.hpp"

#include "mort/analyzer/output.hpp"

namespace mort::analyzer {

namespace {

std::string duration(std::int64_t ns) {
  const double ms = static_cast<double>(ns) / 1e6;
  std::ostringstream text;
  text << (ms >= 1 ? ms : ms * 1000) << (ms >= 1 ? " ms" : " us");
  return text.str();
}

}  // namespace

void print_graph(std::ostream& out, const graph::TaskGraph& graph) {
  for (const auto& task : graph.tasks) {
    out << "task " << task.name << " (" << task.class_name << ", " << graph::to_string(task.place)
        << ")\n";
    if (task.hints.cpu_millis)
      out << "  cpu " << static_cast<double>(*task.hints.cpu_millis) / 1000.0 << "\n";
    if (task.hints.period_ns) out << "  period " << duration(*task.hints.period_ns) << "\n";
    if (task.hints.stack_bytes) out << "  stack " << *task.hints.stack_bytes << " bytes\n";
    for (const auto& port : task.sub) {
      out << "  sub " << port.topic << ": " << port.type << (port.feedback ? " (feedback)" : "")
          << "\n";
    }
    for (const auto& port : task.pub) out << "  pub " << port.topic << ": " << port.type << "\n";
  }
  for (const auto& edge : graph.edges())
    out << "edge " << edge.from << " -> " << edge.to << " (" << edge.topic
        << (edge.feedback ? ", feedback)\n" : ")\n");
  for (const auto& topic : graph.virtual_topics()) out << "virtual " << topic << "\n";
  for (const auto& topic : graph.result_topics()) out << "result " << topic << "\n";
  for (const auto& [name, value] : graph.params)
    out << "param " << name << " = " << graph::printable(value) << "\n";
}

}  // namespace mort::analyzer
