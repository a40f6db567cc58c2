// The hand-over between lanes that have threads of their own: order, exact counts, and no message
// that outlives its job. What goes wrong here shows under TSan and ASan at the latest.
#include <gmock/gmock.h>

#include <atomic>
#include <mutex>

#include "support/threaded_worker.hpp"

namespace mort {
namespace {

/// The n-th message of its topic. Counts the objects that are alive.
class Counted {
 public:
  explicit Counted(std::int64_t n) : number(n) { ++alive; }
  Counted(const Counted& other) : number(other.number) { ++alive; }
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --alive; }
  const std::int64_t number;
  static inline std::atomic<std::int64_t> alive{0};
};

struct Encoded {
  std::int64_t number = 0;
};

}  // namespace

template <>
const MessageType& message_type<Counted>() {
  static const MessageType type{
      "Counted",
      [](const void* message, std::span<std::uint8_t> out) {
        message::encode_to(Encoded{static_cast<const Counted*>(message)->number}, out);
      },
      [](std::span<const std::uint8_t> payload) -> Result<std::shared_ptr<const void>> {
        MORT_TRY(decoded, message::decode<Encoded>(payload));
        return message::make_message<Counted>(Counted(decoded.number));
      },
      [](const void*) { return message::encoded_size(Encoded{}); }};
  return type;
}

namespace {

using testing::HasSubstr;
using threaded::Spec;
using threaded::SpecTask;
using threaded::ThreadedWorker;

graph::QueueSettings keep_last(int depth) {
  graph::QueueSettings settings;
  settings.depth = depth;
  return settings;
}

graph::TopicSettings block() {
  graph::TopicSettings settings;
  settings.history = graph::History::kKeepAll;
  settings.block = true;
  return settings;
}

constexpr int kLanes = 3;

class WorkerThreads : public testing::Test {
 protected:
  /// What a reader has taken of one topic.
  struct Taken {
    std::uint64_t count = 0;
    std::int64_t last = 0;
    bool in_order = true;
    bool gapless = true;
    void add(std::int64_t number) {
      in_order = in_order && number > last;
      gapless = gapless && number == last + 1;
      last = number;
      ++count;
    }
  };

  Spec& add(std::string name, int lane, std::vector<std::string> sub,
            std::vector<std::string> pub) {
    specs_.push_back({std::move(name), std::move(sub), std::move(pub), {}, lane});
    return specs_.back();
  }
  /// Publishes 1, 2, ... `count`, or for ever.
  void source(const std::string& name, int lane, const std::string& topic,
              std::int64_t count = INT64_MAX) {
    add(name, lane, {}, {topic}).body = [topic, count](SpecTask& task) {
      for (std::int64_t i = 1; i <= count && task.Publish(topic, Counted(i)); ++i) {
      }
    };
  }
  /// Passes on what comes, under numbers of its own.
  void relay(const std::string& name, int lane, const std::string& from, const std::string& to) {
    Taken& taken = taken_[name];
    add(name, lane, {from}, {to}).body = [&taken, from, to](SpecTask& task) {
      while (const auto message = task.Take<Counted>(from)) {
        taken.add(message->number);
        if (!task.Publish(to, Counted(static_cast<std::int64_t>(taken.count)))) return;
      }
    };
  }
  /// Takes everything, or `most`; a slow one lets all others of its lane run in between.
  void reader(const std::string& name, int lane, const std::string& topic,
              const graph::QueueSettings& queue, bool slow = false,
              std::uint64_t most = UINT64_MAX) {
    Taken& taken = taken_[name];
    Spec& spec = add(name, lane, {topic}, {});
    spec.queues[topic] = queue;
    spec.body = [&taken, topic, slow, most](SpecTask& task) {
      while (const auto message = task.Take<Counted>(topic)) {
        taken.add(message->number);
        if (taken.count == most) return;
        if (slow && taken.count % 16 == 0) task.Sleep(std::chrono::microseconds(20));
        if (slow) task.Sleep(Nanoseconds(0));
      }
    };
  }
  /// One of each kind of queue on each lane; their names begin with the topic.
  void readers_of(const std::string& topic, bool slow = false) {
    for (int lane = 0; lane < kLanes; ++lane) {
      const std::string name = topic + "-lane" + std::to_string(lane);
      reader(name + "-block", lane, topic, block(), slow);
      reader(name + "-last1", lane, topic, keep_last(1), slow);
      reader(name + "-last10", lane, topic, keep_last(10), slow);
    }
  }

