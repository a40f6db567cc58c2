#include <gtest/gtest.h>

#include <string>

#include "endpoints.hpp"

namespace mort::dds_topics {
namespace {

bus::Guid guid(std::uint32_t number) {
  bus::Guid guid{};
  for (std::size_t i = 0; i < 4; ++i) guid[i] = static_cast<std::uint8_t>(number >> (8 * i));
  return guid;
}

bus::ForeignTopic topic(const std::string& name, bool reliable = true) {
  return {name, "demo::Type", reliable};
}

TEST(PeerDirectory, ListsATopicOfOtherProgramsOnceWhileAnyOfThemWritesIt) {
  PeerDirectory directory;
  directory.add_foreign(guid(1), topic("a", false));
  directory.add_foreign(guid(2), topic("a", true));
  directory.add_foreign(guid(3), topic("b", false));
  EXPECT_EQ(directory.foreign_topics(),
            (std::vector<bus::ForeignTopic>{topic("a", true), topic("b", false)}))
      << "a reliable reader finds a writer of a";
  directory.remove(guid(2));
  EXPECT_EQ(directory.foreign_topics(),
            (std::vector<bus::ForeignTopic>{topic("a", false), topic("b", false)}));
  directory.remove(guid(1));
  directory.remove(guid(3));
  EXPECT_TRUE(directory.foreign_topics().empty());
}

TEST(PeerDirectory, LeavesOutNamesThatWouldMeanSomethingToATerminal) {
  PeerDirectory directory;
  directory.add_foreign(guid(1), topic("a\x1b[2J"));
  directory.add_foreign(guid(2), topic("a\nb"));
  directory.add_foreign(guid(3), topic("a\x7f"));
  directory.add_foreign(guid(4), {"a", "Type\r", true});
  EXPECT_TRUE(directory.foreign_topics().empty());
  directory.add_foreign(guid(5), topic("température"));
  EXPECT_EQ(directory.foreign_topics().size(), 1U);
}

TEST(PeerDirectory, KnowsABoundedNumberOfForeignWriters) {
  PeerDirectory directory;
  for (std::uint32_t i = 0; i < 5000; ++i)
    directory.add_foreign(guid(i), topic("t" + std::to_string(i)));
  EXPECT_EQ(directory.foreign_topics().size(), 4096U);
  directory.add_foreign(guid(7), topic("renamed"));
  EXPECT_EQ(directory.foreign_topics().front().name, "renamed") << "of those it knows";
  directory.remove(guid(7));
  directory.add_foreign(guid(9999), topic("another"));
  EXPECT_EQ(directory.foreign_topics().front().name, "another") << "there is room again";
}

}  // namespace
}  // namespace mort::dds_topics
