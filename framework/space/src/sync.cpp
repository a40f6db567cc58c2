#include "mort/space/sync.hpp"

#include <algorithm>
#include <utility>

namespace mort::space {
namespace {

constexpr std::size_t kRecordsBytes = 1 << 20;
constexpr std::size_t kMostPeers = 10'000;
constexpr std::size_t kSummariesATick = 2;
constexpr std::uint64_t kLongestAgeMs = 24ULL * 3600 * 1000;
/// After this long without an answer another peer is asked.
constexpr Nanoseconds kAnswerTime = std::chrono::seconds(2);

Nanoseconds lifetime_of(const Record& record) {
  return std::chrono::milliseconds(record.lifetime_ms);
}

}  // namespace

Sync::Ready Sync::take_ready() {
  return std::exchange(ready_, {});
}

void Sync::load(const RecordPtr& record) {
  if (journal_.add(record).added != Journal::Added::kNew) return;
  stamps_.observe(record->stamp);
  fold_.add(record);
  if (record->author == options_.author) {
    std::uint64_t& own = own_[record->space];
    own = std::max(own, record->author_seq);
  }
}

RecordPtr Sync::propose(const std::string& space, const std::string& key, std::string body,
                        Nanoseconds lifetime, std::int32_t priority, Nanoseconds wall) {
  Record record;
  record.space = space;
  record.key = key;
  record.author = options_.author;
  record.author_seq = own_[space] + 1;
  record.boot = boot_;
  record.priority = priority;
  record.stamp = stamps_.next(wall);
  if (space != kState) {
    // What the records of this key had seen counts as seen too: it may not have come here.
    std::map<std::string, std::uint64_t> seen;
    const auto see = [&](const std::string& author, std::uint64_t through) {
      std::uint64_t& known = seen[author];
      known = std::max(known, through);
    };
    for (const RecordPtr& known : fold_.records(space, key)) {
      see(known->author, known->author_seq);
      for (const Seen& one : known->seen) see(one.author, one.through);
    }
    for (const auto& [author, through] : seen) record.seen.push_back({author, through});
  }
  record.lifetime_ms = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(lifetime).count());
  record.body = std::move(body);
  return seal(std::move(record));
}

void Sync::commit(const RecordPtr& record, Nanoseconds now) {
  own_[record->space] = record->author_seq;
  insert(record, Nanoseconds(0), now);
  ready_.publish.push_back(record);
}

bool Sync::insert(const RecordPtr& record, Nanoseconds age, Nanoseconds now) {
  if (is_renewed(*record) && age >= lifetime_of(*record)) return false;
  Journal::Entry entry = journal_.add(record);
  if (entry.added == Journal::Added::kForked && !std::exchange(fork_told_, true)) {
    ready_.warnings.push_back("two records have the number " + record_id(*record) +
                              ": two agents run as one author, or one of them is forged");
  }
  if (entry.added == Journal::Added::kRefused)
    ready_.warnings.push_back("there are too many authors: a record of " + record->author +
                              " is refused");
  if (entry.added != Journal::Added::kNew) return false;
  stamps_.observe(record->stamp);
  Fold::Change change = fold_.add(record);
  for (const RecordPtr& dropped : entry.dropped) {
    lives_.erase(record_id(*dropped));
    change.after = fold_.remove(dropped).after;
  }
  if (is_renewed(*record)) lives_[record_id(*record)] = {record, now - age};
  if (change.after != change.before) ready_.changes.push_back(std::move(change));
  return true;
}

/// A record of this node's agent by another run of it. The disk may have been put back, so that it
/// knows of fewer runs than there were: what this run says would not count.
void Sync::watch_own_node(const RecordPtr& record, Nanoseconds now) {
  if (record->space != kState || record->author == options_.author ||
      node_of(record->author) != options_.node)
    return;
  ready_.namesakes.push_back(record);
  if (record->boot < boot_) return;
  boot_ = record->boot + 1;
  for (const RecordPtr& own :
       journal_.after({{kState, options_.author, 0, {}}}, kMaxRecordBytes).records) {
    Record next = *own;
    next.author_seq = ++own_[kState];
    next.boot = boot_;
    const RecordPtr sealed = seal(std::move(next));
    insert(sealed, Nanoseconds(0), now);
    ready_.publish.push_back(sealed);
  }
}

