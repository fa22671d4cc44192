// X as compressed rows in a file, as double or float: read piece by piece for every product, once, and brought into the frame as it is read. Pieces
// that memory is allowed for are kept.
//
// X W is a sum along every row. X'R of a SparseMatrix is a sum along every column; here the sums of all columns are continued by the entries of one
// row after the other, in the order and with the roundings of those, so that both products have the bits of a SparseMatrix of the same numbers. Threads
// share the columns, each the same number of entries, and wait for one another at the end of every piece.
//
// Columns are counted in a pass and measured in two. Second moments and single columns need rows by columns: there are none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "data/data_matrix.h"
#include "data/sparse_frame.h"
#include "data/sparse_pieces.h"

namespace planesearch {

template <class T>
class SparseFileMatrix final : public DataMatrix {
 public:
  SparseFileMatrix(const SparseFileSource& source, unsigned threads);

  Frame measure(double constant_ulps, const Run& run) const override;
  void apply(Frame frame, const Run& run) override;

  // These throw: they need X in memory.
  Strip strip(std::size_t first, std::size_t count, std::size_t column, std::size_t width, double* room) const override;
  bool copy_columns(std::size_t from, std::size_t count, double* out, const Run& run) const override;

  std::size_t bytes() const override { return pieces_.bytes(); }
  std::size_t bytes_under_way() const override {
    pieces_.open();
    return pieces_.store().bytes_under_way();
  }
  bool waits() const override { return true; }
  double product_flops(double width) const override {
    return 16.0 * static_cast<double>(pieces_.entries()) * width + 2.0 * static_cast<double>(rows_ + columns_) * width;
  }

 protected:
  void form_gram_of(const std::vector<std::uint32_t>& columns, const double* scale, double* out,
                    const Run& run) const override;
  void form_gram(const double* scale, std::size_t rows, std::size_t stride, double* out, const Run& run) const override;
  void form_product(const double* weights, const double* bias, const Layout& layout, double* out,
                    const Run& run) const override;
  void form_transposed_product(const double* values, const Layout& layout, double* out, const Run& run) const override;

 private:
  using Piece = typename SparsePieces<T>::Piece;

  // Of the file, whose offsets it needs.
  template <class Work>
  void pass(const Work& work) const;
  // work(row of X, its columns, its values or null, how many) in one pass, for all rows in order and, of every row, the columns of a share of them; the
  // shares, which begin and end at these columns, are tasks.
  template <class Work>
  void each_row_by_columns(const std::vector<std::uint32_t>& shares, const Run& run, const Work& work) const;
  // As many shares as there are threads, of as many columns or, once they are counted, entries.
  std::vector<std::uint32_t> equal_shares(const Run& run) const;
  std::vector<std::uint32_t> even_shares(const Run& run) const;
  // Entries of every column.
  const std::vector<std::uint32_t>& counts(const Run& run) const;
  void gather_product(const double* values, const Layout& layout, double* out, const Run& run) const;
  void scatter_product(const double* values, const Layout& layout, double* out, const Run& run) const;
  [[noreturn]] void refuse(const char* what) const;

  SparsePieces<T> pieces_;
  SparseFrame terms_;
  mutable std::mutex counting_;
  mutable std::vector<std::uint32_t> counts_;  // empty until they are counted
};

extern template class SparseFileMatrix<double>;
extern template class SparseFileMatrix<float>;

}  // namespace planesearch
