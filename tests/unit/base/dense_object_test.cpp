#include "mort/base/dense_object.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "mort/base/sanitizers.hpp"

namespace mort {
namespace {

struct Small : DenseObject {
  std::array<char, 100> bytes{};
};
struct alignas(64) Aligned : DenseObject {
  virtual ~Aligned() = default;
  std::array<char, 100> bytes{};
};
struct Derived : Aligned {
  std::array<char, 300> more{};
};
struct Neighbour : DenseObject {  // of sizes that no other test frees
  virtual ~Neighbour() = default;
  std::array<char, 500> bytes{};
};
struct Another : Neighbour {
  std::array<char, 300> more{};
};
struct Large : DenseObject {
  std::array<char, 5000> bytes{};
};

std::uintptr_t place(const void* object) {
  return reinterpret_cast<std::uintptr_t>(object);
}

std::size_t lines(std::size_t bytes) {
  return (bytes + 63) / 64 * 64;
}

TEST(DenseObject, LiesBehindTheOneMadeBefore) {
  if (MORT_ASAN) GTEST_SKIP() << "under ASan they come from the heap";
  static std::vector<std::unique_ptr<Neighbour>> kept;  // freed ones would be used again
  int behind = 0;
  std::uintptr_t end = 0;
  for (int i = 0; i < 20; ++i) {
    if (i % 2 == 0)
      kept.push_back(std::make_unique<Neighbour>());
    else
      kept.push_back(std::make_unique<Another>());
    if (place(kept.back().get()) == end) ++behind;
    end =
        place(kept.back().get()) + (i % 2 == 0 ? lines(sizeof(Neighbour)) : lines(sizeof(Another)));
  }
  EXPECT_GE(behind, 18) << "all but the first, and one that begins a chunk";
}

TEST(DenseObject, BeginsAtALineOfTheCacheWhateverItsSize) {
  EXPECT_EQ(place(std::make_unique<Small>().get()) % 64, 0U);
  EXPECT_EQ(place(std::make_unique<Aligned>().get()) % 64, 0U);
  EXPECT_EQ(place(std::make_unique<Large>().get()) % 64, 0U);
}

TEST(DenseObject, WhatIsFreedIsUsedAgainForItsSize) {
  if (MORT_ASAN) GTEST_SKIP() << "under ASan they come from the heap";
  std::unique_ptr<Aligned> object = std::make_unique<Derived>();
  const auto freed = place(object.get());
  object.reset();  // by the size of Derived, not of Aligned
  const auto smaller = std::make_unique<Aligned>();
  EXPECT_NE(place(smaller.get()), freed);
  EXPECT_EQ(place(std::make_unique<Derived>().get()), freed);
}

TEST(DenseObject, ThreadsMakeThemAndFreeThoseOfOthers) {
  constexpr int kThreads = 4;
  constexpr int kEach = 2000;
  std::array<std::vector<std::unique_ptr<Aligned>>, kThreads> made;
  const auto on_all = [](const auto& body) {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) threads.emplace_back([&body, i] { body(i); });
  };
  on_all([&](int i) {
    for (int k = 0; k < kEach; ++k) {
      made[static_cast<std::size_t>(i)].push_back(k % 2 == 0 ? std::make_unique<Aligned>()
                                                             : std::make_unique<Derived>());
      made[static_cast<std::size_t>(i)].back()->bytes.fill(static_cast<char>(i));
    }
  });
  for (int i = 0; i < kThreads; ++i) {
    for (const auto& object : made[static_cast<std::size_t>(i)])
      for (const char byte : object->bytes) ASSERT_EQ(byte, static_cast<char>(i));
  }
  on_all([&](int i) { made[static_cast<std::size_t>((i + 1) % kThreads)].clear(); });
}

}  // namespace
}  // namespace mort
