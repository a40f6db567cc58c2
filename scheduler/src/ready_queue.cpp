#include "mort/scheduler/ready_queue.hpp"

#include <algorithm>
#include <bit>

namespace mort::scheduler {
void RankSet::reset(std::size_t size) {
  depth_ = 0;
  std::size_t words = std::max<std::size_t>(size, 1);
  do {
    words = (words + 63) / 64;
    levels_[depth_++].assign(words, 0);
  } while (words > 1 && depth_ < kMostLevels);
  first_ = levels_[0].data();
  words_ = static_cast<std::uint32_t>(levels_[0].size());
}

void RankSet::insert_above(std::uint32_t word) {
  for (std::uint32_t level = 1; level < depth_; ++level, word /= 64) {
    std::uint64_t& above = levels_[level][word / 64];
    const bool known = above != 0;
    above |= bit(word);
    if (known) return;
  }
}

void RankSet::erase_above(std::uint32_t word) {
  for (std::uint32_t level = 1; level < depth_; ++level, word /= 64) {
    std::uint64_t& above = levels_[level][word / 64];
    above &= ~bit(word);
    if (above != 0) return;
  }
}

std::uint32_t RankSet::next_in_words(std::uint32_t word) const {
  // Up, until a word has a member at or after; then down along its first members.
  std::uint32_t index = word;
  std::uint32_t level = 1;
  while (true) {
    if (level == depth_ || index / 64 >= levels_[level].size()) return kNone;
    const std::uint64_t later = levels_[level][index / 64] & from_bit(index);
    if (later != 0) {
      index = index / 64 * 64 + static_cast<std::uint32_t>(std::countr_zero(later));
      break;
    }
    index = index / 64 + 1;
    ++level;
  }
  while (level-- > 0) {
    index = index * 64 + static_cast<std::uint32_t>(std::countr_zero(levels_[level][index]));
  }
  return index;
}

void ReadyQueue::add(ReadyEntry& entry, const ReadyKey& key) {
  const bool at_end = unranked_.empty() && ranked_.size() < ahead_->capacity() &&
                      (keys_.empty() || keys_.back() < key);
  if (!at_end) {
    unranked_.emplace_back(key, &entry);
    return;
  }
  entry.rank = static_cast<std::uint32_t>(ranked_.size());
  ranked_.push_back(&entry);
  keys_.push_back(key);
}

void ReadyQueue::remove(ReadyEntry& entry) {
  if (entry.rank == RankSet::kNone) {
    // From the back: what was spawned last tends to be removed first.
    const auto found = std::find_if(unranked_.rbegin(), unranked_.rend(),
                                    [&entry](const auto& added) { return added.second == &entry; });
    unranked_.erase(std::next(found).base());
  } else {
    if (entry.ready) set_of(entry.rank).erase(entry.rank);
    ranked_[entry.rank] = nullptr;
    entry.rank = RankSet::kNone;
  }
  entry.ready = true;  // for good: nothing can make it ready any more
}

void ReadyQueue::rank_all() {
  std::sort(unranked_.begin(), unranked_.end());
  std::vector<ReadyEntry*> merged;
  std::vector<ReadyKey> keys;
  merged.reserve(ranked_.size() + unranked_.size());
  keys.reserve(merged.capacity());
  const auto append = [&](const ReadyKey& key, ReadyEntry* entry) {
    keys.push_back(key);
    merged.push_back(entry);
  };
  auto added = unranked_.begin();
  std::uint32_t cursor = 0;
  for (std::size_t i = 0; i < ranked_.size(); ++i) {
    if (i == cursor_) cursor = static_cast<std::uint32_t>(merged.size());
    if (ranked_[i] == nullptr) continue;
    for (; added != unranked_.end() && added->first < keys_[i]; ++added)
      append(added->first, added->second);
    append(keys_[i], ranked_[i]);
  }
  // A pass that has come to the end finds what was added behind it; one that has not begun, all.
  if (cursor_ >= ranked_.size() && cursor_ > 0) cursor = static_cast<std::uint32_t>(merged.size());
  for (; added != unranked_.end(); ++added) append(added->first, added->second);
  unranked_.clear();
  ranked_.swap(merged);
  keys_.swap(keys);
  cursor_ = cursor;
  for (RankSet& set : sets_) set.reset(2 * ranked_.size());  // room to append
  for (std::size_t i = 0; i < ranked_.size(); ++i) {
    ranked_[i]->rank = static_cast<std::uint32_t>(i);
    if (ranked_[i]->ready) make_ready(*ranked_[i]);
  }
}

}  // namespace mort::scheduler
