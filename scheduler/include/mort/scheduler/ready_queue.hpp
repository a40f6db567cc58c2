// Which tasks of a lane are ready, and in which order they run.
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace mort::scheduler {

/// A set of small numbers with a fast search for the next one: a bit for each, a bit for each word
/// of those, and so on.
/// Cost: insert, erase and take_first touch at most two words a level; each level has 1/64 of the
/// words of the one below.
class RankSet {
 public:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  /// Empty, with room for 0..`size` - 1.
  void reset(std::size_t size);
  std::size_t capacity() const { return std::size_t{words_} * 64; }

  void insert(std::uint32_t rank) {
    std::uint64_t& word = first_[rank / 64];
    const bool known_above = word != 0;
    word |= bit(rank);
    if (depth_ > 1 && !known_above) insert_above(rank / 64);
  }
  void erase(std::uint32_t rank) {
    std::uint64_t& word = first_[rank / 64];
    word &= ~bit(rank);
    if (depth_ > 1 && word == 0) erase_above(rank / 64);
  }
  /// Takes the lowest member out, or gives kNone. `from`: a bound, there must be none below it.
  /// (Without a constant that the compiler might keep on the stack of a task, which comes late.)
  [[gnu::always_inline]] std::uint32_t take_first(std::uint32_t from) {
    std::uint32_t index = from / 64;
    if (index >= words_) return kNone;
    if (first_[index] == 0) {
      const std::uint32_t rank = depth_ == 1 ? kNone : next_in_words(index + 1);
      if (rank == kNone) return kNone;
      index = rank / 64;
    }
    std::uint64_t& word = first_[index];
    const auto bit_index = static_cast<std::uint32_t>(std::countr_zero(word));
    word &= word - 1;
    if (depth_ > 1 && word == 0) erase_above(index);
    return index * 64 + bit_index;
  }
  /// The lowest member that is at least `from`, or kNone where that is not in the word of `from`.
  std::uint32_t next_in_word(std::uint32_t from) const {
    const std::uint32_t index = from / 64;
    if (index >= words_) return kNone;
    const std::uint64_t later = first_[index] & from_bit(from);
    return later == 0 ? kNone : index * 64 + static_cast<std::uint32_t>(std::countr_zero(later));
  }

 private:
  static std::uint64_t bit(std::uint32_t rank) { return std::uint64_t{1} << rank % 64; }
  static std::uint64_t from_bit(std::uint32_t rank) { return ~std::uint64_t{0} << rank % 64; }
  void insert_above(std::uint32_t word);
  void erase_above(std::uint32_t word);
  std::uint32_t next_in_words(std::uint32_t word) const;

  static constexpr std::size_t kMostLevels = 5;
  std::uint64_t* first_ = nullptr;  ///< the words of the lowest level
  std::uint32_t words_ = 0;
  std::uint32_t depth_ = 0;
  std::array<std::vector<std::uint64_t>, kMostLevels> levels_;
};

/// What a queue keeps in each of its members.
struct ReadyEntry {
  std::uint32_t rank = RankSet::kNone;
  bool ready = false;
};

/// In which order entries run.
struct ReadyKey {
  int order = 0;         ///< topological
  std::uint64_t id = 0;  ///< decides among equal orders
  auto operator<=>(const ReadyKey&) const = default;
};

/// Passes over the ready entries by their keys. A pass only goes forward: what becomes ready
/// behind it waits for the next one.
/// Cost: making ready and taking the next are O(1) without allocation; adding n entries is
/// O(n log n) if the queue is not asked in between, and O(1) each in the order of their keys.
class ReadyQueue {
 public:
  ReadyQueue() = default;
  ReadyQueue(const ReadyQueue&) = delete;
  ReadyQueue& operator=(const ReadyQueue&) = delete;

  /// Takes part from now on, not ready. The queue does not own it.
  void add(ReadyEntry& entry, const ReadyKey& key);
  /// Takes no part any more: make_ready() must not be called, and `ready` stays true.
  void remove(ReadyEntry& entry);
  void make_ready(ReadyEntry& entry) {
    entry.ready = true;
    if (entry.rank < cursor_)  // branches, where choosing the set first would wait for the cursor
      behind_->insert(entry.rank);
    else if (entry.rank != RankSet::kNone)
      ahead_->insert(entry.rank);
  }

  /// The next ready entry of this pass, which is not ready any more; null at its end, whereupon
  /// another pass begins.
  ReadyEntry* next() {
    if (!unranked_.empty()) rank_all();
    ReadyEntry* const entry = next_of_pass();
    if (entry == nullptr) begin_pass();
    return entry;
  }
  /// The same without the beginning of another pass; null also while entries were added that are
  /// not in their places yet, which next() sees to.
  [[gnu::always_inline]] ReadyEntry* next_of_pass() {
    if (!unranked_.empty()) return nullptr;
    const std::uint32_t rank = ahead_->take_first(cursor_);
    if (rank == RankSet::kNone) return nullptr;
    cursor_ = rank + 1;
    ReadyEntry* entry = ranked_[rank];
    entry->ready = false;
    return entry;
  }
  /// The entry that next_of_pass() gives next, if it is near; a hint.
  const ReadyEntry* near() const {
    const std::uint32_t rank = ahead_->next_in_word(cursor_);
    return rank == RankSet::kNone ? nullptr : ranked_[rank];
  }
  /// Whether every entry is in its place.
  bool all_ranked() const { return unranked_.empty(); }
  /// Call at the end of a pass, when all are ranked.
  void begin_pass() {
    std::swap(ahead_, behind_);
    cursor_ = 0;
  }

 private:
  void rank_all();
  RankSet& set_of(std::uint32_t rank) { return rank >= cursor_ ? *ahead_ : *behind_; }

  std::vector<ReadyEntry*> ranked_;  ///< by key; null where one was removed
  std::vector<ReadyKey> keys_;       ///< of ranked_, apart from what each turn reads
  std::vector<std::pair<ReadyKey, ReadyEntry*>> unranked_;
  /// Two, so that finding the next entry need not wait for what the last one has stored.
  std::array<RankSet, 2> sets_;
  RankSet* ahead_ = &sets_[0];   ///< of the ranks from the cursor on
  RankSet* behind_ = &sets_[1];  ///< of those before
  std::uint32_t cursor_ = 0;
};

}  // namespace mort::scheduler
