// Memory of message objects: blocks that are used again instead of being asked of the heap each
// time.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace mort::message {

/// Blocks come from a cache of the calling thread; caches trade batches with each other, so that a
/// thread that only publishes and one that only takes need no heap either. Blocks above 1 KiB come
/// from the heap. Cost: a lock once in 32 blocks, where there were as many before. Memory: what was
/// once in use at the same time, of each of 16 size classes, is kept (see allocate_dense). Threads:
/// any; a block may be freed by another thread than the one that got it. Errors: throws
/// std::bad_alloc.
void* allocate_block(std::size_t bytes);
void free_block(void* block, std::size_t bytes) noexcept;

template <class T>
struct PoolAllocator {
  using value_type = T;
  PoolAllocator() = default;
  template <class U>
  PoolAllocator(const PoolAllocator<U>&) {}
  T* allocate(std::size_t count) {
    static_assert(alignof(T) <= alignof(std::max_align_t));
    return static_cast<T*>(allocate_block(count * sizeof(T)));
  }
  void deallocate(T* block, std::size_t count) noexcept { free_block(block, count * sizeof(T)); }
  bool operator==(const PoolAllocator&) const { return true; }
};

/// A message object that subscribers of the same worker share.
template <class Message, class... Content>
std::shared_ptr<Message> make_message(Content&&... content) {
  if constexpr (alignof(Message) > alignof(std::max_align_t)) {
    return std::make_shared<Message>(std::forward<Content>(content)...);
  } else {
    return std::allocate_shared<Message>(PoolAllocator<Message>{},
                                         std::forward<Content>(content)...);
  }
}

}  // namespace mort::message
