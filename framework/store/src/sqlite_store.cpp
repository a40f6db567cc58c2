#include <sqlite3.h>

#include <filesystem>

#include "mort/store/store.hpp"

namespace mort::store {
namespace {

/// Of the tables, and of what is in them. Records of an older one are left behind.
constexpr int kFormat = 2;
constexpr const char* kSchema =
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=FULL;"
    "PRAGMA user_version=2;"
    "CREATE TABLE IF NOT EXISTS record(number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL,"
    "  space TEXT NOT NULL, bytes BLOB NOT NULL);"
    "CREATE TABLE IF NOT EXISTS value(name TEXT PRIMARY KEY, value TEXT NOT NULL);";

using Database = std::unique_ptr<sqlite3, int (*)(sqlite3*)>;

/// One prepared statement with its parameters bound by position.
class Statement {
 public:
  Statement(sqlite3* database, const char* sql) : database_(database) {
    sqlite3_prepare_v2(database, sql, -1, &statement_, nullptr);
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(int index, const std::string& text) {
    sqlite3_bind_text(statement_, index, text.data(), static_cast<int>(text.size()),
                      SQLITE_TRANSIENT);
    return *this;
  }
  Statement& bind(int index, const std::vector<std::uint8_t>& bytes) {
    // A null pointer would bind NULL, not a blob of no bytes.
    const void* data = bytes.empty() ? "" : static_cast<const void*>(bytes.data());
    sqlite3_bind_blob(statement_, index, data, static_cast<int>(bytes.size()), SQLITE_TRANSIENT);
    return *this;
  }
  int step() { return statement_ == nullptr ? SQLITE_ERROR : sqlite3_step(statement_); }
  std::vector<std::uint8_t> blob(int column) const {
    const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
    return {data, data + sqlite3_column_bytes(statement_, column)};
  }
  int integer(int column) const { return sqlite3_column_int(statement_, column); }
  std::string text(int column) const {
    const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    if (data == nullptr) return {};  // NULL, or no memory
    return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }
  Error error(const std::string& doing) const {
    const int code = sqlite3_errcode(database_);
    return {ErrorCode::kFailed,
            doing + ": " + sqlite3_errmsg(database_),
            {},
            code == SQLITE_FULL ? "free disk space in the data directory"
                                : "check the data directory and its disk"};
  }

 private:
  sqlite3* database_;
  sqlite3_stmt* statement_ = nullptr;
};

class SqliteStore : public Store {
 public:
  explicit SqliteStore(Database database) : database_(std::move(database)) {}

  Result<void> add_records(const std::vector<StoredRecord>& records) override {
    return in_transaction([&]() -> Result<void> {
      for (const StoredRecord& record : records) {
        Statement insert(
            database_.get(),
            "INSERT INTO record(id, space, bytes) VALUES(?, ?, ?) ON CONFLICT(id) DO NOTHING");
        insert.bind(1, record.id).bind(2, record.space).bind(3, record.bytes);
        MORT_TRY_VOID(done(insert, "storing a record"));
      }
      return {};
    });
  }

  Result<void> remove_records(const std::vector<std::string>& ids) override {
    return in_transaction([&]() -> Result<void> {
      for (const std::string& id : ids) {
        Statement remove(database_.get(), "DELETE FROM record WHERE id = ?");
        MORT_TRY_VOID(done(remove.bind(1, id), "removing a record"));
      }
      return {};
    });
  }

  Result<std::vector<StoredRecord>> records() override {
    Statement select(database_.get(), "SELECT id, space, bytes FROM record ORDER BY number");
    std::vector<StoredRecord> list;
    int code = 0;
    while ((code = select.step()) == SQLITE_ROW)
      list.push_back({select.text(0), select.text(1), select.blob(2)});
    if (code != SQLITE_DONE) return tl::unexpected<Error>(select.error("reading records"));
    return list;
  }

  Result<void> put_value(const std::string& name, const std::string& value) override {
    Statement insert(database_.get(), "INSERT OR REPLACE INTO value(name, value) VALUES(?, ?)");
    return done(insert.bind(1, name).bind(2, value), "storing a value");
  }

  Result<std::optional<std::string>> value(const std::string& name) override {
    Statement select(database_.get(), "SELECT value FROM value WHERE name = ?");
    const int code = select.bind(1, name).step();
    if (code == SQLITE_ROW) return std::optional(select.text(0));
    if (code == SQLITE_DONE) return std::optional<std::string>();
    return tl::unexpected<Error>(select.error("reading a value"));
  }

 private:
  template <class Work>
  Result<void> in_transaction(Work work) {
    Statement begin(database_.get(), "BEGIN IMMEDIATE");
    MORT_TRY_VOID(done(begin, "beginning to store"));
    Result<void> worked = work();
    if (worked) {
      Statement commit(database_.get(), "COMMIT");
      worked = done(commit, "storing");
    }
    // A failed COMMIT may leave the transaction open; where SQLite has ended it, nothing happens.
    if (!worked) sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
    return worked;
  }

  static Result<void> done(Statement& statement, const std::string& doing) {
    if (statement.step() == SQLITE_DONE) return {};
    return tl::unexpected<Error>(statement.error(doing));
  }
  Database database_;
};

/// A healthy database with its schema, or why there is none.
struct Attempt {
  Database database{nullptr, sqlite3_close};
  bool damaged = false;
  std::string reason;
};

Attempt open_healthy(const std::string& path) {
  sqlite3* raw = nullptr;
  const int opened =
      sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  Database database(raw, sqlite3_close);
  const auto failed = [raw](bool damaged) {
    const int code = sqlite3_errcode(raw);
    return Attempt{{nullptr, sqlite3_close},
                   damaged || code == SQLITE_CORRUPT || code == SQLITE_NOTADB,
                   sqlite3_errmsg(raw)};
  };
  if (opened != SQLITE_OK) return failed(false);
  sqlite3_busy_timeout(raw, 2000);
  {  // the statement must end before the journal mode can change
    Statement check(raw, "PRAGMA quick_check");
    if (check.step() != SQLITE_ROW) return failed(false);
    if (check.text(0) != "ok") return failed(true);
  }
  int format = 0;
  {
    Statement version(raw, "PRAGMA user_version");
    if (version.step() != SQLITE_ROW) return failed(false);
    format = version.integer(0);
  }
  if (format > kFormat) {
    return {{nullptr, sqlite3_close},
            false,
            "it is of a later version of Mort (format " + std::to_string(format) + ", here " +
                std::to_string(kFormat) + ")"};
  }
  if (format < kFormat &&
      sqlite3_exec(raw, "DROP TABLE IF EXISTS record", nullptr, nullptr, nullptr) != SQLITE_OK)
    return failed(false);
  if (sqlite3_exec(raw, kSchema, nullptr, nullptr, nullptr) != SQLITE_OK) return failed(false);
  return {std::move(database), false, {}};
}

}  // namespace

Result<Opened> open_store(const std::string& path) {
  Attempt attempt = open_healthy(path);
  const bool was_damaged = attempt.damaged;
  // Only damage is set aside: a full disk or a missing right is no reason to part with the records.
  if (was_damaged) {
    std::error_code error;
    std::filesystem::rename(path, path + ".damaged", error);
    for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(path + suffix, error);
    attempt = open_healthy(path);
  }
  if (attempt.database)
    return Opened{std::make_unique<SqliteStore>(std::move(attempt.database)), was_damaged};
  return fail(ErrorCode::kFailed, "cannot open the database: " + attempt.reason, path,
              "check that the data directory exists, is writable and has space");
}

}  // namespace mort::store
