// Waiting on several inputs, queues of single subscriptions, and what a task is measured by.
#include "../support/worker_simulation.hpp"

namespace mort::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Publishes 1..count, one a period, but for the numbers that a parameter of its name lists.
class Gappy : public Task {
 public:
  Gappy(const std::string& name, const std::string& topic) : topic_(topic) {
    RegTask(name);
    RegPub({topic});
  }
  void Run() override {
    const std::string skip = Param(registration().name);
    for (int i = 1; i <= IntParam("count"); ++i) {
      if (!WaitTick()) return;
      if (skip.find("," + std::to_string(i) + ",") == std::string::npos) Publish(topic_, Number{i});
    }
  }

 private:
  const std::string topic_;
};

/// Waits as its parameter "wait" says and notes what it got: a*1000+b, or the way the wait ended.
class Joiner : public Task {
 public:
  Joiner() {
    RegTask("Joiner");
    RegSub({"A", "B"});
  }
  void Run() override {
    const std::string how = Param("wait");
    std::vector<int>& taken = observed().taken["Joiner"];
    while (true) {
      const WaitResult result = how == "any"   ? WaitAny({"A", "B"}, timeout())
                                : how == "all" ? WaitAll({"A", "B"}, timeout())
                                               : WaitSameTick({}, timeout());
      if (result == WaitResult::kEnded) break;
      if (result == WaitResult::kTimeout) {
        taken.push_back(-1);
        continue;
      }
      const auto a = TryTake<Number>("A");
      const auto b = TryTake<Number>("B");
      taken.push_back((a ? a->value * 1000 : 0) + (b ? b->value : 0));
    }
    taken.push_back(-2);
  }

 private:
  std::optional<Nanoseconds> timeout() {
    const std::int64_t ms = IntParam("timeout_ms");
    if (ms == 0) return std::nullopt;
    if (ms < 0) return Nanoseconds::max();
    return milliseconds(ms);
  }
};

class WorkerWaits : public WorkerSimulation {
 protected:
  std::vector<int> joined(const std::string& how, const std::string& skip_a,
                          const std::string& skip_b, int period_a_ms, int period_b_ms,
                          int timeout_ms = 0, int lanes = 1) {
    observed() = {};
    nodes_.clear();
    job({[]() -> std::unique_ptr<Task> { return std::make_unique<Gappy>("SourceA", "A"); },
         []() -> std::unique_ptr<Task> { return std::make_unique<Gappy>("SourceB", "B"); },
         []() -> std::unique_ptr<Task> { return std::make_unique<Joiner>(); }},
        {{"SourceA", "n"}, {"SourceB", "n"}, {"Joiner", "n"}},
        {{"wait", how},
         {"SourceA", skip_a},
         {"SourceB", skip_b},
         {"timeout_ms", std::to_string(timeout_ms)}});
    config_.params["count"] = "4";
    period("SourceA", milliseconds(period_a_ms));
    period("SourceB", milliseconds(period_b_ms));
    load("n", lanes);
    start();
    run(seconds(1));
    return observed().taken["Joiner"];
  }
};

TEST_F(WorkerWaits, AnyIsReadyWithEitherInputAndEndsWhenBothHave) {
  EXPECT_EQ(joined("any", "", ",2,3,4,", 10, 5), (std::vector<int>{1, 1000, 2000, 3000, 4000, -2}));
}

TEST_F(WorkerWaits, AllIsReadyWhenEachInputHasASampleAndEndsWithTheFirst) {
  EXPECT_EQ(joined("all", "", "", 10, 30), (std::vector<int>{1001, 2002, 3003, 4004, -2}));
  EXPECT_EQ(joined("all", ",4,", "", 10, 30), (std::vector<int>{1001, 2002, 3003, -2}));
}

TEST_F(WorkerWaits, SameTickPairsByNumberWhicheverComesFirst) {
  for (const int lanes : {1, 3}) {
    EXPECT_EQ(joined("tick", "", "", 10, 30, 0, lanes),
              (std::vector<int>{1001, 2002, 3003, 4004, -2}));
    EXPECT_EQ(joined("tick", "", "", 30, 10, 0, lanes),
              (std::vector<int>{1001, 2002, 3003, 4004, -2}));
  }
}

