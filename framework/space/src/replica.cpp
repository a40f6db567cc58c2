#include "mort/space/replica.hpp"

#include <algorithm>

#include "mort/base/log.hpp"
#include "mort/message/message.hpp"

namespace mort::space {
namespace {

constexpr std::size_t kMostOutboxes = 64;
constexpr std::size_t kMostWaiting = 16;
/// Between two tries of a disk that refuses: doubles up to the second.
constexpr Nanoseconds kFirstPatience = std::chrono::seconds(1);
constexpr Nanoseconds kLongestPatience = std::chrono::seconds(5);

bus::Qos record_qos(const std::string& space) {
  bus::Qos qos;
  // KEEP_LAST would drop a concurrent record unseen; for /state the newest will do.
  qos.keep_all = space != kState;
  qos.depth = 64;
  qos.heartbeat = std::chrono::milliseconds(space == kCmd ? 50 : 200);
  return qos;
}

bus::Qos note_qos() {
  bus::Qos qos;
  qos.depth = 64;
  qos.heartbeat = std::chrono::milliseconds(50);
  return qos;
}

std::string inbox_topic(const std::string& node) {
  return "mort/to/" + node;
}

}  // namespace

Replica::Replica(Options options, scheduler::Lane& lane, bus::Bus& bus, store::Store& store,
                 OnChange on_change)
    : options_(std::move(options)),
      lane_(lane),
      bus_(bus),
      store_(store),
      on_change_(std::move(on_change)),
      sync_({options_.node, options_.author, options_.boot}) {}
Replica::~Replica() = default;

Result<void> Replica::open() {
  MORT_TRY_VOID(load());
  MORT_TRY_VOID(open_endpoints());
  open_ = true;
  for (const auto& [name, reader] : readers_) read_records(*reader);
  look_at_peers();
  tick();
  return {};
}

/// What is damaged is removed: the numbers of its author then have a gap, which the peers fill.
Result<void> Replica::load() {
  MORT_TRY(stored, store_.records());
  std::vector<std::string> damaged;
  for (const store::StoredRecord& row : stored) {
    const auto record = decode_record(row.bytes);
    if (record && record_id(**record) == row.id)
      sync_.load(*record);
    else
      damaged.push_back(row.id);
  }
  if (damaged.empty()) return {};
  log::warning(std::to_string(damaged.size()) +
               " stored record(s) were damaged, the first of them " + damaged.front() +
               ": removed; they come back from the other agents");
  return store_.remove_records(damaged);
}

Result<void> Replica::open_endpoints() {
  const bus::EndpointInfo info{options_.node, {}, 0};
  for (const char* space : kSpaces) {
    const bus::TopicSpec topic{std::string("mort/") + space, message_type<Envelope>().name};
    bus::Events matches;
    matches.on_match = [this] {
      lane_.post([this] {
        if (open_) look_at_peers();
      });
    };
    MORT_TRY(writer, bus_.create_writer(topic, record_qos(space), info, std::move(matches)));
    writers_[space] = std::move(writer);
    bus::Events events;
    events.on_data = [this, space] {
      lane_.post([this, space] {
        if (open_) read_records(*readers_.at(space));
      });
    };
    MORT_TRY(reader, bus_.create_reader(topic, record_qos(space), info, std::move(events)));
    readers_[space] = std::move(reader);
  }
  bus::Events events;
  events.on_data = [this] {
    lane_.post([this] {
      if (open_) read_notes();
    });
  };
  MORT_TRY(inbox, bus_.create_reader({inbox_topic(options_.node), message_type<Note>().name},
                                     note_qos(), info, std::move(events)));
  inbox_ = std::move(inbox);
  return {};
}

void Replica::tick() {
  close_unused();
  sync_.tick(lane_.clock().now());
  act();
  lane_.after(options_.period, [this] { tick(); });
}

Result<Record> Replica::put(const std::string& space, const std::string& key, std::string body,
                            Nanoseconds lifetime, std::int32_t priority) {
  if (space != kState && lifetime > Nanoseconds(0))
    return fail(ErrorCode::kInvalid, "only records of /state have a lifetime", key);
  const RecordPtr record =
      sync_.propose(space, key, std::move(body), lifetime, priority, lane_.clock().wall());
  if (record->head.size() + record->body.size() > kMaxRecordBytes) {
    return fail(ErrorCode::kInvalid, "the record " + key + " is larger than 4 MiB", {},
                "make the job or policy smaller");
  }
  if (space != kState)
    MORT_TRY_VOID(store_.add_records({{record_id(*record), space, encode(*record)}}));
  sync_.commit(record, lane_.clock().now());
  act();
  return *record;
}

/// Does what Sync asks for: what is to be stored first.
void Replica::act() {
  Sync::Ready ready = sync_.take_ready();
  if (!ready.persist.empty()) {
    store_all(ready.persist);
    Sync::Ready receipts = sync_.take_ready();
    std::move(receipts.letters.begin(), receipts.letters.end(), std::back_inserter(ready.letters));
  }
  // A full history is no loss: the exchange brings what DDS does not.
  for (const RecordPtr& record : ready.publish) writers_.at(record->space)->write(encode(*record));
  for (const Sync::Letter& letter : ready.letters) post(letter);
  for (const std::string& warning : ready.warnings) log::warning(warning);
  for (const RecordPtr& record : ready.namesakes) {
    if (on_namesake) on_namesake(*record);
  }
  for (const Fold::Change& change : ready.changes) {
    if (change.rival != nullptr) {
      log::warning("conflict: /" + change.space + " " + change.key + " says what " +
                   change.after->author + " committed; " + change.rival->author +
                   " had committed something else without knowing of it");
    }
    if (on_change_ && open_) on_change_(change.space, change.key);
  }
}

void Replica::store_all(const std::vector<RecordPtr>& records) {
  const Nanoseconds now = lane_.clock().now();
  if (disk_failed_ && now < next_try_) return sync_.not_persisted(records);
  std::vector<store::StoredRecord> rows;
  for (const RecordPtr& record : records)
    rows.push_back({record_id(*record), record->space, encode(*record)});
  const auto stored = store_.add_records(rows);
  if (stored) {
    if (std::exchange(disk_failed_, false)) {
      log::info("the disk takes records again");
      patience_ = Nanoseconds(0);
    }
    return sync_.persisted(records);
  }
  if (!std::exchange(disk_failed_, true)) {
    log::error(to_string(stored.error()));
    log::error("commands of the fleet are followed from memory until the disk takes them");
  }
  patience_ = std::clamp(2 * patience_, kFirstPatience, kLongestPatience);
  next_try_ = now + patience_;
  sync_.not_persisted(records);
}

void Replica::read_records(bus::Reader& reader) {
  while (const auto sample = reader.take()) {
    const auto record = decode_record(sample->payload);
    if (!record) {
      log::warning("refused a record from the network: " + record.error().message);
      continue;
    }
    sync_.receive(*record, lane_.clock().now());
  }
  act();
}

void Replica::read_notes() {
  while (const auto sample = inbox_->take()) {
    const auto note = message::decode<Note>(sample->payload);
    if (note) sync_.receive(*note, lane_.clock().now());
  }
  act();
}

void Replica::look_at_peers() {
  std::set<std::string> peers;
  for (const bus::Peer& peer : writers_.at(kCmd)->matched()) {
    if (!peer.info.node.empty()) peers.insert(peer.info.node);
  }
  sync_.set_peers(std::move(peers));
  act();
}

void Replica::post(const Sync::Letter& letter) {
  Outbox& outbox = outboxes_[letter.to];
  outbox.used = lane_.clock().now();
  if (outbox.writer == nullptr) {
    bus::Events events;
    events.on_match = [this, to = letter.to] {
      lane_.post([this, to] {
        if (const auto found = outboxes_.find(to); found != outboxes_.end()) flush(found->second);
      });
    };
    auto writer = bus_.create_writer({inbox_topic(letter.to), message_type<Note>().name},
                                     note_qos(), {options_.node, {}, 0}, std::move(events));
    if (!writer) return log::warning(to_string(writer.error()));
    outbox.writer = std::move(*writer);
  }
  // What waits too long is said again in other words by a later summary.
  if (outbox.waiting.size() == kMostWaiting) outbox.waiting.pop_front();
  outbox.waiting.push_back(letter.note);
  flush(outbox);
}

void Replica::flush(Outbox& outbox) {
  if (outbox.writer == nullptr || !outbox.writer->has_readers()) return;
  for (const Note& note : outbox.waiting) outbox.writer->write(message::encode(note));
  outbox.waiting.clear();
}

/// Endpoints to those that were written to longest ago, when there are many.
void Replica::close_unused() {
  while (outboxes_.size() > kMostOutboxes) {
    const auto oldest = std::min_element(
        outboxes_.begin(), outboxes_.end(),
        [](const auto& a, const auto& b) { return a.second.used < b.second.used; });
    outboxes_.erase(oldest);
  }
}

}  // namespace mort::space
