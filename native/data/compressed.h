// The stored numbers of a sparse matrix, line by line (its rows, or its columns), in memory of their own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "math/aligned_buffer.h"
#include "math/simd.h"
#include "parallel/run.h"

namespace planesearch {

template <class T>
struct Compressed {
  std::size_t lines = 0;
  AlignedArray<std::uint64_t> begin;  // lines + 1 of them
  AlignedArray<std::uint32_t> index;  // ascending within a line
  AlignedArray<T> values;             // null: every stored number is 1

  std::size_t entries() const { return begin[lines]; }
  // Of these numbers in so many lines.
  std::size_t bytes(std::size_t count) const {
    return (count + 1) * sizeof(std::uint64_t) + entries() * (sizeof(std::uint32_t) + (values ? sizeof(T) : 0));
  }
  T value(std::size_t entry) const { return values ? values[entry] : T{1}; }
  SparseLines<T> view() const { return {begin.get(), index.get(), values.get()}; }
};

template <class T>
Compressed<T> allocate_compressed(std::size_t lines, std::size_t entries, bool valued);

// The same numbers by the other kind of line, of which there are `lines`.
template <class T>
Compressed<T> transpose(const Compressed<T>& given, std::size_t lines, const Run& run);

// Calls `task(first, last)` over ranges of lines with about equal numbers of entries; the cut depends on the matrix alone.
template <class T>
void each_range(const Compressed<T>& lines, const Run& run, const std::function<void(std::size_t, std::size_t)>& task);

extern template struct Compressed<double>;
extern template struct Compressed<float>;

}  // namespace planesearch
