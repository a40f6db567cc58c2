#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>
#include <regex>

#include "mort/graph/job.hpp"
#include "sample_graph.hpp"

namespace mort::graph {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kFolder = std::string(MORT_SOURCE_DIR) + "/tests/unit/graph/data";
const std::string kFile = kFolder + "/job.yaml";

constexpr const char* kGood = R"(job: text_statistics
sources: [task.cpp, other.cpp]
include: [include]
params:
  raw1: {file: numbers.txt}
  passes: 0
  note: ""
on_crash: restart_worker
hold_for: 1.5m
after_hold: go_on
when: {passes: {on_crash: restart_job}}
tasks:
  RawData1: {cpu: 1, period_ms: 20, node: node0, labels: {zone: a}, stack_kb: 512}
  F1: {cpu: 0.5, rate_hz: 50, subscriptions: {C1: {depth: 1}, C2: {history: keep_last, depth: 2}, C7: {}}, feedback: [C2, C7]}
topics:
  C1: {bytes: 4100, history: keep_last, depth: 10, reliability: best_effort}
  C2: {ros2: true, max_bytes: 70000}
  C7: {external: true}
  "*": {reliability: reliable, history: keep_all, overflow: block}
declares:
  F2: {sub: [C1, {topic: in/2, type: demo::Frame}], pub: [], cpu: 2, period_ms: 20}
  ./other.cpp:41: {name: F3, rate_hz: 50, stack_kb: 512}
lanes: {fifo_priority: 20, cores: "0,2-3"}
)";

