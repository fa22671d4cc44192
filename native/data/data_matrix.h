// X, n x d, as an objective needs it: two products, second moments, strips of columns, and what they cost.
//
// Dense and sparse matrices in memory and dense ones in a file are kinds of it; one virtual call a product. What is multiplied is X in its frame. A
// matrix does not change once its frame is set, so any thread may read; only the counters move.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "data/frame.h"
#include "data/panels.h"
#include "parallel/run.h"

namespace planesearch {

// Rows multiplied so far, by kind of product: a product with all of X counts its rows. Outlives the values.
struct ProductCounts {
  std::atomic<std::uint64_t> multiplied{0}, multiplied_transposed{0}, grams{0};
};

// Rows of a strip of columns, as doubles: row i begins at values + i * row_stride. Numbers up to whole vectors are readable and finite.
struct Strip {
  const double* values;
  std::size_t row_stride;
};

class DataMatrix {
 public:
  DataMatrix(std::size_t rows, std::size_t columns) : rows_(rows), columns_(columns), frame_(columns) {}
  virtual ~DataMatrix() = default;
  DataMatrix(const DataMatrix&) = delete;
  DataMatrix& operator=(const DataMatrix&) = delete;

  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_; }
  const Frame& frame() const { return frame_; }
  const std::shared_ptr<ProductCounts>& counts() const { return counts_; }

  // X W + 1 bias' in any layout, of the rows that its blocks cut; W is d x width, row-major, the bias may be null.
  void multiply(const double* weights, const double* bias, const Layout& layout, double* out, const Run& run) const {
    counts_->multiplied.fetch_add(layout.blocks.rows, std::memory_order_relaxed);
    form_product(weights, bias, layout, out, run);
  }
  // X' R for R in any layout, likewise; `out` is d x width, row-major.
  void multiply_transposed(const double* values, const Layout& layout, double* out, const Run& run) const {
    counts_->multiplied_transposed.fetch_add(layout.blocks.rows, std::memory_order_relaxed);
    form_transposed_product(values, layout, out, run);
  }
  // sum_i scale_i [x; 1] [x; 1]' over every `stride`-th of the first `rows` rows x, see data/gram.h; `out` is (d + 1) x (d + 1).
  void gram(const double* scale, std::size_t rows, std::size_t stride, double* out, const Run& run) const {
    counts_->grams.fetch_add(rows, std::memory_order_relaxed);
    form_gram(scale, rows, stride, out, run);
  }

  // Centers and scales as they are. A column whose spread vanishes or overflows keeps it: the caller judges.
  virtual Frame measure(double constant_ulps, const Run& run) const = 0;
  // Brings X into `frame`. Once, before any product.
  virtual void apply(Frame frame, const Run& run) = 0;

  // Rows [first, first + count) of columns [column, column + width). `room` holds count * width rounded up to whole vectors; a matrix
  // that has the numbers lying there as doubles does not use it.
  virtual Strip strip(std::size_t first, std::size_t count, std::size_t column, std::size_t width, double* room) const = 0;

  // Columns [column, column + width) as doubles, each `rows` long, where the matrix has a better way than strips; false where not.
  virtual bool copy_columns(std::size_t, std::size_t, double*, const Run&) const { return false; }

  virtual std::size_t bytes() const = 0;
  // Whether work with X may wait for a device, and so never belongs on the thread of JavaScript.
  virtual bool waits() const { return false; }
  // Bytes of memory whose reading takes as long as measuring X, or bringing it into a frame, does with so many threads.
  virtual double pass_bytes(unsigned threads) const { return 2 * static_cast<double>(bytes()) / threads; }
  // Floating-point operations of one product, and bytes of X that it reads.
  virtual double product_flops(double width) const = 0;

 protected:
  virtual void form_product(const double* weights, const double* bias, const Layout& layout, double* out,
                            const Run& run) const = 0;
  virtual void form_transposed_product(const double* values, const Layout& layout, double* out, const Run& run) const = 0;
  virtual void form_gram(const double* scale, std::size_t rows, std::size_t stride, double* out, const Run& run) const = 0;

  std::size_t rows_, columns_;
  Frame frame_;

 private:
  std::shared_ptr<ProductCounts> counts_ = std::make_shared<ProductCounts>();
};

}  // namespace planesearch
