// Who wins a key, whatever the order in which the records came (SPEC 8).
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "mort/space/record.hpp"

namespace mort::space {
namespace {

Record record(const std::string& author, std::uint64_t seq, std::uint64_t wall_ms,
              std::int32_t priority = 0, std::vector<Seen> seen = {}) {
  Record r;
  r.space = kCmd;
  r.key = "k";
  r.author = author;
  r.author_seq = seq;
  r.stamp = {wall_ms, 0};
  r.priority = priority;
  r.seen = std::move(seen);
  r.body = author + std::to_string(seq);
  return r;
}

/// The body of the winner, which must be the same for every order of arrival.
std::string winner_of(const std::vector<Record>& records) {
  std::vector<const Record*> pointers;
  for (const Record& r : records) pointers.push_back(&r);
  std::sort(pointers.begin(), pointers.end());
  const Record* first = winner(pointers);
  while (std::next_permutation(pointers.begin(), pointers.end())) {
    EXPECT_EQ(winner(pointers), first);
  }
  return first == nullptr ? "none" : first->body;
}

TEST(Winner, NoRecordsHaveNone) {
  EXPECT_EQ(winner({}), nullptr);
}

TEST(Winner, OfTwoThatDidNotKnowOfEachOtherTheFirstCommitWins) {
  EXPECT_EQ(winner_of({record("b", 1, 10), record("a", 1, 20)}), "b1");
}

TEST(Winner, AtOneStampTheAuthorDecides) {
  EXPECT_EQ(winner_of({record("b", 1, 10), record("a", 1, 10)}), "a1");
}

TEST(Winner, ARecordWhoseAuthorHadSeenTheOtherSupersedesIt) {
  EXPECT_EQ(winner_of({record("b", 1, 10), record("a", 1, 20, 0, {{kCmd, "b", 1}})}), "a1");
  EXPECT_EQ(winner_of({record("b", 2, 10), record("a", 1, 20, 0, {{kCmd, "b", 1}})}), "b2");
}

TEST(Winner, AnAuthorSupersedesItsOwnEarlierRecords) {
  EXPECT_EQ(winner_of({record("a", 1, 10), record("a", 2, 20), record("a", 3, 30)}), "a3");
}

TEST(Winner, ARecordThatSawTheOtherWinsEvenWithAnEarlierStamp) {
  // The clock of `b` was far ahead, so that `a` did not follow it.
  EXPECT_EQ(winner_of({record("b", 1, 500'000), record("a", 1, 20, 0, {{kCmd, "b", 1}})}), "a1");
}

TEST(Winner, AHigherPriorityHoldsItsKeyAgainstEarlierAndLaterOnes) {
  const std::vector<Seen> all = {{kCmd, "a", 9}, {kCmd, "b", 9}, {kCmd, "c", 9}};
  EXPECT_EQ(winner_of({record("a", 1, 10), record("b", 1, 20, 5), record("c", 1, 30, 0, all),
                       record("a", 2, 40, 4, all)}),
            "b1");
}

TEST(Winner, AReleaseOfAHigherPriorityGivesTheKeyBackToLowerOnes) {
  Record release = record("b", 2, 30, 5);
  release.body.clear();
  EXPECT_EQ(winner_of({record("a", 1, 10), record("b", 1, 20, 5), release}), "a1");
  EXPECT_EQ(winner_of({record("b", 1, 20, 5), release, record("a", 1, 40)}), "a1");
  EXPECT_EQ(winner_of({record("b", 1, 20, 5), release}), "");
}

TEST(Winner, InStateTheLaterStampWins) {
  std::vector<Record> records = {record("a", 1, 10, 9), record("a", 2, 20), record("b", 1, 15, 3)};
  for (Record& r : records) r.space = kState;
  EXPECT_EQ(winner_of(records), "a2");
}

TEST(Winner, IsTheSameForEveryOrderOfRandomRecords) {
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    std::vector<Record> records;
    for (const char* author : {"a", "b", "c"}) {
      for (std::uint64_t seq = 1; seq <= 1 + random() % 2; ++seq) {
        auto r = record(author, seq, random() % 4, static_cast<std::int32_t>(random() % 2));
        for (const char* other : {"a", "b", "c"}) r.seen.push_back({kCmd, other, random() % 3});
        if (random() % 5 == 0) r.body.clear();
        records.push_back(std::move(r));
      }
    }
    winner_of(records);
  }
}

}  // namespace
}  // namespace mort::space
