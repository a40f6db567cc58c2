// What comes over the bus: order, epochs, loss, end of stream, holding back.
#include <gtest/gtest.h>

#include "inlet.hpp"
#include "mort/bus/memory_bus.hpp"
#include "mort/message/message.hpp"

namespace mort::worker {
namespace {

using std::chrono::seconds;

struct Number {
  int value = 0;
};

class InletTest : public testing::Test {
 protected:
  InletTest() { qos_.keep_all = true; }

  void open(Inlet::Origin origin, int subscriptions = 1) {
    inlet_ = std::make_unique<Inlet>("C1", std::move(origin), lane_, clocks_);
    for (int i = 0; i < subscriptions; ++i) {
      graph::QueueSettings settings;
      settings.history = graph::History::kKeepAll;
      settings.block = true;
      auto& one = subscriptions_.emplace_back(
          std::make_unique<Subscription>("F" + std::to_string(i), "C1", settings, lane_));
      inlet_->local.add(*one);
    }
    bus::Events events;
    events.on_data = [this] { inlet_->notify(); };
    auto reader =
        here_.create_reader({"C1", "Number"}, qos_, {"here", "job", 2}, std::move(events));
    inlet_->reader = std::move(*reader);
  }
  std::unique_ptr<bus::Writer> writer(bus::EndpointInfo info) {
    return std::move(*there_.create_writer({"C1", "Number"}, qos_, info, {}));
  }
  void write(bus::Writer& writer, int value) {
    ASSERT_EQ(writer.write(message::encode(Number{value})), bus::WriteStatus::kWritten);
  }
  void settle() {
    while (lane_.turn()) {
    }
  }
  std::vector<int> taken(std::size_t subscription = 0) {
    std::vector<int> values;
    while (Message message = subscriptions_[subscription]->pop()) {
      values.push_back(
          static_cast<const Number*>(message.take_object(message_type<Number>())->get())->value);
    }
    return values;
  }
  SubscribedStats stats(std::size_t subscription = 0) {
    return subscriptions_[subscription]->stats();
  }
  void drop(std::set<int> numbers) {
    network_.set_filter([numbers](const bus::TopicSpec&, const std::string&, const std::string&,
                                  std::vector<std::uint8_t>& payload) {
      return !numbers.contains(message::decode<Number>(payload)->value);
    });
  }

