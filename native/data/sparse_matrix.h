// X sparse in memory (compressed rows), as double or float, in the frame of data/sparse_frame.h:
//
//     X' = S - 1 c'        X' W = S W - 1 (c' W)        X'' R = S' R - c (1' R)          c_j = center_j / scale_j
//
// Rows are kept in both orders: by rows for X W, by columns for X' R, so that either product is a sum along a line, whoever computes it.
// The second order is made when it is first asked for, by whichever thread asks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "data/compressed.h"
#include "data/data_matrix.h"
#include "data/sparse_frame.h"

namespace planesearch {

// As the caller holds it, with values in doubles or floats; `begin` has rows + 1 numbers, `values` may be null (all ones). Row i is kept
// of row order[i], the same one when `order` is null.
template <class Given>
struct SparseSource {
  const double* begin;
  const std::uint32_t* index;
  const Given* values;
  const std::uint32_t* order = nullptr;
};

template <class T>
class SparseMatrix final : public DataMatrix {
 public:
  // Rows in any order of indices; `valid()` is false afterwards when an offset, an index or a number is not what it has to be, or a row
  // names a column twice.
  template <class Given>
  SparseMatrix(const SparseSource<Given>& source, std::size_t entries, std::size_t rows, std::size_t columns,
               const Run& run);

  bool valid() const { return valid_; }

  Frame measure(double constant_ulps, const Run& run) const override;
  void apply(Frame frame, const Run& run) override;

  Strip strip(std::size_t first, std::size_t count, std::size_t column, std::size_t width, double* room) const override;
  void descend(const Descent& descent, double* z, const Run& run) const override;
  // Both orders.
  std::size_t bytes() const override { return by_row_.bytes(rows_) + by_row_.bytes(columns_); }
  // The other order is made with it: about 20 ns for a stored number and 30 for a column, however many threads there are.
  double pass_bytes(unsigned) const override {
    return 240.0 * static_cast<double>(by_row_.entries()) + 360.0 * static_cast<double>(columns_);
  }
  // A stored number costs a scattered row of the factor: about eight times a flop of a dense product.
  double product_flops(double width) const override {
    return 16.0 * static_cast<double>(by_row_.entries()) * width + 2.0 * static_cast<double>(rows_ + columns_) * width;
  }

 protected:
  void form_gram_of(const std::vector<std::uint32_t>& columns, const double* scale, double* out,
                    const Run& run) const override;
  void form_product(const double* weights, const double* bias, const Layout& layout, double* out,
                    const Run& run) const override;
  void form_transposed_product(const double* values, const Layout& layout, double* out, const Run& run) const override;
  void form_gram(const double* scale, std::size_t rows, std::size_t stride, double* out, const Run& run) const override;

 private:
  // A matrix of these columns of another, ascending, in its frame.
  SparseMatrix(const SparseMatrix& whole, const std::vector<std::uint32_t>& columns, const Run& run);
  const Compressed<T>& by_column(const Run& run) const;
  template <class Given>
  bool copy_row(const SparseSource<Given>& source, std::size_t row, std::size_t given);
  ColumnMoments moments_of(const Compressed<T>& columns, std::size_t j) const;
  void gather_product(const double* values, const Layout& layout, double* out, const Run& run) const;
  void scatter_product(const double* values, const Layout& layout, double* out, const Run& run) const;
  void gram_by_rows(const double* scale, std::size_t rows, std::size_t stride, double* out, const Run& run) const;
  void gram_by_columns(const double* scale, std::size_t rows, std::size_t stride, double* out, const Run& run) const;
  void center_gram(double* out, const Run& run) const;
  void dense_row(std::size_t i, double root, double* to) const;
  double factor(std::size_t j) const { return terms_.factor(j); }
  double center(std::size_t j) const { return terms_.center(j); }

  Compressed<T> by_row_;
  mutable Compressed<T> by_column_;
  mutable std::mutex transposing_;
  mutable bool transposed_ = false;
  SparseFrame terms_;
  bool valid_ = true;
};

extern template class SparseMatrix<double>;
extern template class SparseMatrix<float>;

}  // namespace planesearch