void Sync::receive(const RecordPtr& record, Nanoseconds now) {
  if (record->author == options_.author) {
    // Its own numbers, said by another: insert() tells when they are not the same records.
    if (record->author_seq > own_[record->space]) return;
  }
  if (insert(record, Nanoseconds(0), now) && record->space != kState)
    ready_.persist.push_back(record);
  watch_own_node(record, now);
}

void Sync::receive(const Note& note, Nanoseconds now) {
  if (note.from == options_.node || !peers_.contains(note.from) ||
      note.through.size() > 2 * Journal::kMostAuthors)
    return;
  switch (note.what) {
    case Note::What::kSummary:
      return step_summary(note);
    case Note::What::kVector:
      return step_vector(note, now);
    case Note::What::kWant:
      return step_want(note, now);
    case Note::What::kRecords:
      return step_records(note, now);
    case Note::What::kReceipt:
      for (const Through& through : note.through) {
        if (through.author != options_.author) continue;
        std::uint64_t& held = holders_[note.from][through.space];
        held = std::max(held, std::min(through.through, own_[through.space]));
      }
      return;
  }
}

void Sync::step_summary(const Note& note) {
  const bool durable_differs = note.durable != journal_.hash(Kind::kDurable);
  if (!durable_differs && note.stored) {
    for (const auto& [space, last] : own_) {
      if (space != kState) holders_[note.from][space] = last;
    }
  }
  // A record that is under way just now differs too; the vectors are small beside what it costs to
  // miss one.
  const bool state_differs = note.state != journal_.hash(Kind::kState);
  if (durable_differs || state_differs)
    send(note.from, vector_note(durable_differs, state_differs));
}

Note Sync::vector_note(bool of_durable, bool of_state) const {
  Note note;
  note.what = Note::What::kVector;
  note.of_durable = of_durable;
  note.of_state = of_state;
  if (of_durable) note.through = journal_.vector(Kind::kDurable);
  if (of_state) {
    auto state = journal_.vector(Kind::kState);
    std::move(state.begin(), state.end(), std::back_inserter(note.through));
  }
  return note;
}

void Sync::step_vector(const Note& note, Nanoseconds now) {
  // One question at a time: each answer would be the same.
  if (!question_ || now >= question_->until) ask(note.from, note.through, now);
  if (note.answered) return;
  const bool durable = note.of_durable && journal_.knows_more(note.through, Kind::kDurable);
  const bool state = note.of_state && journal_.knows_more(note.through, Kind::kState);
  if (!durable && !state) return;
  Note answer = vector_note(durable, state);
  answer.answered = true;
  send(note.from, std::move(answer));
}

void Sync::ask(const std::string& peer, const std::vector<Through>& theirs, Nanoseconds now) {
  question_.reset();
  Note want;
  want.what = Note::What::kWant;
  want.through = journal_.lacking(theirs);
  if (want.through.empty()) return;
  question_ = Question{peer, theirs, now + kAnswerTime};
  send(peer, std::move(want));
}

void Sync::step_want(const Note& note, Nanoseconds now) {
  Journal::Part part = journal_.after(note.through, kRecordsBytes);
  Note answer;
  answer.what = Note::What::kRecords;
  answer.through = std::move(part.through);
  answer.more = part.more;
  for (const RecordPtr& record : part.records) {
    answer.records.push_back(envelope_of(*record));
    Nanoseconds age{0};
    if (const auto life = lives_.find(record_id(*record)); life != lives_.end())
      age = now - life->second.since;
    answer.ages_ms.push_back(static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(age).count()));
  }
  send(note.from, std::move(answer));
}

void Sync::step_records(const Note& note, Nanoseconds now) {
  if (!question_ || question_->peer != note.from) return;  // asked for no longer
  bool whole = true;
  bool durable = false;
  bool any = false;
  for (std::size_t i = 0; i < note.records.size(); ++i) {
    const auto record = open_envelope(note.records[i]);
    if (!record) {
      ready_.warnings.push_back("refused a record from " + note.from + ": " +
                                record.error().message);
      whole = false;
      continue;
    }
    const std::uint64_t age_ms = i < note.ages_ms.size() ? note.ages_ms[i] : 0;
    const Nanoseconds age = std::chrono::milliseconds(std::min(age_ms, kLongestAgeMs));
    const bool is_own = (*record)->author == options_.author;
    if (!is_own && insert(*record, age, now)) {
      any = true;
      if ((*record)->space != kState) {
        durable = true;
        ready_.persist.push_back(*record);
      }
    }
    watch_own_node(*record, now);
  }
  if (whole) {
    for (const Through& through : note.through) journal_.vouch(through);
  }
  const auto theirs = std::exchange(question_, {})->theirs;
  if (note.more && any)
    ask(note.from, theirs, now);
  else if (durable)
    tell_neighbours(note.from);
}

