// Second moments of the rows of a sparse matrix: sum_i nnz_i^2 / 2 additions by index.
//
// A result that fits the cache is added to row by row, with partial sums for a fixed number of chunks of the rows. A larger one is made
// row by row of the result: row j is the sum of the rows of X that have something in column j, each up to that column, so that what is
// written stays in the cache and there are no partial sums. Either order is the same for any number of threads. Rows that are nearly full
// are gathered and multiplied by BLAS instead, as those of a dense matrix.
#include <algorithm>

#include "data/gram.h"
#include "data/sparse_matrix.h"

namespace planesearch {
namespace {

// An addition by index costs about as much as this many in a dense product (measured on 784 and 123 columns).
constexpr double kScattered = 12;
// Columns of a task, and edge of a tile that is mirrored.
constexpr std::size_t kGroup = 4, kTile = 64;
// Numbers of a result that stays in the second-level cache, and chunks of rows with one of their own.
constexpr std::size_t kCached = 1 << 17, kChunks = 16, kChunkRows = 512;

}  // namespace

template <class T>
void SparseMatrix<T>::form_gram(const double* scale, std::size_t rows, std::size_t stride, double* out,
                                const Run& run) const {
  double pairs = 0;
  const std::size_t taken = (rows - 1) / stride + 1;
  for (std::size_t i = 0; i < rows; i += stride) {
    const auto count = static_cast<double>(by_row_.begin[i + 1] - by_row_.begin[i]);
    pairs += count * (count + 1) / 2;
  }
  const double dense = static_cast<double>(taken) * static_cast<double>(columns_) * static_cast<double>(columns_) / 2;
  if (kScattered * pairs <= dense) {
    if ((columns_ + 1) * (columns_ + 1) <= kCached) gram_by_rows(scale, rows, stride, out, run);
    else gram_by_columns(scale, rows, stride, out, run);
    return center_gram(out, run);
  }
  planesearch::gram({taken, columns_, true}, scale, out, run,
                    [&](std::size_t i, double root, double* to) { dense_row(i * stride, root, to); });
}

template <class T>
void SparseMatrix<T>::form_gram_of(const std::vector<std::uint32_t>& columns, const double* scale, double* out,
                                   const Run& run) const {
  SparseMatrix(*this, columns, run).form_gram(scale, rows_, 1, out, run);
}

// Lower triangle and last row, uncentered, of stored numbers on the left times what they stand for on the right.
template <class T>
void SparseMatrix<T>::gram_by_rows(const double* scale, std::size_t rows, std::size_t stride, double* out,
                                   const Run& run) const {
  const std::size_t size = columns_ + 1, square = size * size, taken = (rows - 1) / stride + 1;
  // The partial sums together are at most four times what stays in the cache.
  const std::size_t chunks = std::max<std::size_t>(1, std::min({kChunks, taken / kChunkRows, 4 * kCached / square}));
  const AlignedBuffer sums = allocate_aligned(chunks, square);
  run.each(chunks, [&](std::size_t chunk, unsigned) {
    double* sum = sums.get() + chunk * square;
    std::fill_n(sum, square, 0.0);
    for (std::size_t t = chunk * taken / chunks; t < (chunk + 1) * taken / chunks; t++) {
      const std::size_t i = t * stride, from = by_row_.begin[i], end = by_row_.begin[i + 1];
      for (std::size_t e = from; e < end; e++) {
        const std::size_t j = by_row_.index[e];
        const double scaled = scale[t] * factor(j) * static_cast<double>(by_row_.value(e));
        double* row = sum + j * size;
        for (std::size_t f = from; f <= e; f++) row[by_row_.index[f]] += scaled * static_cast<double>(by_row_.value(f));
        sum[columns_ * size + j] += scaled;
      }
      sum[square - 1] += scale[t];
    }
  });
  run.each((size + kTile - 1) / kTile, [&](std::size_t tile, unsigned) {
    for (std::size_t j = tile * kTile; j < std::min(size, (tile + 1) * kTile); j++) {
      for (std::size_t k = 0; k <= j; k++) {
        double sum = 0;
        for (std::size_t chunk = 0; chunk < chunks; chunk++) sum += sums[chunk * square + j * size + k];
        out[j * size + k] = sum;
      }
    }
  });
}

// The same.
template <class T>
void SparseMatrix<T>::gram_by_columns(const double* scale, std::size_t rows, std::size_t stride, double* out,
                                      const Run& run) const {
  const Compressed<T>& columns = by_column(run);
  const std::size_t size = columns_ + 1;
  double* last = out + columns_ * size;  // sum_i s_i x_i, of stored numbers, and the sum of the s_i
  run.each((columns_ + kGroup - 1) / kGroup, [&](std::size_t group, unsigned) {
    for (std::size_t j = group * kGroup; j < std::min(columns_, (group + 1) * kGroup); j++) {
      double* row = out + j * size;
      std::fill_n(row, j + 1, 0.0);
      double sum = 0;
      for (std::size_t entry = columns.begin[j]; entry < columns.begin[j + 1]; entry++) {
        const std::size_t i = columns.index[entry];
        if (i >= rows) break;
        if (i % stride != 0) continue;
        const double scaled = scale[i / stride] * factor(j) * static_cast<double>(columns.value(entry));
        sum += scaled;
        for (std::size_t e = by_row_.begin[i]; by_row_.index[e] < j; e++) {
          row[by_row_.index[e]] += scaled * static_cast<double>(by_row_.value(e));
        }
        row[j] += scaled * static_cast<double>(columns.value(entry));
      }
      last[j] = sum;
    }
  });
  double mass = 0;
  for (std::size_t i = 0; i < rows; i += stride) mass += scale[i / stride];
  last[columns_] = mass;
}

// sum_i s_i (x_i - c)(x_i - c)' = G - c m' - m c' + (sum s) c c', m = sum_i s_i x_i; fills the upper triangle too.
template <class T>
void SparseMatrix<T>::center_gram(double* out, const Run& run) const {
  const std::size_t size = columns_ + 1;
  double* last = out + columns_ * size;
  const std::vector<double> moment(last, last + columns_);
  const double mass = last[columns_];
  const std::size_t tiles = (size + kTile - 1) / kTile;
  run.each(tiles, [&](std::size_t tile, unsigned) {
    for (std::size_t j = tile * kTile; j < std::min(size, (tile + 1) * kTile); j++) {
      double* row = out + j * size;
      if (j == columns_) {
        for (std::size_t k = 0; k < columns_; k++) row[k] = moment[k] - mass * center(k);
        continue;
      }
      for (std::size_t k = 0; k <= j; k++) {
        row[k] = factor(k) * row[k] - center(j) * moment[k] - moment[j] * center(k) + mass * center(j) * center(k);
      }
    }
  });
  run.each(tiles * tiles, [&](std::size_t tile, unsigned) {
    const std::size_t above = tile / tiles * kTile, left = tile % tiles * kTile;
    if (left > above) return;
    for (std::size_t j = above; j < std::min(size, above + kTile); j++) {
      for (std::size_t k = left; k < std::min(j, left + kTile); k++) out[k * size + j] = out[j * size + k];
    }
  });
}

#define PLANESEARCH_SPARSE_GRAM(T)                                                                                          \
  template void SparseMatrix<T>::form_gram(const double*, std::size_t, std::size_t, double*, const Run&) const;             \
  template void SparseMatrix<T>::form_gram_of(const std::vector<std::uint32_t>&, const double*, double*, const Run&) const; \
  template void SparseMatrix<T>::gram_by_rows(const double*, std::size_t, std::size_t, double*, const Run&) const;          \
  template void SparseMatrix<T>::gram_by_columns(const double*, std::size_t, std::size_t, double*, const Run&) const;       \
  template void SparseMatrix<T>::center_gram(double*, const Run&) const;
PLANESEARCH_SPARSE_GRAM(double)
PLANESEARCH_SPARSE_GRAM(float)

}  // namespace planesearch