TEST(JobYaml, EveryKeyIsRead) {
  const auto job = parse_job(kGood, kFile);
  ASSERT_TRUE(job) << to_string(job.error());
  EXPECT_EQ(job->name, "text_statistics");
  EXPECT_THAT(job->sources, ElementsAre(kFolder + "/task.cpp", kFolder + "/other.cpp"));
  EXPECT_THAT(job->include, ElementsAre(kFolder + "/include"));
  EXPECT_TRUE(job->params.at("raw1").file);
  EXPECT_EQ(job->params.at("raw1").value, kFolder + "/numbers.txt");
  EXPECT_EQ(to_string(job->params.at("raw1").place), kFile + ":5:3");
  EXPECT_EQ(job->params.at("passes").value, "0");
  EXPECT_EQ(job->params.at("note").value, "");
  EXPECT_EQ(job->when_on_crash.at("passes"), OnCrash::kRestartJob);
  EXPECT_EQ(job->hold_for_ns, 90'000'000'000);
  EXPECT_EQ(job->after_hold, AfterHold::kGoOn);
  const TaskSettings& raw = job->tasks.at("RawData1");
  EXPECT_EQ(raw.cpu_millis, 1000);
  EXPECT_EQ(raw.period_ns, 20'000'000);
  EXPECT_EQ(raw.node, "node0");
  EXPECT_EQ(raw.labels.at("zone"), "a");
  EXPECT_EQ(raw.stack_bytes, 512 * 1024);
  EXPECT_EQ(job->tasks.at("F1").cpu_millis, 500);
  EXPECT_EQ(job->tasks.at("F1").period_ns, 20'000'000);
  EXPECT_FALSE(job->tasks.at("F1").node);
}

TEST(JobYaml, FeedbackHoldsTheLatestValuesUnlessItsOwnSettingsSayOtherwise) {
  const auto job = parse_job(kGood, kFile);
  ASSERT_TRUE(job) << to_string(job.error());
  EXPECT_THAT(job->tasks.at("F1").feedback, ElementsAre("C2", "C7"));
  EXPECT_TRUE(job->queue("F2", "C7").block);
  EXPECT_FALSE(job->queue("F2", "C7", true).block);
  EXPECT_EQ(job->queue("F2", "C7", true).history, History::kKeepLast);
  EXPECT_EQ(job->queue("F2", "C7", true).depth, 10);
  EXPECT_TRUE(job->queue("F1", "C7", true).block) << "as its subscription says";
}

TEST(JobYaml, DeclarationsAreReadByNameAndByPlace) {
  const auto job = parse_job(kGood, kFile);
  ASSERT_TRUE(job) << to_string(job.error());
  ASSERT_EQ(job->declares.size(), 2U);
  const Declaration& named = job->declares.at("F2");
  EXPECT_EQ(named.name, "F2");
  ASSERT_TRUE(named.sub);
  ASSERT_EQ(named.sub->size(), 2U);
  EXPECT_EQ((*named.sub)[0].topic, "C1");
  EXPECT_EQ((*named.sub)[0].type, "");
  EXPECT_EQ(to_string((*named.sub)[0].place), kFile + ":21:14");
  EXPECT_EQ((*named.sub)[1].topic, "in/2");
  EXPECT_EQ((*named.sub)[1].type, "demo::Frame");
  ASSERT_TRUE(named.pub);
  EXPECT_TRUE(named.pub->empty()) << "declared to publish nothing, which is not the same as unsaid";
  EXPECT_EQ(named.cpu_millis, 2000);
  EXPECT_EQ(named.period_ns, 20'000'000);
  EXPECT_FALSE(named.stack_bytes);
  EXPECT_EQ(to_string(named.place), kFile + ":21:3");
  const Declaration& placed = job->declares.at("other.cpp:41");
  EXPECT_EQ(placed.name, "F3");
  EXPECT_FALSE(placed.sub);
  EXPECT_FALSE(placed.pub);
  EXPECT_FALSE(placed.cpu_millis);
  EXPECT_EQ(placed.period_ns, 20'000'000);
  EXPECT_EQ(placed.stack_bytes, 512 * 1024);
}

TEST(JobYaml, QueuesOfSubscriptionsStartFromTheirTopic) {
  const auto job = parse_job(kGood, kFile);
  ASSERT_TRUE(job) << to_string(job.error());
  EXPECT_EQ(job->queue("F1", "C1").history, History::kKeepLast);
  EXPECT_EQ(job->queue("F1", "C1").depth, 1);
  EXPECT_FALSE(job->queue("F1", "C1").block);
  EXPECT_EQ(job->queue("F1", "C2").history, History::kKeepLast);
  EXPECT_EQ(job->queue("F1", "C2").depth, 2);
  EXPECT_FALSE(job->queue("F1", "C2").block) << "may hold less than its topic";
  EXPECT_TRUE(job->queue("F1", "C7").block) << "as the topic";
  EXPECT_TRUE(job->queue("F1", "C9").block);
  EXPECT_TRUE(job->queue("RawData1", "C2").block);
}

TEST(JobYaml, LanesAndRos2NamesAreRead) {
  const auto job = parse_job(kGood, kFile);
  ASSERT_TRUE(job) << to_string(job.error());
  EXPECT_EQ(job->lanes.fifo_priority, 20);
  EXPECT_EQ(job->lanes.cores, (std::vector<int>{0, 2, 3}));
  EXPECT_TRUE(job->topic("C2").ros2);
  EXPECT_EQ(job->topic("C2").max_bytes, 70'000);
  EXPECT_FALSE(job->topic("C1").ros2);
}

TEST(JobYaml, ATopicMayBeExternal) {
  const auto job = parse_job(kGood, kFile);
  ASSERT_TRUE(job) << to_string(job.error());
  EXPECT_TRUE(job->topic("C7").external);
  EXPECT_TRUE(job->topic("C7").block) << "the defaults hold for it as for the others";
  EXPECT_FALSE(job->topic("C1").external);
  EXPECT_FALSE(job->topic_defaults.external);
}

TEST(JobYaml, StarGivesTheDefaultsOfEveryTopicWhereverItStands) {
  const auto job = parse_job(kGood, kFile);
  ASSERT_TRUE(job) << to_string(job.error());
  for (const char* topic : {"C2", "C9"}) {
    EXPECT_EQ(job->topic(topic).history, History::kKeepAll);
    EXPECT_TRUE(job->topic(topic).block);
  }
  const TopicSettings& own = job->topic("C1");
  EXPECT_EQ(own.reliability, Reliability::kBestEffort);
  EXPECT_EQ(own.history, History::kKeepLast);
  EXPECT_EQ(own.depth, 10);
  EXPECT_TRUE(own.depth_given);
  EXPECT_EQ(own.bytes, 4100);
  EXPECT_FALSE(own.block) << "keep_last cannot wait";
}

TEST(JobYaml, LeastJobHasDefaults) {
  const auto job = parse_job("job: a\nsources: [task.cpp]\n", kFile);
  ASSERT_TRUE(job) << to_string(job.error());
  EXPECT_EQ(job->on_crash, OnCrash::kRestartWorker);
  EXPECT_EQ(job->topic("any").reliability, Reliability::kReliable);
  EXPECT_EQ(job->topic("any").depth, 10);
  EXPECT_FALSE(job->topic("any").depth_given);
  EXPECT_FALSE(job->topic("any").max_bytes);
}

TEST(JobYaml, ADepthIsGivenByTheTopicOrByItsDefaults) {
  const auto job = parse_job(
      "job: a\nsources: [task.cpp]\ntopics:\n  A: {bytes: 9}\n  \"*\": {depth: 3}\n", kFile);
  ASSERT_TRUE(job) << to_string(job.error());
  EXPECT_TRUE(job->topic("A").depth_given);
  EXPECT_EQ(job->topic("any").depth, 3);
  EXPECT_TRUE(job->topic("any").depth_given);
}

TEST(JobYaml, WhenAppliesWhereTheParameterIsSet) {
  auto job = parse_job(kGood, kFile);
  ASSERT_TRUE(job);
  for (const char* off : {"passes=0", "passes=", "passes=false"}) {
    ASSERT_TRUE(set_param(*job, off));
    EXPECT_EQ(job->effective_on_crash(), OnCrash::kRestartWorker) << off;
  }
  ASSERT_TRUE(set_param(*job, "passes=3"));
  EXPECT_EQ(job->effective_on_crash(), OnCrash::kRestartJob);
}

TEST(JobYaml, RangesIncludeTheirEnds) {
  const char* good[] = {"cpu: 0",
                        "cpu: 1024",
                        "cpu: 0.001",
                        "cpu: .5",
                        "cpu: 1.500",
                        "period_ms: 0.1",
                        "period_ms: 3600000",
                        "rate_hz: 10000",
                        "rate_hz: 0.000278",
                        "stack_kb: 16",
                        "stack_kb: 1048576",
                        "memory: 1 B",
                        "memory: 1024 GiB",
                        "memory: 1.5GiB"};
  for (const char* setting : good) {
    const auto job =
        parse_job("job: a\nsources: [task.cpp]\ntasks: {T: {" + std::string(setting) + "}}", kFile);
    EXPECT_TRUE(job) << setting << "\n" << to_string(job.error());
  }
}

TEST(JobYaml, MemoryIsReadInBytesAndTheSchemaAgreesOnItsForm) {
  const std::pair<const char*, std::int64_t> amounts[] = {{"1 B", 1},
                                                          {"2KiB", 2048},
                                                          {"200 MiB", 209'715'200},
                                                          {"1.5 GiB", 1'610'612'736},
                                                          {"0.001 MiB", 1048},
                                                          {"1024 GiB", std::int64_t{1} << 40}};
  const auto schema = nlohmann::json::parse(job_schema());
  const std::regex pattern(
      schema["properties"]["tasks"]["additionalProperties"]["properties"]["memory"]["pattern"]
          .get<std::string>());
  for (const auto& [text, bytes] : amounts) {
    EXPECT_EQ(parse_bytes(text), bytes) << text;
    EXPECT_TRUE(std::regex_match(text, pattern)) << text;
    const auto job = parse_job(
        "job: a\nsources: [task.cpp]\ntasks: {T: {memory: " + std::string(text) + "}}", kFile);
    ASSERT_TRUE(job) << text;
    EXPECT_EQ(job->tasks.at("T").memory_bytes, bytes);
  }
  for (const char* text : {"", "200", "200 MB", "-1 B", "1  B", "B", "1e3 B", "1 mib", "0x1 B"}) {
    EXPECT_FALSE(parse_bytes(text)) << text;
    EXPECT_FALSE(std::regex_match(text, pattern)) << text;
  }
  EXPECT_EQ(parse_bytes("9999999999999999 GiB"), INT64_MAX);
}

struct Bad {
  const char* text;
  const char* where;  ///< after the file's path
  const char* cause;
};

// "J" stands for the two lines that every job needs.
const Bad kBad[] = {
    {"", "", "no document"},
    {"# only a comment\n", "", "no document"},
    {"---\n---\n", "", "more than one document"},
    {"J\n---\njob: b\n", "", "more than one document"},
    {"job: [a\nsources: x", ":2:8", "not YAML"},
    {"job: \"a", ":1:8", "not YAML"},
    {"\tjob: a", ":1:5", "not YAML"},
    {"- a\n", ":1:1", "must be a mapping, not a list"},
    {"just text", ":1:1", "must be a mapping, not text"},
    {"sources: [task.cpp]", ":1:1", "lacks the key \"job\""},
    {"job: a", ":1:1", "lacks the key \"sources\""},
    {"J\nsource: [x]", ":3:1", "unknown key \"source\""},
    {"J\njob: b", ":3:1", "duplicate key \"job\""},
    {"J\n? [a, b]\n: c", ":3:3", "a key must be plain text"},
    {"J\n<<: {job: c}", ":3:1", "unknown key \"<<\""},
    {"J\nparams: &x {a: 1}", ":3:9", "anchors and aliases"},
    {"J\nparams: {a: &x 1, b: *x}", ":3:13", "anchors and aliases"},
    {"job: 1st\nsources: [task.cpp]", ":1:6", "invalid name \"1st\""},
    {"job: a/b\nsources: [task.cpp]", ":1:6", "invalid name \"a/b\""},
    {"job: [a]\nsources: [task.cpp]", ":1:6", "must be a single value, not a list"},
    {"job:\nsources: [task.cpp]", ":1:1", "must be a single value, not nothing"},
    {"job: a\nsources: task.cpp", ":2:10", "must be a list"},
    {"job: a\nsources: []", ":2:10", "an empty one"},
    {"job: a\nsources: [none.cpp]", ":2:11", "\"none.cpp\" is no file"},
    {"job: a\nsources: [include]", ":2:11", "is no file"},
    {"job: a\nsources: [task.cpp, ./task.cpp]", ":2:21", "listed twice"},
    {"job: a\nsources: [\"\"]", ":2:11", "the path is empty"},
    {"J\ninclude: [task.cpp]", ":3:11", "is no folder"},
    {"J\nparams: [a]", ":3:9", "params must be a mapping"},
    {"J\nparams: {1a: 2}", ":3:10", "invalid name \"1a\""},
    {"J\nparams: {a: }", ":3:10", "must be a single value, not nothing"},
    {"J\nparams: {a: [1]}", ":3:13", "must be a single value, not a list"},
    {"J\nparams: {a: {path: x}}", ":3:14", "unknown key \"path\""},
    {"J\nparams: {a: {file: none.txt}}", ":3:20", "is no file"},
    {"J\nparams: {a: {}}", ":3:13", "lacks the key \"file\""},
    {"J\non_crash: restart", ":3:11", "\"restart\" is no value of on_crash"},
    {"J\nhold_for: 60", ":3:11", "\"60\" is not a time"},
    {"J\nhold_for: 1ms", ":3:11", "hold_for: \"1ms\" is out of range"},
    {"J\nhold_for: -1s", ":3:11", "is not a time"},
    {"J\nhold_for: 25 h", ":3:11", "is out of range"},
    {"J\nafter_hold: wait", ":3:13", "\"wait\" is no value of after_hold"},
    {"J\nwhen: {b: {on_crash: restart_job}}", ":3:8", "which is no parameter"},
    {"J\nparams: {b: 1}\nwhen: {b: {on_crush: restart_job}}", ":4:12", "unknown key \"on_crush\""},
    {"J\nparams: {b: 1}\nwhen: {b: {on_crash: x}}", ":4:22", "is no value of on_crash"},
    {"J\ntasks: {a b: {}}", ":3:9", "invalid name \"a b\""},
    {"J\ntasks: {T: 1}", ":3:12", "tasks.T must be a mapping"},
    {"J\ntasks: {T: {cpus: 1}}", ":3:13", "unknown key \"cpus\""},
    {"J\ntasks: {T: {cpu: one}}", ":3:18", "\"one\" is not a number"},
    {"J\ntasks: {T: {cpu: 1e3}}", ":3:18", "is not a number"},
    {"J\ntasks: {T: {cpu: .}}", ":3:18", "is not a number"},
    {"J\ntasks: {T: {cpu: 0x10}}", ":3:18", "is not a number"},
    {"J\ntasks: {T: {cpu: 0.0005}}", ":3:18", "is not a number"},
    {"J\ntasks: {T: {cpu: -1}}", ":3:18", "out of range"},
    {"J\ntasks: {T: {cpu: 1024.001}}", ":3:18", "out of range"},
    {"J\ntasks: {T: {cpu: 99999999999999999999999}}", ":3:18", "out of range"},
    {"J\ntasks: {T: {period_ms: 0.09}}", ":3:24", "out of range"},
    {"J\ntasks: {T: {period_ms: 3600001}}", ":3:24", "out of range"},
    {"J\ntasks: {T: {rate_hz: 0}}", ":3:22", "out of range"},
    {"J\ntasks: {T: {rate_hz: 10001}}", ":3:22", "out of range"},
    {"J\ntasks: {T: {period_ms: 20, rate_hz: 50}}", ":3:37", "both period_ms and rate_hz"},
    {"J\ntasks: {T: {stack_kb: 15}}", ":3:23", "out of range"},
    {"J\ntasks: {T: {stack_kb: 1048577}}", ":3:23", "out of range"},
    {"J\ntasks: {T: {stack_kb: 16.5}}", ":3:23", "is not a number"},
    {"J\ntasks: {T: {memory: 200}}", ":3:21", "is not an amount of memory"},
    {"J\ntasks: {T: {memory: 200 MB}}", ":3:21", "is not an amount of memory"},
    {"J\ntasks: {T: {memory: -1 MiB}}", ":3:21", "is not an amount of memory"},
    {"J\ntasks: {T: {memory: 1  MiB}}", ":3:21", "is not an amount of memory"},
    {"J\ntasks: {T: {memory: MiB}}", ":3:21", "is not an amount of memory"},
    {"J\ntasks: {T: {memory: 0 B}}", ":3:21", "out of range"},
    {"J\ntasks: {T: {memory: 1024.001 GiB}}", ":3:21", "out of range"},
    {"J\ntasks: {T: {memory: 99999999999999999999 GiB}}", ":3:21", "out of range"},
    {"J\ntasks: {T: {node: \"\"}}", ":3:19", "invalid name"},
    {"J\ntasks: {T: {labels: [a]}}", ":3:21", "must be a mapping"},
    {"J\ntasks: {T: {labels: {a: [b]}}}", ":3:25", "must be a single value"},
    {"J\ntasks: {T: {cpu: 1}, T: {cpu: 2}}", ":3:22", "duplicate key \"T\""},
    {"J\ntopics: {/a: {}}", ":3:10", "invalid topic name"},
    {"J\ntopics: {C1: {reliability: maybe}}", ":3:28", "is no value of reliability"},
    {"J\ntopics: {C1: {history: keep}}", ":3:24", "is no value of history"},
    {"J\ntopics: {C1: {bytes: 10, max_bytes: 9}}", ":3:37", "less than the expected 10 bytes"},
    {"J\ntopics: {C1: {max_bytes: 16777217}}", ":3:26", "out of range"},
    {"J\ntopics: {C1: {depth: 0}}", ":3:22", "out of range"},
    {"J\ntopics: {C1: {depth: 100001}}", ":3:22", "out of range"},
    {"J\ntopics: {C1: {history: keep_all, depth: 3}}", ":3:41", "no meaning"},
    {"J\ntopics: {C1: {bytes: 0}}", ":3:22", "out of range"},
    {"J\ntopics: {C1: {overflow: block}}", ":3:25", "needs history keep_all"},
    {"J\ntopics: {C1: {overflow: block, history: keep_all, reliability: best_effort}}", ":3:25",
     "reliability reliable"},
    {"J\ntopics: {C1: {overflow: drop, history: keep_all}}", ":3:25", "never drops"},
    {"J\ntopics: {C1: {overflow: wait}}", ":3:25", "is no value of overflow"},
    {"J\ntopics: {C1: {external: yes}}", ":3:25", "\"yes\" is no value of external"},
    {"J\ntopics: {'*': {external: true}}", ":3:26", "said of one topic"},
    {"J\ntopics: {C1: {ros2: 1}}", ":3:21", "\"1\" is no value of ros2"},
    {"J\ntasks: {T: {feedback: C1}}", ":3:23", "must be a list of topics, not"},
    {"J\ntasks: {T: {feedback: [C1, C1]}}", ":3:28", "listed twice"},
    {"J\ntasks: {T: {feedback: [\"*\"]}}", ":3:24", "invalid topic name"},
    {"J\ntasks: {T: {subscriptions: [C1]}}", ":3:28", "must be a mapping"},
    {"J\ntasks: {T: {subscriptions: {/a: {}}}}", ":3:29", "invalid topic name"},
    {"J\ntasks: {T: {subscriptions: {C1: {bytes: 3}}}}", ":3:34", "unknown key \"bytes\""},
    {"J\ntasks: {T: {subscriptions: {C1: {history: keep_all, overflow: block}}}}", ":3:63",
     "needs history keep_all"},
    {"J\nlanes: {fifo_priority: 100}", ":3:24", "out of range"},
    {"J\nlanes: {cores: '0,'}", ":3:16", "is not a list of CPUs"},
    {"J\nlanes: {cores: 3-1}", ":3:16", "is not a list of CPUs"},
    {"J\nlanes: {cores: 1024}", ":3:16", "is not a list of CPUs"},
    {"J\nlanes: {cores: '-1'}", ":3:16", "is not a list of CPUs"},
    {"J\nlanes: {cores: 0 1}", ":3:16", "is not a list of CPUs"},
    {"J\nlanes: {pin: true}", ":3:9", "unknown key \"pin\""},
    {"J\ndeclares: [T]", ":3:11", "declares must be a mapping"},
    {"J\ndeclares: {T: [a]}", ":3:15", "declares.T must be a mapping"},
    {"J\ndeclares: {T: {}}", ":3:15", "declares nothing"},
    {"J\ndeclares: {1T: {cpu: 1}}", ":3:12", "invalid name \"1T\""},
    {"J\ndeclares: {T: {cpus: 1}}", ":3:16", "unknown key \"cpus\""},
    {"J\ndeclares: {T: {node: a}}", ":3:16", "unknown key \"node\""},
    {"J\ndeclares: {T: {name: T}}", ":3:22", "has its name already"},
    {"J\ndeclares: {T: {cpu: one}}", ":3:21", "\"one\" is not a number"},
    {"J\ndeclares: {T: {period_ms: 1, rate_hz: 1}}", ":3:39", "both period_ms and rate_hz"},
    {"J\ndeclares: {T: {sub: C1}}", ":3:21", "must be a list of topics, not text"},
    {"J\ndeclares: {T: {sub: }}", ":3:16", "must be a list of topics, not nothing"},
    {"J\ndeclares: {T: {sub: [C1, a b]}}", ":3:26", "invalid topic name \"a b\""},
    {"J\ndeclares: {T: {sub: ['*']}}", ":3:22", "invalid topic name"},
    {"J\ndeclares: {T: {sub: [mort/cmd]}}", ":3:22", "invalid topic name"},
    {"J\ndeclares: {T: {sub: [[C1]]}}", ":3:22", "must be a single value, not a list"},
    {"J\ndeclares: {T: {sub: [C1, {topic: C1}]}}", ":3:26", "\"C1\" is listed twice"},
    {"J\ndeclares: {T: {pub: [{type: A}]}}", ":3:22", "lacks the key \"topic\""},
    {"J\ndeclares: {T: {pub: [{topic: C1, kind: A}]}}", ":3:34", "unknown key \"kind\""},
    {"J\ndeclares: {T: {pub: [{topic: C1, type: A B}]}}", ":3:40", "no name of a message type"},
    {"J\ndeclares: {T: {pub: [{topic: C1, type: ::A}]}}", ":3:40", "no name of a message type"},
    {"J\ndeclares: {T: {pub: [{topic: C1, type: 'A::'}]}}", ":3:40", "no name of a message type"},
    {"J\ndeclares: {'task.cpp:': {name: T}}", ":3:12", "nor a place"},
    {"J\ndeclares: {':4': {name: T}}", ":3:12", "nor a place"},
    {"J\ndeclares: {'task.cpp:0': {name: T}}", ":3:12", "nor a place"},
    {"J\ndeclares: {'task.cpp:04': {name: T}}", ":3:12", "nor a place"},
    {"J\ndeclares: {'task.cpp:-4': {name: T}}", ":3:12", "nor a place"},
    {"J\ndeclares: {'task.cpp:4:2x': {name: T}}", ":3:12", "nor a place"},
    {"J\ndeclares: {'task.cpp:1234567890': {name: T}}", ":3:12", "nor a place"},
    {"J\ndeclares: {'none.cpp:4': {name: T}}", ":3:12", "\"none.cpp\" is no file"},
    {"J\ndeclares: {'include:4': {name: T}}", ":3:12", "\"include\" is no file"},
    {"J\ndeclares: {'task.cpp:4': {cpu: 1}}", ":3:26", "lacks the key \"name\""},
    {"J\ndeclares: {'task.cpp:4': {name: 1T}}", ":3:33", "invalid name \"1T\""},
    {"J\ndeclares: {'task.cpp:4': {name: T}, './task.cpp:4': {name: U}}", ":3:37",
     "task.cpp:4 is declared twice"},
    {"J\ndeclares: {T: {cpu: 1}, 'task.cpp:4': {name: T}}", ":3:25",
     "task \"T\" is declared twice"},
    {"J\ndeclares: {T: {cpu: 1}, T: {cpu: 2}}", ":3:25", "duplicate key \"T\""},
};

TEST(JobYaml, MistakesAreReportedWithPlaceCauseAndCure) {
  for (const Bad& bad : kBad) {
    std::string text = bad.text;
    if (text.substr(0, 1) == "J") text.replace(0, 1, "job: a\nsources: [task.cpp]");
    SCOPED_TRACE(text);
    const auto job = parse_job(text, kFile);
    ASSERT_FALSE(job);
    EXPECT_EQ(job.error().code, ErrorCode::kInvalid);
    EXPECT_EQ(job.error().where, kFile + bad.where) << to_string(job.error());
    EXPECT_THAT(job.error().message, HasSubstr(bad.cause));
    EXPECT_NE(job.error().cure, "");
  }
}

TEST(JobYaml, UnknownKeySuggestsTheNearestAndListsTheKnown) {
  const auto job = parse_job("job: a\nsources: [task.cpp]\ntasks: {T: {perod_ms: 1}}", kFile);
  ASSERT_FALSE(job);
  EXPECT_EQ(
      job.error().cure,
      "did you mean \"period_ms\"? known keys: cpu, period_ms, rate_hz, memory, node, labels, "
      "stack_kb, subscriptions, feedback");
}

TEST(JobYaml, DeepAndHugeTextsAreRefused) {
  const std::string cases[] = {
      std::string(100'000, '['), std::string(100'000, '{'),
      std::string(1 << 21, 'a'), "a: " + std::string(17, '[') + std::string(17, ']'),
      std::string(5'000, '-'),   std::string("job: \0\nsources: [task.cpp]", 26)};
  for (const std::string& text : cases) {
    const auto job = parse_job(text, kFile);
    ASSERT_FALSE(job);
    EXPECT_EQ(job.error().code, ErrorCode::kInvalid);
    EXPECT_NE(job.error().cure, "");
  }
}

TEST(JobYaml, DamagedTextsNeverEscapeAsExceptions) {
  std::mt19937 engine(5);
  const std::string alphabet = "{}[]:,&*!|>'\"%@`#-? \n\t\\ax0\x80\xff";
  int valid = 0;
  for (int round = 0; round < 3'000; ++round) {
    std::string text = kGood;
    for (unsigned change = engine() % 4 + 1; change > 0; --change) {
      const std::size_t at = engine() % text.size();
      if (engine() % 3 == 0) {
        text.erase(at, engine() % 8 + 1);
      } else {
        text[at] = alphabet[engine() % alphabet.size()];
      }
      if (text.empty()) text = "x";
    }
    const auto job = parse_job(text, kFile);
    valid += job ? 1 : 0;
    if (!job) {
      ASSERT_EQ(job.error().code, ErrorCode::kInvalid) << text;
      ASSERT_THAT(job.error().where, testing::StartsWith(kFile)) << text;
    }
  }
  EXPECT_GT(valid, 0);
  EXPECT_LT(valid, 3'000);
}

TEST(JobYaml, MissingFileIsRefused) {
  const auto job = load_job(kFolder + "/none.yaml");
  ASSERT_FALSE(job);
  EXPECT_EQ(job.error().code, ErrorCode::kInvalid);
  EXPECT_EQ(job.error().where, kFolder + "/none.yaml");
  EXPECT_FALSE(load_job(kFolder)) << "a folder is no job description";
}

TEST(SetParam, FilePathsAreMadeAbsoluteFromTheWorkingDirectory) {
  auto job = parse_job(kGood, kFile);
  ASSERT_TRUE(job);
  ASSERT_TRUE(set_param(*job, "raw1=" + std::filesystem::relative(kFolder + "/task.cpp").string()));
  EXPECT_EQ(job->params.at("raw1").value, kFolder + "/task.cpp");
  ASSERT_TRUE(set_param(*job, "note=a=b"));
  EXPECT_EQ(job->params.at("note").value, "a=b");
}

TEST(SetParam, MistakesAreRefused) {
  auto job = parse_job(kGood, kFile);
  ASSERT_TRUE(job);
  const std::pair<const char*, const char*> cases[] = {{"passes", "no '='"},
                                                       {"pases=1", "no parameter \"pases\""},
                                                       {"=1", "no parameter"},
                                                       {"raw1=none.txt", "is no file"},
                                                       {"raw1=", "is no file"}};
  for (const auto& [assignment, cause] : cases) {
    const auto done = set_param(*job, assignment);
    ASSERT_FALSE(done) << assignment;
    EXPECT_EQ(done.error().code, ErrorCode::kInvalid);
    EXPECT_EQ(done.error().where, "--set");
    EXPECT_THAT(done.error().message, HasSubstr(cause));
    EXPECT_NE(done.error().cure, "");
  }
}

TEST(JobCheck, SettingsOfUnknownTasksAndTopicsAreFindings) {
  const auto job = parse_job(
      "job: a\nsources: [task.cpp]\ntasks: {F1: {}, F9: {}}\ntopics: {C1: {}, D1: {}, '*': {}}",
      kFile);
  ASSERT_TRUE(job) << to_string(job.error());
  const auto found = check(*job, sample_graph());
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].code, "unknown-task");
  EXPECT_EQ(to_string(found[0].place), kFile + ":3:17");
  EXPECT_THAT(found[0].notes[0], HasSubstr("F6"));
  EXPECT_EQ(found[1].code, "unknown-topic");
  EXPECT_EQ(to_string(found[1].place), kFile + ":4:18");
}

TEST(JobCheck, AnExternalTopicIsNotPublishedByTheJobItself) {
  const auto job = parse_job(
      "job: a\nsources: [task.cpp]\ntopics: {C1: {external: true}, C2: {external: true}}", kFile);
  ASSERT_TRUE(job) << to_string(job.error());
  const auto found = check(*job, sample_graph());
  ASSERT_EQ(found.size(), 1U) << "C2 is read only";
  EXPECT_EQ(found[0].code, "external-topic");
  EXPECT_EQ(to_string(found[0].place), kFile + ":3:10");
  EXPECT_THAT(found[0].message, HasSubstr("\"RawData1\" publishes it"));
}

TEST(JobCheck, ParametersHaveTheValuesThatShapedTheGraph) {
  const auto job = parse_job(
      "job: a\nsources: [task.cpp]\nparams: {a: 1, b: 2, c: {file: numbers.txt}, d: 4}", kFile);
  ASSERT_TRUE(job) << to_string(job.error());
  TaskGraph graph = sample_graph();
  graph.params = {{"a", "1"}, {"b", "3"}, {"c", "numbers.txt"}, {"e", "5"}};
  const auto found = check(*job, graph);
  ASSERT_EQ(found.size(), 3U);
  for (const Diagnostic& one : found) EXPECT_EQ(one.code, "stale-parameter");
  EXPECT_EQ(found[0].message, "the task graph was read with b=\"3\", but the job says b=\"2\"");
  EXPECT_EQ(to_string(found[0].place), kFile + ":3:16");
  EXPECT_THAT(found[1].message, HasSubstr("c=\"numbers.txt\", but the job has no such parameter"));
  EXPECT_THAT(found[2].message, HasSubstr("e=\"5\", but the job has no such parameter"));
}

TEST(Names, TypesHaveQualifiedNames) {
  for (const char* good : {"A", "_a::B1", "a::b::C"}) EXPECT_TRUE(is_valid_type_name(good)) << good;
  for (const char* bad : {"", "::A", "A::", "a::::b", "a:b", "a.b", "1a", "a::1b", "A<int>"}) {
    EXPECT_FALSE(is_valid_type_name(bad)) << bad;
  }
  std::string deep = "a";
  while (deep.size() < 510) deep += "::a";
  EXPECT_TRUE(is_valid_type_name(deep.substr(0, 511)));
  EXPECT_FALSE(is_valid_type_name(deep + "::a"));
}

TEST(Names, OnlyShortPlainOnesAreValid) {
  for (const char* good : {"a", "_", "A1_.-x"}) EXPECT_TRUE(is_valid_name(good)) << good;
  for (const char* bad : {"", "1a", "-a", ".", "a b", "a/b", "\xc3\xa4", "a\n"}) {
    EXPECT_FALSE(is_valid_name(bad)) << bad;
  }
  EXPECT_TRUE(is_valid_name(std::string(128, 'a')));
  EXPECT_FALSE(is_valid_name(std::string(129, 'a')));
  EXPECT_TRUE(is_valid_topic("a/b"));
  EXPECT_FALSE(is_valid_topic("/a"));
}

}  // namespace
}  // namespace mort::graph