TEST_F(WorkerWaits, ATimeoutComesAgainUntilTheInputsDo) {
  // A every 10 ms, B every 25: at 10 and 20 there is no pair.
  EXPECT_EQ(joined("all", "", ",2,3,4,", 10, 25, 10),
            (std::vector<int>{-1, -1, 1001, -1, -1, -1, -1, -1, -1, -1, -2}));
}

/// Publishes on P what it takes from S, numbers of its parameter apart.
class Branch : public Task {
 public:
  Branch(const std::string& name, const std::string& to) : to_(to) {
    RegTask(name);
    RegSub({"S"});
    RegPub({to});
  }
  void Run() override {
    while (const auto number = Take<Number>("S")) Publish(to_, *number);
  }

 private:
  const std::string to_;
};

TEST_F(WorkerWaits, SameTickDropsWhatLostItsPartnerAndCountsIt) {
  job({[]() -> std::unique_ptr<Task> { return std::make_unique<Source>("Source", "S"); },
       []() -> std::unique_ptr<Task> { return std::make_unique<Branch>("BranchA", "A"); },
       []() -> std::unique_ptr<Task> { return std::make_unique<Branch>("BranchB", "B"); },
       []() -> std::unique_ptr<Task> { return std::make_unique<Joiner>(); }},
      {{"Source", "n"}, {"BranchA", "n"}, {"BranchB", "m"}, {"Joiner", "n"}},
      {{"wait", "tick"}, {"timeout_ms", "0"}});
  config_.params["count"] = "6";
  network_.set_filter([](const bus::TopicSpec& topic, const std::string&, const std::string&,
                         std::vector<std::uint8_t>& payload) {
    if (topic.name != "B") return true;
    const int value = message::decode<Number>(payload)->value;
    return value != 2 && value != 5;
  });
  load("n");
  load("m");
  settle();
  start();
  run(seconds(20));
  EXPECT_EQ(observed().taken["Joiner"], (std::vector<int>{1001, 3003, 4004, 6006, -2}));
  for (const auto& one : stats("n").subscribed) {
    if (one.task != "Joiner") continue;
    EXPECT_EQ(one.expected, 6U) << one.topic;
    EXPECT_EQ(one.lost, 2U) << one.topic << ": lost on the wire, or for want of its partner";
  }
}

TEST_F(WorkerWaits, AQueueOfOneSubscriptionDiffersFromItsTopics) {
  job({[]() -> std::unique_ptr<Task> { return std::make_unique<Source>("Source", "S"); },
       []() -> std::unique_ptr<Task> {
         return std::make_unique<Sink>("Every", std::vector<std::string>{"S"});
       },
       []() -> std::unique_ptr<Task> { return std::make_unique<SlowSink>("Latest", "S"); }},
      {{"Source", "n"}, {"Every", "n"}, {"Latest", "n"}});
  config_.params["count"] = "5000";
  config_.manifest.job.tasks["Latest"].subscriptions["S"] = {graph::History::kKeepLast, 1, false};
  period("Latest", milliseconds(10));
  load("n", 3);
  start();
  run(seconds(1));
  EXPECT_EQ(observed().taken["Every"], numbers(5000));
  EXPECT_EQ(observed().taken["Latest"], (std::vector<int>{5000}))
      << "the slow one holds nobody back and has the newest";
  EXPECT_EQ(subscribed("n", "Latest").lost, 4999U);
  EXPECT_EQ(subscribed("n", "Every").lost, 0U);
}

struct Large {
  std::array<std::uint8_t, 1 << 20> bytes;
};

/// Publishes one message that is larger than any task's stack; another task takes it.
class LargeSource : public Task {
 public:
  LargeSource() {
    RegTask("LargeSource");
    RegPub({"large"});
  }
  void Run() override {
    auto message = std::make_shared<Large>();
    message->bytes[1000] = 7;
    Publish<Large>("large", std::move(message));
  }
};
class LargeSink : public Task {
 public:
  LargeSink() {
    RegTask("LargeSink");
    RegSub({"large"});
  }
  void Run() override {
    while (const auto message = Take<Large>("large"))
      observed().taken["LargeSink"].push_back(message->bytes[1000]);
  }
};

