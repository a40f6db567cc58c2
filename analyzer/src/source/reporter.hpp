// Findings with their places: Clang's, turned into those that a person reads.
#pragma once

#include <clang/Basic/SourceManager.h>

#include <string>
#include <vector>

#include "interpreter/value.hpp"
#include "source/unit.hpp"

namespace mort::analyzer {

class Reporter {
 public:
  Reporter(const clang::SourceManager& sources, std::string display_root, Unit& unit)
      : sources_(sources), display_root_(std::move(display_root)), unit_(unit) {}

  graph::Place place(clang::SourceLocation location) const;
  /// "file:line:column: text", each once.
  std::vector<std::string> texts(const std::vector<Note>& notes) const;
  /// A finding that is not reported yet.
  graph::Diagnostic diagnostic(const char* severity, const char* code, std::string message,
                               clang::SourceLocation location, const std::vector<Note>& notes,
                               const std::string& cure) const;
  /// The same for a value that had to be known. `what` is e.g. "topic 1 of RegSub".
  graph::Diagnostic unknown(const char* code, const std::string& what, const Unknown& value,
                            clang::SourceLocation location, const std::vector<Note>& calls,
                            const std::string& cure) const;
  void report(graph::Diagnostic diagnostic) const;
  void error(const char* code, std::string message, clang::SourceLocation location,
             const std::vector<Note>& notes, const std::string& cure) const {
    report(diagnostic("error", code, std::move(message), location, notes, cure));
  }

 private:
  const clang::SourceManager& sources_;
  std::string display_root_;
  Unit& unit_;
};

/// `path`, absolute and without "..", relative to `root` when below it.
std::string display_path(const std::string& path, const std::string& root);

}  // namespace mort::analyzer
