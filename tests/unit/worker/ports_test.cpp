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

graph::TopicSettings keep_last(int depth) {
  graph::TopicSettings settings;
  settings.depth = depth;
  return settings;
}

graph::TopicSettings block() {
  graph::TopicSettings settings;
  settings.history = graph::History::kKeepAll;
  settings.block = true;
  return settings;
}

MessagePtr number(int value) {
  return std::make_shared<Message>(std::make_shared<const Number>(Number{value}),
                                   message_type<Number>());
}

int value_of(const MessagePtr& message) {
  return message ? static_cast<const Number*>(message->object(message_type<Number>())->get())->value
                 : -1;
}

class Ports : public testing::Test {
 protected:
  void push(Subscription& subscription, int value) {
    subscription.reserve();
    subscription.push(number(value), clock_.wall());
  }
  ManualClock clock_;
  scheduler::Lane lane_{clock_, "lane"};
  scheduler::Lane other_{clock_, "other"};
};

TEST_F(Ports, ALaneThatIsFarBehindGathersNoMoreThanABoundAndEveryDropCountsAsLost) {
  Subscription subscription("F1", "C1", keep_last(2), other_);
  FanOut fan_out;
  fan_out.add(&subscription);
  for (int i = 1; i <= 1000; ++i) fan_out.push(lane_, number(i), clock_.wall(), 0);
  int on_their_way = 0;
  while (subscription.reserve()) ++on_their_way;
  EXPECT_EQ(on_their_way, 0) << "messages for a lane that does not turn are held without bound";
  fan_out.end(lane_, 0);
  while (other_.turn()) {
  }
  const auto stats = subscription.stats();
  EXPECT_EQ(stats.expected, 1001U);  // the last one is this test's own question
  EXPECT_EQ(stats.delivered, 2U);
  EXPECT_EQ(stats.lost, 999U);
}