TEST_F(WorkerWaits, AMessageMayBeLargerThanTheStackOfItsTask) {
  job({[]() -> std::unique_ptr<Task> { return std::make_unique<LargeSource>(); },
       []() -> std::unique_ptr<Task> { return std::make_unique<LargeSink>(); }},
      {{"LargeSource", "n"}, {"LargeSink", "m"}});
  const std::string type = message_type<Large>().name;
  graph::TaskGraph& graph = config_.manifest.graph;
  graph.types.structs[type] = {{{"bytes", "array<uint8,1048576>"}}};
  for (graph::TaskDecl& task : graph.tasks) {
    for (auto* ports : {&task.sub, &task.pub}) {
      for (graph::Port& port : *ports) port.type = type;
    }
  }
  load("n");
  load("m");
  settle();
  start();
  run(seconds(1));
  EXPECT_EQ(state("n", "LargeSource"), "finished");
  EXPECT_EQ(state("m", "LargeSink"), "finished");
  EXPECT_EQ(observed().taken["LargeSink"], (std::vector<int>{7}));
}

TEST_F(WorkerWaits, ATimeoutBeyondTheEndOfTimeNeverComes) {
  EXPECT_EQ(joined("all", "", "", 10, 30, -1), (std::vector<int>{1001, 2002, 3003, 4004, -2}));
}

/// Takes longer than its period at its third tick.
class Overrunning : public Task {
 public:
  Overrunning() {
    RegTask("Overrunning");
    RegPub({"X"});
  }
  void Run() override {
    for (int tick = 1; WaitTick(); ++tick) {
      if (tick == 3) Sleep(milliseconds(35));
    }
  }
};

TEST_F(WorkerWaits, OverrunsAndMissedPeriodsAreCountedAndThePhaseIsKept) {
  job({[]() -> std::unique_ptr<Task> { return std::make_unique<Overrunning>(); }},
      {{"Overrunning", "n"}});
  period("Overrunning", milliseconds(10));
  load("n");
  start();
  run(milliseconds(105));
  send(worker::Command::Kind::kStop);
  run(seconds(2));
  const auto all = stats("n").tasks;
  ASSERT_EQ(all.size(), 1U);
  // The third tick, of 30 ms, works until 65: that of 40 is taken then, that of 50 has gone by, and
  // that of 60 is late as well.
  EXPECT_EQ(all[0].overruns, 2U);
  EXPECT_EQ(all[0].missed_ticks, 1U);
  EXPECT_EQ(all[0].ticks, 9U);
  EXPECT_EQ(all[0].lateness.max, milliseconds(25)) << "from 40 to 65";
  EXPECT_GT(all[0].runs, 9U);
}

/// Does what the test says, without a wait.
class Hog : public Task {
 public:
  Hog() {
    RegTask("Hog");
    RegPub({"H"});
  }
  void Run() override { body(); }
  static inline std::function<void()> body;
};

TEST_F(WorkerWaits, ATaskThatDoesNotWaitIsNamedWhileItRuns) {
  job({[]() -> std::unique_ptr<Task> { return std::make_unique<Hog>(); },
       []() -> std::unique_ptr<Task> { return std::make_unique<Source>("Source", "S"); }},
      {{"Hog", "n"}, {"Source", "n"}});
  std::vector<int> named;  // by the second in which it was
  Hog::body = [&] {
    for (int second = 1; second <= 9; ++second) {
      clock_.advance(seconds(1));
      const int before = count("n", Kind::kLog);
      nodes_.at("n")->control.turn();
      if (count("n", Kind::kLog) > before) named.push_back(second);
    }
  };
  load("n");
  start();
  settle();
  Hog::body = nullptr;
  EXPECT_EQ(named, (std::vector<int>{2, 3, 5, 9})) << "seen in the first second";
  const auto& all = events("n");
  const auto line = std::find_if(all.begin(), all.end(), [](const auto& event) {
    return event.kind == Kind::kLog && event.task == "Hog";
  });
  ASSERT_NE(line, all.end());
  EXPECT_NE(line->text.find("1 other task(s) of its lane wait"), std::string::npos) << line->text;
}

}  // namespace
}  // namespace mort::simulation
