// What the two products of compressed rows have in common, wherever the rows lie: a matrix in memory and one in a file have the same bits.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "data/panels.h"
#include "data/sparse_frame.h"
#include "math/aligned_buffer.h"
#include "math/checked.h"
#include "math/simd.h"
#include "parallel/run.h"

namespace planesearch {
namespace sparse {

constexpr std::size_t kColumns = 4096;  // of a task over columns, whatever is stored in them

inline std::size_t divide_up(std::size_t value, std::size_t by) { return (value + by - 1) / by; }
inline std::size_t whole_lanes(std::size_t width) { return divide_up(width, kLaneMultiple) * kLaneMultiple; }

// W as it meets the stored numbers, and what every row gets besides: the bias and the rank-one term.
template <class T>
struct Factor {
  Factor(const SparseFrame& terms, std::size_t columns, const double* weights, const double* bias, std::size_t width,
         const Run& run)
      : rows(allocate_aligned<T>(columns, sparse_stride<T>(width))) {
    const std::size_t stride = sparse_stride<T>(width), groups = divide_up(columns, kColumns);
    // Of each group of columns the shares of the rank-one term, added up in the first.
    init.resize(groups * width);
    run.each(groups, [&](std::size_t g, unsigned) {
      double* shift = init.data() + g * width;
      for (std::size_t j = g * kColumns; j < std::min(columns, (g + 1) * kColumns); j++) {
        const double scale = terms.factor(j), center = terms.center(j);
        for (std::size_t a = 0; a < width; a++) {
          const double weight = weights[j * width + a];
          rows[j * stride + a] = static_cast<T>(scale * weight);
          shift[a] -= center * weight;
        }
        std::fill(rows.get() + j * stride + width, rows.get() + (j + 1) * stride, T{0});
      }
    });
    for (std::size_t a = 0; a < width; a++) {
      for (std::size_t g = 1; g < groups; g++) init[a] += init[g * width + a];
      if (bias != nullptr) init[a] += bias[a];
    }
  }

  AlignedArray<T> rows;
  std::vector<double> init;
};

// Rows of R of one block, `stride` apart.
template <class T>
void gather_block(const double* values, const Layout& layout, std::size_t block, std::size_t stride, T* rows) {
  const std::size_t width = layout.width;
  const double* from = values + block * layout.block;
  for (std::size_t i = 0; i < layout.blocks.rows_of(block); i++) {
    T* to = rows + i * stride;
    for (std::size_t a = 0; a < width; a++) to[a] = static_cast<T>(from[i * layout.row + a * layout.feature]);
    std::fill(to + width, to + stride, T{0});
  }
}

// R in the precision of X, row by row, sparse_stride(width) apart.
template <class T>
AlignedArray<T> gather_rows(const double* values, const Layout& layout, const Run& run) {
  const Blocks& blocks = layout.blocks;
  const std::size_t stride = sparse_stride<T>(layout.width);
  AlignedArray<T> rows = allocate_aligned<T>(blocks.rows, stride);
  run.each(blocks.count, [&](std::size_t block, unsigned) {
    gather_block(values, layout, block, stride, rows.get() + blocks.first(block) * stride);
  });
  return rows;
}

// A narrow R is gathered from along the columns. A wide one would miss the cache at every entry: it is read once, row by row, and added
// to a result that stays in the cache, where there is such a result (measured by native/bench/sparse_bench.cc). Of a range of rows the columns know
// nothing.
inline bool scatters(std::size_t rows, std::size_t columns, const Layout& layout) {
  constexpr std::size_t kNear = 1 << 15, kFar = 1 << 18;
  const std::size_t stride = whole_lanes(layout.width);
  const bool near = layout.width >= kLaneMultiple / 2 && columns * stride <= kNear && rows * stride >= kFar;
  return near || layout.blocks.rows < rows;
}

// S'R by chunks of rows with sums of their own: add(first block, end, stride, sum) adds the rows of these blocks.
template <class Add>
void scatter_product(std::size_t columns, const Layout& layout, double* out, const Run& run, const Add& add) {
  constexpr std::size_t kChunks = 16, kChunkRows = 512;
  constexpr std::size_t kMostSums = 1 << 22;  // numbers of all chunks together, 32 MiB
  const Blocks& blocks = layout.blocks;
  const std::size_t width = layout.width, stride = whole_lanes(width), size = checked_product(columns, stride);
  const std::size_t chunks =
      std::max<std::size_t>(1, std::min({kChunks, blocks.rows / kChunkRows, blocks.count, kMostSums / size}));
  const AlignedBuffer sums = allocate_aligned(chunks, size);
  run.each(chunks, [&](std::size_t chunk, unsigned) {
    double* sum = sums.get() + chunk * size;
    std::fill_n(sum, size, 0.0);
    add(chunk * blocks.count / chunks, (chunk + 1) * blocks.count / chunks, stride, sum);
  });
  for (std::size_t j = 0; j < columns; j++) {
    for (std::size_t a = 0; a < width; a++) {
      double sum = 0;
      for (std::size_t chunk = 0; chunk < chunks; chunk++) sum += sums[chunk * size + j * stride + a];
      out[j * width + a] = sum;
    }
  }
}

// The rank-one term of S'R.
void center_product(const SparseFrame& terms, std::size_t columns, const double* values, const Layout& layout, double* out,
                    const Run& run);

}  // namespace sparse
}  // namespace planesearch
