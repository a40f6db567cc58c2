// What comes over the bus: order, epochs, loss, end of stream, holding back.
#include <gtest/gtest.h>

#include "mort/bus/memory_bus.hpp"
#include "mort/message/message.hpp"
#include "ports.hpp"

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
    inlet_ = std::make_unique<Inlet>("C1", std::move(origin), lane_);
    for (int i = 0; i < subscriptions; ++i) {
      graph::TopicSettings settings;
      settings.history = graph::History::kKeepAll;
      settings.block = true;
      auto& one = subscriptions_.emplace_back(
          std::make_unique<Subscription>("F" + std::to_string(i), "C1", settings, lane_));
      one->on_room = [this] { inlet_->room_made(); };
      inlet_->local.add(one.get());
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
    while (const auto message = subscriptions_[subscription]->pop()) {
      values.push_back(
          static_cast<const Number*>(message->object(message_type<Number>())->get())->value);
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
  std::vector<std::unique_ptr<Subscription>> subscriptions_;
  std::unique_ptr<Inlet> inlet_;
};

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

TEST_F(InletTest, EndNowEndsATopicThatNobodyEnds) {
  open({"here", "", 2, false});
  inlet_->end_now();
  EXPECT_TRUE(subscriptions_[0]->finished());
}

}  // namespace
}  // namespace mort::worker