  const Inlet::Origin own_{"here", "job", 2, false};
  ManualClock clock_;
  scheduler::Lane lane_{clock_, "lane"};
  bus::MemoryNetwork network_{
      clock_, [this](std::function<void()> action) { lane_.post(std::move(action)); }};
  bus::MemoryBus here_{network_, "here"};
  bus::MemoryBus there_{network_, "there"};
  bus::Qos qos_;
  ClockOffsets clocks_{"here", {"here", "there"}, 2};
  std::vector<std::unique_ptr<Subscription>> subscriptions_;
  std::unique_ptr<Inlet> inlet_;
};

TEST_F(InletTest, AReaderMayNotifyUntilItHasGone) {
  /// A listener is called one last time while its reader goes.
  class LastCall : public bus::Reader {
   public:
    explicit LastCall(Inlet& inlet) : inlet_(inlet) {}
    ~LastCall() override { inlet_.notify(); }
    std::optional<bus::SampleInfo> take(const bus::PayloadSink&) override { return std::nullopt; }
    std::uint64_t dropped() const override { return 0; }
    std::vector<bus::Peer> matched() const override { return {}; }

   private:
    Inlet& inlet_;
  };
  Inlet inlet("C1", own_, lane_, clocks_);
  inlet.reader = std::make_unique<LastCall>(inlet);
}

TEST_F(InletTest, FansOutToEverySubscriptionInOrder) {
  open(own_, 2);
  const auto source = writer({"there", "job", 2});
  for (int i = 1; i <= 5; ++i) write(*source, i);
  settle();
  EXPECT_EQ(taken(0), (std::vector<int>{1, 2, 3, 4, 5}));
  EXPECT_EQ(taken(1), (std::vector<int>{1, 2, 3, 4, 5}));
  EXPECT_EQ(inlet_->stats().samples, 5U);
  EXPECT_EQ(inlet_->stats().network_bytes, 5 * 8U);
  EXPECT_EQ(inlet_->stats().local_bytes, 0U);
}

TEST_F(InletTest, TellsHowFarEachOfManyIncarnationsOfThePublisherWasHeard) {
  open(own_);
  for (std::uint32_t incarnation = 1; incarnation <= 200; ++incarnation) {
    bus::EndpointInfo info{"there", "job", 2};
    info.incarnation = incarnation;
    const auto source = writer(info);
    write(*source, 1);
    write(*source, 2);
    settle();
  }
  const ReceivedStats stats = inlet_->stats();
  ASSERT_EQ(stats.writers.size(), 200U);
  EXPECT_EQ(stats.writers[150], (ReceivedStats::Writer{151, 300, 300}));
  EXPECT_EQ(stats.samples, 400U);
}

TEST_F(InletTest, KeepsNoAccountOfTheWritersOfOtherPrograms) {
  open({"here", "", 0, true});
  for (int i = 0; i < 3; ++i) {
    const auto source = writer({"there", "", 0});
    write(*source, 1);
    settle();
  }
  EXPECT_EQ(inlet_->stats().samples, 3U);
  EXPECT_EQ(taken().size(), 3U);
  EXPECT_TRUE(inlet_->stats().writers.empty());
}

TEST_F(InletTest, CountsBytesOfAnotherProcessOfThisNodeAsLocal) {
  open(own_);
  const auto source = writer({"here", "job", 2});
  write(*source, 1);
  settle();
  EXPECT_EQ(inlet_->stats().local_bytes, 8U);
  EXPECT_EQ(inlet_->stats().network_bytes, 0U);
}

TEST_F(InletTest, SamplesOfAnotherEpochOrJobAreDropped) {
  open(own_);
  const auto old_epoch = writer({"there", "job", 1});
  const auto other_job = writer({"there", "job2", 2});
  const auto foreign = writer({});
  const auto good = writer({"there", "job", 2});
  write(*old_epoch, 1);
  write(*other_job, 2);
  write(*foreign, 3);
  write(*good, 4);
  settle();
  EXPECT_EQ(taken(), (std::vector<int>{4}));
  EXPECT_EQ(stats().expected, 1U);
}

TEST_F(InletTest, ATopicOfAnotherJobIsReadFromAnyWriterAndFromWhereItStands) {
  const auto source = writer({"there", "sensors", 7});
  for (int i = 1; i <= 3; ++i) write(*source, i);
  open({"here", "", 2, false});
  write(*source, 4);
  settle();
  EXPECT_EQ(taken(), (std::vector<int>{4}));
  EXPECT_EQ(stats().lost, 0U) << "what was before this job was here is not its loss";
}

TEST_F(InletTest, AGapCountsAsLost) {
  open(own_);
  drop({1, 4, 5});
  const auto source = writer({"there", "job", 2});
  for (int i = 1; i <= 6; ++i) write(*source, i);
  settle();
  EXPECT_EQ(taken(), (std::vector<int>{2, 3, 6}));
  EXPECT_EQ(stats().expected, 6U);
  EXPECT_EQ(stats().lost, 3U);
}

TEST_F(InletTest, AWorkerThatCameInMidStreamCountsFromWhatItSawFirst) {
  const auto source = writer({"there", "job", 2});
  for (int i = 1; i <= 3; ++i) write(*source, i);
  open({"here", "job", 2, true});
  write(*source, 4);
  write(*source, 5);
  settle();
  inlet_->writer_ended(source->guid(), source->last_sequence());
  EXPECT_EQ(taken(), (std::vector<int>{4, 5}));
  EXPECT_EQ(stats().lost, 0U);
  EXPECT_TRUE(subscriptions_[0]->finished());
}

TEST_F(InletTest, AStreamThatEndedBeforeAMidStreamWorkerCameEndsAtOnce) {
  open({"here", "job", 2, true});
  inlet_->writer_ended(bus::Guid{1}, 1000);
  EXPECT_TRUE(subscriptions_[0]->finished());
  EXPECT_EQ(stats().lost, 0U);
}

TEST_F(InletTest, TheEndOfAnEmptyStreamEndsTheSubscriptions) {
  open(own_);
  const auto source = writer({"there", "job", 2});
  inlet_->writer_ended(source->guid(), 0);
  EXPECT_TRUE(subscriptions_[0]->finished());
}

TEST_F(InletTest, TheEndWaitsForSamplesUnderWay) {
  open(own_);
  const auto source = writer({"there", "job", 2});
  write(*source, 1);
  inlet_->writer_ended(source->guid(), 1);  // overtook the sample
  EXPECT_FALSE(subscriptions_[0]->finished());
  settle();
  EXPECT_EQ(taken(), (std::vector<int>{1}));
  EXPECT_TRUE(subscriptions_[0]->finished());
  clock_.advance(seconds(10));
  settle();
  EXPECT_EQ(stats().expected, 1U);
  EXPECT_EQ(stats().lost, 0U);
}

TEST_F(InletTest, SamplesThatNeverComeCountAsLostAfterTheGraceTime) {
  open(own_);
  drop({3});
  const auto source = writer({"there", "job", 2});
  for (int i = 1; i <= 3; ++i) write(*source, i);
  settle();
  inlet_->writer_ended(source->guid(), 3);
  EXPECT_EQ(taken(), (std::vector<int>{1, 2}));
  clock_.advance(seconds(4));
  settle();
  EXPECT_FALSE(subscriptions_[0]->finished());
  clock_.advance(seconds(2));
  settle();
  EXPECT_TRUE(subscriptions_[0]->finished());
  EXPECT_EQ(stats().expected, 3U);
  EXPECT_EQ(stats().lost, 1U);
}

TEST_F(InletTest, ProgressProlongsTheGraceTime) {
  open(own_);
  const auto source = writer({"there", "job", 2});
  inlet_->writer_ended(source->guid(), 3);
  clock_.advance(seconds(4));
  write(*source, 1);
  settle();
  clock_.advance(seconds(4));
  settle();
  EXPECT_FALSE(subscriptions_[0]->finished());
  write(*source, 2);
  write(*source, 3);
  settle();
  taken();
  EXPECT_TRUE(subscriptions_[0]->finished());
  EXPECT_EQ(stats().lost, 0U);
}

TEST_F(InletTest, AWriterThatReplacesACrashedOneEndsTheStream) {
  open(own_);
  auto crashed = writer({"there", "job", 2});
  write(*crashed, 1);
  settle();
  crashed.reset();
  const auto source = writer({"there", "job", 2});
  write(*source, 2);
  settle();
  inlet_->writer_ended(source->guid(), 1);
  EXPECT_EQ(taken(), (std::vector<int>{1, 2}));
  EXPECT_TRUE(subscriptions_[0]->finished());
}

TEST_F(InletTest, AFullSubscriptionHoldsTheWriterBackWithoutLoss) {
  open(own_, 2);
  const auto source = writer({"there", "job", 2});
  int written = 0;
  for (int i = 0; i < 100'000; ++i) {
    if (source->write(message::encode(Number{written})) != bus::WriteStatus::kWritten) {
      settle();
      if (source->write(message::encode(Number{written})) != bus::WriteStatus::kWritten) break;
    }
    ++written;
  }
  EXPECT_EQ(written, 1024 + 256) << "queue and history";
  std::vector<int> all;
  while (true) {
    const auto some = taken(0);
    taken(1);
    settle();
    if (some.empty()) break;
    all.insert(all.end(), some.begin(), some.end());
  }
  ASSERT_EQ(all.size(), static_cast<std::size_t>(written));
  for (int i = 0; i < written; ++i) EXPECT_EQ(all[static_cast<std::size_t>(i)], i);
  EXPECT_EQ(stats().lost, 0U);
}

TEST_F(InletTest, ASlowSubscriptionThatLosesItsRightLetsTheOthersGoOn) {
  open(own_, 2);
  const auto source = writer({"there", "job", 2});
  int written = 0;
  while (true) {
    if (source->write(message::encode(Number{written})) != bus::WriteStatus::kWritten) {
      taken(0);
      settle();
      if (source->write(message::encode(Number{written})) != bus::WriteStatus::kWritten) break;
    }
    ++written;
  }
  taken(0);  // wide awake; the other one is full
  subscriptions_[1]->set_allowed(false);
  settle();
  EXPECT_EQ(taken(0).size(), 256U);
  EXPECT_EQ(source->write(message::encode(Number{0})), bus::WriteStatus::kWritten);
}

TEST_F(InletTest, DecodesOnceForAllWhoTakeTheSameTypeAndKeepsBytesUntilAllHaveSaidIt) {
  open(own_, 2);
  const auto source = writer({"there", "job", 2});
  write(*source, 1);
  settle();
  subscriptions_[0]->set_wanted(message_type<Number>());
  subscriptions_[1]->set_wanted(message_type<Number>());
  write(*source, 2);
  settle();
  std::vector<const void*> objects[2];
  for (int i = 0; i < 2; ++i) {
    while (Message message = subscriptions_[static_cast<std::size_t>(i)]->pop())
      objects[i].push_back(message.take_object(message_type<Number>())->get());
  }
  EXPECT_EQ(objects[0].size(), 2U);
  EXPECT_EQ(objects[0], objects[1]);
}

TEST_F(InletTest, APayloadThatIsNoMessageOfTheTypeIsCountedAndLost) {
  open(own_);
  std::vector<std::string> complaints;
  inlet_->on_undecodable = [&](const std::string& why) { complaints.push_back(why); };
  subscriptions_[0]->set_wanted(message_type<Number>());
  const auto source = writer({"there", "job", 2});
  write(*source, 1);
  for (int i = 0; i < 2; ++i)
    source->write(std::vector<std::uint8_t>{0, 1, 0, 0, 1, 2});  // two bytes short
  write(*source, 4);
  settle();
  EXPECT_EQ(taken(), (std::vector<int>{1, 4}));
  EXPECT_EQ(stats().expected, 4U);
  EXPECT_EQ(stats().lost, 2U);
  EXPECT_EQ(inlet_->stats().refused, 2U);
  EXPECT_EQ(complaints.size(), 1U) << "once, not for each";
}

TEST_F(InletTest, GarbageOfForeignWritersIsCountedAndComplainedOfOnce) {
  open(own_);
  int complaints = 0;
  inlet_->on_undecodable = [&](const std::string&) { ++complaints; };
  subscriptions_[0]->set_wanted(message_type<Number>());
  const auto foreign = writer({});
  for (int i = 0; i < 100; ++i) foreign->write(std::vector<std::uint8_t>{0, 1, 0, 0, 1, 2});
  settle();
  EXPECT_EQ(complaints, 1);
  EXPECT_EQ(inlet_->stats().refused, 100U);
  EXPECT_EQ(stats().expected, 0U) << "it is none of the stream's";
}

/// There is always another sample, and each takes a millisecond.
class EndlessReader : public bus::Reader {
 public:
  explicit EndlessReader(ManualClock& clock) : clock_(clock) {}
  std::optional<bus::SampleInfo> take(const bus::PayloadSink& sink) override {
    clock_.advance(std::chrono::milliseconds(1));
    sink(message::encode(Number{1}));
    bus::SampleInfo sample;
    sample.info = std::make_shared<const bus::EndpointInfo>(bus::EndpointInfo{"there", "job", 2});
    sample.sequence = ++sequence_;
    return sample;
  }
  std::uint64_t dropped() const override { return 0; }
  std::vector<bus::Peer> matched() const override { return {}; }

