// X, n x d, dense float64: the two products that everything else tries to avoid.
//
// The values are copied once into aligned memory, because a caller can detach a typed array in the middle of a
// computation. They never change afterwards, so any thread may read. A product holds the values until it is done, so that
// dispose() may come at any time.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "data/panels.h"
#include "math/aligned_buffer.h"
#include "parallel/run.h"

namespace planesearch {

class DenseMatrix {
 public:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  // `values` is row-major. `first_bad` is the index of the first NaN or Infinity afterwards, kNone when all are finite.
  DenseMatrix(const double* values, std::size_t rows, std::size_t columns, const Run& run);

  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_; }
  std::size_t first_bad() const { return first_bad_; }
  std::size_t bytes() const { return (rows_ * columns_ + kLaneMultiple) * sizeof(double); }
  std::uint64_t multiplied() const { return multiplied_.load(std::memory_order_relaxed); }
  std::uint64_t multiplied_transposed() const { return multiplied_transposed_.load(std::memory_order_relaxed); }

  // Frees the values once the products under way are done; later products throw DISPOSED.
  void dispose();
  // Holds the values; throws DISPOSED.
  std::shared_ptr<const double> values() const;

  // X W; W is d x width, `out` is n x width, both row-major.
  void multiply(const double* weights, std::size_t width, double* out, const Run& run) const;
  // X W + 1 bias' into panels of `width` features.
  void multiply(const double* weights, const double* bias, std::size_t width, const Blocks& blocks, double* panels,
                const Run& run) const;
  // X' R; R is n x width, `out` is d x width, both row-major.
  void multiply_transposed(const double* values, std::size_t width, double* out, const Run& run) const;
  // X' R for R given in panels.
  void multiply_transposed(const double* panels, const Blocks& blocks, std::size_t width, double* out, const Run& run) const;

 private:
  struct Factor;
  struct Adjoint;
  Factor transpose(const double* weights, std::size_t width) const;
  void product_block(const double* x, const Factor& factor, std::size_t rows, double* out, std::size_t row_stride,
                     std::size_t feature_stride) const;
  void wide_product(const double* x, const Factor& factor, const Blocks& blocks, double* panels, const Run& run) const;
  void gradient(const Adjoint& adjoint, std::size_t width, double* out, const Run& run) const;

  std::size_t rows_, columns_;
  std::size_t first_bad_ = kNone;
  std::shared_ptr<double> values_;  // read and reset atomically
  mutable std::atomic<std::uint64_t> multiplied_{0}, multiplied_transposed_{0};
};

}  // namespace planesearch
