#include "expectations.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "program.hpp"

namespace mort::test {
namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string list_of(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += "  " + line + "\n";
  return text;
}

}  // namespace

void Expectations::read(const std::string& file, const std::string& text) {
  static const std::regex kTask(R"(^// task (.*)$)");
  static const std::regex kIgnore(R"(^// ignore (\S+)$)");
  static const std::regex kHere(R"(^ *// *(\^|\d+) (error|warning) ([\w-]+): (.*)$)");
  static const std::regex kElsewhere(R"(^// at (\S+) (error|warning) ([\w-]+): (.*)$)");
  static const std::regex kNote(R"(^ *// *note: (.*)$)");
  std::istringstream lines(text);
  std::smatch found;
  int number = 0;
  int code_line = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (std::regex_match(line, found, kTask)) {
      tasks.push_back(found[1]);
    } else if (std::regex_match(line, found, kIgnore)) {
      ignored.push_back(found[1]);
    } else if (std::regex_match(line, found, kHere)) {
      const std::string column =
          found[1] == "^" ? std::to_string(line.find('^') + 1) : found[1].str();
      findings.push_back({file + ":" + std::to_string(code_line) + ":" + column,
                          found[2],
                          found[3],
                          found[4],
                          {}});
    } else if (std::regex_match(line, found, kElsewhere)) {
      findings.push_back({found[1], found[2], found[3], found[4], {}});
    } else if (std::regex_match(line, found, kNote) && !findings.empty()) {
      findings.back().notes.push_back(found[1]);
    } else {
      code_line = number;
    }
  }
}

bool Expectations::refuses() const {
  return std::any_of(findings.begin(), findings.end(),
                     [](const ExpectedFinding& finding) { return finding.severity == "error"; });
}

std::string Expectations::compare(const analyzer::Analysis& analysis) const {
  std::string differs;
  auto expected_tasks = tasks;
  std::sort(expected_tasks.begin(), expected_tasks.end());
  std::vector<std::string> found_tasks;
  std::istringstream lines(summary(analysis.graph));
  for (std::string line; std::getline(lines, line);) found_tasks.push_back(line);
  std::sort(found_tasks.begin(), found_tasks.end());
  if (found_tasks != expected_tasks) {
    differs +=
        "expected tasks:\n" + list_of(expected_tasks) + "but they are:\n" + list_of(found_tasks);
  }
  auto missing = findings;
  for (const graph::Diagnostic& finding : analysis.diagnostics) {
    if (std::find(ignored.begin(), ignored.end(), finding.code) != ignored.end()) continue;
    const std::string place = graph::to_string(finding.place);
    if (finding.notes.empty() || finding.notes.back().rfind("cure: ", 0) != 0)
      differs += "no cure ends the notes of " + place + " " + finding.code + "\n";
    const auto match =
        std::find_if(missing.begin(), missing.end(), [&](const ExpectedFinding& expected) {
          return expected.place == place && expected.code == finding.code &&
                 expected.severity == finding.severity &&
                 contains(finding.message, expected.message) &&
                 std::all_of(expected.notes.begin(), expected.notes.end(),
                             [&](const std::string& note) {
                               return std::any_of(
                                   finding.notes.begin(), finding.notes.end(),
                                   [&](const std::string& it) { return contains(it, note); });
                             });
        });
    if (match != missing.end()) {
      missing.erase(match);
    } else {
      differs += "not expected: " + place + " " + finding.severity + " " + finding.code + ": " +
                 finding.message + "\n" + list_of(finding.notes);
    }
  }
  for (const ExpectedFinding& expected : missing) {
    differs += "missing: " + expected.place + " " + expected.severity + " " + expected.code + ": " +
               expected.message + "\n" + list_of(expected.notes);
  }
  return differs;
}

Expectations Program::expectations() const {
  Expectations expected;
  const std::filesystem::path root = programs_folder();
  for (const std::string& source : sources) {
    std::ostringstream text;
    text << std::ifstream(source).rdbuf();
    expected.read(std::filesystem::relative(source, root).string(), text.str());
  }
  return expected;
}

std::string programs_folder() {
  return std::filesystem::canonical(MORT_TEST_DATA "/analyzer").string();
}

const std::vector<Program>& programs() {
  static const std::vector<Program> all = [] {
    std::vector<Program> found;
    for (const auto& entry : std::filesystem::directory_iterator(programs_folder())) {
      Program program{entry.path().stem().string(), {}};
      if (entry.is_directory()) {
        for (const auto& source : std::filesystem::directory_iterator(entry.path())) {
          if (source.path().extension() == ".cpp") program.sources.push_back(source.path());
        }
        std::sort(program.sources.begin(), program.sources.end());
      } else if (entry.path().extension() == ".cpp") {
        program.sources.push_back(entry.path());
      }
      if (!program.sources.empty()) found.push_back(std::move(program));
    }
    std::sort(found.begin(), found.end(),
              [](const Program& a, const Program& b) { return a.name < b.name; });
    return found;
  }();
  return all;
}

}  // namespace mort::test
