#include "mort/message/pool.hpp"

#include <array>
#include <utility>

#include "mort/base/dense_object.hpp"
#include "mort/base/mutex.hpp"
#include "mort/base/sanitizers.hpp"

namespace mort::message {
#if MORT_ASAN
// A block that is used again at once would hide from ASan that something still points to it.
void* allocate_block(std::size_t bytes) {
  return ::operator new(bytes);
}
void free_block(void* block, std::size_t) noexcept {
  ::operator delete(block);
}
#else
namespace {

constexpr std::size_t kStep = 64;  ///< bytes between two size classes
constexpr std::size_t kClasses = 16;
constexpr std::size_t kBatch = 32;

struct Block {
  Block* next;
  Block* next_batch;  ///< of the first of a batch that waits to be traded
};

/// A chain of free blocks of one size.
struct Chain {
  Block* first = nullptr;
  std::size_t count = 0;
  void push(void* memory) {
    first = new (memory) Block{first, nullptr};
    ++count;
  }
  void* pop() {
    Block* block = first;
    first = block->next;
    --count;
    return block;
  }
  /// `size`: of each block.
  void free_all(std::size_t size) {
    while (count > 0) free_dense(pop(), size);
  }
};

/// Where threads trade blocks, a batch at a time.
class TransferCache {
 public:
  /// Takes over a chain of kBatch blocks.
  void give(Chain& chain) {
    const MutexLock lock(mutex_);
    chain.first->next_batch = std::exchange(batches_, chain.first);
    chain = {};
  }
  /// A chain of as many, or an empty one.
  Chain take() {
    const MutexLock lock(mutex_);
    if (batches_ == nullptr) return {};
    Block* const first = std::exchange(batches_, batches_->next_batch);
    return {first, kBatch};
  }

 private:
  Mutex mutex_;
  Block* batches_ MORT_GUARDED_BY(mutex_) = nullptr;
};

/// Never destroyed: messages may outlive every static object.
std::array<TransferCache, kClasses>& transfer_caches() {
  static auto* const all = new std::array<TransferCache, kClasses>;
  return *all;
}

/// What one thread holds: a chain in use and a full one in reserve, so that a thread at the edge
/// of a batch does not trade at every block.
struct ThreadCache {
  std::array<Chain, kClasses> in_use;
  std::array<Chain, kClasses> reserve;
  ~ThreadCache();
};

/// Trivial, so that a message freed after the cache has gone still finds it.
thread_local bool cache_is_gone = false;
thread_local ThreadCache cache;

ThreadCache::~ThreadCache() {
  cache_is_gone = true;
  for (std::size_t i = 0; i < kClasses; ++i) {
    in_use[i].free_all((i + 1) * kStep);
    reserve[i].free_all((i + 1) * kStep);
  }
}

}  // namespace

void* allocate_block(std::size_t bytes) {
  const std::size_t size_class = bytes == 0 ? 0 : (bytes - 1) / kStep;
  if (size_class >= kClasses) return ::operator new(bytes);
  const std::size_t size = (size_class + 1) * kStep;
  if (cache_is_gone) return allocate_dense(size);
  Chain& chain = cache.in_use[size_class];
  if (chain.count == 0) {
    chain = std::exchange(cache.reserve[size_class], {});
    if (chain.count == 0) chain = transfer_caches()[size_class].take();
    if (chain.count == 0) return allocate_dense(size);
  }
  return chain.pop();
}

void free_block(void* block, std::size_t bytes) noexcept {
  const std::size_t size_class = bytes == 0 ? 0 : (bytes - 1) / kStep;
  if (size_class >= kClasses) return ::operator delete(block);
  const std::size_t size = (size_class + 1) * kStep;
  if (cache_is_gone) return free_dense(block, size);
  Chain& chain = cache.in_use[size_class];
  if (chain.count == kBatch) {
    Chain& reserve = cache.reserve[size_class];
    if (reserve.count > 0) transfer_caches()[size_class].give(reserve);
    reserve = std::exchange(chain, {});
  }
  chain.push(block);
}
#endif

}  // namespace mort::message
