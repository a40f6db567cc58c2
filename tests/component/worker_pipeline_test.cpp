// Life of a job inside the worker engines: ready, start, data over memory and network, end, stop.
#include <gmock/gmock.h>

#include <set>
#include <utility>

#include "support/worker_simulation.hpp"

namespace mort::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAreArray;

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
std::unique_ptr<Task> slow() {
  return std::make_unique<SlowSink>("Slow", "C1");
}

template <int kNumber>
std::unique_ptr<Task> numbered_reader() {
  return std::make_unique<Sink>("Reader" + std::to_string(kNumber), std::vector<std::string>{"C1"});
}
template <int... kNumbers>
std::vector<Factory> ticking_and_readers(std::integer_sequence<int, kNumbers...>) {
  return {ticking, numbered_reader<kNumbers>...};
}

class WorkerPipeline : public WorkerSimulation {};

TEST_F(WorkerPipeline, IsReadyOnlyWhenEveryEndpointOfTheJobIsMatched) {
  job({source, relay, sink}, {{"Source", "a"}, {"Relay", "b"}, {"Sink", "c"}});
  load("a");
  run(seconds(5));
  EXPECT_EQ(count("a", Kind::kReady), 0);
  load("b");
  run(seconds(5));
  EXPECT_EQ(count("a", Kind::kReady), 1);
  EXPECT_EQ(count("b", Kind::kReady), 0) << "its own reader is not there yet";
  load("c");
  settle();
  EXPECT_EQ(count("b", Kind::kReady), 1);
  EXPECT_EQ(count("c", Kind::kReady), 1);
  EXPECT_EQ(count("a", Kind::kReady), 1) << "said once";
}

TEST_F(WorkerPipeline, AWorkerOfAnotherEpochOrJobDoesNotMakeItReady) {
  job({source, reader}, {{"Source", "a"}, {"Reader", "b"}});
  load("a");
  config_.epoch = 2;
  load("b");
  settle();
  EXPECT_EQ(count("a", Kind::kReady) + count("b", Kind::kReady), 0);
  config_.epoch = 1;
  config_.job = "job-2";
  load("b");
  settle();
  EXPECT_EQ(count("a", Kind::kReady) + count("b", Kind::kReady), 0);
}

TEST_F(WorkerPipeline, NothingIsPublishedBeforeTheStart) {
  int data = 0;
  network_.set_filter([&](const bus::TopicSpec& topic, const std::string&, const std::string&,
                          std::vector<std::uint8_t>&) {
    data += topic.name == "C1" ? 1 : 0;
    return true;
  });
  job({source, reader}, {{"Source", "a"}, {"Reader", "b"}});
  load("a");
  load("b");
  run(seconds(10));
  EXPECT_EQ(count("a", Kind::kReady), 1);
  EXPECT_EQ(data, 0);
  EXPECT_TRUE(observed().published.empty());
  EXPECT_EQ(state("a", "Source"), "waiting");
  start();
  run(seconds(1));
  EXPECT_EQ(data, 100);
}

/// How the three tasks are placed, and on how many lanes each worker runs.
struct Layout {
  std::map<std::string, std::string> assign;
  int lanes;
};

class FinitePipeline : public WorkerSimulation, public testing::WithParamInterface<Layout> {};

TEST_P(FinitePipeline, EndsEverywhereWithExactCounts) {
  job({source, relay, sink, reader}, GetParam().assign);
  config_.params["count"] = "5000";
  std::set<std::string> names;
  for (const auto& [task, node] : GetParam().assign) names.insert(node);
  for (const std::string& name : names) load(name, GetParam().lanes);
  run(milliseconds(200));  // the nodes compare their clocks
  start();
  run(seconds(10));
  for (const std::string& name : names) {
    EXPECT_EQ(count(name, Kind::kDone), 1) << name;
  }
  EXPECT_THAT(observed().taken["Reader"], ElementsAreArray(numbers(5000)));
  EXPECT_THAT(observed().taken["Relay"], ElementsAreArray(numbers(5000)));
  EXPECT_THAT(observed().taken["Sink"], ElementsAreArray(numbers(5000, 1000)));
  for (const auto& [task, from] : std::map<std::string, std::string>{
           {"Relay", "Source"}, {"Sink", "Relay"}, {"Reader", "Source"}}) {
    const std::string& node = GetParam().assign.at(task);
    const auto seen = subscribed(node, task);
    EXPECT_EQ(seen.expected, 5000U) << task;
    EXPECT_EQ(seen.delivered, 5000U) << task;
    EXPECT_EQ(seen.lost, 0U) << task;
    const bool by_wire = GetParam().assign.at(from) != node;
    EXPECT_GE(seen.latency.count(), by_wire ? 5000U : 1U) << task << ": in memory it is sampled";
  }
  for (const char* task : {"Source", "Relay"}) {
    const auto sent = published(GetParam().assign.at(task), task);
    EXPECT_EQ(sent.sent, 5000U) << task;
    EXPECT_EQ(sent.bytes, 5000U * 8) << task;
  }
}

