#include "mort/space/replica.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "mort/bus/memory_bus.hpp"

namespace mort::space {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A store that refuses records while its disk is full.
class FullableStore : public store::Store {
 public:
  Result<void> add_records(const std::vector<store::StoredRecord>& records) override {
    ++tries;
    if (full) return fail(ErrorCode::kFailed, "the disk is full");
    return inner_->add_records(records);
  }
  Result<void> remove_records(const std::vector<std::string>& ids) override {
    return inner_->remove_records(ids);
  }
  Result<std::vector<store::StoredRecord>> records() override { return inner_->records(); }
  Result<void> put_value(const std::string& name, const std::string& value) override {
    return inner_->put_value(name, value);
  }
  Result<std::optional<std::string>> value(const std::string& name) override {
    return inner_->value(name);
  }
  bool full = false;
  int tries = 0;

 private:
  std::unique_ptr<store::Store> inner_ = store::make_memory_store();
};

/// One agent's replica with a lane of its own, so that it can end while the others go on.
struct Member {
  Member(const ManualClock& clock, bus::MemoryNetwork& network, store::Store& store,
         const std::string& node, std::uint64_t boot)
      : lane(clock, node),
        bus(network, node),
        replica({node, node + "." + std::to_string(boot), boot}, lane, bus, store,
                [this](const std::string& space, const std::string& key) {
                  changes.push_back(space + ":" + key);
                }) {}
  ~Member() { lane.close(); }
  scheduler::Lane lane;
  bus::MemoryBus bus;
  std::vector<std::string> changes;
  Replica replica;
};

class Fleet : public testing::Test {
 protected:
  Member& join(const std::string& node) {
    auto& member = members_[node];
    member.reset();
    member = std::make_unique<Member>(clock_, network_, stores_[node], node, ++boots_[node]);
    EXPECT_TRUE(member->replica.open());
    return *member;
  }
  void leave(const std::string& node) { members_.erase(node); }
  Replica& replica(const std::string& node) { return members_.at(node)->replica; }

  void settle() {
    bool any = true;
    while (any) {
      any = wire_.turn();
      for (const auto& [node, member] : members_) any = member->lane.turn() || any;
    }
  }
  void run(Nanoseconds time) {
    const Nanoseconds until = clock_.now() + time;
    settle();
    while (clock_.now() < until) {
      clock_.advance(milliseconds(100));
      settle();
    }
  }
  void put(const std::string& node, const std::string& space, const std::string& key,
           const std::string& body, Nanoseconds lifetime = Nanoseconds(0),
           std::int32_t priority = 0) {
    const auto done = replica(node).put(space, key, body, lifetime, priority);
    ASSERT_TRUE(done) << to_string(done.error());
  }
  std::string get(const std::string& node, const std::string& space, const std::string& key) {
    const Record* record = replica(node).get(space, key);
    return record == nullptr ? "-" : record->body;
  }
  /// Everything that a replica says now.
  std::string fold(const std::string& node) {
    std::string text;
    for (const char* space : kSpaces) {
      for (const auto& [key, record] : replica(node).list(space, ""))
        text += key + "=" + record->body + ";";
    }
    return text;
  }
  void lose(double share, unsigned seed) {
    network_.set_filter([share, random = std::mt19937(seed)](const bus::TopicSpec&,
                                                             const std::string&, const std::string&,
                                                             std::vector<std::uint8_t>&) mutable {
      return std::uniform_real_distribution<>(0, 1)(random) >= share;
    });
  }

