// X, n x d, dense float64: the two products that everything else tries to avoid.
//
// The values are copied once into aligned memory, because a caller can detach a typed array in the middle of a
// computation. They never change afterwards, so any thread may read; only the counters move.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "data/panels.h"
#include "math/aligned_buffer.h"
#include "parallel/run.h"

namespace planesearch {

// Products so far; outlives the values.
struct ProductCounts {
  std::atomic<std::uint64_t> multiplied{0}, multiplied_transposed{0}, grams{0};
};

class DenseMatrix {
 public:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  // `values` is row-major. `first_bad` is the index of the first NaN or Infinity afterwards, kNone when all are finite.
  DenseMatrix(const double* values, std::size_t rows, std::size_t columns, const Run& run);

  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_; }
  // Row i begins at first_row() + i * row_stride(); kLaneMultiple numbers behind the last one are readable and finite.
  const double* first_row() const { return values_.get(); }
  std::size_t row_stride() const { return stride_; }
  std::size_t first_bad() const { return first_bad_; }
  std::size_t bytes() const { return (rows_ * stride_ + kLaneMultiple) * sizeof(double); }
  const std::shared_ptr<ProductCounts>& counts() const { return counts_; }

  // X W; W is d x width, `out` is n x width, both row-major.
  void multiply(const double* weights, std::size_t width, double* out, const Run& run) const;
  // X W + 1 bias' into panels of `width` features.
  void multiply(const double* weights, const double* bias, std::size_t width, const Blocks& blocks, double* panels,
                const Run& run) const;
  // X' R; R is n x width, `out` is d x width, both row-major.
  void multiply_transposed(const double* values, std::size_t width, double* out, const Run& run) const;
  // X' R for R given in panels.
  void multiply_transposed(const double* panels, const Blocks& blocks, std::size_t width, double* out, const Run& run) const;
  // sum_i scale_i [x; 1] [x; 1]' over every `step`-th row x from row 0, see data/gram.h; `out` is (d + 1) x (d + 1).
  void gram(const double* scale, std::size_t step, double* out, const Run& run) const;

 private:
  struct Factor;
  struct Adjoint;
  Factor transpose(const double* weights, std::size_t width) const;
  void product_block(std::size_t first, const Factor& factor, std::size_t rows, double* out, std::size_t row_stride,
                     std::size_t feature_stride) const;
  void wide_product(const Factor& factor, const Blocks& blocks, double* panels, const Run& run) const;
  void gradient(const Adjoint& adjoint, std::size_t width, double* out, const Run& run) const;
  const double* row(std::size_t i) const { return values_.get() + i * stride_; }

  std::size_t rows_, columns_;
  std::size_t stride_;  // from row to row: the columns and, when that costs little, zeros up to whole vectors
  std::size_t first_bad_ = kNone;
  AlignedBuffer values_;
  std::shared_ptr<ProductCounts> counts_ = std::make_shared<ProductCounts>();
};

}  // namespace planesearch
