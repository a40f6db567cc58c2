#include "mort/space/replica.hpp"

#include <algorithm>

#include "mort/base/log.hpp"
#include "mort/message/message.hpp"

namespace mort::space {

/// What an agent has: announced at every period, and at once after a new command.
struct Digest {
  std::string node;
  std::vector<Seen> seen;
};

/// Asks `to` for all records beyond what `seen` says.
struct Pull {
  std::string from;
  std::string to;
  std::vector<Seen> seen;
};

/// The answer: the live records asked for; with them `to` knows everything up to `through`.
struct Push {
  std::string to;
  std::vector<std::vector<std::uint8_t>> records;
  std::vector<Seen> through;
};

namespace {

constexpr std::size_t kMaxPushBytes = 1 << 20;
constexpr std::size_t kMaxSeen = 100'000;

bus::Qos record_qos(const std::string& space) {
  bus::Qos qos;
  qos.keep_all =
      space !=
      kState;  // KEEP_LAST would drop a concurrent record unseen; for /state the newest will do
  qos.depth = 64;
  qos.heartbeat = std::chrono::milliseconds(space == kCmd ? 50 : 200);
  return qos;
}

bus::Qos exchange_qos() {
  bus::Qos qos;
  qos.depth = 64;
  qos.heartbeat = std::chrono::milliseconds(200);
  return qos;
}

}  // namespace

Replica::Replica(Options options, scheduler::Lane& lane, bus::Bus& bus, store::Store& store,
                 OnChange on_change)
    : options_(std::move(options)),
      lane_(lane),
      bus_(bus),
      store_(store),
      on_change_(std::move(on_change)),
      stamps_(lane.clock()) {}
Replica::~Replica() = default;

Result<void> Replica::open() {
  MORT_TRY(stored, store_.records());
  for (const auto& bytes : stored) {
    if (auto record = decode_record(bytes))
      insert(std::move(*record), false);
    else
      log::warning("a stored record is not valid and is passed over: " + record.error().message);
  }
  // /state is not stored: its numbers begin at the wall clock, above those of the process before.
  authors_[{kState, options_.author}].through = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(lane_.clock().wall()).count());
  MORT_TRY_VOID(open_endpoints());
  open_ = true;
  for (const auto& [name, reader] : readers_) read_records(*reader);
  tick();
  return {};
}

void Replica::tick() {
  expire();
  send_digest();
  lane_.after(options_.digest_period, [this] { tick(); });
}

Result<void> Replica::open_endpoints() {
  const bus::EndpointInfo info{options_.node, {}, 0};
  const auto add = [&](const std::string& name, const std::string& type, const bus::Qos& qos,
                       std::function<void()> read) -> Result<void> {
    MORT_TRY(writer, bus_.create_writer({"mort/" + name, type}, qos, info, {}));
    writers_[name] = std::move(writer);
    bus::Events events;
    events.on_data = [this, read = std::move(read)] { lane_.post(read); };
    MORT_TRY(reader, bus_.create_reader({"mort/" + name, type}, qos, info, std::move(events)));
    readers_[name] = std::move(reader);
    return {};
  };
  for (const char* space : kSpaces) {
    MORT_TRY_VOID(add(space, message_type<Record>().name, record_qos(space), [this, space] {
      if (open_) read_records(*readers_.at(space));
    }));
  }
  MORT_TRY_VOID(add("digest", message_type<Digest>().name, exchange_qos(), [this] {
    if (open_) read_digests();
  }));
  MORT_TRY_VOID(add("pull", message_type<Pull>().name, exchange_qos(), [this] {
    if (open_) read_pulls();
  }));
  MORT_TRY_VOID(add("push", message_type<Push>().name, exchange_qos(), [this] {
    if (open_) read_pushes();
  }));
  return {};
}

Result<Record> Replica::put(const std::string& space, const std::string& key, std::string body,
                            Nanoseconds lifetime, std::int32_t priority) {
  Author& self = authors_[{space, options_.author}];
  Record record;
  record.space = space;
  record.key = key;
  record.author = options_.author;
  record.author_seq = self.through + 1;
  record.priority = priority;
  record.stamp = stamps_.next();
  if (space != kState) {
    for (const auto& [name, author] : authors_) {
      if (name.first == space) record.seen.push_back({space, name.second, author.through});
    }
  }
  record.lifetime_ms = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(lifetime).count());
  record.body = std::move(body);
  record.sha256 = record_hash(record);
  if (encode(record).size() > kMaxRecordBytes) {
    return fail(ErrorCode::kInvalid, "the record " + key + " is larger than 4 MiB", {},
                "make the job or policy smaller");
  }
  if (space != kState) {
    MORT_TRY_VOID(store_.add_record(record_id(record), space, encode(record)));
  }
  insert(record, false);
  send(record);
  return record;
}

