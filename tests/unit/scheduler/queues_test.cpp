// The queues of a lane beside simple ones that do the same.
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <memory>
#include <random>
#include <set>

#include "mort/scheduler/ready_queue.hpp"
#include "mort/scheduler/spsc_ring.hpp"
#include "mort/scheduler/timer_queue.hpp"

namespace mort::scheduler {
namespace {

TEST(RankSet, TakesTheFirstMemberAsASortedSetDoes) {
  std::mt19937 random(1);
  for (const std::size_t size : {1U, 64U, 65U, 4096U, 4097U, 300'000U}) {
    RankSet ranks;
    ranks.reset(size);
    ASSERT_GE(ranks.capacity(), size);
    std::set<std::uint32_t> same;
    for (int i = 0; i < 3000; ++i) {
      const auto rank = static_cast<std::uint32_t>(random() % size);
      if (random() % 3 == 0) {
        ranks.erase(rank);
        same.erase(rank);
      } else {
        ranks.insert(rank);
        same.insert(rank);
      }
      const auto from = static_cast<std::uint32_t>(random() % (size + 1));
      const auto found = same.lower_bound(from);
      const bool near = found != same.end() && *found / 64 == from / 64;
      ASSERT_EQ(ranks.next_in_word(from), near ? *found : RankSet::kNone)
          << "size " << size << ", step " << i;
      // Sometimes to the last one, and then from an empty set.
      for (auto takes = random() % 100 == 0 ? same.size() + 1 : random() % 2; takes > 0; --takes) {
        const std::uint32_t first = same.empty() ? RankSet::kNone : *same.begin();
        const std::uint64_t bound = same.empty() ? size + 1 : std::uint64_t{first} + 1;
        ASSERT_EQ(ranks.take_first(static_cast<std::uint32_t>(random() % bound)), first)
            << "size " << size << ", step " << i;
        if (!same.empty()) same.erase(same.begin());
      }
    }
  }
}

/// Takes from a ReadyQueue what a map by key would give, whatever is added, removed and woken at
/// whatever point of a pass.
TEST(ReadyQueue, PassesInTheOrderOfTheKeysAndOnlyForward) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::mt19937 random(seed);
    ReadyQueue queue;
    using Key = ReadyKey;
    std::map<Key, std::unique_ptr<ReadyEntry>> all;
    std::map<const ReadyEntry*, Key> keys;
    std::set<Key> ready;
    Key passed{-1, 0};
    std::uint64_t id = 0;
    for (int step = 0; step < 2000; ++step) {
      switch (random() % 6) {
        case 0: {
          auto entry = std::make_unique<ReadyEntry>();
          const Key key{static_cast<int>(random() % 10), ++id};
          keys[entry.get()] = key;
          queue.add(*entry, key);
          if (random() % 2 == 0) {
            queue.make_ready(*entry);
            ready.insert(key);
          }
          all.emplace(key, std::move(entry));
          break;
        }
        case 1: {
          // Never the last one passed: where it was is then not known to the queue, which may
          // take what is added there in this pass or in the next.
          auto found = all.lower_bound({static_cast<int>(random() % 10), random() % (id + 1)});
          if (found == all.end() || found->first == passed) break;
          queue.remove(*found->second);
          ready.erase(found->first);
          all.erase(found);
          break;
        }
        case 2:
        case 3: {
          auto found = all.lower_bound({static_cast<int>(random() % 10), random() % (id + 1)});
          if (found == all.end() || found->second->ready) break;
          queue.make_ready(*found->second);
          ready.insert(found->first);
          break;
        }
        default: {
          const auto expected = ready.upper_bound(passed);
          ReadyEntry* entry = queue.next();
          if (expected == ready.end()) {
            ASSERT_EQ(entry, nullptr) << "seed " << seed << ", step " << step;
            passed = {-1, 0};
          } else {
            ASSERT_NE(entry, nullptr) << "seed " << seed << ", step " << step;
            ASSERT_TRUE(keys.at(entry) == *expected) << "seed " << seed << ", step " << step;
            ASSERT_FALSE(entry->ready);
            passed = *expected;
            ready.erase(expected);
          }
        }
      }
    }
  }
}

TEST(ReadyQueue, RanksTenThousandAddedInTheWorstOrderAtOnce) {
  ReadyQueue queue;
  std::deque<ReadyEntry> entries;
  for (int i = 0; i < 10'000; ++i) {
    entries.emplace_back();
    queue.add(entries.back(), {10'000 - i, static_cast<std::uint64_t>(i)});
    queue.make_ready(entries.back());
  }
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry)
    ASSERT_EQ(queue.next(), &*entry);
  EXPECT_EQ(queue.next(), nullptr);
}

TEST(TimerQueue, GivesTimersByTimeAndThenByTheOrderInWhichTheyWereArmed) {
  std::mt19937 random(2);
  TimerQueue queue;
  std::deque<Timer> timers;
  for (int i = 0; i < 50; ++i) timers.emplace_back([](Timer&) {});
  std::map<std::pair<std::int64_t, int>, Timer*> same;
  std::map<Timer*, std::pair<std::int64_t, int>> keys;
  const auto forget = [&](Timer* timer) {
    if (const auto found = keys.find(timer); found != keys.end()) {
      same.erase(found->second);
      keys.erase(found);
    }
  };
  for (int step = 0; step < 20'000; ++step) {
    Timer& timer = timers[random() % timers.size()];
    switch (random() % 4) {
      case 0:
      case 1: {
        const auto when = static_cast<std::int64_t>(random() % 100);
        forget(&timer);
        queue.arm(timer, Nanoseconds(when));
        same[{when, step}] = &timer;
        keys[&timer] = {when, step};
        break;
      }
      case 2:
        queue.cancel(timer);
        forget(&timer);
        break;
      default: {
        const auto now = static_cast<std::int64_t>(random() % 100);
        Timer* const due = queue.pop_due(Nanoseconds(now), queue.horizon());
        Timer* const expected =
            same.empty() || same.begin()->first.first > now ? nullptr : same.begin()->second;
        ASSERT_EQ(due, expected) << "step " << step;
        if (due != nullptr) forget(due);
      }
    }
    ASSERT_EQ(timer.armed(), keys.count(&timer) == 1);
    ASSERT_EQ(queue.next().has_value(), !same.empty());
  }
  queue.clear();
  for (const Timer& timer : timers) EXPECT_FALSE(timer.armed());
}

TEST(SpscRing, RefusesWhatDoesNotFitAndLeavesItWithTheCaller) {
  SpscRing<std::unique_ptr<int>> ring(3);
  EXPECT_EQ(ring.capacity(), 4U);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(ring.push(std::make_unique<int>(i)));
  auto fifth = std::make_unique<int>(4);
  EXPECT_FALSE(ring.push(std::move(fifth)));
  ASSERT_NE(fifth, nullptr);
  EXPECT_EQ(**ring.pop(), 0);
  EXPECT_TRUE(ring.push(std::move(fifth)));
  for (int i = 1; i < 5; ++i) EXPECT_EQ(**ring.pop(), i);
  EXPECT_FALSE(ring.pop());
  EXPECT_TRUE(ring.empty());
}

TEST(SpscRing, FreesWhatIsLeftInIt) {
  auto held = std::make_shared<int>(1);
  {
    SpscRing<std::shared_ptr<int>> ring(4);
    ring.push(held);
    ring.push(held);
    ring.pop();
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace mort::scheduler
