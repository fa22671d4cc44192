#include "data/dense_matrix.h"

#include <cmath>
#include <cstring>
#include <vector>

#include "math/blas.h"

namespace planesearch {
namespace {

// With few columns the sums over lanes at the end of multiply_dot cost more than the packing in BLAS, unless W is narrow.
constexpr std::size_t kShort = 64, kShortWidth = 24;

bool prefers_blas(std::size_t columns, std::size_t width) {
  return width >= kernels().blas_multiply_width || (columns < kShort && width >= kShortWidth);
}

// Rows that one call of BLAS takes: enough to pay for packing W, few enough for the result to stay in the cache.
constexpr std::size_t kWideRows = 256;

// Rows this long are padded to whole vectors: aligned rows are read faster, and the padding stays under a quarter.
constexpr std::size_t kPadded = 29;

std::size_t round_up(std::size_t value, std::size_t multiple) { return (value + multiple - 1) / multiple * multiple; }

}  // namespace

// W', width x d, each row padded with zeros to whole vectors.
struct DenseMatrix::Factor {
  std::size_t width, stride;
  const double* bias;
  AlignedBuffer values;
};

// R as the left operand of R'X, block by block.
struct DenseMatrix::Adjoint {
  Blocks blocks;
  const double* values;
  std::size_t block_stride, row_stride, feature_stride;
};

DenseMatrix::DenseMatrix(const double* values, std::size_t rows, std::size_t columns, const Run& run)
    : rows_(rows),
      columns_(columns),
      stride_(columns >= kPadded ? round_up(columns, kLaneMultiple) : columns),
      values_(allocate_aligned(rows * stride_ + kLaneMultiple)) {
  const std::size_t group = std::max<std::size_t>(1, (std::size_t{1} << 17) / columns);
  const std::size_t groups = (rows + group - 1) / group;
  std::vector<char> finite(groups);
  run.each(groups, [&](std::size_t g, unsigned) {
    const std::size_t first = g * group, last = std::min(rows, first + group);
    bool all = true;
    for (std::size_t i = first; i < last; i++) {
      double* to = values_.get() + i * stride_;
      all = kernels().copy_finite(values + i * columns, to, columns) && all;
      std::fill(to + columns, to + stride_, 0.0);
    }
    finite[g] = all;
  });
  // The products read whole vectors, up to one past the last row.
  std::fill_n(values_.get() + rows * stride_, kLaneMultiple, 0.0);
  for (std::size_t g = 0; g < groups && first_bad_ == kNone; g++) {
    if (finite[g]) continue;
    first_bad_ = g * group * columns;
    while (std::isfinite(values[first_bad_])) first_bad_++;
  }
}

DenseMatrix::Factor DenseMatrix::transpose(const double* weights, std::size_t width) const {
  const std::size_t stride = round_up(columns_, kLaneMultiple);
  Factor factor{width, stride, nullptr, allocate_aligned(width * stride)};
  for (std::size_t a = 0; a < width; a++) {
    double* to = factor.values.get() + a * stride;
    for (std::size_t j = 0; j < columns_; j++) to[j] = weights[j * width + a];
    std::fill(to + columns_, to + stride, 0.0);
  }
  return factor;
}

void DenseMatrix::product_block(std::size_t first, const Factor& factor, std::size_t rows, double* out, std::size_t row_stride,
                                std::size_t feature_stride) const {
  kernels().multiply_dot(row(first), stride_, rows, factor.values.get(), factor.stride, factor.width, columns_, factor.bias, out,
                         row_stride, feature_stride, false);
}

void DenseMatrix::multiply(const double* weights, std::size_t width, double* out, const Run& run) const {
  counts_->multiplied.fetch_add(1, std::memory_order_relaxed);
  const Factor factor = transpose(weights, width);
  const bool blas = prefers_blas(columns_, width);
  const Blocks blocks = blas ? Blocks{rows_, kWideRows, (rows_ + kWideRows - 1) / kWideRows} : cut_rows(rows_, columns_);
  run.each(blocks.count, [&](std::size_t block, unsigned) {
    const std::size_t first = blocks.first(block), rows = blocks.rows_of(block);
    if (blas) {
      blas_multiply_dot(row(first), stride_, rows, factor.values.get(), factor.stride, width, columns_, out + first * width, width);
    } else {
      product_block(first, factor, rows, out + first * width, width, 1);
    }
  });
}

void DenseMatrix::multiply(const double* weights, const double* bias, std::size_t width, const Blocks& blocks, double* panels,
                           const Run& run) const {
  counts_->multiplied.fetch_add(1, std::memory_order_relaxed);
  Factor factor = transpose(weights, width);
  factor.bias = bias;
  if (prefers_blas(columns_, width)) return wide_product(factor, blocks, panels, run);
  run.each(blocks.count, [&](std::size_t block, unsigned) {
    const std::size_t first = blocks.first(block);
    product_block(first, factor, blocks.rows_of(block), panels + first * width, 1, blocks.height);
  });
}

// BLAS wants more rows at once than a panel has: it writes a group of panels side by side, which are then taken apart.
void DenseMatrix::wide_product(const Factor& factor, const Blocks& blocks, double* panels,
                               const Run& run) const {
  const std::size_t width = factor.width, height = blocks.height;
  const std::size_t group = std::max<std::size_t>(1, kWideRows / height);
  const std::size_t groups = (blocks.count + group - 1) / group;
  std::vector<AlignedBuffer> scratch(std::min<std::size_t>(run.threads, groups));
  run.each(groups, [&](std::size_t g, unsigned slot) {
    const std::size_t first_block = g * group, last_block = std::min(blocks.count, first_block + group);
    const std::size_t first = blocks.first(first_block);
    const std::size_t rows = std::min(rows_, blocks.first(last_block)) - first;
    if (!scratch[slot]) scratch[slot] = allocate_aligned(width * group * height);
    double* wide = scratch[slot].get();
    blas_multiply_dot(factor.values.get(), factor.stride, width, row(first), stride_, rows, columns_, wide, rows);
    for (std::size_t block = first_block; block < last_block; block++) {
      double* panel = panels + blocks.first(block) * width;
      const std::size_t from = blocks.first(block) - first, count = blocks.rows_of(block);
      for (std::size_t a = 0; a < width; a++) {
        const double* source = wide + a * rows + from;
        for (std::size_t i = 0; i < count; i++) panel[a * height + i] = source[i] + factor.bias[a];
      }
    }
  });
}

void DenseMatrix::multiply_transposed(const double* values, std::size_t width, double* out, const Run& run) const {
  const Blocks blocks = cut_rows(rows_, columns_);
  gradient({blocks, values, blocks.height * width, width, 1}, width, out, run);
}

void DenseMatrix::multiply_transposed(const double* panels, const Blocks& blocks, std::size_t width, double* out,
                                      const Run& run) const {
  gradient({blocks, panels, blocks.height * width, 1, blocks.height}, width, out, run);
}

// R'X, width x d, is summed over a fixed number of row chunks apart and transposed at the end: with R on the left the
// operand that is streamed, X, is read along its rows.
void DenseMatrix::gradient(const Adjoint& adjoint, std::size_t width, double* out, const Run& run) const {
  counts_->multiplied_transposed.fetch_add(1, std::memory_order_relaxed);
  constexpr std::size_t kChunks = 16, kChunkRows = 512, kStrip = 64;
  // Rows of X that one sweep over a strip takes: X must stay in the first-level cache for all features of a wide R.
  const std::size_t depth = width < 24 ? 16 : 32;
  const Blocks& blocks = adjoint.blocks;
  // At most half as many partial sums as R has elements; what chunks cannot give to the threads, column strips do.
  const std::size_t wanted = std::min(rows_ / kChunkRows, rows_ / (2 * stride_));
  const std::size_t chunks = std::max<std::size_t>(1, std::min({kChunks, wanted, blocks.count}));
  const std::size_t strip =
      std::max(kStrip, round_up((stride_ + kChunks / chunks - 1) / (kChunks / chunks), kLaneMultiple));
  const std::size_t strips = (stride_ + strip - 1) / strip;
  const std::size_t size = width * stride_;
  const AlignedBuffer partial = allocate_aligned(chunks * size);
  run.each(chunks * strips, [&](std::size_t task, unsigned) {
    const std::size_t chunk = task / strips, column = task % strips * strip;
    const std::size_t columns = std::min(strip, stride_ - column);
    double* sum = partial.get() + chunk * size + column;
    for (std::size_t a = 0; a < width; a++) std::fill_n(sum + a * stride_, columns, 0.0);
    for (std::size_t block = chunk * blocks.count / chunks; block < (chunk + 1) * blocks.count / chunks; block++) {
      run.check();
      const double* left = adjoint.values + block * adjoint.block_stride;
      const double* right = row(blocks.first(block)) + column;
      const std::size_t rows = blocks.rows_of(block);
      if (width >= kernels().blas_transposed_width) {
        const bool transposed = adjoint.feature_stride == 1;
        blas_multiply_add(transposed, left, transposed ? adjoint.row_stride : adjoint.feature_stride, width, right, stride_, rows,
                          sum, stride_, columns);
        continue;
      }
      for (std::size_t i = 0; i < rows; i += depth) {
        kernels().multiply_broadcast(left + i * adjoint.row_stride, adjoint.row_stride, adjoint.feature_stride, width,
                                     right + i * stride_, stride_, std::min(depth, rows - i), sum, stride_, columns);
      }
    }
  });
  run.each((columns_ + kStrip - 1) / kStrip, [&](std::size_t s, unsigned) {
    const std::size_t from = s * kStrip, to = std::min(columns_, from + kStrip);
    for (std::size_t j = from; j < to; j++) {
      for (std::size_t a = 0; a < width; a++) {
        double sum = 0;
        for (std::size_t chunk = 0; chunk < chunks; chunk++) sum += partial[chunk * size + a * stride_ + j];
        out[j * width + a] = sum;
      }
    }
  });
}

}  // namespace planesearch