void Replica::send(const Record& record) {
  // A full history is no loss: anti-entropy brings what DDS does not.
  writers_.at(record.space)->write(encode(record));
}

bool Replica::knows(const Record& record) const {
  const auto found = authors_.find({record.space, record.author});
  return found != authors_.end() && (record.author_seq <= found->second.through ||
                                     found->second.ahead.contains(record.author_seq));
}

bool Replica::insert(Record record, bool store) {
  if (knows(record)) return true;
  if (store && record.space != kState) {
    if (auto stored = store_.add_record(record_id(record), record.space, encode(record)); !stored) {
      log::error(to_string(stored.error()));
      return false;  // not acknowledged, so it is pulled again
    }
  }
  stamps_.observe(record.stamp);
  Author& author = authors_[{record.space, record.author}];
  advance(author, record.author_seq);
  KeyEntries& entries = entries_[record.space][record.key];
  if (record.space == kState) {
    // Only the newest of each author counts: the older ones are dropped.
    for (auto it = entries.begin(); it != entries.end();) {
      const bool older = it->first.first == record.author && it->first.second < record.author_seq;
      if (older) author.keys.erase(it->first.second);
      it = older ? entries.erase(it) : std::next(it);
    }
  }
  author.keys[record.author_seq] = record.key;
  Entry entry{record, std::nullopt};
  if (record.lifetime_ms > 0)
    entry.expires = lane_.clock().now() + std::chrono::milliseconds(record.lifetime_ms);
  entries.emplace(std::pair(record.author, record.author_seq), std::move(entry));
  changed(record.space, record.key);
  return true;
}

void Replica::advance(Author& author, std::uint64_t seq) {
  author.ahead.insert(seq);
  while (!author.ahead.empty() && *author.ahead.begin() <= author.through + 1) {
    author.through = std::max(author.through, *author.ahead.begin());
    author.ahead.erase(author.ahead.begin());
  }
}

void Replica::changed(const std::string& space, const std::string& key) {
  if (on_change_ && open_) on_change_(space, key);
}

const Record* Replica::get(const std::string& space, const std::string& key) const {
  const auto in_space = entries_.find(space);
  if (in_space == entries_.end()) return nullptr;
  const auto found = in_space->second.find(key);
  if (found == in_space->second.end()) return nullptr;
  std::vector<const Record*> records;
  for (const auto& [id, entry] : found->second) records.push_back(&entry.record);
  const Record* best = winner(records);
  return best == nullptr || best->body.empty() ? nullptr : best;
}

std::map<std::string, const Record*> Replica::list(const std::string& space,
                                                   const std::string& prefix) const {
  std::map<std::string, const Record*> result;
  const auto in_space = entries_.find(space);
  if (in_space == entries_.end()) return result;
  for (auto it = in_space->second.lower_bound(prefix);
       it != in_space->second.end() && it->first.compare(0, prefix.size(), prefix) == 0; ++it) {
    if (const Record* record = get(space, it->first)) result[it->first] = record;
  }
  return result;
}

std::set<std::string> Replica::holders(const std::string& space, std::uint64_t seq) const {
  std::set<std::string> nodes;
  for (const auto& [node, held] : holders_) {
    const auto found = held.find(space);
    if (found != held.end() && found->second >= seq) nodes.insert(node);
  }
  return nodes;
}

void Replica::expire() {
  const Nanoseconds now = lane_.clock().now();
  std::vector<std::pair<std::string, std::string>> gone;
  for (auto& [space, keys] : entries_) {
    for (auto key = keys.begin(); key != keys.end();) {
      bool any = false;
      for (auto it = key->second.begin(); it != key->second.end();) {
        const bool expired = it->second.expires && *it->second.expires <= now;
        if (expired) authors_[{space, it->first.first}].keys.erase(it->first.second);
        any = any || expired;
        it = expired ? key->second.erase(it) : std::next(it);
      }
      if (any) gone.emplace_back(space, key->first);
      key = key->second.empty() ? keys.erase(key) : std::next(key);
    }
  }
  for (const auto& [space, key] : gone) changed(space, key);
}

