// The fold as records come: the same for every order, and what the winner of all would be.
// MORT_HISTORIES=N: more random histories.
#include "mort/space/fold.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>

namespace mort::space {
namespace {

/// What some agents commit that hear of each other at times only.
std::vector<RecordPtr> history(std::mt19937_64& random) {
  struct Agent {
    std::vector<RecordPtr> known;
    HybridClock stamps;
    std::uint64_t last = 0;
    Nanoseconds wall{0};
  };
  std::vector<Agent> agents(2 + random() % 3);
  for (Agent& agent : agents) agent.wall = std::chrono::milliseconds(random() % 10);
  std::vector<RecordPtr> all;
  const std::size_t count = 2 + random() % 8;
  while (all.size() < count) {
    Agent& agent = agents[random() % agents.size()];
    for (const RecordPtr& record : all) {  // hears of some
      if (random() % 2 == 0 || record->author == "a" + std::to_string(&agent - agents.data()))
        continue;
      agent.known.push_back(record);
      agent.stamps.observe(record->stamp);
    }
    Record record;
    record.space = random() % 4 == 0 ? kRight : kCmd;
    record.key = random() % 3 == 0 ? "j" : "k";
    record.author = "a" + std::to_string(&agent - agents.data());
    record.author_seq = ++agent.last;
    record.priority = static_cast<std::int32_t>(random() % 3 / 2);
    record.stamp = agent.stamps.next(agent.wall);
    for (const RecordPtr& known : agent.known) {
      if (known->space == record.space && known->key == record.key)
        record.seen.push_back({known->author, known->author_seq});
    }
    if (random() % 4 != 0) record.body = std::to_string(random() % 100);
    all.push_back(seal(std::move(record)));
    agent.known.push_back(all.back());
  }
  return all;
}

TEST(Fold, GivesOneHashForEveryOrderOfAHistory) {
  const char* text = std::getenv("MORT_HISTORIES");
  const int histories = text == nullptr ? 20'000 : std::atoi(text);
  std::mt19937_64 random(11);
  for (int i = 0; i < histories; ++i) {
    auto records = history(random);
    Fold first;
    for (const RecordPtr& record : records) first.add(record);
    std::shuffle(records.begin(), records.end(), random);
    Fold second;
    for (const RecordPtr& record : records) second.add(record);
    ASSERT_EQ(first.hash(), second.hash()) << i;
    for (const char* space : {kCmd, kRight}) {
      for (const char* key : {"j", "k"}) {
        std::vector<RecordPtr> of_key;
        for (const RecordPtr& record : records) {
          if (record->space == space && record->key == key) of_key.push_back(record);
        }
        const RecordPtr best = winner(of_key);
        const Record* said = best == nullptr || best->body.empty() ? nullptr : best.get();
        ASSERT_EQ(second.get(space, key), said) << i;
      }
    }
    // What is taken out again was never there.
    Fold third;
    const RecordPtr odd = records.back();
    for (const RecordPtr& record : records) third.add(record);
    third.remove(odd);
    Fold without;
    records.pop_back();
    for (const RecordPtr& record : records) without.add(record);
    ASSERT_EQ(third.hash(), without.hash()) << i;
  }
}

RecordPtr record_of(const std::string& author, std::uint64_t wall_ms, std::vector<Seen> seen = {}) {
  Record record;
  record.space = kRight;
  record.key = "policy";
  record.author = author;
  record.author_seq = 1;
  record.stamp = {wall_ms, 0};
  record.seen = std::move(seen);
  record.body = author;
  return seal(std::move(record));
}

TEST(Fold, NamesTheRivalThatIsNotObeyed) {
  const RecordPtr first = record_of("a", 10);
  const RecordPtr second = record_of("b", 20);
  for (const bool late : {false, true}) {
    Fold fold;
    EXPECT_EQ(fold.add(late ? second : first).rival, nullptr);
    const Fold::Change change = fold.add(late ? first : second);
    EXPECT_EQ(change.after, first);
    EXPECT_EQ(change.rival, second);
  }
}

TEST(Fold, ASuccessorIsNoRival) {
  Fold fold;
  fold.add(record_of("a", 10));
  const Fold::Change change = fold.add(record_of("b", 20, {{"a", 1}}));
  EXPECT_EQ(change.after->author, "b");
  EXPECT_EQ(change.before->author, "a");
  EXPECT_EQ(change.rival, nullptr);
}

}  // namespace
}  // namespace mort::space
