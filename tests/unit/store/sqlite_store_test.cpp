#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>

#include "mort/store/store.hpp"
#include "support/temp_dir.hpp"

namespace mort::store {
namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;

void fill(const std::string& path, int records) {
  auto opened = open_store(path);
  ASSERT_TRUE(opened);
  for (int i = 0; i < records; ++i) {
    ASSERT_TRUE(opened->store->add_records(
        {{"cmd/a/" + std::to_string(i), "cmd", Bytes(200, static_cast<std::uint8_t>(i))}}));
  }
  ASSERT_TRUE(opened->store->put_value("identity", "0a1b2c3d"));
}

void overwrite(const std::string& path, std::streamoff offset, const std::string& bytes) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(offset);
  file << bytes;
  ASSERT_TRUE(file.flush());
}

TEST(SqliteStore, SurvivesReopen) {
  const TempDir folder;
  const std::string path = folder.file("agent.db");
  fill(path, 20);
  auto opened = open_store(path);
  ASSERT_TRUE(opened) << to_string(opened.error());
  EXPECT_FALSE(opened->was_damaged);
  const auto records = opened->store->records();
  ASSERT_TRUE(records);
  ASSERT_EQ(records->size(), 20U);
  for (std::size_t i = 0; i < records->size(); ++i) {
    EXPECT_EQ((*records)[i].bytes, Bytes(200, static_cast<std::uint8_t>(i)));
  }
  EXPECT_EQ(*opened->store->value("identity"), "0a1b2c3d");
  ASSERT_TRUE(
      opened->store->add_records({{"cmd/a/0", "cmd", {9}}}));  // still known after the reopen
  EXPECT_EQ(opened->store->records()->size(), 20U);
}

TEST(SqliteStore, WhatWasAddedIsThereForAnotherConnectionAtOnce) {
  const TempDir folder;
  auto first = open_store(folder.file("agent.db"));
  ASSERT_TRUE(first);
  ASSERT_TRUE(first->store->add_records({{"cmd/a/1", "cmd", {1, 2}}}));
  auto second = open_store(folder.file("agent.db"));
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->was_damaged);
  EXPECT_EQ(*second->store->records(), (std::vector<StoredRecord>{{"cmd/a/1", "cmd", {1, 2}}}));
}

TEST(SqliteStore, ADamagedHeaderIsSetAsideAndReported) {
  const TempDir folder;
  const std::string path = folder.file("agent.db");
  fill(path, 20);
  overwrite(path, 0, std::string(64, 'x'));
  auto opened = open_store(path);
  ASSERT_TRUE(opened) << to_string(opened.error());
  EXPECT_TRUE(opened->was_damaged);
  EXPECT_TRUE(fs::exists(path + ".damaged"));
  EXPECT_TRUE(opened->store->records()->empty());
  ASSERT_TRUE(opened->store->add_records({{"cmd/a/1", "cmd", {1}}}));
  opened->store.reset();
  auto again = open_store(path);
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->was_damaged);
  EXPECT_EQ(again->store->records()->size(), 1U);
}

TEST(SqliteStore, ADamagedPageIsSetAsideAndReported) {
  const TempDir folder;
  const std::string path = folder.file("agent.db");
  fill(path, 200);
  ASSERT_GT(fs::file_size(path), 3 * 4096U);
  overwrite(path, 4096, std::string(2 * 4096, '\x7f'));
  auto opened = open_store(path);
  ASSERT_TRUE(opened) << to_string(opened.error());
  EXPECT_TRUE(opened->was_damaged);
  EXPECT_EQ(fs::file_size(path + ".damaged") % 4096, 0U);
}

TEST(SqliteStore, ATruncatedFileIsSetAside) {
  const TempDir folder;
  const std::string path = folder.file("agent.db");
  fill(path, 200);
  fs::resize_file(path, 4096 + 100);
  auto opened = open_store(path);
  ASSERT_TRUE(opened) << to_string(opened.error());
  EXPECT_TRUE(opened->was_damaged);
}

void set_format(const std::string& path, int format) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  const std::string text = "PRAGMA user_version=" + std::to_string(format);
  EXPECT_EQ(sqlite3_exec(database, text.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(database);
}

TEST(SqliteStore, OfALaterFormatIsRefusedAndStaysAsItIs) {
  const TempDir folder;
  const std::string path = folder.file("agent.db");
  fill(path, 3);
  set_format(path, 99);
  const auto opened = open_store(path);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, testing::HasSubstr("later version of Mort (format 99"));
  set_format(path, 2);
  EXPECT_EQ(open_store(path)->store->records()->size(), 3U);
}

TEST(SqliteStore, OfAnEarlierFormatKeepsItsValuesAndLeavesTheRecordsBehind) {
  const TempDir folder;
  const std::string path = folder.file("agent.db");
  fill(path, 3);
  set_format(path, 0);
  const auto opened = open_store(path);
  ASSERT_TRUE(opened);
  EXPECT_TRUE(opened->store->records()->empty());
  EXPECT_EQ(*opened->store->value("identity"), "0a1b2c3d");
}

TEST(SqliteStore, AFolderThatIsNotThereGivesAnErrorWithACure) {
  const TempDir folder;
  const auto opened = open_store(folder.file("missing/agent.db"));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kFailed);
  EXPECT_EQ(opened.error().where, folder.file("missing/agent.db"));
  EXPECT_THAT(opened.error().cure, testing::HasSubstr("writable"));
}

TEST(SqliteStore, WhatCannotBeOpenedIsNoDamageAndStaysWhereItIs) {
  const TempDir folder;
  const std::string path = folder.file("agent.db");
  fs::create_directory(path);
  EXPECT_FALSE(open_store(path));
  EXPECT_TRUE(fs::is_directory(path));
  EXPECT_FALSE(fs::exists(path + ".damaged"));
}

}  // namespace
}  // namespace mort::store
