#include "mort/scheduler/atomics.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

namespace mort::scheduler {

bool StdAtomics::wait(const std::atomic<std::uint32_t>& word, std::uint32_t expected,
                      std::optional<Nanoseconds> deadline) {
  timespec until{};
  if (deadline) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(*deadline);
    until.tv_sec = static_cast<time_t>(seconds.count());
    until.tv_nsec = static_cast<long>((*deadline - seconds).count());
  }
  // WAIT_BITSET, for its timeout is an instant where that of WAIT is a duration.
  const long result = syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, expected,
                              deadline ? &until : nullptr, nullptr, FUTEX_BITSET_MATCH_ANY);
  return result == 0 || errno != ETIMEDOUT;
}

void StdAtomics::wake(const std::atomic<std::uint32_t>& word) {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

}  // namespace mort::scheduler
