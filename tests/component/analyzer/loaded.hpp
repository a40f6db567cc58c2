// What the tasks of a library register when they are really made.
#pragma once

#include <string>
#include <vector>

#include "mort/task/task.hpp"

namespace mort::test {

/// A task of a library, or why it could not be made.
struct Loaded {
  Registration registration;
  std::string error;
};

/// Loads the library, which stays loaded, and makes each of its tasks. Throws std::runtime_error
/// when it cannot be loaded.
std::vector<Loaded> load(const std::string& library);

/// As `// task` lines of analysed programs, without message types:
/// "name cpu=1000 period=20000000 stack=4096 sub=C1,C2 pub=C3".
std::string line_of(const Registration& registration);

}  // namespace mort::test
