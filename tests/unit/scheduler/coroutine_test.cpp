#include "mort/scheduler/coroutine.hpp"

#include <gtest/gtest.h>

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

TEST(Coroutine, RefusesAStackThatCannotBeHad) {
  StackPool pool;
  const auto coroutine = Coroutine::create(pool, std::size_t{1} << 50, [] {});
  ASSERT_FALSE(coroutine);
  EXPECT_FALSE(coroutine.error().cure.empty());
}

}  // namespace
}  // namespace mort::scheduler
