// What a node keeps over a restart: the records of the spaces, and a few named values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mort/base/result.hpp"

namespace mort::store {

struct StoredRecord {
  std::string id;
  std::string space;
  std::vector<std::uint8_t> bytes;
  bool operator==(const StoredRecord&) const = default;
};

/// Threads: one. Every call is durable when it returns.
class Store {
 public:
  virtual ~Store() = default;
  /// Adds all of them or none; a second one of the same id changes nothing.
  virtual Result<void> add_records(const std::vector<StoredRecord>& records) = 0;
  virtual Result<void> remove_records(const std::vector<std::string>& ids) = 0;
  /// All records, in the order in which they were added.
  virtual Result<std::vector<StoredRecord>> records() = 0;
  virtual Result<void> put_value(const std::string& name, const std::string& value) = 0;
  virtual Result<std::optional<std::string>> value(const std::string& name) = 0;
};

/// SQLite in WAL mode. A damaged file is set aside as "<path>.damaged" and a new one begun
/// (`was_damaged` says so); the spaces then refill from the peers. Errors: kFailed when the folder
/// cannot be written.
struct Opened {
  std::unique_ptr<Store> store;
  bool was_damaged = false;
};
Result<Opened> open_store(const std::string& path);

/// Forgets everything at its end; for simulations.
std::unique_ptr<Store> make_memory_store();

}  // namespace mort::store
