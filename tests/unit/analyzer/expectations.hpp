// What a program of tests/data/analyzer expects of its own analysis, read from its comments.
#pragma once

#include <string>
#include <vector>

#include "mort/analyzer/analyzer.hpp"

namespace mort::test {

/// A finding that a comment announces.
struct ExpectedFinding {
  std::string place;  ///< "file:line:column", as the analysis shows it
  std::string severity;
  std::string code;
  std::string message;             ///< part of the message
  std::vector<std::string> notes;  ///< parts of notes
};

/// Comments of one or more sources:
///   // task NAME ...                         a line of summary()
///   // ignore CODE                           findings with this code do not count
///   //    ^ SEVERITY CODE: PART OF MESSAGE   a finding in the line above, at the caret's column
///   // 1 SEVERITY CODE: PART OF MESSAGE      the same at a column that no caret can mark
///   // at FILE:LINE:COLUMN SEVERITY CODE: .. a finding in another file
///   // note: PART OF A NOTE                  of the finding before it
struct Expectations {
  std::vector<std::string> tasks;
  std::vector<std::string> ignored;
  std::vector<ExpectedFinding> findings;

  /// Adds what the comments of `text` say; `file` is how the analysis shows the source.
  void read(const std::string& file, const std::string& text);
  bool refuses() const;
  /// Empty when the analysis is as expected, else what differs.
  std::string compare(const analyzer::Analysis& analysis) const;
};

/// A program of tests/data/analyzer: its name and its sources.
struct Program {
  std::string name;
  std::vector<std::string> sources;

  Expectations expectations() const;
};

/// All programs, by name.
const std::vector<Program>& programs();
/// The folder that they are in.
std::string programs_folder();

}  // namespace mort::test
