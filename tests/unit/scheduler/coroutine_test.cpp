#include "mort/scheduler/coroutine.hpp"

#include <gtest/gtest.h>

#include <cfenv>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace mort::scheduler {
namespace {

constexpr std::size_t kStack = 64 * 1024;

TEST(Coroutine, GoesOnWhereItStopped) {
  StackPool pool;
  std::vector<int> trace;
  Coroutine* self = nullptr;
  auto coroutine = Coroutine::create(pool, kStack, [&] {
    trace.push_back(1);
    self->suspend();
    trace.push_back(3);
  });
  ASSERT_TRUE(coroutine);
  self = &*coroutine;
  self->resume();
  trace.push_back(2);
  EXPECT_FALSE(self->done());
  self->resume();
  EXPECT_TRUE(self->done());
  EXPECT_EQ(trace, (std::vector<int>{1, 2, 3}));
}

TEST(Coroutine, KeepsTheExceptionThatEndedIt) {
  StackPool pool;
  auto coroutine = Coroutine::create(pool, kStack, [] { throw std::runtime_error("task broke"); });
  ASSERT_TRUE(coroutine);
  coroutine->resume();
  EXPECT_TRUE(coroutine->done());
  EXPECT_THROW(std::rethrow_exception(coroutine->error()), std::runtime_error);
}

TEST(Coroutine, UnwindsItsStackWhenDestroyedWhileSuspended) {
  StackPool pool;
  bool unwound = false;
  struct Guard {
    bool& flag;
    ~Guard() { flag = true; }
  };
  Coroutine* self = nullptr;
  {
    auto coroutine = Coroutine::create(pool, kStack, [&] {
      const Guard guard{unwound};
      self->suspend();
    });
    ASSERT_TRUE(coroutine);
    self = &*coroutine;
    self->resume();
    EXPECT_FALSE(unwound);
  }
  EXPECT_TRUE(unwound);
}

TEST(Coroutine, ThatNeverRanIsDestroyedWithoutRunning) {
  StackPool pool;
  bool ran = false;
  {
    ASSERT_TRUE(Coroutine::create(pool, kStack, [&] { ran = true; }));
  }
  EXPECT_FALSE(ran);
}

TEST(Coroutine, UnwindsThroughABareCatch) {
  StackPool pool;
  int swallowed = 0;
  Coroutine* self = nullptr;
  {
    auto coroutine = Coroutine::create(pool, kStack, [&] {
      for (int i = 0; i < 3; ++i) {
        try {
          self->suspend();
        } catch (...) {
          ++swallowed;
        }
      }
    });
    ASSERT_TRUE(coroutine);
    self = &*coroutine;
    self->resume();
  }
  EXPECT_EQ(swallowed, 3);
}

TEST(Coroutine, MaySuspendWhileHandlingAnException) {
  StackPool pool;
  // Two coroutines inside their handlers at once: each must rethrow its own exception.
  std::vector<std::string> caught;
  std::vector<Coroutine*> all;
  const auto body = [&](std::size_t index, const char* text) {
    try {
      throw std::runtime_error(text);
    } catch (const std::exception&) {
      all[index]->suspend();
      try {
        throw;
      } catch (const std::exception& again) {
        caught.emplace_back(again.what());
      }
    }
  };
  auto a = Coroutine::create(pool, kStack, [&] { body(0, "first"); });
  auto b = Coroutine::create(pool, kStack, [&] { body(1, "second"); });
  ASSERT_TRUE(a);
  ASSERT_TRUE(b);
  all = {&*a, &*b};
  for (int round = 0; round < 2; ++round) {
    for (Coroutine* coroutine : all) coroutine->resume();
  }
  EXPECT_EQ(caught, (std::vector<std::string>{"first", "second"}));
}

TEST(Coroutine, HandsOverToAnotherWhichThenGivesControlBack) {
  StackPool pool;
  auto& exceptions = Coroutine::exceptions_of_this_thread();
  std::vector<std::string> trace;
  std::vector<Coroutine*> all;
  const auto body = [&](std::size_t index, const std::string& name) {
    trace.push_back(name + " begins");
    try {
      throw std::runtime_error(name);
    } catch (const std::exception&) {
      // The first hands over to one that has not begun, the second to one that has.
      all[index]->hand_over(*all[1 - index], exceptions);
      try {
        throw;
      } catch (const std::exception& own) {
        trace.push_back(name + " handles " + own.what());
      }
    }
    all[index]->suspend();
    trace.push_back(name + " ends");
  };
  auto a = Coroutine::create(pool, kStack, [&] { body(0, "a"); });
  auto b = Coroutine::create(pool, kStack, [&] { body(1, "b"); });
  ASSERT_TRUE(a);
  ASSERT_TRUE(b);
  all = {&*a, &*b};
  a->resume();
  trace.emplace_back("back");
  EXPECT_EQ(exceptions.caught, nullptr);
  b->resume();
  trace.emplace_back("back");
  b->resume();
  EXPECT_TRUE(b->done());
  EXPECT_FALSE(a->done());
  EXPECT_EQ(trace, (std::vector<std::string>{"a begins", "b begins", "a handles a", "back",
                                             "b handles b", "back", "b ends"}));
}

TEST(Coroutine, RoundsAsItSaysAndNobodyElseDoes) {
  StackPool pool;
  Coroutine* self = nullptr;
  int after = 0;
  auto coroutine = Coroutine::create(pool, kStack, [&] {
    std::fesetround(FE_UPWARD);
    self->suspend();
    after = std::fegetround();
  });
  ASSERT_TRUE(coroutine);
  self = &*coroutine;
  self->resume();
  EXPECT_EQ(std::fegetround(), FE_TONEAREST);
  self->resume();
  EXPECT_EQ(after, FE_UPWARD);
  EXPECT_EQ(std::fegetround(), FE_TONEAREST);
}

TEST(Coroutine, FindsTheStackAlignedWhereverItBegins) {
  StackPool pool;
  for (int i = 0; i < 50; ++i) {
    std::uintptr_t address = 1;
    auto coroutine = Coroutine::create(pool, kStack, [&address] {
      alignas(16) volatile char aligned[16] = {};
      address = reinterpret_cast<std::uintptr_t>(&aligned[0]);
      std::string text(100, 'x');  // and what the compiler moves by aligned instructions
      EXPECT_EQ(std::to_string(1.5) + text, "1.500000" + text);
    });
    ASSERT_TRUE(coroutine);
    coroutine->resume();
    EXPECT_EQ(address % 16, 0U);
  }
}

TEST(Coroutine, RefusesAStackThatCannotBeHad) {
  StackPool pool;
  const auto coroutine = Coroutine::create(pool, std::size_t{1} << 50, [] {});
  ASSERT_FALSE(coroutine);
  EXPECT_FALSE(coroutine.error().cure.empty());
}

}  // namespace
}  // namespace mort::scheduler
