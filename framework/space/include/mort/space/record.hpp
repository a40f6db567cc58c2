// The record of the replicated spaces /right, /state and /cmd, and the fold that says what a space
// holds now.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "mort/base/clock.hpp"
#include "mort/base/result.hpp"

namespace mort::space {

/// Names of the spaces.
inline constexpr const char* kRight = "right";
inline constexpr const char* kState = "state";
inline constexpr const char* kCmd = "cmd";
inline constexpr std::array<const char*, 3> kSpaces = {kRight, kState, kCmd};

inline constexpr std::size_t kMaxRecordBytes = 4 << 20;  ///< of an encoded record

/// How far an author's records of a space are known: all up to and with `through`.
struct Seen {
  std::string space;
  std::string author;
  std::uint64_t through = 0;
};

/// Hybrid logical clock: wall time in milliseconds, and a counter within it.
struct Stamp {
  std::uint64_t wall_ms = 0;
  std::uint32_t counter = 0;
  auto operator<=>(const Stamp&) const = default;
};

/// One immutable statement about one key (SPEC 8).
struct Record {
  std::string space;
  std::string key;
  std::string author;            ///< node id and the identity of its database: "node0.1f2e3d4c"
  std::uint64_t author_seq = 0;  ///< per author and space, from 1
  std::int32_t priority = 0;
  Stamp stamp;                          ///< at commit
  std::vector<Seen> seen;               ///< what the author had seen of this space at commit
  std::uint64_t lifetime_ms = 0;        ///< after receipt; 0 = for ever
  std::string body;                     ///< JSON; empty = the key is released
  std::string sha256;                   ///< of everything above
  std::vector<std::uint8_t> signature;  ///< room for one; not used yet
};

/// Unique in the fleet: "space/author/author_seq".
std::string record_id(const Record& record);
std::string record_hash(const Record& record);
std::vector<std::uint8_t> encode(const Record& record);
/// Errors: kInvalid for malformed or oversized records, unknown spaces and wrong hashes.
Result<Record> decode_record(std::span<const std::uint8_t> payload);

/// True when `later` beats `earlier` on the same key. `earlier` has the smaller (stamp, author,
/// author_seq). /state: one writer a key, the later wins. Else: higher priority wins; at equal
/// priority a record whose author had seen the other one supersedes it, and of two that did not
/// know of each other the first commit wins.
bool supersedes(const Record& later, const Record& earlier);

/// The winner among all records of one key; null for none. A winning release gives the key back to
/// lower priorities; when nothing is there either, a release is returned. Pure: any order of
/// `records` gives the same.
const Record* winner(const std::vector<const Record*>& records);

/// Gives stamps that never go back and never fall behind what was seen.
class HybridClock {
 public:
  explicit HybridClock(const Clock& clock) : clock_(clock) {}
  Stamp next();
  /// A stamp more than a minute ahead of this machine is not followed.
  void observe(const Stamp& stamp);

 private:
  const Clock& clock_;
  Stamp last_;
};

}  // namespace mort::space
