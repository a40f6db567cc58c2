// Stacks for coroutines, with an inaccessible area below each.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "mort/base/result.hpp"

namespace mort::scheduler {

/// A mapping whose lowest part faults, so that an overflow ends in a report instead of corrupting
/// what lies below.
class Stack {
 public:
  /// Errors: kFailed when the system gives no further one (vm.max_map_count, memory).
  static Result<Stack> map(std::size_t bytes);
  Stack(Stack&& other) noexcept
      : base_(std::exchange(other.base_, nullptr)), usable_(other.usable_) {}
  Stack& operator=(Stack&& other) noexcept {
    std::swap(base_, other.base_);
    std::swap(usable_, other.usable_);
    return *this;
  }
  ~Stack();

  char* bottom() const { return base_ + kGuardBytes; }
  char* top() const { return bottom() + usable_; }
  std::size_t usable() const { return usable_; }
  /// True when an access to `address` is an overflow of this stack.
  bool guards(const void* address) const { return address >= base_ && address < bottom(); }
  /// Gives the memory back to the system but keeps the addresses.
  void discard() const;

  /// Wide enough that most frames that overflow touch it; costs addresses only.
  static constexpr std::size_t kGuardBytes = 64 * 1024;

 private:
  Stack(char* base, std::size_t usable) : base_(base), usable_(usable) {}
  char* base_;
  std::size_t usable_;
};

/// Keeps stacks that are free for those who come next.
/// Threads: one at a time. Cost: no system call while there is a free stack of the size.
class StackPool {
 public:
  /// Shapes: `bytes` is rounded up to whole pages. Errors: as Stack::map.
  Result<Stack> take(std::size_t bytes);
  void give(Stack stack);
  std::size_t kept() const { return free_.size(); }
  /// How far below its top the next stack of `usable` bytes is to begin: another one each time, for
  /// caches put what lies at the same place of a page in the same few lines. A sixteenth of the
  /// stack at most, and little enough for what most tasks use to be one page. Shapes: a multiple of
  /// 128 bytes.
  std::size_t next_offset(std::size_t usable) {
    constexpr std::size_t kStep = 128;
    constexpr std::size_t kMostSteps = 24;
    return next_step_++ % std::clamp<std::size_t>(usable / 16 / kStep, 1, kMostSteps) * kStep;
  }

  static constexpr std::size_t kMostKept = 64;
  /// How many of them keep their memory too.
  static constexpr std::size_t kMostWarm = 8;

 private:
  std::size_t next_step_ = 0;
  std::vector<Stack> free_;  ///< the last given is the first taken: its memory may be in a cache
};

}  // namespace mort::scheduler
