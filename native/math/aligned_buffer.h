// Data-sized arrays: aligned for SIMD, and on huge pages where the system grants them, because a walk down a column of X
// touches a new page at every row.
//
// Large ones are mapped and unmapped by ourselves: malloc takes the size of a freed mapping for its new threshold and serves
// the next one from its heap, which it does not give back (200 matrices of 24 MB, each disposed, left 1.3 GB behind).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

#include "math/checked.h"
#include "math/fault_injection.h"
#include "math/kept_pages.h"

#ifdef __linux__
#include <sys/mman.h>
#endif

// An address sanitizer sees the ends of what comes from the heap only.
#if defined(__linux__) && !defined(__SANITIZE_ADDRESS__)
#define PLANESEARCH_MAPS_BUFFERS
#endif

namespace planesearch {

struct FreeAligned {
  std::size_t mapped = 0;  // bytes of a mapping, 0 for memory of the heap

  void operator()(void* values) const {
#ifdef PLANESEARCH_MAPS_BUFFERS
    if (mapped > 0) {
      if (!keep(values, mapped)) munmap(values, mapped);
      return;
    }
#endif
    std::free(values);
  }
};

template <class T>
using AlignedArray = std::unique_ptr<T[], FreeAligned>;
using AlignedBuffer = AlignedArray<double>;

#ifdef PLANESEARCH_MAPS_BUFFERS
constexpr std::size_t kPage = 4096;

// Huge pages are read faster, and made faster too where the system has some at hand. Where it has not (memory is in pieces, or a virtual
// machine has given it back to its host), one takes up to 5 ms instead of 0.3, ten times what small ones do: the first one tells.
inline void advise_pages(char* memory, std::size_t bytes) {
  using Clock = std::chrono::steady_clock;
  constexpr auto kAtHand = std::chrono::milliseconds(1);
  madvise(memory, bytes, MADV_HUGEPAGE);
  const auto began = Clock::now();
  *static_cast<volatile char*>(memory) = 0;
  if (Clock::now() - began > kAtHand) madvise(memory, bytes, MADV_NOHUGEPAGE);
}

// Begins on a huge page; null where there is no address space.
inline void* map_aligned(std::size_t bytes, std::size_t alignment) {
  if (bytes + alignment < bytes) return nullptr;
  void* memory = mmap(nullptr, bytes + alignment, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  char* const begin = static_cast<char*>(memory);
  const std::size_t before = (alignment - reinterpret_cast<std::size_t>(begin) % alignment) % alignment;
  if (before > 0) munmap(begin, before);
  munmap(begin + before + bytes, alignment - before);
  advise_pages(begin + before, bytes);
  return begin + before;
}
#endif

// The contents are undefined.
template <class T = double>
AlignedArray<T> allocate_aligned(std::size_t count) {
  constexpr std::size_t kCacheLine = 64, kHugePage = std::size_t{2} << 20;
  fault_point(Fault::kAllocation);
  if (count > static_cast<std::size_t>(-1) / (2 * sizeof(T))) throw std::bad_alloc();
  const std::size_t bytes = count * sizeof(T);
  const bool large = bytes >= kHugePage;
  const std::size_t alignment = large ? kHugePage : kCacheLine;
  const auto rounded_to = [bytes](std::size_t unit) { return bytes == 0 ? unit : (bytes + unit - 1) / unit * unit; };
#ifdef PLANESEARCH_MAPS_BUFFERS
  if (large) {
    std::size_t mapped = rounded_to(kPage);
    void* mapping = take_kept(mapped);
    if (mapping == nullptr) mapping = map_aligned(mapped, alignment);
    if (mapping == nullptr) throw std::bad_alloc();
    return AlignedArray<T>(static_cast<T*>(mapping), FreeAligned{mapped});
  }
#endif
  void* memory = std::aligned_alloc(alignment, rounded_to(alignment));
  if (memory == nullptr) throw std::bad_alloc();
  return AlignedArray<T>(static_cast<T*>(memory));
}

// rows * width numbers.
template <class T = double>
AlignedArray<T> allocate_aligned(std::size_t rows, std::size_t width) {
  return allocate_aligned<T>(checked_product(rows, width));
}

}  // namespace planesearch
