// How the rows of the data are cut into blocks, and where the panel of a block lies.
//
// A data-sized array with r features per row (X W, its steps, the adjoint) is stored block by block, each block as a
// panel: features x rows with the rows contiguous. Elementwise passes, losses (a row per SIMD lane) and block products
// then all run without a tail or a shuffle. Surplus rows of the last block are zeros with weight zero.
#pragma once

#include <algorithm>
#include <cstddef>

#include "math/simd.h"

namespace planesearch {

struct Blocks {
  std::size_t rows = 0;    // that are cut: all of X, or a range of them
  std::size_t height = 0;  // rows of a panel, a multiple of kLaneMultiple
  std::size_t count = 0;
  std::size_t start = 0;  // row of X in which the first block begins

  std::size_t first(std::size_t block) const { return block * height; }
  std::size_t row_of_x(std::size_t block) const { return start + first(block); }
  std::size_t rows_of(std::size_t block) const { return std::min(height, rows - first(block)); }
  std::size_t padded_rows() const { return count * height; }
  // The same panels from `block` on, up to row `end`.
  Blocks from(std::size_t block, std::size_t end) const {
    const std::size_t range = end - first(block);
    return {range, height, (range + height - 1) / height, start + first(block)};
  }
};

// Where the numbers of a rows x width array lie: element (i, a) of block b at b * block + i * row + a * feature.
struct Layout {
  Blocks blocks;
  std::size_t width, block, row, feature;
};

inline Layout in_panels(const Blocks& blocks, std::size_t width) {
  return {blocks, width, blocks.height * width, 1, blocks.height};
}
inline Layout row_major(const Blocks& blocks, std::size_t width) { return {blocks, width, blocks.height * width, width, 1}; }

// Sums over rows are formed chunk by chunk, and those of the chunks added from the last one to the first. That is the order in which ranks
// that hold a chunk each hand their sums on (docs/scale.md), so that they add up to the bits of one process. A chunk begins at a multiple
// of kUnit rows: it cuts no block, and no group of blocks that BLAS takes at once.
class Cutting {
 public:
  static constexpr std::size_t kUnit = 1024, kMost = 16;

  explicit Cutting(std::size_t columns) : columns_(columns) {}
  // Of a matrix that is one of so many chunks of a larger one.
  Cutting(std::size_t columns, std::size_t whole_rows, std::size_t whole_chunks)
      : columns_(columns), whole_rows_(whole_rows), whole_chunks_(whole_chunks) {}

  std::size_t chunks(std::size_t rows) const { return whole_chunks_ > 0 ? 1 : whole(rows); }
  // Where the matrix is a chunk, those that it is one of.
  std::size_t whole(std::size_t rows) const {
    if (whole_chunks_ > 0) return whole_chunks_;
    // At most half as many partial sums of X'R as R has elements, but enough for a few threads or ranks.
    const std::size_t few = columns_ <= 8192 ? 4 : 1;
    return std::max<std::size_t>(1, std::min({kMost, units(rows), std::max(few, rows / 2 / columns_)}));
  }
  // Rows by which blocks are as high as those of the larger matrix.
  std::size_t whole_rows(std::size_t rows) const { return whole_chunks_ > 0 ? whole_rows_ : rows; }
  std::size_t first_row(std::size_t rows, std::size_t chunk) const {
    const std::size_t count = chunks(rows);
    return chunk == count ? rows : chunk * units(rows) / count * kUnit;
  }
  std::size_t first_block(const Blocks& blocks, std::size_t chunk) const {
    return chunk == chunks(blocks.rows) ? blocks.count : first_row(blocks.rows, chunk) / blocks.height;
  }

 private:
  static std::size_t units(std::size_t rows) { return (rows + kUnit - 1) / kUnit; }

  std::size_t columns_, whole_rows_ = 0, whole_chunks_ = 0;
};

// The widest panel of a block should take about 64 KB: a few of them stay in the second-level cache together.
inline Blocks cut_rows(std::size_t rows, std::size_t widest, const Cutting& cutting, std::size_t start = 0) {
  constexpr std::size_t kPanel = 8192, kLowest = 32, kHighest = Cutting::kUnit;
  std::size_t height = kHighest;
  while (height > kLowest && height * widest > kPanel) height /= 2;
  const std::size_t needed = (cutting.whole_rows(rows) + kLaneMultiple - 1) / kLaneMultiple * kLaneMultiple;
  height = std::min(height, needed);
  return {rows, height, (rows + height - 1) / height, start};
}

}  // namespace planesearch
