// What goes wrong inside a worker: exceptions, loss, epochs, crashes, cancellation, wrong
// libraries.
#include <gmock/gmock.h>

#include <random>

#include "support/worker_simulation.hpp"

namespace mort::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAreArray;
using testing::HasSubstr;

std::unique_ptr<Task> source() {
  return std::make_unique<Source>("Source", "C1");
}
std::unique_ptr<Task> ticking() {
  return std::make_unique<Ticking>("Ticking", "C1");
}
std::unique_ptr<Task> relay() {
  return std::make_unique<Relay>("Relay", "C1", "C2");
}
std::unique_ptr<Task> sink() {
  return std::make_unique<Sink>("Sink", std::vector<std::string>{"C2"});
}
std::unique_ptr<Task> reader() {
  return std::make_unique<Sink>("Reader", std::vector<std::string>{"C1"});
}

/// Throws at the tenth sample.
class Throwing : public Task {
 public:
  Throwing() {
    RegTask("Throwing");
    RegSub({"C1"});
    RegPub({"C2"});
  }
  void Run() override {
    for (int taken = 1; const auto number = Take<Number>("C1"); ++taken) {
      if (taken == 10) throw std::runtime_error("the tenth is too much");
      Publish("C2", Number{number->value});
    }
  }
};
std::unique_ptr<Task> throwing() {
  return std::make_unique<Throwing>();
}

/// Does what its parameter `mistake` says.
class Mistaken : public Task {
 public:
  Mistaken() {
    RegTask("Mistaken");
    RegPub({"C1"});
  }
  void Run() override {
    const std::string mistake = Param("mistake");
    if (mistake == "topic") Publish("C9", Number{1});
    if (mistake == "take") Take<Number>("C1");
    if (mistake == "tick") WaitTick();
    if (mistake == "param") Param("nothing");
    if (mistake == "number") IntParam("mistake");
    if (mistake == "int") throw 5;
    if (mistake == "large") Publish("C1", Large{std::vector<std::uint8_t>(17 << 20)});
    if (mistake == "bound") Publish("C1", Large{std::vector<std::uint8_t>(100)});
    if (mistake == "finish") Finish();
  }
  struct Large {
    std::vector<std::uint8_t> bytes;
  };
};
std::unique_ptr<Task> mistaken() {
  return std::make_unique<Mistaken>();
}

class WorkerFailure : public WorkerSimulation {};

TEST_F(WorkerFailure, AThrowingTaskFailsAloneWithItsMessageAndTheOthersEnd) {
  job({source, throwing, sink, reader},
      {{"Source", "a"}, {"Throwing", "b"}, {"Sink", "a"}, {"Reader", "b"}});
  config_.params["count"] = "3000";  // more than its queue could hold
  load("a");
  load("b");
  settle();
  start();
  run(seconds(10));
  EXPECT_EQ(state("b", "Throwing"), "failed: std::runtime_error: the tenth is too much");
  EXPECT_EQ(state("a", "Source"), "finished");
  EXPECT_EQ(state("a", "Sink"), "finished");
  EXPECT_EQ(state("b", "Reader"), "finished");
  EXPECT_THAT(observed().taken["Sink"], ElementsAreArray(numbers(9)));
  EXPECT_EQ(observed().taken["Reader"].size(), 3000U);
  EXPECT_EQ(count("a", Kind::kDone), 1);
  EXPECT_EQ(count("b", Kind::kDone), 1);
}

TEST_F(WorkerFailure, EveryMistakeOfATaskIsItsFailureAndSaysWhat) {
  const std::map<std::string, std::string> expected = {
      {"topic", "\"C9\", which it has not registered with RegPub"},
      {"take", "\"C1\", which it has not registered with RegSub"},
      {"tick", "WaitTick() without a period"},
      {"param", "no parameter \"nothing\""},
      {"number", "not a whole number: \"number\""},
      {"int", "not a std::exception"},
      {"large", "the limit is 16777216"}};
  for (const auto& [mistake, message] : expected) {
    job({mistaken}, {{"Mistaken", "a"}});
    config_.params["mistake"] = mistake;
    load("a");
    settle();
    start();
    run(seconds(1));
    EXPECT_THAT(state("a", "Mistaken"), testing::StartsWith("failed: ")) << mistake;
    EXPECT_THAT(state("a", "Mistaken"), HasSubstr(message)) << mistake;
    EXPECT_EQ(count("a", Kind::kDone), 1) << mistake;
  }
}

