// Memory of objects of which there are many, and which are touched again and again in the order in
// which they were made.
#pragma once

#include <cstddef>
#include <new>

namespace mort {

/// A base for such classes: `new` puts them one behind the other. Between other things on the heap
/// they would lie on many more pages, and the processor would fetch what lies around them. What is
/// freed is used again for the same size, but not given back to the system. Alignment: 64 bytes, a
/// line of the cache. Threads: any.
class DenseObject {
 public:
  static void* operator new(std::size_t bytes);
  static void operator delete(void* block, std::size_t bytes) noexcept;
  // For classes that ask for an alignment themselves:
  static void* operator new(std::size_t bytes, std::align_val_t) { return operator new(bytes); }
  static void operator delete(void* block, std::size_t bytes, std::align_val_t) noexcept {
    operator delete(block, bytes);
  }
};

}  // namespace mort
