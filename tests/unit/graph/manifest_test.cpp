#include "mort/graph/manifest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "hostile.hpp"
#include "mort/base/sha256.hpp"
#include "sample_graph.hpp"

namespace mort::graph {
namespace {

using nlohmann::json;
using testing::HasSubstr;

Manifest sample_manifest() {
  Manifest manifest;
  Job& job = manifest.job;
  job.name = "text_statistics";
  job.file = "job.yaml";
  job.sources = {"a.cpp", "../b.cpp"};
  job.include = {"include"};
  job.params["raw1"] = {"data/raw1.txt", true, {"job.yaml", 5, 3}};
  job.params["passes"] = {"0", false, {"job.yaml", 6, 3}};
  job.on_crash = OnCrash::kRestartWorker;
  job.when_on_crash["passes"] = OnCrash::kRestartJob;
  job.hold_for_ns = 90'000'000'000;
  job.after_hold = AfterHold::kGoOn;
  job.tasks["F1"] = {2500,
                     10'000'000,
                     64 * 1024,
                     200 << 20,
                     "node0",
                     {{"zone", "a"}},
                     {{"C1", {History::kKeepLast, 1, false}}},
                     {"job.yaml", 9, 3}};
  job.tasks["F2"] = {};
  TopicSettings& c1 = job.topics["C1"];
  c1.history = History::kKeepAll;
  c1.block = true;
  c1.bytes = 4100;
  c1.max_bytes = 70'000;
  c1.ros2 = true;
  c1.place = {"job.yaml", 12, 3};
  job.lanes = {20, {0, 2, 3}};
  job.topics["C2"].external = true;
  job.topic_defaults.reliability = Reliability::kBestEffort;
  job.topic_defaults.depth = 3;
  job.topic_defaults.depth_given = true;
  manifest.graph = sample_graph();
  const std::string hash = sha256_hex("x");
  manifest.artifacts = {{"library", "x86_64", hash, 130, 64, {hash, hash, hash}},
                        {"file", "raw1", hash, 128, 64, {hash, hash}},
                        {"library", "aarch64", hash, 0, 64, {}}};
  return manifest;
}

TEST(Manifest, RoundTripKeepsEverything) {
  const std::string text = to_json(sample_manifest());
  const auto manifest = manifest_from_json(text);
  ASSERT_TRUE(manifest) << to_string(manifest.error());
  EXPECT_EQ(to_json(*manifest), text);
  const Job& job = manifest->job;
  EXPECT_EQ(job.sources, sample_manifest().job.sources);
  EXPECT_TRUE(job.params.at("raw1").file);
  EXPECT_EQ(to_string(job.params.at("passes").place), "job.yaml:6:3");
  EXPECT_EQ(job.when_on_crash.at("passes"), OnCrash::kRestartJob);
  EXPECT_EQ(job.hold_for_ns, 90'000'000'000);
  EXPECT_EQ(job.after_hold, AfterHold::kGoOn);
  EXPECT_EQ(job.tasks.at("F1").labels.at("zone"), "a");
  EXPECT_EQ(job.tasks.at("F1").node, "node0");
  EXPECT_TRUE(job.topic("C1").block);
  EXPECT_EQ(job.topic("C9").depth, 3);
  EXPECT_TRUE(job.topic("C9").depth_given);
  EXPECT_FALSE(job.topic("C1").depth_given);
  EXPECT_EQ(job.topic("C1").max_bytes, 70'000);
  EXPECT_TRUE(job.topic("C2").external);
  EXPECT_FALSE(job.topic("C1").external);
  EXPECT_TRUE(job.topic("C1").ros2);
  EXPECT_EQ(job.queue("F1", "C1").depth, 1);
  EXPECT_FALSE(job.queue("F1", "C1").block);
  EXPECT_TRUE(job.queue("F2", "C1").block);
  EXPECT_EQ(job.lanes.fifo_priority, 20);
  EXPECT_EQ(job.lanes.cores, (std::vector<int>{0, 2, 3}));
  EXPECT_EQ(to_json(manifest->graph), to_json(sample_graph()));
  EXPECT_EQ(manifest->library("x86_64")->chunks.size(), 3U);
  EXPECT_EQ(manifest->library("riscv64"), nullptr);
}

TEST(Manifest, DeclarationsStayWithTheYaml) {
  Manifest manifest = sample_manifest();
  manifest.job.declares["F1"].name = "F1";
  EXPECT_EQ(to_json(manifest), to_json(sample_manifest())) << "the graph holds what came of them";
}

TEST(Manifest, PathsAreWrittenRelativeToTheJobDescription) {
  Manifest manifest = sample_manifest();
  manifest.job.file = "/home/user/job/job.yaml";
  manifest.job.sources = {"/home/user/job/src/a.cpp", "/home/user/b.cpp"};
  manifest.job.params["raw1"].value = "/home/user/job/data/raw1.txt";
  manifest.graph.tasks[0].place.file = "/home/user/job/src/a.cpp";
  manifest.graph.types.places["demo::Part"] = {"/home/user/job/src/messages.hpp", 1, 8};
  const std::string text = to_json(manifest);
  EXPECT_THAT(text, testing::Not(HasSubstr("/home")));
  const auto read = manifest_from_json(text);
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_THAT(read->job.sources, testing::ElementsAre("src/a.cpp", "../b.cpp"));
  EXPECT_EQ(read->graph.find("F1")->place.file, "src/a.cpp");
  EXPECT_EQ(to_json(*read), text);
}

TEST(Manifest, YamlOverridesHintsAndHintsOverrideDefaults) {
  const Manifest manifest = sample_manifest();
  EXPECT_EQ(manifest.cpu_millis("F1"), 2500);
  EXPECT_EQ(manifest.period_ns("F1"), 10'000'000);
  EXPECT_EQ(manifest.stack_bytes("F1"), 64 * 1024);
  EXPECT_EQ(manifest.memory_bytes("F1"), 200 << 20);
  EXPECT_EQ(manifest.memory_bytes("RawData1"), 0);
  EXPECT_EQ(manifest.cpu_millis("RawData1"), 1000);
  EXPECT_EQ(manifest.period_ns("RawData1"), 20'000'000);
  EXPECT_EQ(manifest.stack_bytes("RawData1"), 512 * 1024);
  EXPECT_EQ(manifest.cpu_millis("F2"), 1000);
  EXPECT_EQ(manifest.period_ns("F2"), 0);
  EXPECT_EQ(manifest.stack_bytes("F2"), kDefaultStackBytes);
}

struct Bad {
  const char* pointer;
  const char* value;  ///< JSON put there; null means: remove the member
  const char* where;
  const char* cause;
};

const Bad kBad[] = {
    {"/format", "\"mort-graph-1\"", "/format", "not \"mort-job-1\""},
    {"/job", "[]", "/job", "expected an object"},
    {"/job/name", "\"../../etc\"", "/job/name", "invalid name"},
    {"/job/sources", "\"a\"", "/job/sources", "expected an array"},
    {"/job/params/passes/is_file", "1", "/job/params/passes/is_file", "expected true or false"},
    {"/job/params/passes/value", "0", "/job/params/passes/value", "expected a string"},
    {"/job/params/a b", R"({"value":"","is_file":false})", "/job/params/a b", "invalid name"},
    {"/job/when/other", "\"restart_job\"", "/job/when/other", "no such parameter"},
    {"/job/when/passes", "\"never\"", "/job/when/passes", "unknown value"},
    {"/job/on_crash", nullptr, "/job/on_crash", "missing"},
    {"/job/hold_for_ns", "0", "/job/hold_for_ns", "out of range"},
    {"/job/after_hold", "\"wait\"", "/job/after_hold", "unknown value"},
    {"/job/tasks/F1/cpu_millis", "-1", "/job/tasks/F1/cpu_millis", "out of range"},
    {"/job/tasks/F1/period_ns", "0", "/job/tasks/F1/period_ns", "out of range"},
    {"/job/tasks/F1/node", "\"a/b\"", "/job/tasks/F1/node", "invalid name"},
    {"/job/tasks/F9", "{}", "/graph", "no task \"F9\""},
    {"/job/topics/C1/history", "\"keep_last\"", "/job/topics/C1/block", "needs history keep_all"},
    {"/job/topics/C1/reliability", "\"best_effort\"", "/job/topics/C1/block",
     "needs reliability reliable"},
    {"/job/topics/C1/max_bytes", "0", "/job/topics/C1/max_bytes", "out of range"},
    {"/job/topics/C1/depth", "0", "/job/topics/C1/depth", "out of range"},
    {"/job/topic_defaults", nullptr, "/job/topic_defaults", "missing"},
    {"/graph/format", "\"x\"", "/graph/format", "not \"mort-graph-1\""},
    {"/graph/tasks/1/name", "\"F1\"", "/graph", ""},
    {"/graph/params", R"({"passes":"1"})", "/graph",
     "was read with passes=\"1\", but the job says passes=\"0\""},
    {"/graph/params", R"({"other":"1"})", "/graph", "no such parameter"},
    {"/graph/params", R"({"raw1":"data/raw1.txt"})", "/graph", "no such parameter"},
    {"/artifacts/0/kind", "\"other\"", "/artifacts/0/kind", "unknown value"},
    {"/artifacts/0/sha256", "\"abc\"", "/artifacts/0/sha256", "is no SHA-256"},
    {"/artifacts/0/chunks/1", "\"../../../etc/passwd\"", "/artifacts/0/chunks/1", "is no SHA-256"},
    {"/artifacts/0/size", "129000", "/artifacts/0/chunks",
     "3 chunks, where the size asks for 2016"},
    {"/artifacts/0/size", "128", "/artifacts/0/chunks", "3 chunks, where the size asks for 2"},
    {"/artifacts/0/size", "1073741825", "/artifacts/0/size", "out of range"},
    {"/artifacts/0/chunk_size", "0", "/artifacts/0/chunk_size", "out of range"},
    {"/artifacts/2/name", "\"x86_64\"", "/artifacts", "two artifacts"},
    {"/artifacts/1/name", "\"raw2\"", "/artifacts", "no artifact holds the file"},
};

TEST(Manifest, FaultsAreRefusedWithTheirPointer) {
  for (const Bad& bad : kBad) {
    SCOPED_TRACE(bad.pointer);
    json document = json::parse(to_json(sample_manifest()));
    const json::json_pointer at(bad.pointer);
    if (bad.value == nullptr) {
      document[at.parent_pointer()].erase(at.back());
    } else {
      document[at] = json::parse(bad.value);
    }
    const auto manifest = manifest_from_json(document.dump());
    ASSERT_FALSE(manifest);
    EXPECT_EQ(manifest.error().code, ErrorCode::kInvalid);
    EXPECT_THAT(manifest.error().where, testing::StartsWith(bad.where));
    EXPECT_THAT(manifest.error().message, HasSubstr(bad.cause));
    EXPECT_NE(manifest.error().cure, "");
  }
}

TEST(Manifest, ParametersThatShapedTheGraphAreKept) {
  Manifest manifest = sample_manifest();
  manifest.graph.params["passes"] = "0";
  const auto read = manifest_from_json(to_json(manifest));
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(read->graph.params, manifest.graph.params);
}

TEST(Manifest, SetChangesParametersThatDidNotShapeTheGraph) {
  Manifest manifest = sample_manifest();
  ASSERT_TRUE(set_param(manifest, "passes=3"));
  EXPECT_EQ(manifest.job.params.at("passes").value, "3");
  manifest.graph.params["passes"] = "3";
  EXPECT_TRUE(set_param(manifest, "passes=3")) << "the value that it has";
  const std::pair<const char*, const char*> cases[] = {
      {"passes=4", "\"passes\" shaped the task graph of the built job, with \"3\""},
      {"passes=", "shaped the task graph"},
      {"raw1=job.yaml", "is a file, which is part of the built job"},
      {"pases=1", "no parameter \"pases\""},
      {"passes", "no '='"}};
  for (const auto& [assignment, cause] : cases) {
    const auto done = set_param(manifest, assignment);
    ASSERT_FALSE(done) << assignment;
    EXPECT_EQ(done.error().code, ErrorCode::kInvalid);
    EXPECT_EQ(done.error().where, "--set");
    EXPECT_THAT(done.error().message, HasSubstr(cause));
    EXPECT_NE(done.error().cure, "");
  }
  EXPECT_EQ(manifest.job.params.at("passes").value, "3") << "as before";
  EXPECT_THAT(set_param(manifest, "passes=4").error().cure, HasSubstr("anew with --set passes=4"));
}

TEST(Manifest, GraphsWithFindingsAreRefused) {
  Manifest manifest = sample_manifest();
  manifest.graph.tasks.push_back(sample_task("Late", {"C8"}, {"C2"}));
  const auto read = manifest_from_json(to_json(manifest));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().where, "/graph");
  EXPECT_THAT(read.error().message, HasSubstr("circle"));
}

TEST(Manifest, DamagedTextsAreRefusedOrReadButNeverEscape) {
  damage(to_json(sample_manifest()), 300, [](const std::string& text) {
    const auto manifest = manifest_from_json(text);
    if (!manifest) {
      ASSERT_EQ(manifest.error().code, ErrorCode::kInvalid);
    }
  });
}

TEST(DescribeArtifact, ChunksCoverTheFile) {
  const std::string path = testing::TempDir() + "mort_artifact_test";
  const auto chunk = static_cast<std::size_t>(kArtifactChunkBytes);
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, chunk, chunk + 1}) {
    const std::string bytes(size, 'y');
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
    const auto artifact = describe_artifact(path, "file", "raw1");
    ASSERT_TRUE(artifact) << to_string(artifact.error());
    EXPECT_EQ(artifact->size, static_cast<std::int64_t>(size));
    EXPECT_EQ(artifact->sha256, sha256_hex(bytes));
    ASSERT_EQ(artifact->chunks.size(), (size + chunk - 1) / chunk);
    if (size > chunk) {
      EXPECT_EQ(artifact->chunks[1], sha256_hex("y"));
    }
  }
  std::filesystem::remove(path);
}

TEST(DescribeArtifact, MissingFilesAndFoldersAreRefused) {
  for (const std::string& path : {std::string("/nonexistent"), testing::TempDir()}) {
    const auto artifact = describe_artifact(path, "file", "x");
    ASSERT_FALSE(artifact);
    EXPECT_EQ(artifact.error().code, ErrorCode::kInvalid);
    EXPECT_EQ(artifact.error().where, path);
    EXPECT_NE(artifact.error().cure, "");
  }
}

}  // namespace
}  // namespace mort::graph
