// A job of 100 tasks on several lanes for an hour of simulated time.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <memory>
#include <random>

#include "mort/scheduler/lane.hpp"

namespace mort::scheduler {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

/// 25 periodic sources, each the head of a chain of four tasks that may lie on any lane. The seed
/// gives periods, how long each run takes, and in which order the lanes turn.
class Job {
 public:
  explicit Job(unsigned seed) : random_(seed) {
    for (std::size_t i = 0; i < lanes_.size(); ++i)
      lanes_[i] = std::make_unique<Lane>(clock_, "lane " + std::to_string(i));
    for (std::size_t chain = 0; chain < kChains; ++chain) {
      for (std::size_t place = 0; place < kLength; ++place) add(chain, place);
    }
  }

  void run(Nanoseconds until) {
    std::array<std::size_t, kLanes> order{0, 1, 2, 3};
    while (clock_.now() < until) {
      std::shuffle(order.begin(), order.end(), random_);
      bool any = false;
      for (const std::size_t lane : order) any = lanes_[lane]->turn() || any;
      if (any) continue;
      Nanoseconds next = until;
      for (const auto& lane : lanes_) next = std::min(next, lane->next_deadline().value_or(until));
      clock_.advance(std::max(next - clock_.now(), Nanoseconds(1)));
    }
  }

  std::uint64_t trace() const { return trace_; }
  std::uint64_t runs() const { return runs_; }
  std::uint64_t missed() const {
    std::uint64_t all = 0;
    for (const Ticker& ticker : tickers_) all += ticker.missed();
    return all;
  }

 private:
  static constexpr std::size_t kLanes = 4;
  static constexpr std::size_t kChains = 25;
  static constexpr std::size_t kLength = 4;

  struct Node {
    LaneTask* task = nullptr;
    std::deque<std::uint64_t> inbox;
  };

  void add(std::size_t chain, std::size_t place) {
    const std::size_t index = chain * kLength + place;
    Lane& lane = *lanes_[random_() % kLanes];
    Ticker* ticker = nullptr;
    if (place == 0) {
      const auto period = milliseconds(500 + random_() % 1000);
      ticker = &tickers_.emplace_back(period, period);
    }
    auto spawned = lane.spawn({.name = std::to_string(index), .order = static_cast<int>(index)},
                              [this, index, place, ticker] {
                                while (true) {
                                  if (place == 0) {
                                    nodes_[index].task->wait_tick(*ticker);
                                    work(index, ticker->ticks());
                                    continue;
                                  }
                                  while (nodes_[index].inbox.empty()) nodes_[index].task->wait();
                                  const auto sample = nodes_[index].inbox.front();
                                  nodes_[index].inbox.pop_front();
                                  work(index, sample);
                                }
                              });
    nodes_[index].task = *spawned;
  }

  void work(std::size_t index, std::uint64_t sample) {
    clock_.advance(microseconds(random_() % 50));
    ++runs_;
    for (const std::uint64_t value : {static_cast<std::uint64_t>(index), sample,
                                      static_cast<std::uint64_t>(clock_.now().count())})
      trace_ = (trace_ ^ value) * 1099511628211ULL;
    if (index % kLength + 1 == kLength) return;
    Node& next = nodes_[index + 1];
    next.inbox.push_back(sample);
    Lane& lane = next.task->lane();
    if (&lane == &nodes_[index].task->lane())
      next.task->wake();
    else
      lane.post([&next] { next.task->wake(); });
  }

  ManualClock clock_;
  std::mt19937 random_;
  std::uint64_t trace_ = 14695981039346656037ULL;
  std::uint64_t runs_ = 0;
  std::array<Node, kChains * kLength> nodes_;
  std::deque<Ticker> tickers_;
  std::array<std::unique_ptr<Lane>, kLanes> lanes_;
};

std::uint64_t trace_of_an_hour(unsigned seed) {
  Job job(seed);
  job.run(std::chrono::hours(1));
  // 25 sources of 0.5 to 1.5 s, four runs each: hours that do nothing are all the same.
  EXPECT_GT(job.runs(), 240'000U);
  EXPECT_EQ(job.missed(), 0U);
  return job.trace();
}

TEST(Simulation, AnHourOfAHundredTasksIsTheSameForTheSameSeed) {
  const auto first = trace_of_an_hour(3);
  EXPECT_EQ(first, trace_of_an_hour(3));
  EXPECT_NE(first, trace_of_an_hour(4));
}

}  // namespace
}  // namespace mort::scheduler
