// Loops: subscriptions as feedback.
#include <gmock/gmock.h>

#include "../support/worker_simulation.hpp"

namespace mort::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;

/// Reads goals and what Plant has measured, and sets: in each turn 1000 * goal + the last measured.
class Controller : public Task {
 public:
  Controller() {
    RegTask("Controller");
    RegSub({"goal"});
    RegFeedback({"measured"});
    RegPub({"setpoint"});
  }
  void Run() override {
    const std::string how = Param("wait");
    int goal = 0;
    int measured = 0;
    while (true) {
      if (how == "tick" && !WaitTick()) break;
      if (how == "data" && !WaitData()) break;
      if (how == "take") {
        if (observed().published["Controller"] > 0) {  // a loop has to be set going
          const auto number = Take<Number>("measured");
          if (!number) break;
          measured = number->value;
        }
      }
      while (const auto number = TryTake<Number>("goal")) goal = number->value;
      while (const auto number = TryTake<Number>("measured")) measured = number->value;
      observed().taken["Controller"].push_back(measured);
      if (!Publish("setpoint", Number{1000 * goal})) return;
      ++observed().published["Controller"];
    }
    observed().taken["left"].push_back(Ended("measured") ? 1 : 0);
  }
};

/// Measures what was set, plus 1000; where nothing else gives the loop its pace, after 1 ms.
class Plant : public Task {
 public:
  Plant() {
    RegTask("Plant");
    RegSub({"setpoint"});
    RegPub({"measured"});
  }
  void Run() override {
    const bool paced = Param("wait") == "tick";
    while (const auto set = Take<Number>("setpoint")) {
      if (!paced) Sleep(milliseconds(1));
      Publish("measured", Number{set->value + 1000});
    }
  }
};

/// A goal a period, `count` of them.
class Goals : public Task {
 public:
  Goals() {
    RegTask("Goals");
    RegPub({"goal"});
  }
  void Run() override {
    for (int i = 1; i <= IntParam("count") && WaitTick(); ++i) Publish("goal", Number{i});
  }
};

std::unique_ptr<Task> controller() {
  return std::make_unique<Controller>();
}
std::unique_ptr<Task> goals() {
  return std::make_unique<Goals>();
}
std::unique_ptr<Task> plant() {
  return std::make_unique<Plant>();
}
std::unique_ptr<Task> record() {
  return std::make_unique<Sink>("Record", std::vector<std::string>{"measured"});
}

class WorkerFeedback : public WorkerSimulation {
 protected:
  /// Every topic is keep_all and block: the feedback is not, so that the loop cannot wait for
  /// itself.
  void run_loop(const std::string& how, const std::string& plant_node, int lanes = 1) {
    job({controller, goals, plant, record},
        {{"Controller", "a"}, {"Goals", "a"}, {"Plant", plant_node}, {"Record", "a"}},
        {{"wait", how}});
    config_.params["count"] = "5";
    period("Controller", milliseconds(1));
    period("Goals", milliseconds(10));
    nodes_.clear();
    load("a", lanes);
    if (plant_node != "a") load(plant_node, lanes);
    settle();
    start();
    run(seconds(10));
  }
};

TEST_F(WorkerFeedback, ALoopEndsWithItsOtherInputsHoweverItWaits) {
  for (const char* how : {"tick", "data", "take"}) {
    for (const char* node : {"a", "b"}) {
      for (const int lanes : {1, 4}) {
        SCOPED_TRACE(std::string(how) + " " + node + " " + std::to_string(lanes));
        observed() = {};
        run_loop(how, node, lanes);
        EXPECT_EQ(count("a", Kind::kDone), 1);
        EXPECT_EQ(state("a", "Controller"), "finished");
        EXPECT_EQ(state(node, "Plant"), "finished");
        EXPECT_THAT(observed().taken["left"], ElementsAre(1));
        ASSERT_FALSE(observed().taken["Record"].empty());
        EXPECT_EQ(observed().taken["Record"].size(),
                  static_cast<std::size_t>(observed().published["Controller"]))
            << "what is read without feedback gets everything";
      }
    }
  }
}

TEST_F(WorkerFeedback, OnOneLaneATurnSeesWhatWasMeasuredInTheTurnBefore) {
  run_loop("tick", "a");
  const std::vector<int>& seen = observed().taken["Controller"];
  ASSERT_GE(seen.size(), 40U);
  EXPECT_EQ(seen[0], 0) << "begins with nothing";
  const std::vector<int>& measured = observed().taken["Record"];
  ASSERT_EQ(measured.size(), seen.size());
  for (std::size_t turn = 1; turn < seen.size(); ++turn) EXPECT_EQ(seen[turn], measured[turn - 1]);
}

