// C += A B where no BLAS is: the kernels of the WebAssembly build, in vectors of 16 bytes.
//
// B is packed into panels of two vectors' width, which the kernel reads one after the other; of A four rows at a time are read where
// they lie. A tile of C, 4 x 2 vectors, stays in registers along `kDepth` products. The blocks are those of Goto and van de Geijn (2008,
// doi 10.1145/1356052.1356053): a panel fits the first-level cache, the rows of A that pass along it the second.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <type_traits>

#include "math/aligned_buffer.h"

namespace planesearch {
namespace packed {

// Element (i, j) of an operand lies at values[i * row + j * column].
template <class T>
struct Operand {
  const T* values;
  std::size_t row, column;

  const T* at(std::size_t i, std::size_t j) const { return values + i * row + j * column; }
};

template <class T>
struct VectorOf;
template <>
struct VectorOf<double> {
  typedef double Type __attribute__((vector_size(16)));
};
template <>
struct VectorOf<float> {
  typedef float Type __attribute__((vector_size(16)));
};
template <class T>
using Vector = typename VectorOf<T>::Type;

template <class T>
inline constexpr std::size_t kLanes = 16 / sizeof(T);
template <class T>
inline constexpr std::size_t kPanel = 2 * kLanes<T>;

inline constexpr std::size_t kRows = 4;     // of a tile
inline constexpr std::size_t kDepth = 512;  // of a panel
inline constexpr std::size_t kWidth = 128;  // of the panels that are packed at once
inline constexpr std::size_t kHeight = 64;  // rows of A that pass along all of them

template <class T>
inline Vector<T> load(const T* from) {
  Vector<T> value;
  std::memcpy(&value, from, sizeof value);
  return value;
}
template <class T>
inline void store(Vector<T> value, T* to) {
  std::memcpy(to, &value, sizeof value);
}
inline Vector<double> broadcast(double value) { return Vector<double>{value, value}; }
inline Vector<float> broadcast(float value) { return Vector<float>{value, value, value, value}; }

// to[i * kPanel + j] of `Rows` rows of A along one panel.
template <class T, std::size_t Rows>
void multiply_tile(const T* a, std::size_t a_row, std::size_t a_depth, const T* panel, std::size_t depth, T* to) {
  Vector<T> sum[Rows][2] = {};
  for (std::size_t k = 0; k < depth; k++) {
    const Vector<T> left = load(panel + k * kPanel<T>), right = load(panel + k * kPanel<T> + kLanes<T>);
    for (std::size_t i = 0; i < Rows; i++) {
      const Vector<T> factor = broadcast(a[i * a_row + k * a_depth]);
      sum[i][0] += factor * left;
      sum[i][1] += factor * right;
    }
  }
  for (std::size_t i = 0; i < Rows; i++) {
    store(sum[i][0], to + i * kPanel<T>);
    store(sum[i][1], to + i * kPanel<T> + kLanes<T>);
  }
}

template <class T, std::size_t Rows = kRows>
void multiply_rows(std::size_t rows, const T* a, std::size_t a_row, std::size_t a_depth, const T* panel, std::size_t depth,
                   T* to) {
  // Of a row that lies in one piece the compiler should know it.
  if (rows == Rows) {
    if (a_depth == 1) multiply_tile<T, Rows>(a, a_row, 1, panel, depth, to);
    else multiply_tile<T, Rows>(a, a_row, a_depth, panel, depth, to);
  } else if constexpr (Rows > 1) {
    multiply_rows<T, Rows - 1>(rows, a, a_row, a_depth, panel, depth, to);
  }
}

// `width` columns of B times `sign`, zeros beyond them.
template <class T>
void pack_panel(const Operand<T>& b, std::size_t depth, std::size_t from, std::size_t width, T sign, T* to) {
  const T* first = b.at(0, from);
  if (width == kPanel<T>) {
    for (std::size_t k = 0; k < depth; k++, first += b.row, to += kPanel<T>)
      for (std::size_t j = 0; j < kPanel<T>; j++) to[j] = sign * first[j * b.column];
    return;
  }
  for (std::size_t k = 0; k < depth; k++, first += b.row, to += kPanel<T>) {
    for (std::size_t j = 0; j < width; j++) to[j] = sign * first[j * b.column];
    std::fill(to + width, to + kPanel<T>, T{0});
  }
}

template <class T>
void add_tile(const T* tile, std::size_t rows, std::size_t width, T* c, std::size_t ldc) {
  for (std::size_t i = 0; i < rows; i++) {
    for (std::size_t j = 0; j < width; j++) c[i * ldc + j] += tile[i * kPanel<T> + j];
  }
}

enum class Part { kAll, kLowerTriangle };

// C += sign A B, row-major, rows x width. Of a lower triangle the tiles that lie above the diagonal are left out, and no number there
// is changed.
template <class T>
void multiply_add(const Operand<T>& a, const Operand<T>& b, std::size_t rows, std::size_t depth, std::size_t width, T* c,
                  std::size_t ldc, T sign = 1, Part part = Part::kAll) {
  constexpr std::size_t kSize = kPanel<T>;
  if (rows == 0 || depth == 0 || width == 0) return;
  const std::size_t room = (std::min(width, kWidth) + kSize - 1) / kSize * kSize * std::min(depth, kDepth);
  const AlignedArray<T> panels = allocate_aligned<T>(room);
  alignas(16) T tile[kRows * kSize];
  for (std::size_t k = 0; k < depth; k += kDepth) {
    const std::size_t deep = std::min(kDepth, depth - k);
    for (std::size_t first = 0; first < width; first += kWidth) {
      const std::size_t last = std::min(width, first + kWidth);
      for (std::size_t j = first; j < last; j += kSize) {
        pack_panel<T>({b.at(k, 0), b.row, b.column}, deep, j, std::min(kSize, last - j), sign,
                      panels.get() + (j - first) * deep);
      }
      for (std::size_t top = 0; top < rows; top += kHeight) {
        const std::size_t bottom = std::min(rows, top + kHeight);
        for (std::size_t j = first; j < last; j += kSize) {
          for (std::size_t i = top; i < bottom; i += kRows) {
            const std::size_t height = std::min(kRows, bottom - i), wide = std::min(kSize, last - j);
            if (part == Part::kLowerTriangle && j > i + height - 1) continue;
            multiply_rows<T>(height, a.at(i, k), a.row, a.column, panels.get() + (j - first) * deep, deep, tile);
            if (part == Part::kAll) {
              add_tile(tile, height, wide, c + i * ldc + j, ldc);
            } else {
              for (std::size_t r = 0; r < height && j <= i + r; r++)
                add_tile(tile + r * kSize, 1, std::min(wide, i + r - j + 1), c + (i + r) * ldc + j, ldc);
            }
          }
        }
      }
    }
  }
}

}  // namespace packed
}  // namespace planesearch
