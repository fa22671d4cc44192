#include "data/gram.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "math/aligned_buffer.h"
#include "math/blas.h"
#include "math/simd.h"

namespace planesearch {
namespace {

// Tiles are large enough for BLAS to earn back its packing, blocks of rows small enough to stay in the shared cache.
constexpr std::size_t kTile = 144, kBlockRows = 512, kTasks = 16;

std::size_t cover(std::size_t count, std::size_t unit) { return (count + unit - 1) / unit; }

struct Cut {
  Cut(std::size_t rows, std::size_t columns) : size(columns) {
    strips = cover(size, kTile);
    tile = cover(cover(size, strips), kLaneMultiple) * kLaneMultiple;
    strips = cover(size, tile);
    tiles = strips * (strips + 1) / 2;
    stride = cover(size, kLaneMultiple) * kLaneMultiple;
    blocks = cover(rows, kBlockRows);
    parts = std::min(cover(kTasks, tiles), blocks);
  }

  std::size_t width(std::size_t strip) const { return std::min(tile, size - strip * tile); }

  std::size_t size, stride, tile, strips, tiles, blocks, parts;
};

// Tile number -> (row of tiles, column of tiles), the lower triangle row by row.
std::pair<std::size_t, std::size_t> place(std::size_t number) {
  std::size_t i = 0;
  while ((i + 1) * (i + 2) / 2 <= number) i++;
  return {i, number - i * (i + 1) / 2};
}

void add_tile(const double* panel, std::size_t count, const Cut& cut, std::size_t number, double* sum) {
  const auto [i, j] = place(number);
  double* out = sum + i * cut.tile * cut.size + j * cut.tile;
  const double* left = panel + i * cut.tile;
  if (i == j) blas_add_gram(left, cut.stride, count, out, cut.size, cut.width(i));
  else
    blas_multiply_add(true, left, cut.stride, cut.width(i), panel + j * cut.tile, cut.stride, count, out, cut.size,
                      cut.width(j));
}

// Adds up the parts and mirrors one tile into the upper triangle; a single part lies in `out` already.
void finish_tile(const double* sums, const Cut& cut, std::size_t number, double* out) {
  const auto [i, j] = place(number);
  for (std::size_t a = i * cut.tile; a < i * cut.tile + cut.width(i); a++) {
    const std::size_t last = i == j ? a + 1 : j * cut.tile + cut.width(j);
    for (std::size_t b = j * cut.tile; b < last; b++) {
      double sum = 0;
      for (std::size_t part = 0; part < cut.parts; part++) sum += sums[(part * cut.size + a) * cut.size + b];
      out[a * cut.size + b] = out[b * cut.size + a] = sum;
    }
  }
}

// The rows of X that make up panels, scaled.
struct Rows {
  const GramShape& shape;
  const double* scale;
  const ScaledRow& scaled_row;

  std::size_t in_block(std::size_t block) const { return std::min(kBlockRows, shape.rows - block * kBlockRows); }

  void gather(std::size_t block, std::size_t from, std::size_t to, std::size_t stride, double* panel) const {
    for (std::size_t i = from; i < to; i++) {
      const std::size_t row = block * kBlockRows + i;
      const double root = std::sqrt(scale[row]);
      scaled_row(row, root, panel + i * stride);
      if (shape.affine) panel[i * stride + shape.columns] = root;
    }
  }
};

// Every part and tile is a task, after the panels of a round have been gathered.
void add_by_tiles(const Rows& rows, const Cut& cut, double* sums, const Run& run) {
  constexpr std::size_t kGroup = 64;  // rows that a task gathers
  const std::size_t groups = cover(rows.in_block(0), kGroup), panel = rows.in_block(0) * cut.stride;
  const AlignedBuffer panels = allocate_aligned(cut.parts, panel);
  for (std::size_t block = 0; block < cut.blocks; block += cut.parts) {
    const std::size_t active = std::min(cut.parts, cut.blocks - block);
    run.each(active * groups, [&](std::size_t task, unsigned) {
      const std::size_t part = task / groups, from = task % groups * kGroup, count = rows.in_block(block + part);
      if (from < count)
        rows.gather(block + part, from, std::min(from + kGroup, count), cut.stride, panels.get() + part * panel);
    });
    run.each(active * cut.tiles, [&](std::size_t task, unsigned) {
      const std::size_t part = task / cut.tiles;
      add_tile(panels.get() + part * panel, rows.in_block(block + part), cut, task % cut.tiles,
               sums + part * cut.size * cut.size);
    });
  }
}

// The same sums where there is one tile: a part is a task, and its panel stays in the cache of the thread that gathers it.
void add_by_parts(const Rows& rows, const Cut& cut, double* sums, const Run& run) {
  const std::size_t panel = rows.in_block(0) * cut.stride;
  const AlignedBuffer panels = allocate_aligned(std::min<std::size_t>(run.threads, cut.parts), panel);
  run.each(cut.parts, [&](std::size_t part, unsigned slot) {
    double* gathered = panels.get() + slot * panel;
    for (std::size_t block = part; block < cut.blocks; block += cut.parts) {
      run.check();
      rows.gather(block, 0, rows.in_block(block), cut.stride, gathered);
      add_tile(gathered, rows.in_block(block), cut, 0, sums + part * cut.size * cut.size);
    }
  });
}

}  // namespace

void gram(const GramShape& shape, const double* scale, double* out, const Run& run, const ScaledRow& scaled_row) {
  const Cut cut(shape.rows, shape.columns + (shape.affine ? 1 : 0));
  const std::size_t square = cut.size * cut.size;
  const AlignedBuffer partial = cut.parts > 1 ? allocate_aligned(cut.parts, square) : nullptr;
  double* sums = cut.parts > 1 ? partial.get() : out;
  std::fill_n(sums, cut.parts * square, 0.0);
  (cut.tiles == 1 ? add_by_parts : add_by_tiles)({shape, scale, scaled_row}, cut, sums, run);
  run.each(cut.tiles, [&](std::size_t number, unsigned) { finish_tile(sums, cut, number, out); });
}

}  // namespace planesearch