void Replica::read_records(bus::Reader& reader) {
  bool commands = false;
  while (const auto sample = reader.take()) {
    auto record = decode_record(sample->payload);
    if (!record) {
      log::warning("refused a record from the network: " + record.error().message);
      continue;
    }
    if (record->author == options_.author) continue;
    commands = record->space != kState || commands;
    insert(std::move(*record), true);
  }
  if (commands) send_digest();  // tells the author at once that it is stored here
}

void Replica::send_digest() {
  Digest digest{options_.node, {}};
  for (const auto& [name, author] : authors_)
    digest.seen.push_back({name.first, name.second, author.through});
  writers_.at("digest")->write(message::encode(digest));
}

void Replica::read_digests() {
  while (const auto sample = readers_.at("digest")->take()) {
    const auto digest = message::decode<Digest>(sample->payload);
    if (!digest || digest->seen.size() > kMaxSeen || digest->node == options_.node) continue;
    Pull pull{options_.node, digest->node, {}};
    for (const Seen& seen : digest->seen) {
      if (seen.author == options_.author) holders_[digest->node][seen.space] = seen.through;
      const auto mine = authors_.find({seen.space, seen.author});
      const std::uint64_t have = mine == authors_.end() ? 0 : mine->second.through;
      if (have < seen.through) pull.seen.push_back({seen.space, seen.author, have});
    }
    if (!pull.seen.empty()) writers_.at("pull")->write(message::encode(pull));
  }
}

void Replica::read_pulls() {
  while (const auto sample = readers_.at("pull")->take()) {
    const auto pull = message::decode<Pull>(sample->payload);
    if (pull && pull->to == options_.node && pull->seen.size() <= kMaxSeen) answer(*pull);
  }
}

void Replica::answer(const Pull& pull) {
  Push push{pull.from, {}, {}};
  std::size_t bytes = 0;
  for (const Seen& wanted : pull.seen) {
    const auto found = authors_.find({wanted.space, wanted.author});
    if (found == authors_.end()) continue;
    const Author& author = found->second;
    std::uint64_t through = author.through;
    for (auto it = author.keys.upper_bound(wanted.through); it != author.keys.end(); ++it) {
      const Entry& entry = entries_.at(wanted.space).at(it->second).at({wanted.author, it->first});
      push.records.push_back(encode(entry.record));
      bytes += push.records.back().size();
      if (bytes > kMaxPushBytes) {  // the rest after the next digest
        through = std::min(through, it->first);
        break;
      }
    }
    push.through.push_back({wanted.space, wanted.author, through});
    if (bytes > kMaxPushBytes) break;
  }
  if (!push.through.empty()) writers_.at("push")->write(message::encode(push));
}

/// /state drops what is superseded, so its numbers have gaps that a peer must vouch for; they
/// follow the wall clock. The other spaces keep every record: nothing beyond what is held needs to
/// be believed.
std::uint64_t Replica::most_believable(const std::string& space, const Author& author) const {
  if (space == kState) {
    const auto later = lane_.clock().wall() + std::chrono::hours(1);
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(later).count());
  }
  return author.keys.empty() ? author.through
                             : std::max(author.through, author.keys.rbegin()->first);
}

void Replica::read_pushes() {
  bool any = false;
  while (const auto sample = readers_.at("push")->take()) {
    const auto push = message::decode<Push>(sample->payload);
    if (!push || push->to != options_.node) continue;
    bool whole = true;
    for (const auto& bytes : push->records) {
      auto record = decode_record(bytes);
      if (record && record->author != options_.author) {
        whole = insert(std::move(*record), true) && whole;
        any = true;
      } else if (!record) {
        whole = false;
      }
    }
    if (!whole) continue;
    for (const Seen& through : push->through) {
      if (through.author == options_.author) continue;
      const auto known = authors_.find({through.space, through.author});
      if (known == authors_.end())
        continue;  // without a record there is nothing to be through with
      Author& author = known->second;
      const std::uint64_t believable =
          std::min(through.through, most_believable(through.space, author));
      if (believable <= author.through) continue;
      author.through = believable;
      advance(author, believable);
    }
  }
  if (any) send_digest();
}

}  // namespace mort::space