TEST_F(WorkerFailure, AMessageAboveTheLargestPayloadOfItsTopicEndsItsTask) {
  for (const std::int64_t max_bytes : {107, 108}) {  // encapsulation, length, and 100 bytes
    nodes_.clear();
    job({mistaken, reader}, {{"Mistaken", "a"}, {"Reader", "b"}});
    config_.params["mistake"] = "bound";
    for (auto& [name, type] : config_.manifest.graph.types.structs)
      type = {{{"bytes", "sequence<uint8>"}}};
    topics().max_bytes = max_bytes;
    load("a");
    load("b");
    settle();
    start();
    run(seconds(1));
    if (max_bytes == 108) {
      EXPECT_EQ(state("a", "Mistaken"), "finished");
    } else {
      EXPECT_THAT(state("a", "Mistaken"),
                  HasSubstr("refused a message of 108 bytes on topic C1: 107 are the most"));
    }
  }
}

TEST_F(WorkerFailure, FinishIsTheSameAsReturning) {
  job({mistaken}, {{"Mistaken", "a"}});
  config_.params["mistake"] = "finish";
  load("a");
  settle();
  start();
  settle();
  EXPECT_EQ(state("a", "Mistaken"), "finished");
}

TEST_F(WorkerFailure, LossOnTheNetworkIsCountedExactlyOnceTheJobHoldsNoLonger) {
  std::set<int> lost = {200};
  job({source, reader}, {{"Source", "a"}, {"Reader", "b"}});
  config_.manifest.job.hold_for_ns = Nanoseconds(seconds(20)).count();
  config_.params["count"] = "200";
  load("a");
  load("b");
  settle();
  start();
  network_.set_filter([&](const bus::TopicSpec& topic, const std::string&, const std::string&,
                          std::vector<std::uint8_t>& payload) {
    if (topic.name != "C1") return true;
    const int value = message::decode<Number>(payload)->value;
    if (value % 7 == 0) lost.insert(value);
    return !lost.contains(value);
  });
  run(seconds(1));
  EXPECT_EQ(count("b", Kind::kDone), 0) << "a repair may still be under way";
  run(seconds(10));
  EXPECT_EQ(count("b", Kind::kDone), 0) << "its writer lives, and may only be cut off";
  run(seconds(15));
  EXPECT_EQ(count("b", Kind::kDone), 1);
  EXPECT_EQ(lost.size(), 29U);  // 28 multiples of 7, and the last
  EXPECT_EQ(observed().taken["Reader"].size(), 200 - lost.size());
  const auto seen = subscribed("b", "Reader");
  EXPECT_EQ(seen.expected, 200U);
  EXPECT_EQ(seen.delivered, 200 - lost.size());
  EXPECT_EQ(seen.lost, lost.size());
}

TEST_F(WorkerFailure, SamplesOfAnOlderEpochAreIgnored) {
  job({source, reader}, {{"Source", "a"}, {"Reader", "b"}});
  bus::MemoryBus elsewhere(network_, "old");
  bus::Qos qos;
  qos.keep_all = true;
  auto old =
      elsewhere.create_writer({"C1", message_type<Number>().name}, qos, {"old", "job-1", 1}, {});
  config_.epoch = 2;
  load("a");
  load("b");
  settle();
  start();
  (*old)->write(message::encode(Number{-1}));
  run(seconds(10));
  (*old)->write(message::encode(Number{-2}));
  run(seconds(1));
  EXPECT_THAT(observed().taken["Reader"], ElementsAreArray(numbers(100)));
  EXPECT_EQ(subscribed("b", "Reader").expected, 100U);
  EXPECT_EQ(count("b", Kind::kDone), 1);
}

