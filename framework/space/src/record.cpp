#include "mort/space/record.hpp"

#include <algorithm>
#include <tuple>

#include "mort/base/sha256.hpp"
#include "mort/message/message.hpp"

namespace mort::space {
namespace {

constexpr std::size_t kMaxName = 512;

bool earlier_than(const Record& a, const Record& b) {
  return std::tie(a.stamp, a.author, a.author_seq) < std::tie(b.stamp, b.author, b.author_seq);
}

bool has_seen(const Record& record, const Record& other) {
  if (record.author == other.author) return record.author_seq > other.author_seq;
  return std::any_of(record.seen.begin(), record.seen.end(), [&](const Seen& seen) {
    return seen.author == other.author && seen.through >= other.author_seq;
  });
}

}  // namespace

std::string record_id(const Record& record) {
  return record.space + "/" + record.author + "/" + std::to_string(record.author_seq);
}

std::string record_hash(const Record& record) {
  Record content = record;
  content.sha256.clear();
  content.signature.clear();
  const auto bytes = message::encode(content);
  return sha256_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::vector<std::uint8_t> encode(const Record& record) {
  return message::encode(record);
}

Result<Record> decode_record(std::span<const std::uint8_t> payload) {
  if (payload.size() > kMaxRecordBytes) return fail(ErrorCode::kInvalid, "record too large");
  MORT_TRY(record, message::decode<Record>(payload));
  const bool known = std::any_of(kSpaces.begin(), kSpaces.end(),
                                 [&](const char* name) { return record.space == name; });
  if (!known) return fail(ErrorCode::kInvalid, "record of an unknown space");
  if (record.key.empty() || record.key.size() > kMaxName || record.author.empty() ||
      record.author.size() > kMaxName || record.author_seq == 0) {
    return fail(ErrorCode::kInvalid, "record with an empty or overlong key or author");
  }
  constexpr std::uint64_t kLongestLifetime = 10ULL * 365 * 24 * 3600 * 1000;
  if (record.lifetime_ms > kLongestLifetime)
    return fail(ErrorCode::kInvalid, "record with a lifetime beyond ten years");
  if (record.sha256 != record_hash(record))
    return fail(ErrorCode::kInvalid, "record whose hash is wrong");
  return record;
}

bool supersedes(const Record& later, const Record& earlier) {
  if (later.space == kState) return true;
  if (later.priority != earlier.priority) return later.priority > earlier.priority;
  return has_seen(later, earlier);
}

const Record* winner(const std::vector<const Record*>& records) {
  std::vector<const Record*> sorted = records;
  std::sort(sorted.begin(), sorted.end(),
            [](const Record* a, const Record* b) { return earlier_than(*a, *b); });
  const Record* best = nullptr;
  while (true) {
    const Record* level = nullptr;
    for (const Record* record : sorted) {
      if (level == nullptr || supersedes(*record, *level)) level = record;
    }
    if (level == nullptr) return best;
    best = level;
    if (!best->body.empty() || best->space == kState) return best;
    // A release gives the key back to the lower priorities.
    std::erase_if(sorted, [&](const Record* record) { return record->priority >= best->priority; });
  }
}

Stamp HybridClock::next() {
  const auto wall = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(clock_.wall()).count());
  if (wall > last_.wall_ms)
    last_ = {wall, 0};
  else
    ++last_.counter;
  return last_;
}

void HybridClock::observe(const Stamp& stamp) {
  const auto wall = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(clock_.wall()).count());
  constexpr std::uint64_t kFarAhead = 60'000;
  if (stamp.wall_ms <= wall + kFarAhead) last_ = std::max(last_, stamp);
}

}  // namespace mort::space
