#include "node_memory.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

#include "support/temp_dir.hpp"

namespace mort::dds_topics {
namespace {

namespace fs = std::filesystem;

class NodeMemoryTest : public ::testing::Test {
 protected:
  std::unique_ptr<NodeMemory> join(const std::string& node) {
    auto joined = NodeMemory::join(node, folder_.path());
    EXPECT_TRUE(joined) << to_string(joined.error());
    return joined ? std::move(*joined) : nullptr;
  }
  std::set<std::string> entries() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_.path()))
      names.insert(entry.path().filename());
    return names;
  }
  /// The one folder of members.
  std::string home() const {
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      if (entry.is_directory()) return entry.path();
    }
    return {};
  }
  std::string segment(const std::string& guid) const { return folder_.file(segment_name(guid)); }
  /// A member that ends without cleaning up, as by SIGKILL.
  void die_as_member(const std::string& node, const std::string& prefix) {
    const pid_t child = fork();
    if (child == 0) {
      auto memory = NodeMemory::join(node, folder_.path());
      if (!memory || !(*memory)->own(prefix)) _exit(1);
      std::ofstream(segment(prefix + "_0.0.1.3")) << "payload";
      _exit(0);  // the destructor does not run
    }
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_EQ(status, 0);
  }

  TempDir folder_;
};

TEST_F(NodeMemoryTest, MembersOfANodeReadOneTokenAndOtherNodesAnother) {
  const auto first = join("a");
  const auto second = join("a");
  const auto other = join("b");
  EXPECT_EQ(first->token(), second->token());
  EXPECT_NE(first->token(), other->token());
  EXPECT_NE(first->token(), 0U);
}

TEST_F(NodeMemoryTest, AnotherFolderGivesAnotherToken) {
  const TempDir elsewhere;
  const auto here = join("a");
  const auto there = NodeMemory::join("a", elsewhere.path());
  ASSERT_TRUE(there);
  EXPECT_NE(here->token(), (*there)->token());
}

TEST_F(NodeMemoryTest, TheLastMemberLeavesNothing) {
  auto first = join("a");
  auto second = join("a");
  ASSERT_TRUE(first->own("01.0f.01"));
  first.reset();
  EXPECT_EQ(entries().size(), 1U) << "second is still in";
  second.reset();
  EXPECT_TRUE(entries().empty());
}

TEST_F(NodeMemoryTest, ANewMemberRemovesWhatDeadOnesLeft) {
  const auto alive = join("a");
  ASSERT_TRUE(alive->own("01.0f.01"));
  std::ofstream(segment("01.0f.01_0.0.1.3")) << "in use";
  std::ofstream(segment("01.0f.09_0.0.1.3")) << "of a program that is not Mort's";
  die_as_member("gone", "01.0f.02");
  ASSERT_TRUE(fs::exists(segment("01.0f.02_0.0.1.3")));
  die_as_member("a", "01.0f.03");
  EXPECT_FALSE(fs::exists(segment("01.0f.02_0.0.1.3")));
  ASSERT_TRUE(fs::exists(segment("01.0f.03_0.0.1.3")));
  const auto fresh = join("a");
  EXPECT_FALSE(fs::exists(segment("01.0f.03_0.0.1.3")));
  EXPECT_TRUE(fs::exists(segment("01.0f.01_0.0.1.3")));
  EXPECT_TRUE(fs::exists(segment("01.0f.09_0.0.1.3")));
  EXPECT_EQ(entries().size(), 3U) << "one home and two segments";
  EXPECT_EQ(fresh->token(), alive->token());
}

/// An agent that is ended kills its workers and leaves last: nobody would find them afterwards.
TEST_F(NodeMemoryTest, TheLastMemberRemovesWhatDeadOnesLeft) {
  auto alive = join("a");
  die_as_member("a", "01.0f.03");
  ASSERT_TRUE(fs::exists(segment("01.0f.03_0.0.1.3")));
  alive.reset();
  EXPECT_TRUE(entries().empty());
}

TEST_F(NodeMemoryTest, RefusesAFolderThatOthersMayWrite) {
  auto first = join("a");
  chmod(home().c_str(), 0777);
  const auto second = NodeMemory::join("a", folder_.path());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kFailed);
}

TEST_F(NodeMemoryTest, RefusesALinkInPlaceOfTheFolder) {
  std::string name;
  {
    const auto first = join("a");
    name = home();
  }
  const TempDir elsewhere;
  fs::create_directory_symlink(elsewhere.path(), name);
  EXPECT_FALSE(NodeMemory::join("a", folder_.path()));
  EXPECT_TRUE(fs::is_empty(elsewhere.path()));
}

TEST_F(NodeMemoryTest, RefusesAFolderThatIsNotThere) {
  EXPECT_FALSE(NodeMemory::join("a", folder_.file("missing")));
}

TEST_F(NodeMemoryTest, CommitsTheMemoryOfASegmentThatIsThere) {
  const auto memory = join("a");
  const std::string path = segment("01.0f.01_0.0.1.3");
  std::ofstream(path).close();
  fs::resize_file(path, 1 << 20);
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  ASSERT_EQ(status.st_blocks, 0);
  EXPECT_TRUE(memory->commit("01.0f.01_0.0.1.3"));
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_GE(status.st_blocks * 512, 1 << 20);
  EXPECT_FALSE(memory->commit("01.0f.01_0.0.1.4"));
}

TEST_F(NodeMemoryTest, HasNoRoomForMoreThanHalfOfWhatIsFree) {
  const auto memory = join("a");
  EXPECT_TRUE(memory->has_room(1));
  EXPECT_FALSE(memory->has_room(std::size_t{1} << 60));
}

}  // namespace
}  // namespace mort::dds_topics
