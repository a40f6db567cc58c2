// Which tasks of a lane are ready, and in which order they run.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace mort::scheduler {

/// A set of small numbers with a fast search for the next one: a bit for each, a bit for each word
/// of those, and so on.
/// Cost: insert, erase and the search touch at most one word a level; each level has 1/64 of the
/// words of the one below.
class RankSet {
 public:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  /// Empty, with room for 0..`size` - 1.
  void reset(std::size_t size);
  std::size_t capacity() const { return levels_[0].size() * 64; }

  void insert(std::uint32_t rank) {
    for (std::size_t level = 0; level < depth_; ++level, rank /= 64) {
      std::uint64_t& word = levels_[level][rank / 64];
      const bool known_above = word != 0;
      word |= std::uint64_t{1} << rank % 64;
      if (known_above) return;
    }
  }
  void erase(std::uint32_t rank) {
    for (std::size_t level = 0; level < depth_; ++level, rank /= 64) {
      std::uint64_t& word = levels_[level][rank / 64];
      word &= ~(std::uint64_t{1} << rank % 64);
      if (word != 0) return;
    }
  }
  /// The lowest member that is at least `from`, or kNone.
  std::uint32_t next(std::uint32_t from) const;

 private:
  static constexpr std::size_t kMostLevels = 5;
  std::array<std::vector<std::uint64_t>, kMostLevels> levels_;
  std::size_t depth_ = 0;
};

/// What a queue keeps in each of its members.
struct ReadyEntry {
  ReadyEntry(int topological_order, std::uint64_t entry_id)
      : order(topological_order), id(entry_id) {}
  const int order;
  const std::uint64_t id;  ///< decides among equal orders
  std::uint32_t rank = RankSet::kNone;
  bool ready = false;
};

/// Passes over the ready entries by (order, id). A pass only goes forward: what becomes ready
/// behind it waits for the next one.
/// Cost: making ready and taking the next are O(1) without allocation; adding n entries is
/// O(n log n) if the queue is not asked in between, and O(1) each in the order of their keys.
class ReadyQueue {
 public:
  /// Takes part from now on, not ready. The queue does not own it.
  void add(ReadyEntry& entry);
  /// Takes no part any more: make_ready() must not be called, and `ready` stays true.
  void remove(ReadyEntry& entry);
  void make_ready(ReadyEntry& entry) {
    entry.ready = true;
    if (entry.rank != RankSet::kNone) set_.insert(entry.rank);
  }

  void begin_pass() { cursor_ = 0; }
  /// The next ready entry of this pass, which is not ready any more; null at the end.
  ReadyEntry* next() {
    if (!unranked_.empty()) rank_all();
    const std::uint32_t rank = set_.next(cursor_);
    if (rank == RankSet::kNone) return nullptr;
    set_.erase(rank);
    cursor_ = rank + 1;
    ReadyEntry* entry = ranked_[rank];
    entry->ready = false;
    return entry;
  }

 private:
  void rank_all();

  std::vector<ReadyEntry*> ranked_;  ///< by key; null where one was removed
  std::vector<ReadyEntry*> unranked_;
  const ReadyEntry* last_ = nullptr;  ///< the highest of ranked_; null when that is not known
  RankSet set_;
  std::uint32_t cursor_ = 0;
};

}  // namespace mort::scheduler
