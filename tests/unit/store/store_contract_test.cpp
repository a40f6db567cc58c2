// What every store must do; run over SQLite and over the memory store.
#include <gtest/gtest.h>

#include "mort/store/store.hpp"
#include "support/temp_dir.hpp"

namespace mort::store {
namespace {

using Bytes = std::vector<std::uint8_t>;

class SqliteFixture {
 public:
  SqliteFixture() : opened_(open_store(folder_.file("agent.db"))) {}
  Store& store() { return *opened_->store; }

 private:
  TempDir folder_;
  Result<Opened> opened_;
};

class MemoryFixture {
 public:
  Store& store() { return *store_; }

 private:
  std::unique_ptr<Store> store_ = make_memory_store();
};

template <class Fixture>
class StoreContract : public testing::Test {
 public:
  Store& store() { return fixture_.store(); }

 private:
  Fixture fixture_;
};

using Stores = testing::Types<SqliteFixture, MemoryFixture>;
TYPED_TEST_SUITE(StoreContract, Stores);

TYPED_TEST(StoreContract, IsEmptyAtFirst) {
  EXPECT_TRUE(this->store().records()->empty());
  EXPECT_FALSE(this->store().value("identity")->has_value());
}

TYPED_TEST(StoreContract, GivesRecordsInTheOrderInWhichTheyWereAdded) {
  std::vector<StoredRecord> added;
  for (int i = 0; i < 50; ++i) {
    // Ids in falling order: sorting by id would show.
    const std::string id = "cmd/a/" + std::to_string(99 - i);
    added.push_back({id, i % 2 == 0 ? "cmd" : "right", {static_cast<std::uint8_t>(i), 0, 255}});
    ASSERT_TRUE(this->store().add_records({added.back()}));
  }
  EXPECT_EQ(*this->store().records(), added);
}

TYPED_TEST(StoreContract, ASecondRecordOfTheSameIdChangesNothing) {
  const StoredRecord first{"cmd/a/1", "cmd", {1}};
  const StoredRecord second{"cmd/a/2", "cmd", {2}};
  ASSERT_TRUE(this->store().add_records({first, second}));
  EXPECT_TRUE(this->store().add_records({{"cmd/a/1", "cmd", {9}}}));
  EXPECT_EQ(*this->store().records(), (std::vector{first, second}));
}

TYPED_TEST(StoreContract, ARemovedRecordIsGoneAndMayComeAgain) {
  const StoredRecord first{"cmd/a/1", "cmd", {1}};
  const StoredRecord second{"cmd/a/2", "cmd", {2}};
  ASSERT_TRUE(this->store().add_records({first, second}));
  ASSERT_TRUE(this->store().remove_records({"cmd/a/1", "cmd/a/7"}));
  EXPECT_EQ(*this->store().records(), std::vector{second});
  ASSERT_TRUE(this->store().add_records({first}));
  EXPECT_EQ(*this->store().records(), (std::vector{second, first}));
}

TYPED_TEST(StoreContract, KeepsARecordWithoutBytes) {
  ASSERT_TRUE(this->store().add_records({{"cmd/a/1", "cmd", {}}}));
  EXPECT_EQ(this->store().records()->at(0).bytes, Bytes());
}

TYPED_TEST(StoreContract, KeepsALargeRecordWhole) {
  Bytes large(3 << 20);
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<std::uint8_t>(i * 7);
  ASSERT_TRUE(this->store().add_records({{"cmd/a/1", "cmd", large}}));
  EXPECT_EQ(this->store().records()->at(0).bytes, large);
}

TYPED_TEST(StoreContract, AValueIsReplacedByALaterOne) {
  ASSERT_TRUE(this->store().put_value("identity", "first"));
  ASSERT_TRUE(this->store().put_value("other", "x"));
  ASSERT_TRUE(this->store().put_value("identity", "second"));
  EXPECT_EQ(*this->store().value("identity"), "second");
  EXPECT_EQ(*this->store().value("other"), "x");
}

TYPED_TEST(StoreContract, AValueMayHoldAnyBytes) {
  const std::string value("a\0b'\n\xff", 6);
  ASSERT_TRUE(this->store().put_value("name'; DROP TABLE value;--", value));
  EXPECT_EQ(*this->store().value("name'; DROP TABLE value;--"), value);
  ASSERT_TRUE(this->store().put_value("empty", ""));
  EXPECT_EQ(*this->store().value("empty"), "");
}

}  // namespace
}  // namespace mort::store
