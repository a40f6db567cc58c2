#include "mort/worker/protocol.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

namespace mort::worker {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

Stats sample_stats() {
  Stats stats;
  stats.published = {{"C1", "Source", "demo::Piece", 1000, 4'000'000'000'000, 12, 49.75}};
  SubscribedStats subscribed{"C1", "Count", 1000, 990, 10, 7, true, {}};
  for (int i = 1; i <= 1000; ++i) subscribed.latency.add(microseconds(i));
  subscribed.latency.add(milliseconds(70));
  stats.subscribed = {subscribed};
  stats.received = {{"C2", 17, 18, 19, 20, 21, {{0, 21, 0}, {3, 30, 30}}}};
  TaskStats task;
  task.task = "Count";
  task.state = "running";
  task.run_s = 1.25;
  task.runs = 99;
  task.ticks = 60;
  task.missed_ticks = 2;
  task.overruns = 3;
  task.cpu_s = 0.75;
  task.active_s = 5.5;
  task.queueing = {4, microseconds(1), microseconds(2), microseconds(3)};
  task.lateness = {5, microseconds(10), microseconds(20), microseconds(30)};
  stats.tasks = {task};
  stats.clocks = {{"node2", -milliseconds(40), microseconds(90)}};
  return stats;
}

Config sample_config() {
  Config config;
  config.job = "statistics-1a2b3c4d";
  config.node = "node1";
  config.epoch = 3;
  config.incarnation = 4;
  config.restarted = true;
  config.manifest.job.name = "statistics";
  graph::TaskDecl task;
  task.name = "Source";
  task.pub = {{"C1", "demo::Piece", {}}};
  config.manifest.graph.tasks = {task};
  config.manifest.graph.types.structs["demo::Piece"] = {{{"text", "string"}}};
  config.assign = {{"Source", "node1"}, {"follow", "node0"}};
  config.library = "/data/artifacts/ab\"c\n";
  config.params = {{"passes", "1"}, {"raw", "/data/artifacts/def"}};
  config.denied = {{"Source", "C1", true}};
  config.lanes = {{"Source", 2}, {"follow", 0}};
  config.network.domain = 17;
  config.network.interfaces = {"eth0"};
  config.network.peers = {"10.0.0.1", "10.0.0.2"};
  config.network.max_datagram = 1400;
  config.network.bulk_rate = 200'000'000;
  config.network.shared_memory = false;
  return config;
}

TEST(WorkerConfig, RoundTripKeepsEverything) {
  const std::string text = to_json(sample_config());
  EXPECT_EQ(text.find('\n'), std::string::npos) << "one line on the socket";
  const auto config = config_from_json(text);
  ASSERT_TRUE(config) << to_string(config.error());
  EXPECT_EQ(to_json(*config), text);
  EXPECT_EQ(config->library, sample_config().library);
  EXPECT_TRUE(config->restarted);
  EXPECT_EQ(config->denied, sample_config().denied);
  EXPECT_EQ(config->manifest.graph.tasks.at(0).name, "Source");
}

TEST(WorkerConfig, EveryMissingOrMistypedFieldIsRefused) {
  const auto document = nlohmann::json::parse(to_json(sample_config()));
  for (const auto& [key, value] : document.items()) {
    auto without = document;
    without.erase(key);
    EXPECT_FALSE(config_from_json(without.dump())) << key;
    auto wrong = document;
    wrong[key] = nlohmann::json::array({nullptr});
    EXPECT_FALSE(config_from_json(wrong.dump())) << key;
  }
}

TEST(WorkerCommand, RoundTripOfEveryKind) {
  using Kind = Command::Kind;
  for (const Kind kind : {Kind::kStart, Kind::kStop, Kind::kRights, Kind::kExit}) {
    const auto command =
        command_from_json(to_json(Command{kind, {{"F1", "C1", false}, {"F1", "C3", true}}}));
    ASSERT_TRUE(command);
    EXPECT_EQ(command->kind, kind);
    EXPECT_EQ(command->denied.size(), 2U);
    EXPECT_TRUE(command->denied.contains({"F1", "C3", true}));
  }
}

TEST(WorkerEvent, RoundTripOfEveryKind) {
  using Kind = Event::Kind;
  for (const Kind kind : {Kind::kReady, Kind::kRefused, Kind::kTask, Kind::kLog, Kind::kResult,
                          Kind::kStats, Kind::kDone}) {
    const auto event = event_from_json(
        to_json(Event{kind, "F1", "C1", "failed", "line\n\"two\"", sample_stats()}));
    ASSERT_TRUE(event);
    EXPECT_EQ(event->kind, kind);
    EXPECT_EQ(event->task, "F1");
    EXPECT_EQ(event->topic, "C1");
    EXPECT_EQ(event->state, "failed");
    EXPECT_EQ(event->text, "line\n\"two\"");
    const bool carries_stats = kind == Kind::kStats || kind == Kind::kDone;
    EXPECT_EQ(event->stats.published.size(), carries_stats ? 1U : 0U);
  }
}

TEST(WorkerEvent, BytesThatAreNoUtf8TravelAsReplacementCharacters) {
  const auto event =
      event_from_json(to_json(Event{Event::Kind::kLog, "F1", {}, {}, "a\xff\xfez", {}}));
  ASSERT_TRUE(event);
  EXPECT_EQ(event->text, "a\xEF\xBF\xBD\xEF\xBF\xBDz");
}

TEST(WorkerStats, RoundTripKeepsCountsAndHistograms) {
  const Stats before = sample_stats();
  const auto after = stats_from_json(to_json(before));
  ASSERT_TRUE(after) << to_string(after.error());
  EXPECT_EQ(to_json(*after), to_json(before));
  EXPECT_EQ(after->published[0].bytes, 4'000'000'000'000U);
  EXPECT_DOUBLE_EQ(after->published[0].rate_hz, 49.75);
  EXPECT_EQ(after->subscribed[0].lost, 10U);
  EXPECT_EQ(after->received[0].network_bytes, 19U);
  EXPECT_EQ(after->tasks[0].missed_ticks, 2U);
  const Histogram& latency = after->subscribed[0].latency;
  EXPECT_EQ(latency.count(), 1001U);
  EXPECT_EQ(latency.max(), milliseconds(70));
  for (const double q : {0.0, 0.5, 0.99, 1.0}) {
    EXPECT_EQ(latency.quantile(q), before.subscribed[0].latency.quantile(q)) << q;
  }
}

TEST(WorkerStats, HostileHistogramsDoNoHarm) {
  auto document = nlohmann::json::parse(to_json(sample_stats()));
  auto& latency = document["subscribed"][0]["latency"];
  latency["buckets"] = {{1'000'000'000, 5}, {-1, 7}, {3, 2}};
  auto stats = stats_from_json(document.dump());
  ASSERT_TRUE(stats);
  EXPECT_EQ(stats->subscribed[0].latency.count(), 2U);
  for (const nlohmann::json& bad :
       {nlohmann::json::array({1}), nlohmann::json::array({"a", "b"}), nlohmann::json(3)}) {
    latency["buckets"] = nlohmann::json::array({bad});
    EXPECT_FALSE(stats_from_json(document.dump())) << bad;
  }
}

TEST(WorkerProtocol, HostileLinesAreRefused) {
  const std::vector<std::string> lines = {
      "",
      "{",
      "[]",
      "null",
      "3",
      "\"start\"",
      "{}",
      R"({"command":"fly","denied":[]})",
      R"({"command":"start"})",
      R"({"command":3,"denied":[]})",
      R"({"command":"rights","denied":[{}]})",
      R"({"command":"rights","denied":[{"task":"a","topic":"b","publish":"yes"}]})",
      R"({"event":"fly","task":"","topic":"","state":"","text":""})",
      R"({"event":"task","task":null})",
      R"({"event":"stats","task":"","topic":"","state":"","text":"","stats":{}})",
      R"({"event":"stats","task":"","topic":"","state":"","text":"","stats":[]})",
      std::string(200'000, '['),
      std::string("\0\xff\x01", 3)};
  for (const std::string& line : lines) {
    EXPECT_FALSE(command_from_json(line)) << line.substr(0, 60);
    EXPECT_FALSE(event_from_json(line)) << line.substr(0, 60);
    EXPECT_FALSE(stats_from_json(line)) << line.substr(0, 60);
    EXPECT_FALSE(config_from_json(line)) << line.substr(0, 60);
  }
}

TEST(WorkerProtocol, RandomChangesNeverCrash) {
  std::mt19937 random(7);
  const std::string event =
      to_json(Event{Event::Kind::kDone, "F1", "C1", "s", "t", sample_stats()});
  const std::string config = to_json(sample_config());
  int refused = 0;
  for (int i = 0; i < 500; ++i) {
    for (const std::string* original : {&event, &config}) {
      std::string line = *original;
      for (unsigned n = 0; n < 1 + random() % 4; ++n)
        line[random() % line.size()] = static_cast<char>(random());
      const bool accepted = original == &event ? event_from_json(line).has_value()
                                               : config_from_json(line).has_value();
      refused += accepted ? 0 : 1;
    }
  }
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace mort::worker
