// Memory of objects of which there are many, and which are touched again and again in the order in
// which they were made.
#pragma once

#include <cstddef>
#include <new>

namespace mort {

/// Memory that lies behind what was asked for last. Between other things on the heap it would lie
/// on many more pages, and the processor would fetch what lies around it. What is freed is used
/// again for the same size, but not given back to the system. Alignment: 64 bytes, a line of the
/// cache. Threads: any.
void* allocate_dense(std::size_t bytes);
/// `bytes`: as asked for.
void free_dense(void* block, std::size_t bytes) noexcept;

/// A base for classes whose objects lie in such memory.
class DenseObject {
 public:
  static void* operator new(std::size_t bytes) { return allocate_dense(bytes); }
  static void operator delete(void* block, std::size_t bytes) noexcept { free_dense(block, bytes); }
  // For classes that ask for an alignment themselves:
  static void* operator new(std::size_t bytes, std::align_val_t) { return allocate_dense(bytes); }
  static void operator delete(void* block, std::size_t bytes, std::align_val_t) noexcept {
    free_dense(block, bytes);
  }
};

}  // namespace mort