  ManualClock clock_;
  scheduler::Lane wire_{clock_, "wire"};
  bus::MemoryNetwork network_{
      clock_, [this](std::function<void()> action) { wire_.post(std::move(action)); }};
  std::map<std::string, FullableStore> stores_;
  std::map<std::string, std::uint64_t> boots_;
  std::map<std::string, std::unique_ptr<Member>> members_;
};

TEST_F(Fleet, TwoReplicasSayTheSameWithoutTimePassing) {
  join("a");
  join("b");
  put("a", kCmd, "job/1", "from a");
  put("b", kRight, "policy", "from b");
  put("a", kState, "node/a", "alive");
  settle();
  EXPECT_EQ(fold("a"), fold("b"));
  EXPECT_EQ(get("b", kCmd, "job/1"), "from a");
  EXPECT_EQ(get("a", kRight, "policy"), "from b");
  EXPECT_EQ(get("b", kState, "node/a"), "alive");
}

TEST_F(Fleet, SaysWhichKeyHasChanged) {
  join("a");
  Member& b = join("b");
  put("a", kCmd, "job/1", "x");
  settle();
  EXPECT_EQ(b.changes, (std::vector<std::string>{"cmd:job/1"}));
}

TEST_F(Fleet, ALaterCommandSupersedesWhatItsAuthorHadSeen) {
  join("a");
  join("b");
  put("a", kCmd, "k", "first");
  settle();
  put("b", kCmd, "k", "second");
  settle();
  EXPECT_EQ(get("a", kCmd, "k"), "second");
  put("b", kCmd, "k", "");  // released
  settle();
  EXPECT_EQ(get("a", kCmd, "k"), "-");
  EXPECT_TRUE(replica("a").list(kCmd, "").empty());
}

TEST_F(Fleet, ListGivesTheKeysOfAPrefixAlone) {
  join("a");
  for (const char* key : {"job/1", "job/2", "joc", "job", "node/1"}) put("a", kCmd, key, "x");
  const auto list = replica("a").list(kCmd, "job/");
  ASSERT_EQ(list.size(), 2U);
  EXPECT_TRUE(list.contains("job/1"));
  EXPECT_TRUE(list.contains("job/2"));
  EXPECT_TRUE(replica("a").list(kRight, "").empty());
}

TEST_F(Fleet, ConvergesAlthoughThreeInTenDeliveriesAreLost) {
  for (const unsigned seed : {1U, 2U, 3U}) {
    members_.clear();
    stores_.clear();
    lose(0.3, seed);
    for (const char* node : {"a", "b", "c"}) join(node);
    for (int i = 0; i < 60; ++i) {
      const std::string node(1, static_cast<char>('a' + i % 3));
      put(node, kCmd, "shared/" + std::to_string(i % 7), node + std::to_string(i));
      put(node, kCmd, "own/" + std::to_string(i), "x");
      put(node, kState, "node/" + node, std::to_string(i));
      run(milliseconds(100));
    }
    run(seconds(30));
    EXPECT_EQ(fold("a"), fold("b")) << seed;
    EXPECT_EQ(fold("a"), fold("c")) << seed;
    EXPECT_EQ(replica("c").list(kCmd, "own/").size(), 60U) << seed;
    EXPECT_EQ(get("a", kState, "node/c"), "59") << seed;
  }
}

TEST_F(Fleet, WithoutTheExchangeTheLossWouldShow) {  // the test before this one can fail
  network_.set_filter([](const bus::TopicSpec& topic, const std::string&, const std::string&,
                         std::vector<std::uint8_t>&) {
    return topic.name != "mort/cmd" && topic.name.rfind("mort/to/", 0) != 0;
  });
  join("a");
  join("b");
  put("a", kCmd, "k", "x");
  run(seconds(10));
  EXPECT_EQ(get("b", kCmd, "k"), "-");
}

TEST_F(Fleet, ALateJoinerGetsEverything) {
  join("a");
  join("b");
  for (int i = 0; i < 30; ++i)
    put("a", kCmd, "job/" + std::to_string(i), std::string(100'000, 'x'));  // more than one push
  put("b", kRight, "policy", "p");
  put("b", kState, "node/b", "alive");
  run(seconds(1));
  join("c");
  run(seconds(10));
  EXPECT_EQ(replica("c").list(kCmd, "job/").size(), 30U);
  EXPECT_EQ(fold("c"), fold("a"));
  EXPECT_EQ(stores_["c"].records()->size(), 31U);
}

TEST_F(Fleet, ALateJoinerLearnsFromAPeerWhatAnAgentSaidThatHasLeft) {
  join("a");
  join("b");
  put("a", kCmd, "job/1", "x");
  run(seconds(1));
  leave("a");
  join("c");
  run(seconds(3));
  EXPECT_EQ(get("c", kCmd, "job/1"), "x");
}

TEST_F(Fleet, AHealedPartitionAgreesOnOneWinner) {
  for (const char* node : {"a", "b", "c"}) join(node);
  run(seconds(1));
  network_.set_filter([](const bus::TopicSpec&, const std::string& from, const std::string& to,
                         std::vector<std::uint8_t>&) { return (from == "c") == (to == "c"); });
  put("c", kCmd, "k", "of c, first");
  run(seconds(2));
  put("a", kCmd, "k", "of a, later");
  put("b", kCmd, "only", "b");
  run(seconds(5));
  EXPECT_EQ(get("b", kCmd, "k"), "of a, later");
  EXPECT_EQ(get("c", kCmd, "k"), "of c, first");
  network_.set_filter(nullptr);
  run(seconds(5));
  for (const char* node : {"a", "b", "c"}) {
    EXPECT_EQ(get(node, kCmd, "k"), "of c, first") << node;  // neither had seen the other
    EXPECT_EQ(get(node, kCmd, "only"), "b") << node;
  }
}

TEST_F(Fleet, StateExpiresAndSaysSoUnlessItIsRenewed) {
  join("a");
  Member& b = join("b");
  put("a", kState, "node/a", "1", seconds(5));
  run(seconds(4));
  EXPECT_EQ(get("b", kState, "node/a"), "1");
  put("a", kState, "node/a", "2", seconds(5));
  run(seconds(4));
  EXPECT_EQ(get("b", kState, "node/a"), "2");
  b.changes.clear();
  run(seconds(3));
  EXPECT_EQ(get("b", kState, "node/a"), "-");
  EXPECT_EQ(get("a", kState, "node/a"), "-");
  EXPECT_EQ(b.changes, (std::vector<std::string>{"state:node/a"}));
}

TEST_F(Fleet, ExpiredStateDoesNotComeBackThroughALateJoiner) {
  join("a");
  join("b");
  put("a", kState, "node/a", "1", seconds(3));
  run(seconds(1));
  leave("a");
  run(seconds(5));
  join("c");
  run(seconds(5));
  EXPECT_EQ(get("b", kState, "node/a"), "-");
  EXPECT_EQ(get("c", kState, "node/a"), "-");
}

TEST_F(Fleet, ARestartKeepsCommandsAndIsHeardAgainUnderAnotherName) {
  join("a");
  join("b");
  put("a", kCmd, "k", "1");
  put("b", kCmd, "other", "b");
  put("a", kState, "node/a", "old");
  run(seconds(2));
  leave("a");
  run(seconds(1));
  join("a");
  EXPECT_EQ(get("a", kCmd, "k"), "1");
  EXPECT_EQ(get("a", kCmd, "other"), "b");
  EXPECT_EQ(get("a", kState, "node/a"), "-");  // lives in memory
  const auto next = replica("a").put(kCmd, "k", "2", Nanoseconds(0));
  ASSERT_TRUE(next);
  EXPECT_EQ(next->author, "a.2");
  EXPECT_EQ(next->author_seq, 1U);
  put("a", kState, "node/a", "new");
  settle();
  EXPECT_EQ(get("b", kCmd, "k"), "2");
  EXPECT_EQ(get("b", kState, "node/a"), "new");
  run(seconds(3));
  EXPECT_EQ(fold("a"), fold("b"));
}

TEST_F(Fleet, HoldersNamesThePeersThatHaveStoredACommand) {
  join("a");
  join("b");
  join("c");
  run(seconds(1));
  stores_["c"].full = true;
  const auto committed = replica("a").put(kCmd, "k", "x", Nanoseconds(0));
  ASSERT_TRUE(committed);
  EXPECT_TRUE(replica("a").holders(kCmd, committed->author_seq).empty());
  settle();  // told at once, not with the next summary
  EXPECT_EQ(replica("a").holders(kCmd, committed->author_seq), (std::set<std::string>{"b"}));
  run(seconds(3));
  EXPECT_EQ(replica("a").holders(kCmd, committed->author_seq), (std::set<std::string>{"b"}));
  EXPECT_EQ(stores_["c"].records()->size(), 0U);
  EXPECT_EQ(get("c", kCmd, "k"), "x");  // followed from memory
  const int tries = stores_["c"].tries;
  run(seconds(60));
  EXPECT_LE(stores_["c"].tries - tries, 15);
  stores_["c"].full = false;
  run(seconds(6));
  EXPECT_EQ(replica("a").holders(kCmd, committed->author_seq), (std::set<std::string>{"b", "c"}));
  EXPECT_EQ(stores_["c"].records()->size(), 1U);
  EXPECT_EQ(get("c", kCmd, "k"), "x");
}

TEST_F(Fleet, ADiskThatWasPutBackUsesNoNumberAgain) {
  join("a");
  join("b");
  put("a", kCmd, "k/1", "1");
  run(seconds(1));
  const auto backup = *stores_["a"].records();
  put("a", kCmd, "k/2", "2");
  run(seconds(1));
  leave("a");
  ASSERT_TRUE(stores_["a"].remove_records({"cmd/a.1/2"}));
  ASSERT_EQ(*stores_["a"].records(), backup);
  join("a");
  put("a", kCmd, "k/3", "3");  // before it has heard of anybody
  run(seconds(3));
  for (const char* node : {"a", "b"}) {
    for (const char* i : {"1", "2", "3"})
      EXPECT_EQ(get(node, kCmd, std::string("k/") + i), i) << node;
  }
  EXPECT_EQ(stores_["a"].records()->size(), 3U);
}

TEST_F(Fleet, ADamagedRecordComesBackFromTheOthers) {
  join("a");
  join("b");
  for (int i = 1; i <= 3; ++i) put("a", kCmd, "k/" + std::to_string(i), "x");
  put("b", kCmd, "of/b", "y");
  run(seconds(2));
  leave("a");
  for (const char* id : {"cmd/a.1/2", "cmd/b.1/1"}) {  // an own one and another's
    auto rows = *stores_["a"].records();
    const auto row =
        std::find_if(rows.begin(), rows.end(), [&](const auto& r) { return r.id == id; });
    ASSERT_NE(row, rows.end());
    row->bytes[row->bytes.size() / 2] ^= 0x5a;
    ASSERT_TRUE(stores_["a"].remove_records({id}));
    ASSERT_TRUE(stores_["a"].add_records({*row}));
  }
  join("a");
  EXPECT_EQ(get("a", kCmd, "k/2"), "-");
  EXPECT_EQ(stores_["a"].records()->size(), 2U);  // removed: the next start does not warn again
  run(seconds(3));
  EXPECT_EQ(get("a", kCmd, "k/2"), "x");
  EXPECT_EQ(get("a", kCmd, "of/b"), "y");
  EXPECT_EQ(stores_["a"].records()->size(), 4U);
}

TEST_F(Fleet, ALifetimeIsForStateAlone) {
  join("a");
  EXPECT_FALSE(replica("a").put(kCmd, "k", "x", seconds(5)));
  EXPECT_FALSE(replica("a").put(kRight, "policy", "x", seconds(5)));
}

TEST_F(Fleet, AJoinerTakesStateAsOldAsItIs) {
  join("a");
  join("b");
  put("a", kState, "node/a", "1", seconds(5));
  put("a", kState, "worker/a", "1");  // tells the joiner that there is something
  run(seconds(4));
  leave("a");
  join("c");
  run(milliseconds(500));
  EXPECT_EQ(get("c", kState, "worker/a"), "1");
  run(milliseconds(1500));
  EXPECT_EQ(get("c", kState, "node/a"), "-");  // six seconds after it was said
}

TEST_F(Fleet, ACommandThatCannotBeStoredIsNotSaid) {
  join("a");
  join("b");
  stores_["a"].full = true;
  EXPECT_FALSE(replica("a").put(kCmd, "k", "x", Nanoseconds(0)));
  run(seconds(2));
  EXPECT_EQ(get("a", kCmd, "k"), "-");
  EXPECT_EQ(get("b", kCmd, "k"), "-");
}

TEST_F(Fleet, CorruptedRecordsAreRefusedAndRepaired) {
  network_.set_filter([random = std::mt19937(4)](const bus::TopicSpec& topic, const std::string&,
                                                 const std::string&,
                                                 std::vector<std::uint8_t>& payload) mutable {
    if (topic.name == "mort/cmd" && random() % 3 == 0)
      payload[random() % payload.size()] ^= static_cast<std::uint8_t>(1 + random() % 255);
    return true;
  });
  join("a");
  join("b");
  for (int i = 0; i < 20; ++i) {
    put("a", kCmd, "a/" + std::to_string(i), "x");
    put("b", kCmd, "b/" + std::to_string(i), "y");
    run(milliseconds(100));
  }
  network_.set_filter(nullptr);
  run(seconds(5));
  for (const char* node : {"a", "b"}) {
    EXPECT_EQ(replica(node).list(kCmd, "").size(), 40U) << node;
  }
}

}  // namespace
}  // namespace mort::space