void Sync::send(const std::string& to, Note note) {
  note.from = options_.node;
  ready_.letters.push_back({to, std::move(note)});
}

Note Sync::summary() const {
  Note note;
  note.durable = journal_.hash(Kind::kDurable);
  note.state = journal_.hash(Kind::kState);
  note.stored = unstored_.empty() && ready_.persist.empty();
  return note;
}

std::vector<std::string> Sync::neighbours() const {
  std::vector<std::string> ring(peers_.upper_bound(options_.node), peers_.end());
  ring.insert(ring.end(), peers_.begin(), peers_.lower_bound(options_.node));
  std::vector<std::string> list;
  for (std::size_t distance = 1; distance <= ring.size(); distance *= 2)
    list.push_back(ring[distance - 1]);
  return list;
}

void Sync::tell_neighbours(const std::string& but) {
  for (const std::string& node : neighbours()) {
    if (node != but) send(node, summary());
  }
}

void Sync::set_peers(std::set<std::string> peers) {
  peers.erase(options_.node);
  while (peers.size() > kMostPeers) peers.erase(std::prev(peers.end()));
  std::vector<std::string> joined;
  std::set_difference(peers.begin(), peers.end(), peers_.begin(), peers_.end(),
                      std::back_inserter(joined));
  std::erase_if(holders_, [&](const auto& entry) { return !peers.contains(entry.first); });
  if (question_ && !peers.contains(question_->peer)) question_.reset();
  peers_ = std::move(peers);
  const auto near = neighbours();
  for (const std::string& node : joined) {
    if (std::find(near.begin(), near.end(), node) != near.end()) send(node, summary());
  }
}

void Sync::expire(Nanoseconds now) {
  for (auto it = lives_.begin(); it != lives_.end();) {
    const Life life = it->second;
    if (now - life.since < lifetime_of(*life.record)) {
      ++it;
      continue;
    }
    it = lives_.erase(it);
    journal_.remove(*life.record);
    Fold::Change change = fold_.remove(life.record);
    if (change.after != change.before) ready_.changes.push_back(std::move(change));
  }
}

void Sync::tick(Nanoseconds now) {
  expire(now);
  auto again = std::exchange(unstored_, {});
  ready_.persist.insert(ready_.persist.end(), again.begin(), again.end());
  const auto near = neighbours();
  for (std::size_t i = 0; i < std::min(near.size(), kSummariesATick); ++i)
    send(near[turn_++ % near.size()], summary());
}

std::uint64_t Sync::stored_through(const std::string& space, const std::string& author) const {
  std::uint64_t through = journal_.through(space, author);
  for (const auto* const list : {&unstored_, &ready_.persist}) {
    for (const RecordPtr& record : *list) {
      if (record->space == space && record->author == author)
        through = std::min(through, record->author_seq - 1);
    }
  }
  return through;
}

void Sync::persisted(const std::vector<RecordPtr>& records) {
  std::map<std::string, std::set<std::pair<std::string, std::string>>> authors;  // by node
  for (const RecordPtr& record : records)
    authors[std::string(node_of(record->author))].insert({record->space, record->author});
  for (const auto& [node, list] : authors) {
    if (!peers_.contains(node)) continue;
    Note receipt;
    receipt.what = Note::What::kReceipt;
    for (const auto& [space, author] : list)
      receipt.through.push_back({space, author, stored_through(space, author), {}});
    send(node, std::move(receipt));
  }
}

void Sync::not_persisted(std::vector<RecordPtr> records) {
  unstored_.insert(unstored_.end(), std::make_move_iterator(records.begin()),
                   std::make_move_iterator(records.end()));
}

std::set<std::string> Sync::holders(const std::string& space, std::uint64_t seq) const {
  std::set<std::string> nodes;
  for (const auto& [node, held] : holders_) {
    const auto found = held.find(space);
    if (found != held.end() && found->second >= seq) nodes.insert(node);
  }
  return nodes;
}

}  // namespace mort::space
