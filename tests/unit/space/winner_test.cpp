// Who wins a key, whatever the order in which the records came (SPEC 8).
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "mort/space/fold.hpp"

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
  std::vector<RecordPtr> sealed;
  for (const Record& r : records) sealed.push_back(seal(r));
  std::sort(sealed.begin(), sealed.end());
  const RecordPtr first = winner(sealed);
  while (std::next_permutation(sealed.begin(), sealed.end())) {
    EXPECT_EQ(winner(sealed), first);
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
  EXPECT_EQ(winner_of({record("b", 1, 10), record("a", 1, 20, 0, {{"b", 1}})}), "a1");
  EXPECT_EQ(winner_of({record("b", 2, 10), record("a", 1, 20, 0, {{"b", 1}})}), "b2");
}

TEST(Winner, AnAuthorSupersedesItsOwnEarlierRecords) {
  EXPECT_EQ(winner_of({record("a", 1, 10), record("a", 2, 20), record("a", 3, 30)}), "a3");
}

TEST(Winner, WhatClaimsToHaveSeenALaterStampIsNotBelieved) {
  // A stamp is later than those of all that its author saw; so two never supersede each other.
  EXPECT_EQ(winner_of({record("b", 1, 50), record("a", 1, 20, 0, {{"b", 1}})}), "a1");
  EXPECT_EQ(winner_of({record("b", 1, 50, 0, {{"a", 1}}), record("a", 1, 60, 0, {{"b", 1}})}),
            "a1");
}

TEST(Winner, WhatWasSupersededDoesNotCountAgainAConcurrentOne) {
  // b1 and a2 did not know of each other; that a1 came before b1 is of no account any more.
  EXPECT_EQ(winner_of({record("a", 1, 10), record("b", 1, 20), record("a", 2, 30)}), "b1");
}

TEST(Winner, AHigherPriorityHoldsItsKeyAgainstEarlierAndLaterOnes) {
  const std::vector<Seen> all = {{"a", 9}, {"b", 9}, {"c", 9}};
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

TEST(Winner, InStateTheLatestRunOfTheNodeCountsWhateverItsClockSays) {
  std::vector<Record> records = {record("n.old", 9, 99), record("n.new", 1, 10),
                                 record("n.new", 2, 20)};
  for (Record& r : records) r.space = kState;
  records[1].boot = records[2].boot = 1;
  EXPECT_EQ(winner_of(records), "n.new2");
}

TEST(Winner, InStateTheLaterStampOfTwoNodesCounts) {
  std::vector<Record> records = {record("n.x", 9, 20), record("m.x", 1, 30)};
  for (Record& r : records) r.space = kState;
  records[0].boot = 7;  // says nothing about another node
  EXPECT_EQ(winner_of(records), "m.x1");
}

TEST(Winner, IsTheSameForEveryOrderOfRandomRecords) {
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    std::vector<Record> records;
    for (const char* author : {"a", "b", "c"}) {
      for (std::uint64_t seq = 1; seq <= 1 + random() % 2; ++seq) {
        auto r = record(author, seq, random() % 4, static_cast<std::int32_t>(random() % 2));
        for (const char* other : {"a", "b", "c"}) r.seen.push_back({other, random() % 3});
        if (random() % 5 == 0) r.body.clear();
        records.push_back(std::move(r));
      }
    }
    winner_of(records);
  }
}

}  // namespace
}  // namespace mort::space
