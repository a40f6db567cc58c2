#include "accounting.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace mort::agent {
namespace {

using testing::HasSubstr;

/// Source on node a -> C1 -> Relay on node b -> C2 -> Sink on node c.
graph::Manifest manifest(bool block = true) {
  graph::Manifest manifest;
  const auto task = [](const std::string& name, const std::vector<std::string>& sub,
                       const std::vector<std::string>& pub) {
    graph::TaskDecl decl;
    decl.name = name;
    for (const auto& topic : sub) decl.sub.push_back({topic, "demo::Piece", {}});
    for (const auto& topic : pub) decl.pub.push_back({topic, "demo::Piece", {}});
    return decl;
  };
  manifest.graph.tasks = {task("Relay", {"C1"}, {"C2"}), task("Sink", {"C2"}, {}),
                          task("Source", {}, {"C1"})};
  manifest.job.topic_defaults.history =
      block ? graph::History::kKeepAll : graph::History::kKeepLast;
  manifest.job.topic_defaults.block = block;
  return manifest;
}

worker::PublishedStats published(const std::string& topic, std::uint64_t sent) {
  return {topic, "", "demo::Piece", sent, sent * 10, 0, 50};
}
worker::SubscribedStats subscribed(const std::string& topic, const std::string& task,
                                   std::uint64_t expected, std::uint64_t lost = 0,
                                   std::uint64_t waiting = 0, bool left = false) {
  return {topic, task, expected, expected - lost, lost, waiting, left, {}};
}
worker::ReceivedStats received(const std::string& topic, std::uint64_t origin,
                               std::vector<worker::ReceivedStats::Writer> writers) {
  return {topic, 0, 0, 0, 0, origin, std::move(writers)};
}

WorkerRecord worker(const std::string& node, Phase phase = Phase::kDone) {
  WorkerRecord record;
  record.node = node;
  record.phase = phase;
  return record;
}

/// All three workers of a run of 600 samples in which nothing went wrong.
std::map<std::string, WorkerRecord> undisturbed() {
  std::map<std::string, WorkerRecord> workers = {
      {"a", worker("a")}, {"b", worker("b")}, {"c", worker("c")}};
  workers["a"].stats.published = {published("C1", 600)};
  workers["a"].task_states = {{"Source", "finished"}};
  workers["b"].stats.subscribed = {subscribed("C1", "Relay", 600)};
  workers["b"].stats.received = {received("C1", 0, {{0, 0, 0}})};
  workers["b"].stats.published = {published("C2", 600)};
  workers["b"].task_states = {{"Relay", "finished"}};
  workers["c"].stats.subscribed = {subscribed("C2", "Sink", 600)};
  workers["c"].stats.received = {received("C2", 0, {{0, 0, 0}})};
  workers["c"].task_states = {{"Sink", "finished"}};
  return workers;
}

/// The same with the worker of Relay killed: it had reported 200 samples of C1 with 5 not taken
/// yet, and 195 sent; 198 had reached the sink. The next one heard the source from sample 230 on.
std::map<std::string, WorkerRecord> relay_killed() {
  auto workers = undisturbed();
  WorkerRecord& relay = workers["b"];
  relay.stats.subscribed = {subscribed("C1", "Relay", 200, 0, 5)};
  relay.stats.published = {published("C2", 195)};
  carry(relay.past, relay.stats, 0);
  relay.past.restarts = 1;
  relay.incarnation = 1;
  relay.stats.subscribed = {subscribed("C1", "Relay", 371)};
  relay.stats.received = {received("C1", 229, {{0, 229, 0}})};
  relay.stats.published = {published("C2", 371)};
  workers["c"].stats.subscribed = {subscribed("C2", "Sink", 569)};
  workers["c"].stats.received = {received("C2", 0, {{0, 0, 0}, {1, 198, 198}})};
  return workers;
}

void expect_balanced(const std::map<std::string, TopicAccount>& topics) {
  for (const auto& [topic, account] : topics) {
    for (const SubscriberAccount& reader : account.subscribers) {
      EXPECT_EQ(reader.expected, reader.delivered + reader.lost) << topic << " " << reader.task;
      EXPECT_EQ(reader.expected, account.published.sent) << topic << " " << reader.task;
    }
  }
}

TEST(Accounting, ARunWithoutACrashHasLostNothing) {
  const auto topics = account(undisturbed(), manifest().graph);
  ASSERT_EQ(topics.size(), 2U);
  expect_balanced(topics);
  EXPECT_EQ(topics.at("C1").subscribers.at(0).lost, 0U);
  EXPECT_EQ(topics.at("C1").published.sent, 600U);
  EXPECT_EQ(broken_promises(undisturbed(), manifest()), "");
}

TEST(Accounting, SamplesOfTheGapOfARestartedReaderAreLost) {
  const auto topics = account(relay_killed(), manifest().graph);
  expect_balanced(topics);
  const SubscriberAccount& relay = topics.at("C1").subscribers.at(0);
  EXPECT_EQ(relay.delivered, 195U + 371U) << "what it had not taken is lost";
  EXPECT_EQ(relay.lost, 34U) << "5 in the queue, 29 of the gap";
}

TEST(Accounting, AKilledWriterHasSentWhatItsReadersSawOfIt) {
  const auto topics = account(relay_killed(), manifest().graph);
  EXPECT_EQ(topics.at("C2").published.sent, 198U + 371U);
  EXPECT_EQ(topics.at("C2").published.bytes, 10U * (195 + 371));
  EXPECT_EQ(topics.at("C2").subscribers.at(0).lost, 0U);
}

TEST(Accounting, ACrashBreaksThePromiseOfAJobWhosePublishersWait) {
  const std::string broken = broken_promises(relay_killed(), manifest());
  EXPECT_THAT(broken, HasSubstr("task Relay lost 34 of 600 samples of C1"));
  EXPECT_THAT(broken, HasSubstr("the worker on b crashed 1 time, and Relay began again"));
  EXPECT_EQ(broken_promises(relay_killed(), manifest(false)), "") << "keep_last promises nothing";
}

TEST(Accounting, ACrashWithoutALossStillBreaksIt) {
  auto workers = undisturbed();
  workers["a"].past.restarts = 2;
  EXPECT_EQ(
      broken_promises(workers, manifest()),
      "the worker on a crashed 2 times, and Source began again without what was known before");
}

TEST(Accounting, WhileAWorkerIsAwayItsReadersKeepWhatTheyHad) {
  auto workers = relay_killed();
  workers["b"].phase = Phase::kCrashed;
  workers["b"].stats = {};
  workers["c"].stats.subscribed = {subscribed("C2", "Sink", 198)};
  workers["c"].stats.received = {received("C2", 0, {{0, 0, 0}})};
  const auto topics = account(workers, manifest().graph);
  const SubscriberAccount& relay = topics.at("C1").subscribers.at(0);
  EXPECT_EQ(relay.expected, 200U);
  EXPECT_EQ(relay.delivered, 195U);
  EXPECT_EQ(relay.lost, 5U);
  EXPECT_EQ(topics.at("C2").published.sent, 198U);
}

TEST(Accounting, ATaskThatEndsBeforeItsInputExpectsNoMore) {
  auto workers = undisturbed();
  workers["c"].stats.subscribed = {subscribed("C2", "Sink", 100, 0, 0, true)};
  const auto topics = account(workers, manifest().graph);
  EXPECT_EQ(topics.at("C2").subscribers.at(0).expected, 100U);
  EXPECT_EQ(topics.at("C2").subscribers.at(0).lost, 0U);
  EXPECT_EQ(broken_promises(workers, manifest()), "");
}

TEST(Accounting, WhatIsStillUnderWayIsNotLost) {
  auto workers = undisturbed();
  for (auto& [node, worker] : workers) worker.phase = Phase::kRunning;
  workers["b"].stats.subscribed = {subscribed("C1", "Relay", 590)};
  const auto topics = account(workers, manifest().graph);
  EXPECT_EQ(topics.at("C1").published.sent, 600U);
  EXPECT_EQ(topics.at("C1").subscribers.at(0).lost, 0U);
}

TEST(Accounting, TasksOfOneWorkerThatCrashedLoseWhatWasBetweenThem) {
  std::map<std::string, WorkerRecord> workers = {{"a", worker("a")}};
  WorkerRecord& all = workers["a"];
  all.task_states = {{"Relay", "finished"}, {"Sink", "finished"}, {"Source", "finished"}};
  all.stats.published = {published("C1", 100), published("C2", 90)};
  all.stats.subscribed = {subscribed("C1", "Relay", 100, 0, 10), subscribed("C2", "Sink", 90)};
  carry(all.past, all.stats, 0);
  all.past.restarts = 1;
  all.incarnation = 1;
  all.stats.published = {published("C1", 600), published("C2", 600)};
  all.stats.subscribed = {subscribed("C1", "Relay", 600), subscribed("C2", "Sink", 600)};
  const auto topics = account(workers, manifest().graph);
  expect_balanced(topics);
  EXPECT_EQ(topics.at("C1").published.sent, 700U);
  EXPECT_EQ(topics.at("C1").subscribers.at(0).lost, 10U);
  EXPECT_EQ(topics.at("C2").subscribers.at(0).lost, 0U);
}

TEST(Accounting, AWorkerThatCrashedBeforeItsFirstReportChangesNoTotal) {
  auto workers = undisturbed();
  carry(workers["b"].past, {}, 0);
  workers["b"].past.restarts = 1;
  workers["b"].incarnation = 1;
  workers["b"].stats.subscribed = {subscribed("C1", "Relay", 500)};
  workers["b"].stats.received = {received("C1", 100, {{0, 100, 0}})};
  workers["b"].stats.published = {published("C2", 500)};
  workers["c"].stats.subscribed = {subscribed("C2", "Sink", 520)};
  workers["c"].stats.received = {received("C2", 0, {{0, 0, 0}, {1, 20, 20}})};
  const auto topics = account(workers, manifest().graph);
  expect_balanced(topics);
  EXPECT_EQ(topics.at("C1").subscribers.at(0).lost, 100U);
  EXPECT_EQ(topics.at("C2").published.sent, 520U);
}

/// A model of the relay's worker that is killed at random instants between reports. Whatever the
/// instants, sent = delivered + lost, and nothing that was reported as taken counts twice.
TEST(Accounting, BalancesOverAnyNumberOfRestartsAtAnyInstant) {
  for (std::uint32_t seed = 0; seed < 500; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](std::uint64_t most) { return most == 0 ? 0 : random() % most; };
    auto workers = undisturbed();
    WorkerRecord& relay = workers["b"];
    std::uint64_t source = 0;  // sent by the source so far
    std::uint64_t sunk = 0;    // number of the newest sample in the sink
    std::vector<worker::ReceivedStats::Writer> writers;
    const auto kills = static_cast<std::uint32_t>(below(5));
    for (std::uint32_t incarnation = 0;; ++incarnation) {
      const std::uint64_t origin = source += below(40);  // missed while nobody was there
      const std::uint64_t reported = below(100);
      const std::uint64_t waiting = below(reported + 1);
      relay.incarnation = incarnation;
      relay.stats = {};
      relay.stats.subscribed = {subscribed("C1", "Relay", reported, 0, waiting)};
      relay.stats.received = {received("C1", incarnation == 0 ? 0 : origin, {{0, 0, 0}})};
      if (incarnation == 0)
        relay.stats.subscribed[0].expected = reported + origin,
        relay.stats.subscribed[0].lost = origin;
      source += reported;
      const std::uint64_t forwarded = below(reported + 1);
      relay.stats.published = {published("C2", forwarded)};
      if (forwarded > 0) {
        writers.push_back({incarnation, sunk, sunk});
        sunk += forwarded;
      }
      if (incarnation == kills) break;
      source += below(20);  // since the report
      ++relay.past.restarts;
      carry(relay.past, relay.stats, incarnation);
    }
    workers["a"].stats.published = {published("C1", source)};
    workers["c"].stats.subscribed = {subscribed("C2", "Sink", sunk)};
    workers["c"].stats.received = {received("C2", 0, writers)};
    SCOPED_TRACE(seed);
    const auto topics = account(workers, manifest().graph);
    expect_balanced(topics);
    EXPECT_EQ(topics.at("C1").published.sent, source);
    EXPECT_LE(topics.at("C1").subscribers.at(0).delivered, source);
  }
}

TEST(WorkerRecord, KeepsWhatItsPastHasCarriedOverTheWire) {
  const WorkerRecord relay = relay_killed().at("b");
  const auto read = worker_from_json(to_json(relay));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->past, relay.past);
  EXPECT_EQ(read->incarnation, 1U);
  EXPECT_EQ(read->stats.received.at(0).writers, relay.stats.received.at(0).writers);
  EXPECT_EQ(read->stats.received.at(0).origin, 229U);
}

}  // namespace
}  // namespace mort::agent