 private:
  ManualClock& clock_;
  std::uint64_t sequence_ = 0;
};

TEST_F(InletTest, LetsOthersHaveTheirTurnsWhileSamplesKeepComing) {
  Inlet inlet("C1", own_, lane_, clocks_);
  Subscription latest("F1", "C1", {}, lane_);
  inlet.local.add(latest);
  inlet.reader = std::make_unique<EndlessReader>(clock_);
  inlet.notify();
  for (int turns = 0; turns < 10; ++turns) ASSERT_TRUE(lane_.turn());
  EXPECT_LE(inlet.stats().samples, 10U * 3U);
}

TEST_F(InletTest, LatencyBetweenNodesIsToldOnceTheirClocksAreCompared) {
  open(own_);
  const auto source = writer({"there", "job", 2});
  clock_.advance(seconds(100));
  write(*source, 1);
  clock_.advance(std::chrono::milliseconds(3));
  settle();
  taken();
  EXPECT_EQ(stats().latency.count(), 0U) << "a clock that was not compared tells nothing";
  const std::int64_t now = clock_.wall().count();
  clocks_.receive({2, "there", now, {{"here", now, now}}}, clock_.wall());
  write(*source, 2);
  clock_.advance(std::chrono::milliseconds(3));
  settle();
  taken();
  EXPECT_EQ(stats().latency.count(), 1U);
  EXPECT_EQ(stats().latency.max(), std::chrono::milliseconds(3));
}

TEST_F(InletTest, NumbersOfATopicGoOnAfterAWriterWasReplaced) {
  open(own_);
  auto crashed = writer({"there", "job", 2});
  for (int i = 1; i <= 3; ++i) write(*crashed, i);
  settle();
  crashed.reset();
  const auto source = writer({"there", "job", 2});
  write(*source, 4);
  settle();
  for (std::uint64_t i = 1; i <= 4; ++i) EXPECT_EQ(subscriptions_[0]->pop().sequence, i);
}

TEST_F(InletTest, EndNowEndsATopicThatNobodyEnds) {
  open({"here", "", 2, false});
  inlet_->end_now();
  EXPECT_TRUE(subscriptions_[0]->finished());
}

}  // namespace
}  // namespace mort::worker
