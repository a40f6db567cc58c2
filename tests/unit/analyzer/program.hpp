// Small annotated programs: `/*^*/` marks the place where a finding is expected.
#pragma once

#include <string>
#include <vector>

#include "mort/analyzer/analyzer.hpp"

namespace mort::test {

/// A folder of its own for each test, removed at its end.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string write(const std::string& name, const std::string& text) const;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// "-std=c++20 -I..." for the SDK of this tree.
std::vector<std::string> sdk_flags();

/// Analyses one source, named "tasks.cpp" in its places.
analyzer::Analysis analyze(const std::string& source);

/// "line:column" behind the first mark of `source`; empty without one.
std::string marked_place(const std::string& source);

/// One line for each task: "name cpu=1000 period=20000000 stack=4096 sub=C1:m::A,C2:m::B
/// pub=C3:m::A", parts without content left out.
std::string summary(const graph::TaskGraph& graph);

/// Every finding in clang's manner, for messages of failed tests.
std::string findings(const analyzer::Analysis& analysis);

/// The SDK, a message type m::A, and m::Probe, whose Run() uses all the topics that ports()
/// registers. Leaves namespace m open.
extern const std::string kProbe;

}  // namespace mort::test
