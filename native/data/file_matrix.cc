#include "data/file_matrix.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "data/dense_products.h"
#include "data/gram.h"
#include "objective/errors.h"

namespace planesearch {

// As dense_products.h asks: few tasks with many rows each, for every reader begins with a wait.
template <class T>
struct FileMatrix<T>::Rows {
  static constexpr bool kByStrips = false;
  const FilePieces<T>& pieces;
  std::size_t stride;

  explicit Rows(const FilePieces<T>& of) : pieces(of), stride(of.stride()) {}
  std::size_t tasks(std::size_t units) const { return std::min<std::size_t>(units, 16); }
  PieceReader<T> open(std::size_t first, std::size_t end) const { return PieceReader<T>(pieces, first, end); }
};

template <class T>
FileMatrix<T>::FileMatrix(const FileSource& source, unsigned threads)
    : DataMatrix(source.rows, source.columns), pieces_(source, threads), applied_(0) {}

template <class T>
template <class Work>
void FileMatrix<T>::each_row(std::size_t first, std::size_t end, const Run& run, const Work& work) const {
  if (first == end) return;
  PieceReader<T> reader(pieces_, first, end);
  while (first < end) {
    run.check();
    const std::size_t count = reader.together(first, end - first);
    const T* values = reader.rows(first, count);
    for (std::size_t i = 0; i < count; i++) work(first + i, values + i * pieces_.stride());
    first += count;
  }
}

template <class T>
Frame FileMatrix<T>::measure(double constant_ulps, const Run& run) const {
  const MatrixKernels<T>& simd = kernels().matrix<T>();
  Moments moments(rows_, columns_, cutting_);
  pass_over(pieces_.file(), [&] {
    each_row(0, 1, run, [&](std::size_t, const T* row) { std::copy_n(row, columns_, moments.origin.begin()); });
    run.each(moments.parts(), [&](std::size_t part, unsigned) {
      each_row(moments.begin(part), moments.begin(part + 1), run, [&](std::size_t, const T* row) {
        simd.add_distances(row, moments.origin.data(), moments.distance(part), moments.longest(part), columns_);
      });
    });
    moments.finish_distances();
    const double* mean = moments.mean_distance().data();
    const double* inverse_unit = moments.inverse_unit().data();
    run.each(moments.parts(), [&](std::size_t part, unsigned) {
      each_row(moments.begin(part), moments.begin(part + 1), run, [&](std::size_t, const T* row) {
        simd.add_squares(row, moments.origin.data(), mean, inverse_unit, moments.squares(part), columns_);
      });
    });
  });
  return moments.finish(static_cast<double>(std::numeric_limits<T>::epsilon()), constant_ulps);
}

template <class T>
void FileMatrix<T>::apply(Frame frame, const Run& run) {
  frame_ = std::move(frame);
  applied_ = frame_;
  // What is constant becomes 0 exactly: rounding in its cells must not count as data.
  for (std::size_t j = 0; j < columns_; j++) {
    if (applied_.constant[j]) applied_.scale[j] = INFINITY;
  }
  pieces_.use(&applied_);
  run.each(pieces_.count(), [&](std::size_t piece, unsigned) {
    T* values = pieces_.change(piece);
    if (values == nullptr) return;
    for (std::size_t i = 0; i < pieces_.rows_of(piece); i++) {
      kernels().matrix<T>().center_and_scale(values + i * pieces_.stride(), applied_.origin.data(), applied_.distance.data(),
                                             applied_.scale.data(), columns_);
    }
  });
}

template <class T>
bool FileMatrix<T>::copy_columns(std::size_t from, std::size_t count, double* out, const Run& run) const {
  constexpr std::size_t kParts = 16;
  pass_over(pieces_.file(), [&] {
    run.each(std::min(kParts, rows_), [&](std::size_t part, unsigned) {
      const std::size_t parts = std::min(kParts, rows_);
      each_row(part * rows_ / parts, (part + 1) * rows_ / parts, run, [&](std::size_t i, const T* row) {
        for (std::size_t j = 0; j < count; j++) out[j * rows_ + i] = static_cast<double>(row[from + j]);
      });
    });
  });
  return true;
}

template <class T>
Strip FileMatrix<T>::strip(std::size_t, std::size_t, std::size_t, std::size_t, double*) const {
  throw CodedError("INCOMPATIBLE", "A search over single columns needs X in memory, but " + pieces_.file().shown() +
                                       " is read from the file.");
}

template <class T>
void FileMatrix<T>::form_product(const double* weights, const double* bias, const Layout& layout, double* out,
                                 const Run& run) const {
  pass_over(pieces_.file(), [&] { dense::product<T>(Rows(pieces_), columns_, weights, bias, layout, out, run); });
}

template <class T>
void FileMatrix<T>::form_transposed_product(const double* values, const Layout& layout, double* out, const Run& run) const {
  pass_over(pieces_.file(),
            [&] { dense::transposed_product<T>(Rows(pieces_), columns_, cutting_, values, layout, out, run); });
}

template <class T>
void FileMatrix<T>::form_gram(const double* scale, std::size_t rows, std::size_t stride, double* out, const Run& run) const {
  const std::size_t taken = (rows - 1) / stride + 1;
  pass_over(pieces_.file(), [&] {
    planesearch::gram({taken, columns_, true}, scale, out, run, [&](std::size_t i, double root, double* to) {
      std::vector<T> row(pieces_.stride() + lane_multiple<T>);
      pieces_.copy_row(i * stride, row.data());
      kernels().matrix<T>().widen(row.data(), root, to, columns_);
    });
  });
}

template <class T>
void FileMatrix<T>::form_gram_of(const std::vector<std::uint32_t>& columns, const double* scale, double* out,
                                 const Run& run) const {
  pass_over(pieces_.file(), [&] {
    planesearch::gram({rows_, columns.size(), true}, scale, out, run, [&](std::size_t i, double root, double* to) {
      std::vector<T> row(pieces_.stride() + lane_multiple<T>);
      pieces_.copy_row(i, row.data());
      for (std::size_t k = 0; k < columns.size(); k++) to[k] = root * static_cast<double>(row[columns[k]]);
    });
  });
}

template class FileMatrix<double>;
template class FileMatrix<float>;

}  // namespace planesearch
