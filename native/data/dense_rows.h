// How dense rows lie in memory, and how they come there: shared by the matrix that is copied and the one that is read from a file.
#pragma once

#include <cstddef>

#include "math/simd.h"

namespace planesearch {

// From row to row: the columns and, when that costs less than a quarter, zeros up to whole vectors, because aligned rows are read faster.
template <class T>
constexpr std::size_t dense_stride(std::size_t columns) {
  constexpr std::size_t kPadded = 29 * sizeof(double) / sizeof(T), kLanes = lane_multiple<T>;
  return columns >= kPadded ? (columns + kLanes - 1) / kLanes * kLanes : columns;
}

// Whether all of them are finite, as a T.
template <class T, class Given>
bool copy_finite(const Given* from, T* to, std::size_t count) {
  if constexpr (sizeof(T) == sizeof(Given)) {
    return kernels().matrix<T>().copy_finite(from, to, count);
  } else {
    T zero = 0;
    for (std::size_t j = 0; j < count; j++) {
      to[j] = static_cast<T>(from[j]);
      zero += to[j] - to[j];
    }
    return zero == 0;
  }
}

}  // namespace planesearch
