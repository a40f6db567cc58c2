#include "mort/scheduler/stack.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "mort/base/sanitizers.hpp"
#include "mort/scheduler/coroutine.hpp"
#include "mort/scheduler/lane.hpp"
#include "mort/scheduler/overflow_report.hpp"

namespace mort::scheduler {
namespace {

constexpr std::size_t kStack = 64 * 1024;

TEST(StackPool, GivesAStackOfTheSameSizeAgain) {
  StackPool pool;
  auto small = pool.take(kStack);
  auto large = pool.take(4 * kStack);
  ASSERT_TRUE(small);
  ASSERT_TRUE(large);
  const char* const first = small->bottom();
  pool.give(std::move(*small));
  pool.give(std::move(*large));
  EXPECT_EQ(pool.take(kStack - 100)->bottom(), first);  // rounded up to whole pages
  EXPECT_EQ(pool.kept(), 1U);
}

TEST(StackPool, KeepsABoundedNumberAndTheMemoryOfAFew) {
  StackPool pool;
  std::vector<Stack> stacks;
  for (std::size_t i = 0; i < StackPool::kMostKept + 10; ++i) {
    stacks.push_back(*pool.take(kStack));
    std::memset(stacks.back().bottom(), 0xEE, stacks.back().usable());
  }
  for (Stack& stack : stacks) pool.give(std::move(stack));
  ASSERT_EQ(pool.kept(), StackPool::kMostKept);
  std::size_t warm = 0;
  for (std::size_t i = 0; i < StackPool::kMostKept; ++i) {
    stacks[i] = *pool.take(kStack);
    if (*stacks[i].bottom() != 0) ++warm;  // what was given back to the system reads as zero
  }
  EXPECT_EQ(warm, StackPool::kMostWarm);
}

TEST(StackPool, GivesTheStacksOfTasksThatHaveEnded) {
  StackPool pool;
  const char* first = nullptr;
  for (int i = 0; i < 3; ++i) {
    auto coroutine = Coroutine::create(pool, kStack, [] {});
    ASSERT_TRUE(coroutine);
    if (first == nullptr) first = coroutine->stack().bottom();
    EXPECT_EQ(coroutine->stack().bottom(), first);
    coroutine->resume();
  }
}

#if !MORT_ASAN && !MORT_TSAN  // which need address space themselves, and report overflows their way

/// Takes stacks until one is refused; exit code 0 when that says what to do and the others work.
[[noreturn]] void take_until_refused(rlim_t addresses = RLIM_INFINITY) {
  const rlimit limit{addresses, addresses};
  setrlimit(RLIMIT_AS, &limit);
  StackPool pool;
  std::vector<Stack> stacks;
  while (true) {
    auto stack = pool.take(kStack);
    if (!stack) {
      std::fprintf(stderr, "%s\n", to_string(stack.error()).c_str());
      break;
    }
    stacks.push_back(std::move(*stack));
    if (stacks.size() > 1'000'000) std::_Exit(2);
  }
  for (const Stack& stack : stacks) *(stack.top() - 1) = 1;
  std::_Exit(stacks.empty() ? 3 : 0);
}

TEST(StackDeathTest, RunningOutOfAddressesIsRefusedWithACure) {
  EXPECT_EXIT(take_until_refused(rlim_t{1} << 30), testing::ExitedWithCode(0),
              "no further task stack of 65536 bytes: .*\n.*max_map_count");
}

TEST(StackDeathTest, RunningOutOfMapsIsRefusedWithACure) {
  EXPECT_EXIT(take_until_refused(), testing::ExitedWithCode(0),
              "no further task stack of 65536 bytes: .*\n.*max_map_count");
}

/// Uses `bytes` of the stack in frames of 1 KiB.
__attribute__((noinline)) int use_stack(std::size_t bytes) {
  volatile char frame[1024];
  frame[0] = static_cast<char>(bytes);
  if (bytes <= sizeof frame) return frame[0];
  return use_stack(bytes - sizeof frame) + frame[0];
}

/// Faults, though not by an overflow.
void access_nothing() {
  volatile std::uintptr_t nowhere = 16;
  *reinterpret_cast<volatile int*>(nowhere) = 1;
}

/// A task in a child process that does `body` on a lane called "lane-3".
void run_task(std::function<void()> body) {
  const SystemClock clock;
  Lane lane(clock, "lane-3");
  auto spawned = lane.spawn({.name = "count_words", .stack_bytes = kStack}, std::move(body),
                            [&lane] { lane.stop(); });
  if (!spawned) std::_Exit(3);
  lane.run();
}

TEST(OverflowReportDeathTest, NamesTheTaskThatOverflowsItsStack) {
  EXPECT_EXIT(
      {
        if (!install_overflow_report()) std::_Exit(3);
        run_task([] { use_stack(2 * kStack); });
      },
      testing::KilledBySignal(SIGSEGV),
      "task count_words on lane lane-3 has overflowed its stack of 65536 bytes\n"
      "  cure: raise stack_bytes of the task in RegTask, or stack_kb in the job YAML\n");
}

TEST(OverflowReportDeathTest, SaysNothingOfATaskThatUsesAlmostAllOfItsStack) {
  EXPECT_EXIT(
      {
        if (!install_overflow_report()) std::_Exit(3);
        run_task([] { use_stack(kStack - 8 * 1024); });
        std::_Exit(0);
      },
      testing::ExitedWithCode(0), "^$");
}

TEST(OverflowReportDeathTest, LeavesOtherFaultsToTheHandlerThatWasThereBefore) {
  EXPECT_EXIT(
      {
        signal(SIGSEGV, [](int) { std::_Exit(42); });
        if (!install_overflow_report()) std::_Exit(3);
        run_task(access_nothing);
      },
      testing::ExitedWithCode(42), "^$");
}

TEST(OverflowReportDeathTest, LeavesOtherFaultsToTheSystemWhenThereWasNoHandler) {
  EXPECT_EXIT(
      {
        if (!install_overflow_report()) std::_Exit(3);
        run_task(access_nothing);
      },
      testing::KilledBySignal(SIGSEGV), "^$");
}

#endif

}  // namespace
}  // namespace mort::scheduler
