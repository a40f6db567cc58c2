// What is said when a task outgrows its stack.
#pragma once

#include "mort/base/result.hpp"

namespace mort::scheduler {

/// Handles SIGSEGV for the rest of the process: a task of a running lane that overflows its stack
/// is named on stderr, with the size and the cure, before the process ends as it would have; other
/// faults go to the handler that was there before. Does nothing in sanitizer builds, which report
/// by themselves. Call once, before lanes run.
Result<void> install_overflow_report();

}  // namespace mort::scheduler
