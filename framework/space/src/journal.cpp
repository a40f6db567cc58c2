#include "mort/space/journal.hpp"

#include <algorithm>

namespace mort::space {

void Journal::toggle_in(const Record& record) {
  if (record.space != kState)
    toggle(durable_hash_, record);
  else if (!is_renewed(record))
    toggle(state_hash_, record);
}

void Journal::advance(Author& author) {
  for (auto next = author.records.find(author.through + 1);
       next != author.records.end() && next->first == author.through + 1; ++next)
    ++author.through;
}

Journal::Entry Journal::add(const RecordPtr& record) {
  const Name name{record->space, record->author};
  auto found = authors_.find(name);
  if (found == authors_.end()) {
    if (authors_.size() >= kMostAuthors) return {Added::kRefused, {}};
    found = authors_.try_emplace(name).first;
  }
  Author& author = found->second;
  Entry entry{Added::kNew, {}};
  if (const auto same = author.records.find(record->author_seq); same != author.records.end()) {
    entry.added = same->second->sha256 == record->sha256 ? Added::kKnown : Added::kForked;
    return entry;
  }
  if (record->space == kState) {
    std::uint64_t& latest = author.latest[record->key];
    if (record->author_seq < latest) {
      entry.added = Added::kKnown;
      return entry;
    }
    if (const auto before = author.records.find(latest); before != author.records.end()) {
      toggle_in(*before->second);
      entry.dropped.push_back(before->second);
      author.records.erase(before);
    }
    latest = record->author_seq;
    // In /state a number that was passed over is of a record that another has taken the place of,
    // or is under way: the exchange tells.
    if (record->author_seq == author.through + 1) author.through = record->author_seq;
  }
  author.records.emplace(record->author_seq, record);
  toggle_in(*record);
  advance(author);
  return entry;
}

void Journal::remove(const Record& record) {
  const auto found = authors_.find({record.space, record.author});
  if (found == authors_.end() || found->second.records.erase(record.author_seq) == 0) return;
  toggle_in(record);
  Author& author = found->second;
  if (const auto latest = author.latest.find(record.key);
      latest != author.latest.end() && latest->second == record.author_seq)
    author.latest.erase(latest);
  // Runs of agents come and go; /state remembers none of which nothing is left.
  if (record.space == kState && author.records.empty()) authors_.erase(found);
}

std::uint64_t Journal::through(const std::string& space, const std::string& author) const {
  const auto found = authors_.find({space, author});
  return found == authors_.end() ? 0 : found->second.through;
}

std::uint64_t Journal::last(const std::string& space, const std::string& author) const {
  const auto found = authors_.find({space, author});
  if (found == authors_.end()) return 0;
  const auto& records = found->second.records;
  return std::max(found->second.through, records.empty() ? 0 : records.rbegin()->first);
}

Through Journal::known_of(const Name& name) const {
  Through known{name.first, name.second, 0, {}};
  const auto found = authors_.find(name);
  if (found == authors_.end()) return known;
  known.through = found->second.through;
  for (auto it = found->second.records.upper_bound(known.through);
       it != found->second.records.end() && known.beyond.size() < kMostBeyond; ++it)
    known.beyond.push_back(it->first);
  return known;
}

std::vector<Through> Journal::vector(Kind kind) const {
  std::vector<Through> list;
  for (const auto& [name, author] : authors_) {
    if (kind_of(name.first) == kind) list.push_back(known_of(name));
  }
  return list;
}

namespace {

/// Whether `one` knows something of the author that `other` does not.
bool knows_more_than(const Through& one, const Through& other) {
  return one.through > other.through ||
         std::any_of(one.beyond.begin(), one.beyond.end(), [&](std::uint64_t number) {
           return number > other.through &&
                  !std::binary_search(other.beyond.begin(), other.beyond.end(), number);
         });
}

}  // namespace

std::vector<Through> Journal::lacking(const std::vector<Through>& theirs) const {
  std::vector<Through> list;
  for (const Through& their : theirs) {
    Through own = known_of({their.space, their.author});
    if (knows_more_than(their, own)) list.push_back(std::move(own));
  }
  return list;
}

bool Journal::knows_more(const std::vector<Through>& theirs, Kind kind) const {
  std::map<Name, const Through*> known;
  for (const Through& their : theirs) known[{their.space, their.author}] = &their;
  return std::any_of(authors_.begin(), authors_.end(), [&](const auto& entry) {
    if (kind_of(entry.first.first) != kind) return false;
    const auto found = known.find(entry.first);
    return knows_more_than(known_of(entry.first),
                           found == known.end() ? Through() : *found->second);
  });
}

Journal::Part Journal::after(const std::vector<Through>& wanted, std::size_t bytes) const {
  Part part;
  std::size_t size = 0;
  for (const Through& want : wanted) {
    const auto found = authors_.find({want.space, want.author});
    if (found == authors_.end()) continue;
    const Author& author = found->second;
    for (auto it = author.records.upper_bound(want.through); it != author.records.end(); ++it) {
      if (std::binary_search(want.beyond.begin(), want.beyond.end(), it->first)) continue;
      if (size >= bytes) {
        part.more = true;
        return part;
      }
      size += it->second->head.size() + it->second->body.size() + it->second->signature.size() + 64;
      part.records.push_back(it->second);
    }
    // All that is sent of /state is all that there is: the receiver may count on it.
    if (want.space == kState) part.through.push_back({want.space, want.author, author.through, {}});
  }
  return part;
}

void Journal::vouch(const Through& through) {
  if (through.space != kState) return;  // of which every record is held
  const auto found = authors_.find({through.space, through.author});
  if (found == authors_.end()) return;
  found->second.through = std::max(found->second.through, through.through);
  advance(found->second);
}

}  // namespace mort::space
