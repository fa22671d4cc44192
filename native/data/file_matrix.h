// X dense in a file, as double or float: read piece by piece for every product, once, and brought into the frame as it is read, so that
// both products, measures and moments have the bits of a DenseMatrix of the same numbers. Pieces that memory is allowed for are kept.
//
// Columns are measured in two passes, because one pass would have other bits. Strips of columns would be a pass each: there are none.
// Every pass begins and ends with a look at the file: one that has changed is an error.
#pragma once

#include <cstddef>

#include "data/data_matrix.h"
#include "data/file_pieces.h"

namespace planesearch {

template <class T>
class FileMatrix final : public DataMatrix {
 public:
  FileMatrix(const FileSource& source, unsigned threads);

  Frame measure(double constant_ulps, const Run& run) const override;
  void apply(Frame frame, const Run& run) override;
  // In one pass.
  bool copy_columns(std::size_t from, std::size_t count, double* out, const Run& run) const override;

  // Throws: a search over columns needs X in memory.
  Strip strip(std::size_t first, std::size_t count, std::size_t column, std::size_t width, double* room) const override;
  std::size_t bytes() const override { return pieces_.store().bytes(); }
  std::size_t bytes_under_way() const override { return pieces_.store().bytes_under_way(); }
  bool waits() const override { return true; }
  double product_flops(double width) const override {
    return 2.0 * static_cast<double>(rows_) * static_cast<double>(columns_) * width;
  }

 protected:
  void form_gram_of(const std::vector<std::uint32_t>& columns, const double* scale, double* out,
                    const Run& run) const override;
  void form_gram(const double* scale, std::size_t rows, std::size_t stride, double* out, const Run& run) const override;
  void form_transposed_product(const double* values, const Layout& layout, double* out, const Run& run) const override;
  void form_product(const double* weights, const double* bias, const Layout& layout, double* out,
                    const Run& run) const override;

 private:
  struct Rows;
  // work(row, its numbers) for rows [first, end) in order.
  template <class Work>
  void each_row(std::size_t first, std::size_t end, const Run& run, const Work& work) const;

  FilePieces<T> pieces_;
  Frame applied_;  // the frame, with an infinite scale where a column is constant
};

extern template class FileMatrix<double>;
extern template class FileMatrix<float>;

}  // namespace planesearch
