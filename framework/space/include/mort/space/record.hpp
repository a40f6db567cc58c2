// The record of the replicated spaces /right, /state and /cmd.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
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

/// Hybrid logical clock: wall time in milliseconds (48 bits), and a counter within it.
struct Stamp {
  std::uint64_t wall_ms = 0;
  std::uint16_t counter = 0;
  auto operator<=>(const Stamp&) const = default;
};
/// No record has a later one (the year 2200): a stamp is followed, wherever it comes from, so that
/// nobody may use up the time there is.
inline constexpr std::uint64_t kLastWallMs = 7'258'118'400'000;

/// Records of an author up to and with `through`.
struct Seen {
  std::string author;
  std::uint64_t through = 0;
  bool operator==(const Seen&) const = default;
};

using Sha256 = std::array<std::uint8_t, 32>;

/// One immutable statement about one key (SPEC 8). Its author numbers its records of a space
/// densely from 1. An author is one run of an agent: who starts again is a new one, so that no
/// number is used twice, whatever became of the disk (decision 0029).
struct Record {
  std::string space;
  std::string key;
  std::string author;            ///< node id, '.', and what names this run of its agent
  std::uint64_t author_seq = 0;  ///< per author and space, from 1
  std::uint64_t boot = 0;        ///< runs of the node's agent that its disk knows of
  std::int32_t priority = 0;
  Stamp stamp;                          ///< at commit
  std::vector<Seen> seen;               ///< the records of this key that the author knew at commit
  std::uint64_t lifetime_ms = 0;        ///< after receipt; 0 = for ever; of /state only
  std::string body;                     ///< JSON; empty = the key is released
  Sha256 sha256{};                      ///< of the head and the body as they travel
  std::vector<std::uint8_t> head;       ///< all before the body, as the author encoded it
  std::vector<std::uint8_t> signature;  ///< room for one; not used yet
};
using RecordPtr = std::shared_ptr<const Record>;

/// What travels and is stored. Receivers pass `head` and `body` on as they came, with all that a
/// later version of Mort may have added to the head.
struct Envelope {
  std::vector<std::uint8_t> head;
  std::string body;
  Sha256 sha256{};
  std::vector<std::uint8_t> signature;
};

/// Encodes the head and hashes it with the body: after this the record must not change.
RecordPtr seal(Record record);
Envelope envelope_of(const Record& record);
/// Errors: kInvalid for malformed or oversized records, unknown spaces, wrong hashes, and values
/// that no record can have.
Result<RecordPtr> open_envelope(Envelope envelope);
/// The same as bytes, for disks and wires.
std::vector<std::uint8_t> encode(const Record& record);
Result<RecordPtr> decode_record(std::span<const std::uint8_t> payload);

/// Unique in the fleet: "space/author/author_seq".
std::string record_id(const Record& record);
/// The node id that an author begins with.
std::string_view node_of(std::string_view author);
/// A key of /state that its author says again and again, until it is gone: a lost one is no harm.
inline bool is_renewed(const Record& record) {
  return record.lifetime_ms > 0;
}

/// Gives stamps that never go back and never fall behind what was seen. Since all follow all, a
/// record has a later stamp than every record that its author had seen, however wrong a clock is.
class HybridClock {
 public:
  Stamp next(Nanoseconds wall);
  void observe(const Stamp& stamp);

 private:
  Stamp last_;
};

}  // namespace mort::space
