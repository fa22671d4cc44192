// X, n x d, as an objective needs it: two products, second moments, strips of columns, and what they cost.
//
// Dense and sparse matrices, in memory and in a file, are kinds of it; one virtual call a product. What is multiplied is X in its frame. A
// matrix does not change once its frame is set, so any thread may read; only the counters move.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "data/descent.h"
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
  DataMatrix(std::size_t rows, std::size_t columns) : rows_(rows), columns_(columns), frame_(columns), cutting_(columns) {}
  virtual ~DataMatrix() = default;
  DataMatrix(const DataMatrix&) = delete;
  DataMatrix& operator=(const DataMatrix&) = delete;

  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_; }
  const Frame& frame() const { return frame_; }
  // How sums over the rows are cut. A matrix that is a chunk of a larger one is told before anything is asked of it.
  const Cutting& cutting() const { return cutting_; }
  void be_chunk_of(std::size_t rows, std::size_t chunks) { cutting_ = Cutting(columns_, rows, chunks); }
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
  // Likewise of all rows and of these columns alone, ascending; `out` is (columns + 1) squared. Counted as its share of the whole.
  void gram_of(const std::vector<std::uint32_t>& columns, const double* scale, double* out, const Run& run) const {
    const double share = static_cast<double>(columns.size()) / static_cast<double>(columns_);
    counts_->grams.fetch_add(static_cast<std::uint64_t>(share * share * static_cast<double>(rows_)),
                             std::memory_order_relaxed);
    form_gram_of(columns, scale, out, run);
  }

  // Centers and scales as they are. A column whose spread vanishes or overflows keeps it: the caller judges.
  virtual Frame measure(double constant_ulps, const Run& run) const = 0;
  // The two passes of it, of kinds that can be a chunk; origin, then means and units, are those of all chunks.
  virtual void add_distances(Moments& /*moments*/, const Run& /*run*/) const { refuse_chunks(); }
  virtual void add_squares(Moments& /*moments*/, const Run& /*run*/) const { refuse_chunks(); }
  // Brings X into `frame`. Once, before any product.
  virtual void apply(Frame frame, const Run& run) = 0;

  // Rows [first, first + count) of columns [column, column + width). `room` holds count * width rounded up to whole vectors; a matrix
  // that has the numbers lying there as doubles does not use it.
  virtual Strip strip(std::size_t first, std::size_t count, std::size_t column, std::size_t width, double* room) const = 0;

  // Columns [column, column + width) as doubles, each `rows` long, where the matrix has a better way than strips; false where not.
  virtual bool copy_columns(std::size_t, std::size_t, double*, const Run&) const { return false; }
  // The minimizer, into `z`; of kinds whose columns lie in memory one by one.
  virtual void descend(const Descent& /*descent*/, double* /*z*/, const Run& /*run*/) const {
    throw std::logic_error("This matrix has no descent along its columns.");
  }

  virtual std::size_t bytes() const = 0;
  // Of a matrix in a file: most that what is being read takes, besides what is kept.
  virtual std::size_t bytes_under_way() const { return 0; }
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
  virtual void form_gram_of(const std::vector<std::uint32_t>& columns, const double* scale, double* out,
                            const Run& run) const = 0;

  std::size_t rows_, columns_;
  Frame frame_;
  Cutting cutting_;

 private:
  [[noreturn]] static void refuse_chunks() { throw std::logic_error("This matrix is no chunk of a larger one."); }

  std::shared_ptr<ProductCounts> counts_ = std::make_shared<ProductCounts>();
};

}  // namespace planesearch
