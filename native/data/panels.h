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

// The widest panel of a block should take about 64 KB: a few of them stay in the second-level cache together.
inline Blocks cut_rows(std::size_t rows, std::size_t widest, std::size_t start = 0) {
  constexpr std::size_t kPanel = 8192, kLowest = 32, kHighest = 2048;
  std::size_t height = kHighest;
  while (height > kLowest && height * widest > kPanel) height /= 2;
  const std::size_t needed = (rows + kLaneMultiple - 1) / kLaneMultiple * kLaneMultiple;
  height = std::min(height, needed);
  return {rows, height, (rows + height - 1) / height, start};
}

}  // namespace planesearch