TEST_P(FinitePipeline, EachSampleTakesOneWayOnce) {
  std::map<std::string, int> crossed;
  network_.set_filter([&](const bus::TopicSpec& topic, const std::string& from,
                          const std::string& to, std::vector<std::uint8_t>&) {
    ++crossed[topic.name + " " + from + to];
    return true;
  });
  job({source, relay, sink, reader}, GetParam().assign);
  std::set<std::string> names;
  for (const auto& [task, node] : GetParam().assign) names.insert(node);
  for (const std::string& name : names) load(name, GetParam().lanes);
  settle();
  start();
  run(seconds(10));
  const auto& assign = GetParam().assign;
  std::set<std::string> expected;
  for (const char* task : {"Relay", "Reader"}) {
    if (assign.at(task) != assign.at("Source"))
      expected.insert("C1 " + assign.at("Source") + assign.at(task));
  }
  if (assign.at("Sink") != assign.at("Relay"))
    expected.insert("C2 " + assign.at("Relay") + assign.at("Sink"));
  for (const std::string& way : expected) EXPECT_EQ(crossed[way], 100) << way;
  for (const auto& [way, samples] : crossed) {
    if (way[0] == 'C') {
      EXPECT_TRUE(expected.contains(way)) << way;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Layouts, FinitePipeline,
    testing::Values(Layout{{{"Source", "a"}, {"Relay", "a"}, {"Sink", "a"}, {"Reader", "a"}}, 1},
                    Layout{{{"Source", "a"}, {"Relay", "a"}, {"Sink", "a"}, {"Reader", "a"}}, 4},
                    Layout{{{"Source", "a"}, {"Relay", "b"}, {"Sink", "a"}, {"Reader", "a"}}, 1},
                    Layout{{{"Source", "a"}, {"Relay", "b"}, {"Sink", "b"}, {"Reader", "b"}}, 2},
                    Layout{{{"Source", "a"}, {"Relay", "b"}, {"Sink", "c"}, {"Reader", "a"}}, 3}));

TEST_F(WorkerPipeline, ASlowSubscriberHoldsABlockPublisherBackWithoutLoss) {
  for (const std::string node : {"a", "b"}) {  // through memory, then over the network
    nodes_.clear();
    observed() = {};
    job({source, slow}, {{"Source", "a"}, {"Slow", node}});
    config_.params["count"] = "4000";
    period("Slow", milliseconds(1));
    load("a");
    if (node == "b") load("b");
    settle();
    start();
    int most = 0;
    for (int i = 0; i < 100; ++i) {
      run(milliseconds(50));
      most = std::max(
          most, observed().published["Source"] - static_cast<int>(observed().taken["Slow"].size()));
    }
    EXPECT_THAT(observed().taken["Slow"], ElementsAreArray(numbers(4000))) << node;
    EXPECT_LE(most, 1024 + 256 + 1) << "queue and history are all there may be";
    EXPECT_GE(most, 1000) << "it was never held back";
    EXPECT_EQ(subscribed(node, "Slow").lost, 0U);
    EXPECT_EQ(count(node, Kind::kDone), 1);
  }
}

TEST_F(WorkerPipeline, ASlowSubscriberHoldsAnotherOneBackNoFurtherThanItsQueue) {
  job({source, slow, reader}, {{"Source", "a"}, {"Slow", "b"}, {"Reader", "b"}});
  config_.params["count"] = "4000";
  period("Slow", milliseconds(1));
  load("a");
  load("b", 2);
  settle();
  start();
  run(seconds(1));
  EXPECT_GE(observed().taken["Reader"].size(), observed().taken["Slow"].size() + 1000);
  run(seconds(5));
  EXPECT_EQ(observed().taken["Reader"].size(), 4000U);
  EXPECT_EQ(observed().taken["Slow"].size(), 4000U);
}

TEST_F(WorkerPipeline, KeepLastDropsTheOldestAndCountsEverySampleOfTheLoss) {
  for (const std::string node : {"a", "b"}) {
    nodes_.clear();
    observed() = {};
    job({source, slow}, {{"Source", "a"}, {"Slow", node}});
    topics() = {};
    topics().depth = 5;
    topics().depth_given = true;
    period("Slow", milliseconds(10));
    load("a");
    if (node == "b") load("b");
    settle();
    start();
    run(seconds(10));
    EXPECT_EQ(observed().published["Source"], 100) << "never held back";
    EXPECT_THAT(observed().taken["Slow"], ElementsAreArray({96, 97, 98, 99, 100})) << node;
    const auto seen = subscribed(node, "Slow");
    EXPECT_EQ(seen.expected, 100U) << node;
    EXPECT_EQ(seen.delivered, 5U) << node;
    EXPECT_EQ(seen.lost, 95U) << node;
  }
}

TEST_F(WorkerPipeline, StopEndsStreamingSourcesAndEverythingDrains) {
  job({ticking, relay, sink}, {{"Ticking", "a"}, {"Relay", "b"}, {"Sink", "c"}});
  period("Ticking", milliseconds(20));
  for (const char* node : {"a", "b", "c"}) load(node);
  settle();
  start();
  run(seconds(2));
  EXPECT_EQ(observed().published["Ticking"], 100);
  EXPECT_EQ(count("c", Kind::kDone), 0);
  send(worker::Command::Kind::kStop);
  run(milliseconds(100));
  for (const char* node : {"a", "b", "c"}) EXPECT_EQ(count(node, Kind::kDone), 1) << node;
  EXPECT_EQ(static_cast<int>(observed().taken["Sink"].size()), observed().published["Ticking"]);
  EXPECT_EQ(state("a", "Ticking"), "finished");
}

TEST_F(WorkerPipeline, StopEndsReadersOfAnotherJobsTopic) {
  job({reader}, {{"Reader", "a"}});
  load("a");
  settle();
  EXPECT_EQ(count("a", Kind::kReady), 0) << "nobody publishes it yet";
  bus::MemoryBus elsewhere(network_, "z");
  bus::Qos qos;
  qos.keep_all = true;
  auto writer =
      elsewhere.create_writer({"C1", message_type<Number>().name}, qos, {"z", "sensors-9", 4}, {});
  settle();
  EXPECT_EQ(count("a", Kind::kReady), 1);
  start();
  (*writer)->write(message::encode(Number{7}));
  run(seconds(1));
  EXPECT_THAT(observed().taken["Reader"], testing::ElementsAre(7));
  EXPECT_EQ(count("a", Kind::kDone), 0);
  send(worker::Command::Kind::kStop);
  settle();
  EXPECT_EQ(count("a", Kind::kDone), 1);
}

TEST_F(WorkerPipeline, TicksAndRatesAreMeasuredInSimulatedTime) {
  job({ticking, reader}, {{"Ticking", "a"}, {"Reader", "b"}});
  period("Ticking", milliseconds(20));
  load("a");
  load("b");
  settle();
  start();
  run(seconds(10));
  EXPECT_NEAR(published("a", "Ticking").rate_hz, 50.0, 0.01);
  EXPECT_EQ(stats("a").tasks.at(0).missed_ticks, 0U);
  EXPECT_GE(stats("a").tasks.at(0).ticks, 450U);
  EXPECT_EQ(count("a", Kind::kStats), 10);
  EXPECT_EQ(stats("b").received.at(0).network_bytes, stats("b").received.at(0).samples * 8);
}

/// More than a lane counts in one turn.
TEST_F(WorkerPipeline, EveryPortIsCountedOnceHoweverManyThereAre) {
  constexpr int kReaders = 300;
  std::map<std::string, std::string> assign{{"Ticking", "a"}};
  for (int i = 0; i < kReaders; ++i) assign["Reader" + std::to_string(i)] = "a";
  job(ticking_and_readers(std::make_integer_sequence<int, kReaders>()), assign);
  period("Ticking", milliseconds(100));
  load("a", 2);
  start();
  run(seconds(3));
  EXPECT_EQ(count("a", Kind::kStats), 3);
  send(worker::Command::Kind::kStop);
  run(seconds(1));
  EXPECT_EQ(count("a", Kind::kDone), 1);
  const worker::Stats all = stats("a");
  std::set<std::string> tasks;
  for (const auto& task : all.tasks) tasks.insert(task.task);
  EXPECT_EQ(tasks.size(), kReaders + 1U);
  EXPECT_EQ(all.tasks.size(), kReaders + 1U);
  std::set<std::string> readers;
  for (const auto& one : all.subscribed) {
    readers.insert(one.task);
    EXPECT_EQ(one.delivered, 30U) << one.task;
  }
  EXPECT_EQ(readers.size(), std::size_t{kReaders});
  EXPECT_EQ(all.subscribed.size(), std::size_t{kReaders});
  EXPECT_EQ(all.published.size(), 1U);
}

TEST_F(WorkerPipeline, TheFollowTaskGivesTheLatestResultsAsJson) {
  job({ticking, relay},
      {{"Ticking", "a"}, {"Relay", "a"}, {std::string(worker::kFollowTask), "b"}});
  period("Ticking", milliseconds(20));
  load("a");
  load("b");
  settle();
  EXPECT_EQ(count("b", Kind::kReady), 1);
  start();
  run(seconds(2));
  send(worker::Command::Kind::kStop);
  run(seconds(1));
  std::vector<std::string> results;
  for (const auto& event : events("b")) {
    if (event.kind != Kind::kResult) continue;
    EXPECT_EQ(event.topic, "C2");
    results.push_back(event.text);
  }
  ASSERT_GE(results.size(), 9U);
  EXPECT_LE(results.size(), 13U) << "at most one each 200 ms";
  EXPECT_EQ(results.back(),
            "{\"value\":" + std::to_string(observed().published["Ticking"] + 1000) + "}");
  EXPECT_EQ(count("b", Kind::kDone), 1);
}

}  // namespace
}  // namespace mort::simulation