  void run() {
    worker_ =
        std::make_unique<ThreadedWorker>(specs_, message_type<Counted>().name, block(), clock_);
    std::int64_t alive_at_end = -1;
    worker_->on_done = [&] { alive_at_end = Counted::alive.load(); };
    const auto run = worker_->run();
    ASSERT_TRUE(run) << to_string(run.error());
    EXPECT_EQ(alive_at_end, 0) << "messages that nobody will take are kept";
    EXPECT_EQ(Counted::alive.load(), 0);
  }
  void send(worker::Command::Kind kind, std::set<worker::Denial> denied = {}) {
    worker_->send({kind, std::move(denied)});
  }

  std::uint64_t sent(const std::string& topic) {
    for (const auto& one : worker_->stats().published) {
      if (one.topic == topic) return one.sent;
    }
    ADD_FAILURE() << "nobody publishes " << topic;
    return 0;
  }
  const worker::SubscribedStats& stats_of(const std::string& reader) {
    for (const auto& one : worker_->stats().subscribed) {
      if (one.task == reader) return one;
    }
    throw std::out_of_range("no subscription of " + reader);
  }
  /// Its counts are those of what it took and of what was sent: it was there until the end.
  void expect_exact(const std::string& reader) {
    SCOPED_TRACE(reader);
    const Taken& taken = taken_.at(reader);
    const auto& stats = stats_of(reader);
    const std::uint64_t all = sent(stats.topic);
    const bool may_lose = reader.find("-last") != std::string::npos;
    EXPECT_TRUE(taken.in_order);
    EXPECT_EQ(stats.expected, all);
    EXPECT_EQ(stats.delivered, taken.count);
    EXPECT_EQ(stats.lost, all - taken.count);
    EXPECT_EQ(taken.last, static_cast<std::int64_t>(all)) << "the newest is not the one to lose";
    if (may_lose) return;
    EXPECT_EQ(stats.lost, 0U);
    EXPECT_TRUE(taken.gapless);
  }
  void expect_all_exact() {
    for (const auto& [reader, taken] : taken_) expect_exact(reader);
  }
  void expect_all_finished() {
    for (const auto& [task, state] : worker_->states()) EXPECT_EQ(state, "finished") << task;
  }

