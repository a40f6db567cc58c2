#include "mort/base/dense_object.hpp"

#include <array>
#include <utility>

#include "mort/base/mutex.hpp"
#include "mort/base/sanitizers.hpp"

namespace mort {
namespace {

constexpr std::size_t kLine = 64;  ///< blocks are whole lines of the cache

/// Gives blocks one after the other, whatever their sizes, and those that were freed again by size.
class Arena {
 public:
  void* take(std::size_t lines) {
    const MutexLock lock(mutex_);
    if (Free*& free = free_[lines - 1]) {
      void* block = free;
      free = free->next;
      return block;
    }
    const std::size_t bytes = lines * kLine;
    if (left_ < bytes) {
      next_ = static_cast<char*>(::operator new(kChunk, kAligned));
      left_ = kChunk;
    }
    left_ -= bytes;
    return std::exchange(next_, next_ + bytes);
  }
  void give(void* block, std::size_t lines) {
    const MutexLock lock(mutex_);
    free_[lines - 1] = new (block) Free{free_[lines - 1]};
  }

  static constexpr std::size_t kMostLines = 16;
  static constexpr auto kAligned = std::align_val_t{kLine};

 private:
  static constexpr std::size_t kChunk = 1024 * 1024;
  struct Free {
    Free* next;
  };
  Mutex mutex_;
  char* next_ MORT_GUARDED_BY(mutex_) = nullptr;
  std::size_t left_ MORT_GUARDED_BY(mutex_) = 0;
  std::array<Free*, kMostLines> free_ MORT_GUARDED_BY(mutex_) = {};
};

Arena& arena() {
  static auto* const arena = new Arena;  // outlives all objects
  return *arena;
}

/// How many lines `bytes` take; 0: they come from the heap.
std::size_t lines_of(std::size_t bytes) {
  const std::size_t lines = (bytes + kLine - 1) / kLine;
  // Memory that is used again at once would hide from ASan that something still points to it.
  return MORT_ASAN || lines > Arena::kMostLines ? 0 : lines;
}

}  // namespace

void* allocate_dense(std::size_t bytes) {
  const std::size_t lines = lines_of(bytes);
  return lines > 0 ? arena().take(lines) : ::operator new(bytes, Arena::kAligned);
}

void free_dense(void* block, std::size_t bytes) noexcept {
  if (const std::size_t lines = lines_of(bytes))
    arena().give(block, lines);
  else
    ::operator delete(block, Arena::kAligned);
}

}  // namespace mort
