#include "mort/space/record.hpp"

#include <algorithm>

#include "mort/base/sha256.hpp"
#include "mort/message/message.hpp"

namespace mort::space {
namespace {

constexpr std::size_t kMaxName = 512;
constexpr std::size_t kMaxSeen = 4096;
constexpr std::uint64_t kLongestLifetimeMs = 24ULL * 3600 * 1000;
constexpr std::uint64_t kMostNumbers = std::uint64_t{1} << 48;

}  // namespace

/// What a head holds. What later versions add goes into `more`, which this one passes on unread.
struct Head {
  std::string space;
  std::string key;
  std::string author;
  std::uint64_t author_seq = 0;
  std::uint64_t boot = 0;
  std::int32_t priority = 0;
  std::uint64_t stamp = 0;  ///< 48 bits of milliseconds, 16 of the counter
  std::vector<Seen> seen;
  std::uint64_t lifetime_ms = 0;
  std::vector<std::uint8_t> more;
};

namespace {

Sha256 hash_of(std::span<const std::uint8_t> head, std::string_view body) {
  return sha256_bytes({{reinterpret_cast<const char*>(head.data()), head.size()}, body});
}

tl::unexpected<Error> no_record(const char* why) {
  return fail(ErrorCode::kInvalid, std::string("no record: ") + why);
}

bool is_name(const std::string& name) {
  return !name.empty() && name.size() <= kMaxName;
}

}  // namespace

RecordPtr seal(Record record) {
  Head head{record.space,
            record.key,
            record.author,
            record.author_seq,
            record.boot,
            record.priority,
            record.stamp.wall_ms << 16 | record.stamp.counter,
            record.seen,
            record.lifetime_ms,
            {}};
  record.head = message::encode(head);
  record.sha256 = hash_of(record.head, record.body);
  return std::make_shared<const Record>(std::move(record));
}

Envelope envelope_of(const Record& record) {
  return {record.head, record.body, record.sha256, record.signature};
}

std::vector<std::uint8_t> encode(const Record& record) {
  return message::encode(envelope_of(record));
}

Result<RecordPtr> open_envelope(Envelope envelope) {
  if (envelope.head.size() + envelope.body.size() + envelope.signature.size() > kMaxRecordBytes)
    return no_record("larger than 4 MiB");
  if (hash_of(envelope.head, envelope.body) != envelope.sha256)
    return no_record("its hash is wrong");
  MORT_TRY(head, message::decode<Head>(envelope.head));
  if (std::find(kSpaces.begin(), kSpaces.end(), head.space) == kSpaces.end())
    return no_record("its space is unknown");
  if (!is_name(head.key) || !is_name(head.author))
    return no_record("its key or author is empty or longer than 512 bytes");
  if (head.author_seq == 0 || head.author_seq > kMostNumbers || head.boot > kMostNumbers)
    return no_record("its number is out of range");
  if (head.stamp >> 16 > kLastWallMs) return no_record("its stamp is beyond the year 2200");
  if (head.lifetime_ms > kLongestLifetimeMs) return no_record("its lifetime is beyond a day");
  if (head.lifetime_ms > 0 && head.space != kState)
    return no_record("it has a lifetime and is not of /state");
  if (head.seen.size() > kMaxSeen) return no_record("it has seen too much");
  Record record;
  record.space = std::move(head.space);
  record.key = std::move(head.key);
  record.author = std::move(head.author);
  record.author_seq = head.author_seq;
  record.boot = head.boot;
  record.priority = head.priority;
  record.stamp = {head.stamp >> 16, static_cast<std::uint16_t>(head.stamp & 0xffff)};
  record.seen = std::move(head.seen);
  record.lifetime_ms = head.lifetime_ms;
  record.body = std::move(envelope.body);
  record.sha256 = envelope.sha256;
  record.head = std::move(envelope.head);
  record.signature = std::move(envelope.signature);
  return std::make_shared<const Record>(std::move(record));
}

Result<RecordPtr> decode_record(std::span<const std::uint8_t> payload) {
  if (payload.size() > kMaxRecordBytes + 1024) return no_record("larger than 4 MiB");
  MORT_TRY(envelope, message::decode<Envelope>(payload));
  return open_envelope(std::move(envelope));
}

std::string record_id(const Record& record) {
  return record.space + "/" + record.author + "/" + std::to_string(record.author_seq);
}

std::string_view node_of(std::string_view author) {
  return author.substr(0, author.rfind('.'));
}

Stamp HybridClock::next(Nanoseconds wall) {
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(wall).count();
  const auto wall_ms =
      std::min(static_cast<std::uint64_t>(std::max<std::int64_t>(now, 0)), kLastWallMs);
  if (wall_ms > last_.wall_ms) {
    last_ = {wall_ms, 0};
  } else if (++last_.counter == 0) {
    ++last_.wall_ms;  // the counter is used up
  }
  return last_;
}

void HybridClock::observe(const Stamp& stamp) {
  last_ = std::max(last_, stamp);
}

}  // namespace mort::space