  const SystemClock clock_;
  std::vector<Spec> specs_;
  std::map<std::string, Taken> taken_;
  std::unique_ptr<ThreadedWorker> worker_;
};

TEST_F(WorkerThreads, EveryQueueOnEveryLaneGetsItsSamplesInOrderAndCountsWhatIsLost) {
  source("Source", 0, "C1", 10'000);
  readers_of("C1");
  run();
  expect_all_finished();
  expect_all_exact();
}

TEST_F(WorkerThreads, SlowReadersLoseNothingOnBlockAndGetTheNewestOfKeepLast) {
  source("Source", 1, "C1", 3'000);
  readers_of("C1", true);
  run();
  expect_all_finished();
  expect_all_exact();
}

TEST_F(WorkerThreads, ChainsAcrossLanesKeepOrderAndLoseNothing) {
  for (int chain = 0; chain < 3; ++chain) {
    const std::string name = "c" + std::to_string(chain) + "-";
    source(name + "source", chain, name + "0", 4'000);
    for (int link = 0; link < 5; ++link) {
      relay(name + "relay" + std::to_string(link), (chain + link + 1) % kLanes,
            name + std::to_string(link), name + std::to_string(link + 1));
    }
    readers_of(name + "5");
  }
  run();
  expect_all_finished();
  expect_all_exact();
}

TEST_F(WorkerThreads, ReadersThatEndInTheMiddleHoldNobodyBack) {
  source("Source", 0, "C1", 10'000);
  readers_of("C1");
  for (int lane = 0; lane < kLanes; ++lane) {
    for (const std::uint64_t most : {1U, 100U, 3'000U}) {
      reader("Early" + std::to_string(lane) + "-" + std::to_string(most), lane, "C1", block(),
             most == 100, most);
    }
  }
  run();
  expect_all_finished();
  EXPECT_EQ(sent("C1"), 10'000U);
  for (const auto& [name, taken] : taken_) {
    if (name.find("Early") == std::string::npos) {
      expect_exact(name);
      continue;
    }
    const auto& stats = stats_of(name);
    EXPECT_TRUE(taken.gapless) << name;
    EXPECT_EQ(name, name.substr(0, name.find('-') + 1) + std::to_string(taken.count));
    EXPECT_EQ(stats.lost, 0U) << name << " did not want what came after its end";
    EXPECT_GE(stats.delivered, taken.count) << name;
  }
}

TEST_F(WorkerThreads, ATaskThatThrowsEndsItsOwnStreamAndNoOther) {
  source("Source", 0, "C1", 10'000);
  readers_of("C1");
  add("Thrower", 1, {"C1"}, {"C2"}).body = [](SpecTask& task) {
    for (std::int64_t i = 1; i <= 1'000; ++i) {
      task.Take<Counted>("C1");
      task.Publish("C2", Counted(i));
    }
    const auto held = task.Take<Counted>("C1");
    throw std::runtime_error("number " + std::to_string(held->number));
  };
  relay("Relay", 2, "C2", "C3");
  readers_of("C2");
  readers_of("C3");
  run();
  EXPECT_THAT(worker_->state("Thrower"), HasSubstr("failed: std::runtime_error: number 1001"));
  EXPECT_EQ(sent("C1"), 10'000U);
  EXPECT_EQ(sent("C3"), 1'000U);
  expect_all_exact();
}

TEST_F(WorkerThreads, AStopInTheMiddleEndsEveryStreamAtItsLastSample) {
  source("Source", 0, "C1");
  source("Other", 2, "C2");
  readers_of("C1");
  relay("Relay", 1, "C2", "C3");
  readers_of("C3");
  add("Stopper", 1, {"C1"}, {}).body = [this](SpecTask& task) {
    for (int i = 0; task.Take<Counted>("C1"); ++i) {
      if (i == 3'000) send(worker::Command::Kind::kStop);
    }
  };
  run();
  expect_all_finished();
  EXPECT_GT(sent("C1"), 3'000U);
  expect_all_exact();
}

TEST_F(WorkerThreads, ACancelInTheMiddleUnwindsEveryTask) {
  source("Source", 0, "C1");
  source("Other", 2, "C2");
  readers_of("C1");
  readers_of("C2", true);
  relay("Relay", 1, "C2", "C3");
  readers_of("C3");
  add("Asleep", 1, {"C3"}, {}).body = [](SpecTask& task) {
    const auto held = task.Take<Counted>("C3");
    task.Sleep(std::chrono::hours(1));
  };
  add("Canceller", 1, {"C1"}, {}).body = [this](SpecTask& task) {
    for (int i = 0; task.Take<Counted>("C1"); ++i) {
      if (i == 3'000) send(worker::Command::Kind::kExit);
    }
  };
  run();
  expect_all_finished();
  for (const auto& [name, taken] : taken_) {
    const auto& stats = stats_of(name);
    EXPECT_TRUE(taken.in_order) << name;
    EXPECT_LE(taken.count, stats.delivered) << name;
    EXPECT_LE(stats.expected, sent(stats.topic)) << name;
  }
}

TEST_F(WorkerThreads, AReaderThatLosesItsRightInTheMiddleHoldsNobodyBack) {
  source("Source", 0, "C1", 10'000);
  readers_of("C1");
  for (int lane = 0; lane < kLanes; ++lane)
    reader("Denied" + std::to_string(lane), lane, "C1", block(), true);
  add("Guard", 2, {"C1"}, {}).body = [this](SpecTask& task) {
    for (int i = 0; task.Take<Counted>("C1"); ++i) {
      if (i != 1'000) continue;
      send(worker::Command::Kind::kRights,
           {{"Denied0", "C1", false}, {"Denied1", "C1", false}, {"Denied2", "C1", false}});
    }
  };
  run();
  expect_all_finished();
  EXPECT_EQ(sent("C1"), 10'000U);
  for (const auto& [name, taken] : taken_) {
    if (name.find("Denied") == std::string::npos)
      expect_exact(name);
    else
      EXPECT_TRUE(taken.gapless) << name;
  }
}

}  // namespace
}  // namespace mort
