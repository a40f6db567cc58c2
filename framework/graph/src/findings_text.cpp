#include "mort/graph/findings_text.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace mort::graph {

namespace {

constexpr std::size_t kMaxShownLine = 300;
constexpr std::uintmax_t kMaxShownFile = std::uintmax_t{16} << 20;

void print_source(std::ostream& out, const Place& place, SourceLines& lines) {
  const std::string* line = lines.at(place);
  if (line == nullptr || line->size() > kMaxShownLine) return;
  out << "    " << printable(*line) << "\n";
  const auto column = static_cast<std::size_t>(place.column);
  if (column < 1 || column > line->size() + 1) return;
  out << "    ";
  for (std::size_t i = 0; i + 1 < column; ++i) out << ((*line)[i] == '\t' ? '\t' : ' ');
  out << "^\n";
}

}  // namespace

const std::string* SourceLines::at(const Place& place) {
  if (place.file.empty() || place.line < 1) return nullptr;
  auto known = files_.find(place.file);
  if (known == files_.end()) {
    std::vector<std::string> lines;
    const auto path = std::filesystem::path(root_) / place.file;
    std::error_code bad;
    std::ifstream file;
    if (std::filesystem::is_regular_file(path, bad) &&
        std::filesystem::file_size(path, bad) <= kMaxShownFile && !bad)
      file.open(path);
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    known = files_.emplace(place.file, std::move(lines)).first;
  }
  const auto index = static_cast<std::size_t>(place.line) - 1;
  return index < known->second.size() ? &known->second[index] : nullptr;
}

std::string printable(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 32 && c != '\t') c = ' ';
    if (c == 127) c = '?';
  }
  return text;
}

std::string findings_text(const std::vector<Diagnostic>& findings, const std::string& root) {
  std::ostringstream out;
  SourceLines lines(root);
  std::size_t errors = 0;
  std::size_t warnings = 0;
  for (const Diagnostic& found : findings) {
    ++(found.severity == "error" ? errors : warnings);
    const std::string place = to_string(found.place);
    out << printable(place) << (place.empty() ? "" : ": ") << found.severity << ": "
        << printable(found.message) << " [" << found.code << "]\n";
    print_source(out, found.place, lines);
    for (const std::string& note : found.notes) {
      std::istringstream parts(note);  // definitions have lines of their own
      std::string line;
      std::getline(parts, line);
      out << "  " << (line.rfind("cure: ", 0) == 0 ? "" : "note: ") << printable(line) << "\n";
      while (std::getline(parts, line)) out << "    " << printable(line) << "\n";
    }
  }
  const auto count = [](std::size_t number, const char* what) {
    return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
  };
  if (errors + warnings > 0)
    out << count(errors, "error") << ", " << count(warnings, "warning") << "\n";
  return out.str();
}

}  // namespace mort::graph
