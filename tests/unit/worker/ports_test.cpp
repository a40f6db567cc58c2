#include "ports.hpp"

#include <gtest/gtest.h>

#include "mort/bus/memory_bus.hpp"
#include "mort/message/message.hpp"

namespace mort::worker {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Number {
  int value = 0;
};

graph::QueueSettings keep_last(int depth) {
  graph::QueueSettings settings;
  settings.depth = depth;
  return settings;
}

graph::QueueSettings block() {
  graph::QueueSettings settings;
  settings.history = graph::History::kKeepAll;
  settings.block = true;
  return settings;
}

Message number(int value) {
  return Message(std::make_shared<const Number>(Number{value}), message_type<Number>(), 8);
}

int value_of(Message message) {
  if (!message) return -1;
  return static_cast<const Number*>(message.take_object(message_type<Number>())->get())->value;
}

class Ports : public testing::Test {
 protected:
  void push(Subscription& subscription, int value) { subscription.offer(number(value), 0); }
  Publication publication(std::string topic = "C1") {
    return {"F1", std::move(topic), "Number", lane_, [this] { ++room_; }};
  }
  Publication::Status publish(Publication& publication, int value) {
    std::shared_ptr<const void> object = std::make_shared<const Number>(Number{value});
    return publication.publish(object, message_type<Number>(), 8);
  }
  void settle() {
    while (lane_.turn() || other_.turn()) {
    }
  }
  ManualClock clock_;
  scheduler::Lane lane_{clock_, "lane"};
  scheduler::Lane other_{clock_, "other"};
  int room_ = 0;  ///< times that a producer was told of room
};

TEST_F(Ports, ALaneThatIsFarBehindGathersNoMoreThanABoundAndEveryDropCountsAsLost) {
  Subscription subscription("F1", "C1", keep_last(2), other_);
  FanOut fan_out(lane_, [] {});
  fan_out.add(subscription);
  const auto object = std::make_shared<const Number>();
  for (int i = 1; i <= 998; ++i) fan_out.push(Message(object, message_type<Number>(), 8), 0);
  EXPECT_LT(object.use_count(), 100) << "messages for a lane that does not turn are held";
  fan_out.push(number(999), 0);
  fan_out.push(number(1000), 0);
  fan_out.end(0);
  settle();
  const auto stats = subscription.stats();
  EXPECT_EQ(stats.expected, 1000U);
  EXPECT_EQ(stats.delivered, 2U);
  EXPECT_EQ(stats.lost, 998U);
  EXPECT_EQ(value_of(subscription.pop()), 999) << "the oldest give way, not the newest";
  EXPECT_EQ(value_of(subscription.pop()), 1000);
  EXPECT_TRUE(subscription.finished());
}

TEST_F(Ports, WhatALaneThatWasFarBehindGetsIsInOrder) {
  Subscription subscription("F1", "C1", keep_last(3), other_);
  FanOut fan_out(lane_, [] {});
  fan_out.add(subscription);
  int next = 1;
  for (const int burst : {500, 1, 66, 67, 68, 500}) {
    for (int i = 0; i < burst; ++i) fan_out.push(number(next++), 1);
    settle();
    for (int i = std::min(burst, 3); i > 0; --i) EXPECT_EQ(value_of(subscription.pop()), next - i);
    EXPECT_TRUE(subscription.empty());
    EXPECT_EQ(subscription.stats().expected, 2U * static_cast<unsigned>(next - 1));
  }
}

TEST_F(Ports, ALaneThatIsFarBehindHoldsLittleOfLargeMessages) {
  Subscription slow("F1", "C1", keep_last(2), other_);
  Subscription blocking("F2", "C1", block(), other_);
  constexpr std::size_t kLarge = 16UL << 20;
  FanOut latest(lane_, [] {});
  latest.add(slow);
  const auto object = std::make_shared<const Number>();
  for (int i = 1; i <= 100; ++i) latest.push(Message(object, message_type<Number>(), kLarge), 0);
  EXPECT_LE(object.use_count(), 1 + 4 + 2) << "64 MiB on their way, and the newest";
  FanOut all(lane_, [] {});
  all.add(blocking);
  int sent = 0;
  while (all.has_room() && sent < 100) {
    all.push(Message(object, message_type<Number>(), kLarge), 0);
    ++sent;
  }
  EXPECT_EQ(sent, 4);
}

TEST_F(Ports, KeepAllThatDoesNotBlockIsBoundedInBytesToo) {
  graph::QueueSettings all;
  all.history = graph::History::kKeepAll;
  Subscription subscription("F1", "C1", all, lane_);
  const auto object = std::make_shared<const Number>();
  for (int i = 0; i < 100; ++i)
    subscription.offer(Message(object, message_type<Number>(), 16UL << 20), 0);
  EXPECT_EQ(object.use_count(), 1 + 4);
  EXPECT_EQ(subscription.stats().lost, 96U);
}

TEST_F(Ports, ASubscriptionGivesItsSamplesInOrderCountsThemAndWakesItsTask) {
  Subscription subscription("F1", "C1", keep_last(10), lane_);
  int woken = 0;
  PortOwner owner;
  subscription.set_owner(owner);
  owner.task = *lane_.spawn({.name = "F1"}, [&] {
    for (; !subscription.finished(); ++woken) owner.task->wait();
  });
  settle();
  for (int i = 1; i <= 3; ++i) {
    push(subscription, i);
    settle();
    EXPECT_EQ(woken, i);
  }
  owner.ticking = true;
  push(subscription, 4);
  settle();
  EXPECT_EQ(woken, 3) << "a task that waits for its tick has no use for data";
  for (int i = 1; i <= 4; ++i) EXPECT_EQ(value_of(subscription.pop()), i);
  EXPECT_TRUE(subscription.empty());
  subscription.end();
  settle();
  EXPECT_EQ(woken, 4);
  EXPECT_EQ(subscription.stats().expected, 4U);
  EXPECT_EQ(subscription.stats().delivered, 4U);
  EXPECT_EQ(subscription.stats().lost, 0U);
}

TEST_F(Ports, KeepLastDropsTheOldestAndCountsItAsLost) {
  Subscription subscription("F1", "C1", keep_last(3), lane_);
  for (int i = 1; i <= 10; ++i) push(subscription, i);
  EXPECT_TRUE(subscription.has_room());
  for (int i = 8; i <= 10; ++i) EXPECT_EQ(value_of(subscription.pop()), i);
  EXPECT_TRUE(subscription.empty());
  const auto stats = subscription.stats();
  EXPECT_EQ(stats.expected, 10U);
  EXPECT_EQ(stats.delivered, 3U);
  EXPECT_EQ(stats.lost, 7U);
}

TEST_F(Ports, ABlockSubscriptionIsFullAtItsCapacityAndHasRoomAfterATake) {
  for (scheduler::Lane* lane : {&lane_, &other_}) {
    Subscription subscription("F1", "C1", block(), *lane);
    FanOut fan_out(lane_, [this] { ++room_; });
    fan_out.add(subscription);
    int pushed = 0;
    for (; fan_out.has_room() && pushed < 100'000; ++pushed) fan_out.push(number(pushed), 0);
    EXPECT_EQ(pushed, 1024);
    room_ = 0;
    settle();
    subscription.pop();
    settle();
    EXPECT_EQ(room_, 0) << "nobody has asked";
    fan_out.push(number(pushed), 0);
    EXPECT_FALSE(fan_out.wait_for_room());
    settle();
    subscription.pop();
    subscription.pop();
    settle();
    EXPECT_EQ(room_, 1) << "once for each time that it was asked";
    EXPECT_TRUE(fan_out.wait_for_room());
    EXPECT_EQ(subscription.stats().lost, 0U);
  }
}

TEST_F(Ports, DroppingTheOldestMakesRoomAndCountsAsLost) {
  Subscription subscription("F1", "C1", block(), lane_);
  FanOut fan_out(lane_, [this] { ++room_; });
  fan_out.add(subscription);
  for (int i = 0; fan_out.has_room(); ++i) fan_out.push(number(i), 0);
  EXPECT_FALSE(fan_out.wait_for_room());
  subscription.drop_front();
  settle();
  EXPECT_EQ(room_, 1);
  EXPECT_EQ(value_of(subscription.pop()), 1);
  EXPECT_EQ(subscription.stats().lost, 1U);
}

TEST_F(Ports, AnEndedSubscriptionIsFinishedOnceItIsEmpty) {
  Subscription subscription("F1", "C1", block(), lane_);
  push(subscription, 1);
  subscription.end();
  EXPECT_FALSE(subscription.finished());
  push(subscription, 2);  // after the end: not part of the stream
  EXPECT_EQ(value_of(subscription.pop()), 1);
  EXPECT_TRUE(subscription.finished());
  EXPECT_EQ(subscription.stats().expected, 1U);
}

TEST_F(Ports, ADetachedSubscriptionNeverHoldsAPublisherBack) {
  for (scheduler::Lane* lane : {&lane_, &other_}) {
    Subscription subscription("F1", "C1", block(), *lane);
    FanOut fan_out(lane_, [this] { ++room_; });
    fan_out.add(subscription);
    while (fan_out.has_room()) fan_out.push(number(1), 0);
    room_ = 0;
    EXPECT_FALSE(fan_out.wait_for_room());
    subscription.detach();
    settle();
    EXPECT_EQ(room_, 1);
    EXPECT_TRUE(subscription.finished());
    for (int i = 0; i < 5'000; ++i) {  // even while its lane does not turn
      ASSERT_TRUE(fan_out.has_room());
      fan_out.push(number(2), 0);
    }
    settle();
    EXPECT_TRUE(subscription.empty());
  }
}

TEST_F(Ports, ALostRightEmptiesTheQueueAtOnceAndCountsWhatIsMissed) {
  Subscription subscription("F1", "C1", block(), lane_);
  for (int i = 1; i <= 5; ++i) push(subscription, i);
  EXPECT_EQ(value_of(subscription.pop()), 1);
  subscription.set_allowed(false);
  EXPECT_TRUE(subscription.empty());
  EXPECT_TRUE(subscription.finished());
  push(subscription, 6);
  EXPECT_TRUE(subscription.empty());
  EXPECT_EQ(subscription.stats().expected, 6U);
  EXPECT_EQ(subscription.stats().delivered, 1U);
  EXPECT_EQ(subscription.stats().lost, 5U);
  subscription.set_allowed(true);
  push(subscription, 7);
  EXPECT_EQ(value_of(subscription.pop()), 7);
  EXPECT_EQ(subscription.stats().lost, 5U);
}

TEST_F(Ports, ALostRightMakesRoomAndSaysSo) {
  Subscription subscription("F1", "C1", block(), lane_);
  FanOut fan_out(lane_, [this] { ++room_; });
  fan_out.add(subscription);
  while (fan_out.has_room()) fan_out.push(number(1), 0);
  EXPECT_FALSE(fan_out.wait_for_room());
  subscription.set_allowed(false);
  EXPECT_TRUE(fan_out.has_room());
  settle();
  EXPECT_EQ(room_, 1) << "a producer that was held back would never go on";
}

TEST_F(Ports, WhatIsDroppedUnseenOnAnotherLaneMakesRoomAndSaysSo) {
  Subscription denied("F1", "C1", block(), other_);
  Subscription ended("F2", "C1", block(), other_);
  denied.set_allowed(false);
  ended.end();
  for (Subscription* subscription : {&denied, &ended}) {
    FanOut fan_out(lane_, [this] { ++room_; });
    fan_out.add(*subscription);
    while (fan_out.has_room()) fan_out.push(number(1), 0);
    room_ = 0;
    EXPECT_FALSE(fan_out.wait_for_room());
    settle();
    EXPECT_EQ(room_, 1) << "a producer that was held back would never go on";
    EXPECT_TRUE(fan_out.has_room());
  }
}

TEST_F(Ports, LatencyIsMeasuredFromThePublicationUntilItIsTaken) {
  Subscription subscription("F1", "C1", keep_last(10), lane_);
  clock_.advance(seconds(1));
  Message timed = number(1);
  timed.published = clock_.now();
  subscription.offer(std::move(timed), 0);
  subscription.offer(number(2), 0);  // one that was not timed
  clock_.advance(milliseconds(3));
  subscription.pop();
  subscription.pop();
  EXPECT_EQ(subscription.stats().latency.max(), milliseconds(3));
  EXPECT_EQ(subscription.stats().latency.count(), 1U);
}

TEST_F(Ports, HandOversInMemoryAreTimedOnceInTenMilliseconds) {
  clock_.advance(seconds(1));
  Subscription here("F2", "C1", keep_last(10), lane_);
  Publication from = publication();
  from.local.add(here);
  for (int i = 0; i < 100; ++i) {
    lane_.turn();
    ASSERT_EQ(publish(from, i), Publication::Status::kSent);
    here.pop();
    clock_.advance(milliseconds(1));
  }
  EXPECT_EQ(here.stats().latency.count(), 10U);
}

TEST_F(Ports, AFanOutCountsWhatWasSkippedForEverySubscription) {
  Subscription here("F1", "C1", block(), lane_);
  Subscription there("F2", "C1", block(), other_);
  FanOut fan_out(lane_, [] {});
  fan_out.add(here);
  fan_out.add(there);
  fan_out.push(number(1), 4);
  EXPECT_EQ(here.stats().expected, 5U);
  EXPECT_EQ(there.stats().expected, 0U) << "not before its own lane has turned";
  other_.turn();
  EXPECT_EQ(there.stats().expected, 5U);
  EXPECT_EQ(there.stats().lost, 4U);
  fan_out.end(2);
  other_.turn();
  EXPECT_EQ(here.stats().lost, 6U);
  EXPECT_EQ(there.stats().lost, 6U);
  here.pop();
  EXPECT_TRUE(here.finished());
}

TEST_F(Ports, WhatIsOnItsWayToAnotherLaneComesBeforeTheEnd) {
  Subscription there("F2", "C1", block(), other_);
  FanOut fan_out(lane_, [] {});
  fan_out.add(there);
  for (int i = 1; i <= 3; ++i) fan_out.push(number(i), 0);
  fan_out.end(0);
  settle();
  for (int i = 1; i <= 3; ++i) EXPECT_EQ(value_of(there.pop()), i);
  EXPECT_TRUE(there.finished());
}

TEST_F(Ports, AFanOutKnowsTheOneTypeThatAllTake) {
  Subscription a("F1", "C1", block(), lane_);
  Subscription b("F2", "C1", block(), other_);
  FanOut fan_out(lane_, [] {});
  EXPECT_EQ(fan_out.wanted(), nullptr);
  fan_out.add(a);
  fan_out.add(b);
  a.set_wanted(message_type<Number>());
  EXPECT_EQ(fan_out.wanted(), nullptr) << "the other has not said";
  b.set_wanted(message_type<Number>());
  EXPECT_EQ(fan_out.wanted(), &message_type<Number>());
  struct Twin {
    int value = 0;
  };
  b.set_wanted(message_type<Twin>());
  EXPECT_EQ(fan_out.wanted(), nullptr);
}

TEST_F(Ports, SamplesOnTheirWayToAnotherLaneCountAgainstItsRoom) {
  Subscription there("F2", "C1", block(), other_);
  Publication from = publication();
  from.local.add(there);
  int sent = 0;
  while (sent < 100'000 && publish(from, sent) == Publication::Status::kSent) ++sent;
  EXPECT_EQ(sent, 1024);
  EXPECT_EQ(from.stats().sent, 1024U) << "what was refused is not counted";
  other_.turn();
  EXPECT_EQ(publish(from, 0), Publication::Status::kFullHere);
  there.pop();
  EXPECT_EQ(publish(from, 0), Publication::Status::kSent);
}

TEST_F(Ports, AMessageThatWasRefusedIsStillThePublishers) {
  Subscription here("F2", "C1", block(), lane_);
  Publication from = publication();
  from.local.add(here);
  while (publish(from, 0) == Publication::Status::kSent) {
  }
  std::shared_ptr<const void> object = std::make_shared<const Number>(Number{7});
  EXPECT_EQ(from.publish(object, message_type<Number>(), 8), Publication::Status::kFullHere);
  EXPECT_NE(object, nullptr);
  here.pop();
  EXPECT_EQ(from.publish(object, message_type<Number>(), 8), Publication::Status::kSent);
}

TEST_F(Ports, APublicationEncodesNothingWithoutAReaderElsewhere) {
  bus::MemoryNetwork network(
      clock_, [this](std::function<void()> action) { lane_.post(std::move(action)); });
  bus::MemoryBus bus(network, "a");
  auto writer = bus.create_writer({"C1", "Number"}, {}, {}, {});
  Subscription here("F1", "C1", keep_last(10), lane_);
  Publication from = publication();
  from.writer = writer->get();
  from.local.add(here);
  EXPECT_EQ(publish(from, 1), Publication::Status::kSent);
  EXPECT_EQ((*writer)->last_sequence(), 0U);
  from.remote_expected =
      true;  // its worker may be away for a moment: the sample is numbered all the same
  clock_.advance(milliseconds(100));
  lane_.turn();
  EXPECT_EQ(publish(from, 2), Publication::Status::kSent);
  EXPECT_EQ((*writer)->last_sequence(), 1U);
  const auto stats = from.stats();
  EXPECT_EQ(stats.sent, 2U);
  EXPECT_EQ(stats.bytes, 16U);
  EXPECT_EQ(stats.memory_bytes, 16U);
  EXPECT_DOUBLE_EQ(stats.rate_hz, 10.0);
}

TEST_F(Ports, APublicationThatTheBusHoldsBackSendsNothingAnywhere) {
  bus::MemoryNetwork network(
      clock_, [this](std::function<void()> action) { lane_.post(std::move(action)); });
  bus::MemoryBus bus(network, "a");
  bus::Qos qos;
  qos.keep_all = true;
  qos.max_samples = 2;
  auto writer = bus.create_writer({"C1", "Number"}, qos, {}, {});
  auto reader = bus.create_reader({"C1", "Number"}, qos, {}, {});
  Subscription here("F1", "C1", block(), lane_);
  Publication from = publication();
  from.writer = writer->get();
  from.local.add(here);
  for (int i = 1; i <= 2; ++i) EXPECT_EQ(publish(from, i), Publication::Status::kSent);
  EXPECT_EQ(publish(from, 3), Publication::Status::kFullElsewhere);
  EXPECT_EQ(here.stats().expected, 2U) << "each sample once: here only with the bus";
  lane_.turn();
  (*reader)->take();
  EXPECT_EQ(publish(from, 3), Publication::Status::kSent);
  EXPECT_EQ(here.stats().expected, 3U);
}

TEST_F(Ports, APublicationEndsItsStreamOnce) {
  Subscription here("F1", "C1", keep_last(10), lane_);
  Publication from = publication();
  from.local.add(here);
  std::vector<std::uint64_t> ends;
  from.on_end = [&](std::uint64_t last) { ends.push_back(last); };
  from.end();
  from.end();
  EXPECT_EQ(ends, (std::vector<std::uint64_t>{0}));
  EXPECT_TRUE(here.finished());
}

}  // namespace
}  // namespace mort::worker
