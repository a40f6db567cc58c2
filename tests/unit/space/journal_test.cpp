// Which records are held, and what two journals tell each other.
#include "mort/space/journal.hpp"

#include <gtest/gtest.h>

namespace mort::space {
namespace {

RecordPtr record(std::uint64_t seq, const std::string& space = kCmd, const std::string& key = "k",
                 const std::string& body = "x", std::uint64_t lifetime_ms = 0) {
  Record made;
  made.space = space;
  made.key = key;
  made.author = "n.1";
  made.author_seq = seq;
  made.lifetime_ms = lifetime_ms;
  made.body = body;
  return seal(std::move(made));
}

std::vector<std::uint64_t> numbers(const Journal::Part& part) {
  std::vector<std::uint64_t> list;
  for (const RecordPtr& one : part.records) list.push_back(one->author_seq);
  return list;
}

TEST(Journal, IsThroughWithWhatHasNoGap) {
  Journal journal;
  for (const std::uint64_t seq : {2, 1, 5, 4}) journal.add(record(seq));
  EXPECT_EQ(journal.through(kCmd, "n.1"), 2U);
  EXPECT_EQ(journal.vector(Kind::kDurable), (std::vector<Through>{{kCmd, "n.1", 2, {4, 5}}}));
  journal.add(record(3));
  EXPECT_EQ(journal.vector(Kind::kDurable), (std::vector<Through>{{kCmd, "n.1", 5, {}}}));
  EXPECT_TRUE(journal.vector(Kind::kState).empty());
}

TEST(Journal, TellsARecordThatIsKnownFromAnotherOfItsNumber) {
  Journal journal;
  EXPECT_EQ(journal.add(record(1)).added, Journal::Added::kNew);
  EXPECT_EQ(journal.add(record(1)).added, Journal::Added::kKnown);
  EXPECT_EQ(journal.add(record(1, kCmd, "k", "other")).added, Journal::Added::kForked);
}

TEST(Journal, WhatOneLacksTheOtherSendsThoughAGapStaysForEver) {
  Journal a;
  Journal b;
  for (const std::uint64_t seq : {1, 2, 5, 6}) a.add(record(seq));
  for (const std::uint64_t seq : {1, 6, 7}) b.add(record(seq));
  const auto wanted = a.lacking(b.vector(Kind::kDurable));
  EXPECT_EQ(numbers(b.after(wanted, 1 << 20)), (std::vector<std::uint64_t>{7}));
  EXPECT_TRUE(a.knows_more(b.vector(Kind::kDurable), Kind::kDurable));
  EXPECT_EQ(numbers(a.after(b.lacking(a.vector(Kind::kDurable)), 1 << 20)),
            (std::vector<std::uint64_t>{2, 5}));
  for (const std::uint64_t seq : {2, 5}) b.add(record(seq));
  a.add(record(7));
  EXPECT_EQ(a.hash(Kind::kDurable), b.hash(Kind::kDurable));
  EXPECT_TRUE(a.lacking(b.vector(Kind::kDurable)).empty());
  EXPECT_FALSE(a.knows_more(b.vector(Kind::kDurable), Kind::kDurable));
}

TEST(Journal, SendsMuchInParts) {
  Journal a;
  Journal b;
  for (std::uint64_t seq = 1; seq <= 10; ++seq)
    a.add(record(seq, kCmd, "k", std::string(1000, 'x')));
  int parts = 0;
  while (!b.lacking(a.vector(Kind::kDurable)).empty()) {
    const auto part = a.after(b.lacking(a.vector(Kind::kDurable)), 3000);
    for (const RecordPtr& one : part.records) EXPECT_EQ(b.add(one).added, Journal::Added::kNew);
    EXPECT_EQ(part.more, b.through(kCmd, "n.1") < 10);
    ASSERT_LT(++parts, 10);
  }
  EXPECT_GE(parts, 3);
}

TEST(Journal, OfStateKeepsTheLatestOfEachKey) {
  Journal journal;
  journal.add(record(1, kState, "worker/1"));
  journal.add(record(2, kState, "worker/2"));
  const auto entry = journal.add(record(3, kState, "worker/1", "y"));
  ASSERT_EQ(entry.dropped.size(), 1U);
  EXPECT_EQ(entry.dropped[0]->author_seq, 1U);
  EXPECT_EQ(journal.add(record(1, kState, "worker/1")).added, Journal::Added::kKnown);
  Journal other;  // the same, of which it never heard the first
  other.add(record(3, kState, "worker/1", "y"));
  other.add(record(2, kState, "worker/2"));
  EXPECT_EQ(journal.hash(Kind::kState), other.hash(Kind::kState));
}

TEST(Journal, WhatIsRenewedIsNotCompared) {
  Journal journal;
  const RecordPtr beat = record(1, kState, "node/n", "up", 5000);
  journal.add(beat);
  EXPECT_EQ(journal.hash(Kind::kState), SetHash{});
  journal.remove(*beat);
  EXPECT_TRUE(journal.vector(Kind::kState).empty());
}

}  // namespace
}  // namespace mort::space
