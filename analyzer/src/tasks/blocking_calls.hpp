// Functions that block the thread that calls them.
#pragma once

#include <string>

#include "interpreter/interpreter.hpp"

namespace mort::analyzer {

struct BlockingFunction {
  std::string name;  ///< qualified, of the C or C++ library or of POSIX
  std::string cure;
};

/// The function that this call waits in, or null. Reading of regular files is not among them.
const BlockingFunction* blocking_function(const Call& call);

}  // namespace mort::analyzer
