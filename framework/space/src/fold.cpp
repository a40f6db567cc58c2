#include "mort/space/fold.hpp"

#include <algorithm>
#include <tuple>

namespace mort::space {
namespace {

auto order(const Record& record) {
  return std::tie(record.stamp, record.author, record.author_seq);
}

bool earlier(const RecordPtr& a, const RecordPtr& b) {
  return order(*a) < order(*b);
}

/// At equal priority.
bool supersedes(const Record& record, const Record& other) {
  // What was seen has an earlier stamp; a record that says otherwise is not believed, and so no two
  // supersede each other.
  return has_seen(record, other) && order(other) < order(record);
}

RecordPtr winner_of_state(const std::vector<RecordPtr>& records) {
  std::map<std::string_view, RecordPtr> by_node;
  for (const RecordPtr& record : records) {
    RecordPtr& best = by_node[node_of(record->author)];
    const auto run = [](const Record& r) { return std::tuple(r.boot, r.stamp, r.author_seq); };
    if (best == nullptr || run(*best) < run(*record) ||
        (run(*best) == run(*record) && best->author < record->author))
      best = record;
  }
  RecordPtr latest;
  for (const auto& [node, record] : by_node) {
    if (latest == nullptr || earlier(latest, record)) latest = record;
  }
  return latest;
}

bool is_superseded(const Record& record, const std::vector<RecordPtr>& records) {
  return std::any_of(records.begin(), records.end(), [&](const RecordPtr& other) {
    return other->priority == record.priority && supersedes(*other, record);
  });
}

}  // namespace

void toggle(SetHash& set, const Record& record) {
  for (std::size_t i = 0; i < set.size(); ++i) set[i] ^= record.sha256[i];
}

bool has_seen(const Record& record, const Record& other) {
  if (record.author == other.author) return record.author_seq > other.author_seq;
  return std::any_of(record.seen.begin(), record.seen.end(), [&](const Seen& seen) {
    return seen.author == other.author && seen.through >= other.author_seq;
  });
}

RecordPtr winner(const std::vector<RecordPtr>& records) {
  if (records.empty()) return nullptr;
  if (records.size() == 1) return records.front();
  if (records.front()->space == kState) return winner_of_state(records);
  std::vector<RecordPtr> left = records;
  RecordPtr release;
  while (!left.empty()) {
    const std::int32_t highest =
        (*std::max_element(left.begin(), left.end(), [](const RecordPtr& a, const RecordPtr& b) {
          return a->priority < b->priority;
        }))->priority;
    RecordPtr first;
    for (const RecordPtr& record : left) {
      if (record->priority != highest || is_superseded(*record, left)) continue;
      if (first == nullptr || earlier(record, first)) first = record;
    }
    if (!first->body.empty()) return first;
    if (release == nullptr) release = first;
    std::erase_if(left, [&](const RecordPtr& record) { return record->priority == highest; });
  }
  return release;
}

Fold::Change Fold::decide(const std::string& space, const std::string& name, Key& key) {
  Change change{space, name, key.winner, winner(key.records), nullptr};
  if (change.after != change.before && space != kState) {
    if (change.before != nullptr) toggle(hash_, *change.before);
    if (change.after != nullptr) toggle(hash_, *change.after);
  }
  key.winner = change.after;
  return change;
}

Fold::Change Fold::add(RecordPtr record) {
  Key& key = spaces_[record->space][record->key];
  key.records.push_back(record);
  Change change = decide(record->space, record->key, key);
  if (record->space != kState && change.before != nullptr && change.after != nullptr) {
    // Either the new one lost to what it did not know, or it took the place of such a one.
    const Record& won = *change.after;
    const RecordPtr& lost = change.after == record ? change.before : record;
    if (lost != change.after && !has_seen(won, *lost) && !has_seen(*lost, won)) change.rival = lost;
  }
  return change;
}

Fold::Change Fold::remove(const RecordPtr& record) {
  auto& keys = spaces_[record->space];
  const auto found = keys.find(record->key);
  if (found == keys.end()) return {record->space, record->key, nullptr, nullptr, nullptr};
  std::erase(found->second.records, record);
  Change change = decide(record->space, record->key, found->second);
  if (found->second.records.empty()) keys.erase(found);
  return change;
}

const Fold::Key* Fold::find(const std::string& space, const std::string& key) const {
  const auto in_space = spaces_.find(space);
  if (in_space == spaces_.end()) return nullptr;
  const auto found = in_space->second.find(key);
  return found == in_space->second.end() ? nullptr : &found->second;
}

RecordPtr Fold::share(const std::string& space, const std::string& key) const {
  const Key* found = find(space, key);
  return found == nullptr || found->winner->body.empty() ? nullptr : found->winner;
}

std::map<std::string, const Record*> Fold::list(const std::string& space,
                                                const std::string& prefix) const {
  std::map<std::string, const Record*> result;
  const auto in_space = spaces_.find(space);
  if (in_space == spaces_.end()) return result;
  for (auto it = in_space->second.lower_bound(prefix);
       it != in_space->second.end() && it->first.compare(0, prefix.size(), prefix) == 0; ++it) {
    const Record* won = it->second.winner.get();
    if (!won->body.empty()) result.emplace_hint(result.end(), it->first, won);
  }
  return result;
}

std::vector<RecordPtr> Fold::records(const std::string& space, const std::string& key) const {
  const Key* found = find(space, key);
  return found == nullptr ? std::vector<RecordPtr>() : found->records;
}

}  // namespace mort::space
