// Data-sized arrays: aligned for SIMD, and on huge pages where the system grants them, because a walk down a column of X
// touches a new page at every row.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace planesearch {

struct FreeAligned {
  void operator()(void* values) const { std::free(values); }
};

template <class T>
using AlignedArray = std::unique_ptr<T[], FreeAligned>;
using AlignedBuffer = AlignedArray<double>;

// The contents are undefined.
template <class T = double>
AlignedArray<T> allocate_aligned(std::size_t count) {
  constexpr std::size_t kCacheLine = 64, kHugePage = std::size_t{2} << 20;
  const std::size_t bytes = count * sizeof(T);
  const std::size_t alignment = bytes >= 4 * kHugePage ? kHugePage : kCacheLine;
  const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  void* memory = std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded);
  if (memory == nullptr) throw std::bad_alloc();
#ifdef __linux__
  if (alignment == kHugePage) madvise(memory, rounded, MADV_HUGEPAGE);
#endif
  return AlignedArray<T>(static_cast<T*>(memory));
}

}  // namespace planesearch