TEST_F(WorkerFailure, APublisherThatBlocksWaitsForAReaderThatIsStartedAgain) {
  job({ticking, reader}, {{"Ticking", "a"}, {"Reader", "b"}});
  period("Ticking", milliseconds(20));
  load("a");
  load("b");
  settle();
  start();
  run(seconds(1));
  EXPECT_EQ(observed().taken["Reader"].size(), 50U);
  kill("b");
  run(seconds(5));
  EXPECT_EQ(observed().published["Ticking"], 50) << "nobody is there to read it";
  config_.restarted = true;
  config_.incarnation = 1;
  load("b");
  settle();
  nodes_.at("b")->worker->command({worker::Command::Kind::kStart, {}});
  run(seconds(1));
  send(worker::Command::Kind::kStop);
  run(seconds(1));
  EXPECT_EQ(count("b", Kind::kDone), 1);
  EXPECT_EQ(observed().taken["Reader"], numbers(observed().published["Ticking"]));
}

TEST_F(WorkerFailure, AReaderThatStaysAwayBreaksTheJobAfterItsTime) {
  job({ticking, reader}, {{"Ticking", "a"}, {"Reader", "b"}});
  config_.manifest.job.hold_for_ns = Nanoseconds(seconds(10)).count();
  period("Ticking", milliseconds(20));
  load("a");
  load("b");
  settle();
  start();
  run(seconds(20));
  EXPECT_EQ(count("a", Kind::kBroken), 0) << "it is heard all the time";
  kill("b");
  run(seconds(8));
  EXPECT_EQ(count("a", Kind::kBroken), 0);
  run(seconds(4));
  ASSERT_EQ(count("a", Kind::kBroken), 1);
  const auto& all = events("a");
  const auto broken = std::find_if(all.begin(), all.end(), [](const worker::Event& event) {
    return event.kind == Kind::kBroken;
  });
  EXPECT_EQ(broken->text, "the worker on b, which reads C1, was not heard for 10 s (hold_for)");
}

TEST_F(WorkerFailure, AJobMayGoOnWithoutAReaderThatStaysAway) {
  job({ticking, reader}, {{"Ticking", "a"}, {"Reader", "b"}});
  config_.manifest.job.hold_for_ns = Nanoseconds(seconds(10)).count();
  config_.manifest.job.after_hold = graph::AfterHold::kGoOn;
  period("Ticking", milliseconds(20));
  load("a");
  load("b");
  settle();
  start();
  run(seconds(1));
  kill("b");
  run(seconds(15));
  EXPECT_EQ(count("a", Kind::kBroken), 0);
  EXPECT_GT(observed().published["Ticking"], 100);
}

TEST_F(WorkerFailure, ARestartedReaderCountsFromWhereItCameIn) {
  job({ticking, reader}, {{"Ticking", "a"}, {"Reader", "b"}});
  topics().history = graph::History::kKeepLast;
  topics().block = false;
  period("Ticking", milliseconds(20));
  load("a");
  load("b");
  settle();
  start();
  run(seconds(1));
  const int before = static_cast<int>(observed().taken["Reader"].size());
  EXPECT_EQ(before, 50);
  kill("b");
  run(seconds(1));
  const int gone = observed().published["Ticking"];
  EXPECT_EQ(gone, 100) << "a reliable writer is not stalled by a reader that is gone";
  config_.restarted = true;
  load("b");
  settle();
  EXPECT_EQ(count("b", Kind::kReady), 1);
  nodes_.at("b")->worker->command({worker::Command::Kind::kStart, {}});
  run(seconds(1));
  send(worker::Command::Kind::kStop);
  run(seconds(1));
  EXPECT_EQ(count("b", Kind::kDone), 1);
  const auto& taken = observed().taken["Reader"];
  EXPECT_EQ(taken[50], gone + 1);
  const auto seen = subscribed("b", "Reader");
  EXPECT_EQ(seen.lost, 0U);
  EXPECT_EQ(seen.expected, taken.size() - 50);
}

TEST_F(WorkerFailure, ARestartedSourceIsReadOnWithoutLoss) {
  job({ticking, reader}, {{"Ticking", "a"}, {"Reader", "b"}});
  period("Ticking", milliseconds(20));
  load("a");
  load("b");
  settle();
  start();
  run(seconds(1));
  kill("a");
  run(seconds(1));
  EXPECT_EQ(count("b", Kind::kDone), 0) << "its stream has not ended";
  config_.restarted = true;
  load("a");
  settle();
  nodes_.at("a")->worker->command({worker::Command::Kind::kStart, {}});
  run(seconds(1));
  send(worker::Command::Kind::kStop);
  run(seconds(1));
  EXPECT_EQ(observed().taken["Reader"].size(),
            static_cast<std::size_t>(observed().published["Ticking"]));
  EXPECT_EQ(subscribed("b", "Reader").lost, 0U);
  EXPECT_EQ(count("b", Kind::kDone), 1);
}

