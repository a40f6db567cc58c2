#include "source/reporter.hpp"

#include <algorithm>
#include <filesystem>

namespace mort::analyzer {

std::string display_path(const std::string& path, const std::string& root) {
  const auto absolute = [](const std::string& given) {
    return std::filesystem::absolute(given).lexically_normal().string();
  };
  const std::string full = absolute(path);
  if (root.empty()) return full;
  std::string prefix = absolute(root);
  if (prefix.back() != '/') prefix += '/';
  return full.rfind(prefix, 0) == 0 ? full.substr(prefix.size()) : full;
}

graph::Place Reporter::place(clang::SourceLocation location) const {
  if (location.isInvalid()) return {};
  const auto [file, offset] = sources_.getDecomposedLoc(sources_.getFileLoc(location));
  const auto entry = sources_.getFileEntryRefForID(file);
  return {entry ? display_path(entry->getName().str(), display_root_) : "",
          static_cast<int>(sources_.getLineNumber(file, offset)),
          static_cast<int>(sources_.getColumnNumber(file, offset))};
}

std::vector<std::string> Reporter::texts(const std::vector<Note>& notes) const {
  std::vector<std::string> all;
  for (const Note& note : notes) {
    const std::string where = graph::to_string(place(note.place));
    std::string text = where.empty() ? note.text : where + ": " + note.text;
    if (std::find(all.begin(), all.end(), text) == all.end()) all.push_back(std::move(text));
  }
  return all;
}

graph::Diagnostic Reporter::diagnostic(const char* severity, const char* code, std::string message,
                                       clang::SourceLocation location,
                                       const std::vector<Note>& notes,
                                       const std::string& cure) const {
  graph::Diagnostic found{severity, code, std::move(message), place(location), texts(notes)};
  found.notes.push_back("cure: " + cure);
  return found;
}

graph::Diagnostic Reporter::unknown(const char* code, const std::string& what, const Unknown& value,
                                    clang::SourceLocation location, const std::vector<Note>& calls,
                                    const std::string& cure) const {
  std::vector<Note> notes{{value.place, value.reason}};
  notes.insert(notes.end(), value.chain.begin(), value.chain.end());
  notes.insert(notes.end(), calls.begin(), calls.end());
  return diagnostic("error", code, what + " is not known before the program runs: " + value.reason,
                    location, notes, cure);
}

void Reporter::report(graph::Diagnostic diagnostic) const {
  unit_.diagnostics.push_back(std::move(diagnostic));
}

}  // namespace mort::analyzer
