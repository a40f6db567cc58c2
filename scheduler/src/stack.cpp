#include "mort/scheduler/stack.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "mort/base/sanitizers.hpp"

namespace mort::scheduler {
namespace {

std::size_t whole_pages(std::size_t bytes) {
  static const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return (std::max<std::size_t>(bytes, 1) + page - 1) / page * page;
}

tl::unexpected<Error> refused(int code, std::size_t bytes) {
  return fail(
      ErrorCode::kFailed,
      "no further task stack of " + std::to_string(bytes) + " bytes: " + std::strerror(code), {},
      "raise vm.max_map_count (two maps a task), add memory, or run fewer tasks on this "
      "node");
}

}  // namespace

Result<Stack> Stack::map(std::size_t bytes) {
  const std::size_t usable = whole_pages(bytes);
  void* base = mmap(nullptr, usable + kGuardBytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (base == MAP_FAILED) return refused(errno, usable);
  Stack stack(static_cast<char*>(base), usable);
  if (mprotect(base, kGuardBytes, PROT_NONE) != 0) return refused(errno, usable);
  return stack;
}

Stack::~Stack() {
  if (base_ == nullptr) return;
#if MORT_ASAN
  // A later mapping at this address must not inherit the poison of our frames.
  ASAN_UNPOISON_MEMORY_REGION(bottom(), usable_);
#endif
  munmap(base_, usable_ + kGuardBytes);
}

void Stack::discard() const {
  madvise(bottom(), usable_, MADV_DONTNEED);
}

Result<Stack> StackPool::take(std::size_t bytes) {
  const std::size_t usable = whole_pages(bytes);
  const auto found = std::find_if(free_.rbegin(), free_.rend(), [usable](const Stack& stack) {
    return stack.usable() == usable;
  });
  if (found == free_.rend()) return Stack::map(usable);
  Stack stack = std::move(*found);
  free_.erase(std::next(found).base());
  return stack;
}

void StackPool::give(Stack stack) {
#if MORT_ASAN
  ASAN_UNPOISON_MEMORY_REGION(stack.bottom(), stack.usable());
#endif
  if (free_.size() >= kMostKept) free_.erase(free_.begin());
  free_.push_back(std::move(stack));
  if (free_.size() > kMostWarm) free_[free_.size() - 1 - kMostWarm].discard();
}

}  // namespace mort::scheduler
