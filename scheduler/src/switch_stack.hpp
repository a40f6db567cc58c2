// Where the first switch to a stack leads.
#pragma once

#include <cstddef>

#include "mort/scheduler/coroutine.hpp"

namespace mort::scheduler::detail {

/// Prepares the stack that ends at `top` (exclusive, a multiple of 16; `size` bytes can be used):
/// the first switch_stack() to what this returns calls `entry`, which must not return, with where
/// it came from.
void* prepare_stack(char* top, std::size_t size, void (*entry)(Switched));

}  // namespace mort::scheduler::detail