TEST_F(WorkerFeedback, ThatIsNotTakenHoldsNobodyBack) {
  class Deaf : public Task {
   public:
    Deaf() {
      RegTask("Deaf");
      RegSub({"goal"});
      RegFeedback({"measured"});
      RegPub({"setpoint"});
    }
    void Run() override {
      for (int i = 0; i < 5000; ++i) Publish("setpoint", Number{i});
      while (Take<Number>("goal")) {
      }
    }
  };
  job({[]() -> std::unique_ptr<Task> { return std::make_unique<Deaf>(); }, goals, plant, record},
      {{"Deaf", "a"}, {"Goals", "a"}, {"Plant", "b"}, {"Record", "b"}}, {{"wait", "tick"}});
  config_.params["count"] = "2";
  period("Goals", milliseconds(10));
  load("a");
  load("b");
  settle();
  start();
  run(seconds(30));
  EXPECT_EQ(count("a", Kind::kDone), 1);
  EXPECT_EQ(count("b", Kind::kDone), 1);
  EXPECT_EQ(observed().taken["Record"].size(), 5000U);
  for (const auto& one : stats("a").subscribed) {
    if (one.topic != "measured") continue;
    EXPECT_EQ(one.expected, 5000U);
    EXPECT_EQ(one.lost, 5000U - 10U) << "the newest of the topic's depth stay, the rest is counted";
  }
}

/// Has nothing but feedback: a source.
class Echo : public Task {
 public:
  Echo(const std::string& name, const std::string& from, const std::string& to)
      : from_(from), to_(to) {
    RegTask(name);
    RegFeedback({from});
    RegPub({to});
  }
  void Run() override {
    const FrameGuard guard(registration().name);
    if (Param("wait") == "take") {
      Publish(to_, Number{0});
      while (const auto number = Take<Number>(from_)) {
        observed().taken[registration().name].push_back(number->value);
        Sleep(milliseconds(1));
        if (!Publish(to_, Number{number->value + 1})) break;
      }
      observed().taken["last"].push_back(Publish(to_, Number{-1}) ? 1 : 0);
      return;
    }
    int last = 0;
    while (WaitTick()) {
      while (const auto number = TryTake<Number>(from_)) last = number->value;
      observed().taken[registration().name].push_back(last);
      Publish(to_, Number{last + 1});
    }
    observed().taken["last"].push_back(Publish(to_, Number{-1}) ? 1 : 0);
  }

 private:
  const std::string from_;
  const std::string to_;
};

TEST_F(WorkerFeedback, ATaskOfFeedbackAloneIsASourceThatLearnsOfTheStop) {
  for (const char* how : {"tick", "take"}) {
    SCOPED_TRACE(how);
    observed() = {};
    nodes_.clear();
    job({[]() -> std::unique_ptr<Task> { return std::make_unique<Echo>("A", "x", "y"); },
         []() -> std::unique_ptr<Task> { return std::make_unique<Echo>("B", "y", "x"); }},
        {{"A", "a"}, {"B", "b"}}, {{"wait", how}});
    period("A", milliseconds(1));
    period("B", milliseconds(1));
    load("a");
    load("b");
    settle();
    start();
    run(milliseconds(50));
    EXPECT_EQ(state("a", "A"), "running");
    EXPECT_GE(observed().taken["A"].back(), 10) << "it goes round";
    send(worker::Command::Kind::kStop);
    run(seconds(1));
    EXPECT_EQ(state("a", "A"), "finished");
    EXPECT_EQ(state("b", "B"), "finished");
  }
}

TEST_F(WorkerFeedback, OfAnotherJobMayBeAbsentAtTheStartAndComesAndGoes) {
  job({[]() -> std::unique_ptr<Task> { return std::make_unique<Echo>("A", "far", "near"); }},
      {{"A", "a"}}, {{"wait", "tick"}});
  period("A", milliseconds(1));
  load("a");
  settle();
  ASSERT_EQ(count("a", Kind::kReady), 1) << "nobody writes it yet";
  start();
  run(milliseconds(20));
  EXPECT_EQ(observed().taken["A"].back(), 0);
  const worker::Config first = config_;
  for (int round = 1; round <= 2; ++round) {
    job({[]() -> std::unique_ptr<Task> { return std::make_unique<Ticking>("T", "far"); }},
        {{"T", "b"}});
    config_.job = "job-other" + std::to_string(round);
    period("T", milliseconds(1));
    load("b");
    settle();
    nodes_.at("b")->worker->command({worker::Command::Kind::kStart, {}});
    run(milliseconds(50));
    EXPECT_GT(observed().taken["A"].back(), 20 * round);
    kill("b");
    settle();
  }
  EXPECT_EQ(state("a", "A"), "running");
  send(worker::Command::Kind::kStop);
  run(seconds(1));
  EXPECT_EQ(state("a", "A"), "finished");
}

}  // namespace
}  // namespace mort::simulation
