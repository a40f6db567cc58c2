// What a space says now: of all records of a key the one that counts. Pure.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mort/space/record.hpp"

namespace mort::space {

/// The one of two sets of records that has the same hash has the same records, however they came.
using SetHash = std::array<std::uint8_t, 16>;
/// Adds a record to a set, or takes it out again.
void toggle(SetHash& set, const Record& record);

/// True when `record`'s author knew `other` at commit. Of one key and space.
bool has_seen(const Record& record, const Record& other);

/// The record that counts among all of one key; null for none. Any order gives the same.
/// - /state: of each node the record of its latest run that is known, and of these the latest. A
///   key has one node that writes it, so that no two clocks are compared.
/// - /right and /cmd: the higher priority. At equal priority what another has seen is superseded;
///   of what is left, which did not know of one another, the first commit; at one stamp the author
///   decides.
/// A release (an empty body) that wins gives the key back to lower priorities; when nothing is
/// there either, the release is returned.
RecordPtr winner(const std::vector<RecordPtr>& records);

/// The winners of all keys, kept as records come and go. Threads: one.
class Fold {
 public:
  struct Change {
    std::string space;
    std::string key;
    RecordPtr before;  ///< null: the key was not there
    RecordPtr after;
    /// The record of the key that `after` (or, where `after` came last, the new record) did not
    /// know, if any: one of the two authors is not obeyed, and should be told.
    RecordPtr rival;
  };
  /// Each record once.
  Change add(RecordPtr record);
  Change remove(const RecordPtr& record);

  /// What the key says; null where it says nothing, or was released.
  const Record* get(const std::string& space, const std::string& key) const {
    return share(space, key).get();
  }
  /// The same, to be kept.
  RecordPtr share(const std::string& space, const std::string& key) const;
  /// All keys that begin with `prefix` and say something, sorted.
  std::map<std::string, const Record*> list(const std::string& space,
                                            const std::string& prefix) const;
  /// All records of a key that are known, the superseded ones too.
  std::vector<RecordPtr> records(const std::string& space, const std::string& key) const;
  /// Of what /right and /cmd say now: equal on two agents that agree.
  const SetHash& hash() const { return hash_; }

 private:
  struct Key {
    std::vector<RecordPtr> records;
    RecordPtr winner;
  };
  Change decide(const std::string& space, const std::string& name, Key& key);
  const Key* find(const std::string& space, const std::string& key) const;

  std::map<std::string, std::map<std::string, Key>> spaces_;
  SetHash hash_{};
};

}  // namespace mort::space
