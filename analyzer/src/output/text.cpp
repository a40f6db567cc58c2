#include <filesystem>
#include <fstream>
#include <map>
#include <ostream>
#include <sstream>
#include <vector>

#include "output/output.hpp"

namespace mort::analyzer {

namespace {

constexpr std::size_t kMaxShownLine = 300;

/// Without what would drive a terminal.
std::string printable(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 32 && c != '\t') c = ' ';
    if (c == 127) c = '?';
  }
  return text;
}

/// Lines of the files that findings are in.
class Lines {
 public:
  explicit Lines(std::string root) : root_(std::move(root)) {}

  /// Null when there is no such line.
  const std::string* at(const graph::Place& place) {
    if (place.file.empty() || place.line < 1) return nullptr;
    auto known = files_.find(place.file);
    if (known == files_.end()) {
      std::vector<std::string> lines;
      std::ifstream file(std::filesystem::path(root_) / place.file);
      for (std::string line; std::getline(file, line);) lines.push_back(line);
      known = files_.emplace(place.file, std::move(lines)).first;
    }
    const auto index = static_cast<std::size_t>(place.line) - 1;
    return index < known->second.size() ? &known->second[index] : nullptr;
  }

 private:
  std::string root_;
  std::map<std::string, std::vector<std::string>> files_;
};

void print_source(std::ostream& out, const graph::Place& place, Lines& lines) {
  const std::string* line = lines.at(place);
  if (line == nullptr || line->size() > kMaxShownLine) return;
  out << "    " << printable(*line) << "\n";
  const auto column = static_cast<std::size_t>(place.column);
  if (column < 1 || column > line->size() + 1) return;
  out << "    ";
  for (std::size_t i = 0; i + 1 < column; ++i) out << ((*line)[i] == '\t' ? '\t' : ' ');
  out << "^\n";
}

std::string duration(std::int64_t ns) {
  const double ms = static_cast<double>(ns) / 1e6;
  std::ostringstream text;
  text << (ms >= 1 ? ms : ms * 1000) << (ms >= 1 ? " ms" : " us");
  return text.str();
}

}  // namespace

void print_findings(std::ostream& out, const Analysis& analysis, const std::string& root) {
  Lines lines(root);
  std::size_t errors = 0;
  std::size_t warnings = 0;
  for (const graph::Diagnostic& found : analysis.diagnostics) {
    ++(found.severity == "error" ? errors : warnings);
    const std::string place = graph::to_string(found.place);
    out << printable(place) << (place.empty() ? "" : ": ") << found.severity << ": "
        << printable(found.message) << " [" << found.code << "]\n";
    print_source(out, found.place, lines);
    for (const std::string& note : found.notes)
      out << "  " << (note.rfind("cure: ", 0) == 0 ? "" : "note: ") << printable(note) << "\n";
  }
  const auto count = [](std::size_t number, const char* what) {
    return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
  };
  if (errors + warnings > 0)
    out << count(errors, "error") << ", " << count(warnings, "warning") << "\n";
}

void print_graph(std::ostream& out, const graph::TaskGraph& graph) {
  for (const auto& task : graph.tasks) {
    out << "task " << task.name << " (" << task.class_name << ", " << graph::to_string(task.place)
        << ")\n";
    if (task.hints.cpu_millis)
      out << "  cpu " << static_cast<double>(*task.hints.cpu_millis) / 1000.0 << "\n";
    if (task.hints.period_ns) out << "  period " << duration(*task.hints.period_ns) << "\n";
    if (task.hints.stack_bytes) out << "  stack " << *task.hints.stack_bytes << " bytes\n";
    for (const auto& port : task.sub) out << "  sub " << port.topic << ": " << port.type << "\n";
    for (const auto& port : task.pub) out << "  pub " << port.topic << ": " << port.type << "\n";
  }
  for (const auto& edge : graph.edges())
    out << "edge " << edge.from << " -> " << edge.to << " (" << edge.topic << ")\n";
  for (const auto& topic : graph.virtual_topics()) out << "virtual " << topic << "\n";
  for (const auto& topic : graph.result_topics()) out << "result " << topic << "\n";
  for (const auto& [name, value] : graph.params)
    out << "param " << name << " = " << printable(value) << "\n";
}

}  // namespace mort::analyzer