TEST_F(WorkerFailure, CancelUnwindsEveryTask) {
  job({ticking, relay, sink}, {{"Ticking", "a"}, {"Relay", "a"}, {"Sink", "a"}});
  period("Ticking", milliseconds(20));
  load("a", 2);
  settle();
  start();
  run(seconds(1));
  EXPECT_TRUE(observed().unwound.empty());
  nodes_.at("a")->worker->cancel();
  settle();
  EXPECT_EQ(observed().unwound["Ticking"], 1);
  EXPECT_EQ(observed().unwound["Sink"], 1);
  for (const char* task : {"Ticking", "Relay", "Sink"}) EXPECT_EQ(state("a", task), "finished");
}

TEST_F(WorkerFailure, CancelUnwindsAPublisherThatIsHeldBack) {
  job({source, reader}, {{"Source", "a"}, {"Reader", "b"}});
  config_.params["count"] = "100000";
  load("a");
  load("b");
  settle();
  nodes_.at("a")->worker->command({worker::Command::Kind::kStart, {}});  // its reader never takes
  run(seconds(1));
  const int published = observed().published["Source"];
  EXPECT_LE(published, 1024 + 256);
  nodes_.at("a")->worker->command({worker::Command::Kind::kExit, {}});
  run(milliseconds(10));
  EXPECT_EQ(observed().unwound["Source"], 1);
  EXPECT_EQ(observed().published["Source"], published);
}

TEST_F(WorkerFailure, DestructionUnwindsSuspendedTasks) {
  job({ticking, reader}, {{"Ticking", "a"}, {"Reader", "a"}});
  period("Ticking", milliseconds(20));
  load("a");
  settle();
  start();
  run(seconds(1));
  kill("a");
  EXPECT_EQ(observed().unwound["Ticking"], 1);
  EXPECT_EQ(observed().unwound["Reader"], 1);
}

TEST_F(WorkerFailure, ALibraryThatIsNotWhatTheGraphSaysIsRefused) {
  job({source, reader}, {{"Source", "a"}, {"Reader", "a"}});
  factories_ = {source};
  auto loaded = try_load("a");
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::kInvalid);
  EXPECT_THAT(loaded.error().message, HasSubstr("Reader"));
  factories_ = {source, reader, [] {
                  throw std::runtime_error("no camera");
                  return source();
                }};
  loaded = try_load("a");
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message, HasSubstr("no camera"));
  run(seconds(5));
  EXPECT_EQ(count("a", Kind::kReady), 0);
}

/// The events of a lossy run with all kinds of tasks.
std::string trace_of(const std::vector<worker::Event>& events) {
  std::string trace;
  for (const auto& event : events) trace += to_json(event) + "\n";
  return trace;
}

TEST_F(WorkerFailure, EveryRunIsTheSameForTheSameSeed) {
  std::vector<std::string> traces;
  for (const unsigned seed : {1U, 1U, 2U}) {
    nodes_.clear();
    observed() = {};
    clock_.advance(seconds(1000) - clock_.now() % seconds(1000));
    network_.set_filter([random = std::mt19937(seed)](const bus::TopicSpec& topic,
                                                      const std::string&, const std::string&,
                                                      std::vector<std::uint8_t>&) mutable {
      return topic.name[0] != 'C' || random() % 10 != 0;
    });
    job({source, relay, sink, reader},
        {{"Source", "a"}, {"Relay", "b"}, {"Sink", "c"}, {"Reader", "c"}});
    config_.manifest.job.hold_for_ns = Nanoseconds(seconds(5)).count();
    for (const char* node : {"a", "b", "c"}) load(node, 2);
    settle();
    start();
    run(seconds(30));
    traces.push_back(trace_of(events("a")) + trace_of(events("b")) + trace_of(events("c")));
    EXPECT_EQ(count("c", Kind::kDone), 1);
  }
  EXPECT_EQ(traces[0], traces[1]);
  EXPECT_NE(traces[0], traces[2]);
}

}  // namespace
}  // namespace mort::simulation
