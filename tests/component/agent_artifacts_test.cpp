// Artifacts on their way from the submitter to the nodes that run the job.
#include <gmock/gmock.h>

#include <random>

#include "mort/message/message.hpp"
#include "support/agent_simulation.hpp"

namespace mort::simulation {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

constexpr const char* kChunkTopic = "mort/artifact_chunk/b";

/// The wire of a chunk.
struct Chunk {
  std::string to;
  std::string sha256;
  std::uint32_t index = 0;
  std::vector<std::uint8_t> bytes;
};

class AgentArtifacts : public AgentSimulation {
 protected:
  AgentArtifacts() {
    std::mt19937 random(11);
    library_.clear();
    while (library_.size() < 20 * 65536 + 777) library_ += static_cast<char>(random());
  }
  /// A job of one task on b; the submitter is a.
  JobMaker job() { return JobMaker("job").task("Only", "b", {}, {"C1"}); }
  std::string launched_library(const std::string& id) {
    std::ifstream file(worker_of("b", id)->config.library, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  /// Counts the chunks sent, and lets the test decide about each.
  void on_chunk(std::function<bool(int number, std::vector<std::uint8_t>& payload)> decide) {
    network_.set_filter([this, decide = std::move(decide)](
                            const bus::TopicSpec& topic, const std::string&, const std::string& to,
                            std::vector<std::uint8_t>& payload) {
      return topic.name != kChunkTopic || to != "b" || decide(++chunks_, payload);
    });
  }
  std::string path_on(const std::string& node, const std::string& sha256) {
    return machine(node).folder + "/" + sha256;
  }
  int chunks_ = 0;
};

TEST_F(AgentArtifacts, ANodeThatLacksTheLibraryFetchesItWholeBeforeItLaunches) {
  fleet({"a", "b", "c"});
  on_chunk([](int, auto&) { return true; });
  const std::string id = submit("a", job());
  ASSERT_EQ(workers("b", id).size(), 1U);
  EXPECT_EQ(launched_library(id), library_);
  EXPECT_EQ(chunks_, 21) << "each chunk once";
  EXPECT_FALSE(std::filesystem::exists(path_on("c", sha256_hex(library_))))
      << "c has no task of the job";
  EXPECT_FALSE(std::filesystem::exists(path_on("b", sha256_hex(library_)) + ".part"));
}

TEST_F(AgentArtifacts, FileParametersComeAlongAndAreGivenAsLocalPaths) {
  fleet({"a", "b"});
  JobMaker with_file = job();
  with_file.manifest.artifacts = {
      upload("a", library_, "library", "x86_64"), upload("a", "1 2 3", "file", "raw"),
      upload("a", "other machine", "library", "aarch64"), upload("a", "", "file", "empty")};
  with_file.manifest.job.params["raw"] = {"data/raw.txt", true, {}};
  with_file.manifest.job.params["empty"] = {"data/empty.txt", true, {}};
  with_file.manifest.job.params["passes"] = {"3", false, {}};
  const std::string id = submit("a", with_file);
  const auto& config = worker_of("b", id)->config;
  EXPECT_EQ(config.params.at("passes"), "3");
  EXPECT_EQ(config.params.at("raw"), path_on("b", sha256_hex("1 2 3")));
  EXPECT_EQ(std::filesystem::file_size(config.params.at("raw")), 5U);
  EXPECT_EQ(std::filesystem::file_size(config.params.at("empty")), 0U);
  EXPECT_EQ(config.library, path_on("b", sha256_hex(library_)));
  EXPECT_FALSE(std::filesystem::exists(path_on("b", sha256_hex("other machine"))))
      << "of no use here";
}

TEST_F(AgentArtifacts, ACorruptedChunkIsRefusedAndFetchedAgain) {
  fleet({"a", "b"});
  int corrupted = 0;
  on_chunk([&](int number, std::vector<std::uint8_t>& payload) {
    if (number % 5 == 1) {
      payload.back() ^= 0x40;
      ++corrupted;
    }
    return true;
  });
  const std::string id = *try_submit("a", job());
  run(seconds(1));
  EXPECT_TRUE(workers("b", id).empty()) << "not before it is whole";
  run(seconds(60));
  ASSERT_EQ(workers("b", id).size(), 1U);
  EXPECT_EQ(launched_library(id), library_);
  EXPECT_GE(corrupted, 6);
}

TEST_F(AgentArtifacts, LostChunksAreAskedForAgain) {
  fleet({"a", "b"});
  on_chunk([random = std::mt19937(2)](int, auto&) mutable { return random() % 3 != 0; });
  const std::string id = *try_submit("a", job());
  run(seconds(60));
  ASSERT_EQ(workers("b", id).size(), 1U);
  EXPECT_EQ(launched_library(id), library_);
}

TEST_F(AgentArtifacts, AnInterruptedFetchGoesOnWithWhatIsThere) {
  fleet({"a", "b"});
  on_chunk([](int number, auto&) { return number <= 13; });
  const std::string id = *try_submit("a", job());
  run(seconds(5));
  EXPECT_TRUE(workers("b", id).empty());
  end_agent("b");
  on_chunk([](int, auto& payload) { return message::decode<Chunk>(payload)->index >= 13; });
  start_agent("b");
  run(seconds(5));
  ASSERT_EQ(workers("b", id).size(), 1U);
  EXPECT_EQ(launched_library(id), library_);
}

TEST_F(AgentArtifacts, ADamagedPartialFileIsFilledInNotTrusted) {
  fleet({"a", "b"});
  std::string partial = library_.substr(0, 5 * 65536);
  partial[2 * 65536 + 7] ^= 1;
  std::ofstream(path_on("b", sha256_hex(library_)) + ".part", std::ios::binary) << partial;
  on_chunk([](int, auto&) { return true; });
  const std::string id = submit("a", job());
  ASSERT_EQ(workers("b", id).size(), 1U);
  EXPECT_EQ(launched_library(id), library_);
  EXPECT_LE(chunks_, 21 - 2);
}

TEST_F(AgentArtifacts, APartialFileWithMoreThanTheArtifactIsNoObstacle) {
  fleet({"a", "b"});
  std::ofstream(path_on("b", sha256_hex(library_)) + ".part", std::ios::binary)
      << library_ << "and more";
  const std::string id = submit("a", job());
  ASSERT_EQ(workers("b", id).size(), 1U) << reason(id);
  EXPECT_EQ(launched_library(id), library_);
}

TEST_F(AgentArtifacts, AnotherHolderIsAskedWhenTheSubmitterIsSilent) {
  fleet({"a", "b", "c"});
  JobMaker both = JobMaker("both").task("First", "c", {}, {"C1"}).task("Second", "b", {"C1"}, {});
  upload("c", library_, "library", "x86_64");
  network_.set_filter(
      [](const bus::TopicSpec& topic, const std::string& from, const std::string&,
         std::vector<std::uint8_t>&) { return topic.name != kChunkTopic || from != "a"; });
  const std::string id = *try_submit("a", both);
  run(seconds(20));
  ASSERT_EQ(workers("b", id).size(), 1U);
  EXPECT_EQ(launched_library(id), library_);
}

TEST_F(AgentArtifacts, AnArtifactThatNobodySendsFailsTheJobWithACure) {
  fleet({"a", "b"});
  on_chunk([](int, auto&) { return false; });
  const std::string id = *try_submit("a", job());
  run(seconds(55));
  EXPECT_EQ(state(id), "starting");
  run(seconds(10));
  EXPECT_EQ(state(id), "failed");
  EXPECT_THAT(reason(id), HasSubstr("no agent sends artifact"));
  EXPECT_THAT(reason(id), HasSubstr("cure"));
}

TEST_F(AgentArtifacts, AnArtifactDamagedOnDiskIsFetchedAgainAndNeverLaunched) {
  fleet({"a", "b"});
  std::string damaged = library_;
  damaged[100'000] ^= 1;
  std::ofstream(path_on("b", sha256_hex(library_)), std::ios::binary) << damaged;
  const std::string id = submit("a", job());
  run(seconds(5));
  ASSERT_EQ(workers("b", id).size(), 1U);
  EXPECT_EQ(launched_library(id), library_);
  EXPECT_EQ(state(id), "starting");
}

TEST_F(AgentArtifacts, AnArtifactDamagedBetweenTwoLaunchesIsFetchedAgainBeforeTheNext) {
  fleet({"a", "b"});
  const std::string id = submit("a", job());
  bring_up({"b"}, id);
  std::ofstream(path_on("b", sha256_hex(library_)), std::ios::binary | std::ios::app) << "x";
  worker_of("b", id)->exit("was killed by signal 11");
  run(seconds(5));
  EXPECT_EQ(workers("b", id).size(), 2U);
  EXPECT_EQ(launched_library(id), library_);
  EXPECT_EQ(state(id), "running");
}

TEST_F(AgentArtifacts, AnUploadWithAnotherHashIsRefusedAndRemoved) {
  fleet({"a"});
  const std::string file = agents_.at("a")->artifacts.temporary_path();
  std::ofstream(file) << "something else";
  const auto adopted = agents_.at("a")->artifacts.adopt(file, sha256_hex("what was announced"));
  ASSERT_FALSE(adopted);
  EXPECT_EQ(adopted.error().code, ErrorCode::kInvalid);
  EXPECT_FALSE(std::filesystem::exists(file));
  EXPECT_FALSE(agents_.at("a")->artifacts.has("../../etc/passwd"));
}

TEST_F(AgentArtifacts, AJobWhoseArtifactsWereNotSentIsRefused) {
  fleet({"a", "b"});
  JobMaker unsent = job();
  unsent.manifest.artifacts = {upload("b", library_, "library", "x86_64")};
  const auto refused = try_submit("a", unsent);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalid);
  EXPECT_THAT(refused.error().message, HasSubstr("has not been sent to this agent"));
}

}  // namespace
}  // namespace mort::simulation
