// What a worker may say, and how much of it an agent holds.
#include "event_stream.hpp"

#include <gmock/gmock.h>

namespace mort::agent {
namespace {

using testing::HasSubstr;
using worker::Event;
using Kind = worker::Event::Kind;

/// Task A on this node reads in and writes out, which is a result; B is elsewhere.
worker::Config config(bool follow_here = false) {
  worker::Config made;
  made.node = "here";
  auto& graph = made.manifest.graph;
  graph.tasks.push_back({.name = "A", .sub = {{"in", "T", {}}}, .pub = {{"out", "T", {}}}});
  graph.tasks.push_back({.name = "B", .pub = {{"in", "T", {}}}});
  made.assign = {{"A", "here"}, {"B", "there"}};
  if (follow_here) made.assign[std::string(worker::kFollowTask)] = "here";
  return made;
}

Event event(Kind kind, const std::string& task = {}, const std::string& text = {}) {
  Event made;
  made.kind = kind;
  made.task = task;
  made.text = text;
  if (kind == Kind::kTask) made.state = "running";
  if (kind == Kind::kResult) made.topic = "out";
  return made;
}

/// All numbers as large as they can be, all buckets filled.
worker::Stats largest_stats() {
  Histogram full;
  for (std::size_t i = 0; i < Histogram::kBuckets; ++i) full.add_bucket(i, 4'294'967'295U);
  full.raise_max(Nanoseconds::max());
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  worker::Stats stats;
  stats.published.push_back({"out", "A", "T", kMost, kMost, kMost, 1.2345678901234567e-300});
  stats.subscribed.push_back({"in", "A", kMost, kMost, kMost, kMost, false, full});
  const worker::ReceivedStats::Writer writer{std::numeric_limits<std::uint32_t>::max(), kMost,
                                             kMost};
  stats.received.push_back({"in", kMost, kMost, kMost, kMost, kMost,
                            std::vector(worker::ReceivedStats::kMostWriters, writer)});
  const worker::Delay delay{kMost, Nanoseconds::max(), Nanoseconds::max(), Nanoseconds::max()};
  stats.tasks.push_back({"A", "finished", -1.2345678901234567e-300, kMost, kMost, kMost, kMost,
                         -1.2345678901234567e-300, -1.2345678901234567e-300, delay, delay});
  stats.clocks.push_back({"there", Nanoseconds::min(), Nanoseconds::max()});
  return stats;
}

struct Heard {
  std::vector<Event> events;
  Result<void> result;
};

Heard hear(const std::string& bytes, std::size_t block = 4096,
           const worker::Config& of = config(true)) {
  EventStream stream(of);
  Heard heard;
  for (std::size_t at = 0; at < bytes.size() && heard.result; at += block) {
    heard.result =
        stream.add(std::string_view(bytes).substr(at, block),
                   [&](Event said, std::size_t) { heard.events.push_back(std::move(said)); });
  }
  return heard;
}

void expect_refused(const std::string& bytes, const std::string& why,
                    const worker::Config& of = config(true)) {
  for (const std::size_t block : {std::size_t{1}, std::size_t{7}, std::size_t{65536}}) {
    const Heard heard = hear(bytes, block, of);
    ASSERT_FALSE(heard.result) << bytes.substr(0, 100);
    EXPECT_THAT(heard.result.error().message, HasSubstr(why));
    EXPECT_LT(heard.result.error().message.size(), 400U);
  }
}

TEST(EventStream, EveryKindOfEventIsTakenHoweverItIsCutIntoBlocks) {
  std::string bytes;
  std::vector<Kind> kinds;
  for (const Kind kind : {Kind::kReady, Kind::kTask, Kind::kLog, Kind::kResult, Kind::kStats,
                          Kind::kDone, Kind::kRefused, Kind::kAlive}) {
    Event said = event(kind, "A", "text");
    if (kind == Kind::kStats || kind == Kind::kDone) said.stats = largest_stats();
    bytes += to_json(said) + "\n";
    kinds.push_back(kind);
  }
  for (std::size_t block = 1; block < 100'000; block = block * 3 + 1) {
    const Heard heard = hear(bytes, block);
    ASSERT_TRUE(heard.result) << to_string(heard.result.error());
    std::vector<Kind> got;
    for (const Event& said : heard.events) got.push_back(said.kind);
    EXPECT_EQ(got, kinds) << block;
  }
}

TEST(EventStream, TheLimitsHoldWhatIsLargest) {
  const EventStream stream(config(true));
  Event stats = event(Kind::kStats);
  stats.stats = largest_stats();
  EXPECT_LE(to_json(stats).size(), stream.limit(Kind::kStats));
  EXPECT_LT(stream.limit(Kind::kStats), 96U << 10) << "of a job of two tasks";
  for (const Kind kind : {Kind::kLog, Kind::kTask, Kind::kRefused}) {
    EXPECT_LE(to_json(event(kind, "A", std::string(worker::kLongestText, '\0'))).size(),
              stream.limit(kind));
  }
}

TEST(EventStream, WhatIsNoEventIsRefusedAtItsFirstBytes) {
  EventStream stream(config());
  const auto refused = stream.add("x", [](const Event&, std::size_t) {});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("no event: \"x\""));
  expect_refused("{\"event\":\"nothing\"}\n", "no event");
  expect_refused("{\"event\":\"readyreadyreadyreadyready", "no event");
  expect_refused("\n", "no event");
  expect_refused("{\"event\":\"ready\"\n", "no event");
  expect_refused(to_json(event(Kind::kReady)) + "\njunk", "no event: \"j");
  expect_refused("{\"state\":\"x\",\"event\":\"log\"}\n", "no event");
}

TEST(EventStream, ALineThatIsTooLongIsRefusedBeforeItIsHeld) {
  EventStream stream(config());
  const std::string mebibyte(1 << 20, 'x');
  const auto refused =
      stream.add(R"({"event":"log","text":")" + mebibyte, [](const Event&, std::size_t) {});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("a line of more than"));
  expect_refused(R"({"event":"stats","stats":")" + mebibyte, "a line of more than");
  expect_refused(R"({"event":"result","text":")" + mebibyte, "a line of more than", config(false));
  EXPECT_TRUE(hear(R"({"event":"result","text":")" + mebibyte).result) << "follow is here";
}

TEST(EventStream, WhatIsNotOfTheJobIsRefused) {
  const auto line = [](const Event& said) { return to_json(said) + "\n"; };
  expect_refused(line(event(Kind::kTask, "B")), "no task here");
  expect_refused(line(event(Kind::kLog, "Z")), "no task here");
  Event state = event(Kind::kTask, "A");
  state.state = "asleep";
  expect_refused(line(state), "no state");
  Event result = event(Kind::kResult);
  result.topic = "in";
  expect_refused(line(result), "no result topic");
  const auto stats = [&](auto change) {
    Event said = event(Kind::kStats);
    said.stats = largest_stats();
    change(said.stats);
    return line(said);
  };
  expect_refused(stats([](auto& s) { s.published[0].topic = "in"; }), "no such port");
  expect_refused(stats([](auto& s) { s.subscribed[0].task = "B"; }), "no such port");
  expect_refused(stats([](auto& s) { s.received[0].topic = "other"; }), "no such port");
  expect_refused(stats([](auto& s) { s.tasks[0].task = "B"; }), "no task here");
  expect_refused(stats([](auto& s) {
                   s.received.resize(3);
                   for (auto& entry : s.received) entry.topic = "in";
                 }),
                 "more than there is");
}

}  // namespace
}  // namespace mort::agent