TEST_F(Ports, ASubscriptionGivesItsSamplesInOrderAndCountsThem) {
  Subscription subscription("F1", "C1", keep_last(10), lane_);
  int woken = 0;
  subscription.on_change = [&] { ++woken; };
  for (int i = 1; i <= 3; ++i) push(subscription, i);
  EXPECT_EQ(woken, 3);
  for (int i = 1; i <= 3; ++i) EXPECT_EQ(value_of(subscription.pop()), i);
  EXPECT_EQ(subscription.pop(), nullptr);
  EXPECT_EQ(subscription.stats().expected, 3U);
  EXPECT_EQ(subscription.stats().delivered, 3U);
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
  Subscription subscription("F1", "C1", block(), lane_);
  int room = 0;
  subscription.on_room = [&] { ++room; };
  int pushed = 0;
  while (subscription.has_room() && pushed < 100'000) push(subscription, ++pushed);
  EXPECT_EQ(pushed, 1024);
  subscription.reserve();  // what is on its way counts too
  subscription.pop();
  EXPECT_FALSE(subscription.has_room());
  subscription.pop();
  EXPECT_TRUE(subscription.has_room());
  EXPECT_EQ(room, 2);
  EXPECT_EQ(subscription.stats().lost, 0U);
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
  Subscription subscription("F1", "C1", block(), lane_);
  while (subscription.has_room()) push(subscription, 1);
  int room = 0;
  subscription.on_room = [&] { ++room; };
  subscription.detach();
  EXPECT_TRUE(subscription.has_room());
  EXPECT_EQ(room, 1);
  EXPECT_TRUE(subscription.finished());
  push(subscription, 2);
  EXPECT_EQ(subscription.pop(), nullptr);
}

TEST_F(Ports, ALostRightEmptiesTheQueueAtOnceAndCountsWhatIsMissed) {
  Subscription subscription("F1", "C1", block(), lane_);
  for (int i = 1; i <= 5; ++i) push(subscription, i);
  EXPECT_EQ(value_of(subscription.pop()), 1);
  subscription.set_allowed(false);
  EXPECT_EQ(subscription.pop(), nullptr);
  EXPECT_TRUE(subscription.finished());
  push(subscription, 6);
  EXPECT_EQ(subscription.pop(), nullptr);
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
  while (subscription.has_room()) push(subscription, 1);
  int room = 0;
  subscription.on_room = [&] { ++room; };
  subscription.set_allowed(false);
  EXPECT_TRUE(subscription.has_room());
  EXPECT_EQ(room, 1) << "an inlet that was held back would never go on";
}

TEST_F(Ports, LatencyIsMeasuredFromThePublication) {
  Subscription subscription("F1", "C1", keep_last(10), lane_);
  const Nanoseconds published = clock_.wall();
  clock_.advance(milliseconds(3));
  subscription.reserve();
  subscription.push(number(1), published);
  subscription.reserve();
  subscription.push(number(2), clock_.wall() + seconds(1));  // a clock ahead of ours
  EXPECT_EQ(subscription.stats().latency.max(), milliseconds(3));
  EXPECT_EQ(subscription.stats().latency.count(), 2U);
}

TEST_F(Ports, AFanOutCountsWhatWasSkippedForEverySubscription) {
  Subscription here("F1", "C1", block(), lane_);
  Subscription there("F2", "C1", block(), other_);
  FanOut fan_out;
  fan_out.add(&here);
  fan_out.add(&there);
  fan_out.push(lane_, number(1), clock_.wall(), 4);
  EXPECT_EQ(here.stats().expected, 5U);
  EXPECT_EQ(there.stats().expected, 0U) << "not before its own lane has turned";
  other_.turn();
  EXPECT_EQ(there.stats().expected, 5U);
  EXPECT_EQ(there.stats().lost, 4U);
  fan_out.end(lane_, 2);
  other_.turn();
  EXPECT_EQ(here.stats().lost, 6U);
  EXPECT_EQ(there.stats().lost, 6U);
  here.pop();
  EXPECT_TRUE(here.finished());
}

TEST_F(Ports, SamplesOnTheirWayToAnotherLaneCountAgainstItsRoom) {
  Subscription there("F2", "C1", block(), other_);
  Publication publication("F1", "C1", "Number", lane_);
  publication.local.add(&there);
  int sent = 0;
  while (sent < 100'000 &&
         publication.publish(number(sent), clock_.wall()) == Publication::Status::kSent)
    ++sent;
  EXPECT_EQ(sent, 1024);
  EXPECT_EQ(publication.stats().sent, 1024U) << "what was refused is not counted";
  other_.turn();
  EXPECT_EQ(publication.publish(number(0), clock_.wall()), Publication::Status::kFull);
  there.pop();
  EXPECT_EQ(publication.publish(number(0), clock_.wall()), Publication::Status::kSent);
}

TEST_F(Ports, APublicationEncodesNothingWithoutAReaderElsewhere) {
  bus::MemoryNetwork network(
      clock_, [this](std::function<void()> action) { lane_.post(std::move(action)); });
  bus::MemoryBus bus(network, "a");
  auto writer = bus.create_writer({"C1", "Number"}, {}, {}, {});
  Subscription here("F1", "C1", keep_last(10), lane_);
  Publication publication("F1", "C1", "Number", lane_);
  publication.writer = writer->get();
  publication.local.add(&here);
  EXPECT_EQ(publication.publish(number(1), clock_.wall()), Publication::Status::kSent);
  EXPECT_EQ((*writer)->last_sequence(), 0U);
  publication.remote_expected =
      true;  // its worker may be away for a moment: the sample is numbered all the same
  clock_.advance(milliseconds(100));
  EXPECT_EQ(publication.publish(number(2), clock_.wall()), Publication::Status::kSent);
  EXPECT_EQ((*writer)->last_sequence(), 1U);
  const auto stats = publication.stats();
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
  Publication publication("F1", "C1", "Number", lane_);
  publication.writer = writer->get();
  publication.local.add(&here);
  for (int i = 1; i <= 2; ++i)
    EXPECT_EQ(publication.publish(number(i), clock_.wall()), Publication::Status::kSent);
  EXPECT_EQ(publication.publish(number(3), clock_.wall()), Publication::Status::kFull);
  EXPECT_EQ(here.stats().expected, 2U) << "each sample once: here only with the bus";
  lane_.turn();
  (*reader)->take();
  EXPECT_EQ(publication.publish(number(3), clock_.wall()), Publication::Status::kSent);
  EXPECT_EQ(here.stats().expected, 3U);
}

TEST_F(Ports, APublicationEndsItsStreamOnce) {
  Subscription here("F1", "C1", keep_last(10), lane_);
  Publication publication("F1", "C1", "Number", lane_);
  publication.local.add(&here);
  std::vector<std::uint64_t> ends;
  publication.on_end = [&](std::uint64_t last) { ends.push_back(last); };
  publication.end();
  publication.end();
  EXPECT_EQ(ends, (std::vector<std::uint64_t>{0}));
  EXPECT_TRUE(here.finished());
}

}  // namespace
}  // namespace mort::worker
