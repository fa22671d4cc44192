#include "data/sparse_matrix.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "data/sparse_products.h"
#include "data/sparse_row.h"
#include "math/simd.h"

namespace planesearch {

using sparse::divide_up;

namespace {

constexpr std::size_t kRows = 1024;  // of a task over rows

}  // namespace

template <class T>
template <class Given>
SparseMatrix<T>::SparseMatrix(const SparseSource<Given>& source, std::size_t entries, std::size_t rows, std::size_t columns,
                              const Run& run)
    : DataMatrix(rows, columns), by_row_(allocate_compressed<T>(rows, entries, source.values != nullptr)) {
  by_row_.begin[0] = 0;
  valid_ = source.begin[0] == 0;
  // Every number is read once and looked at where it is kept: another thread may write to memory that is shared.
  std::vector<std::uint64_t> given(rows + 1);
  for (std::size_t i = 0; i < rows && valid_; i++) {
    const double end = source.begin[i + 1];
    valid_ = end >= static_cast<double>(given[i]) && end <= static_cast<double>(entries) && end == std::floor(end);
    if (valid_) given[i + 1] = static_cast<std::uint64_t>(end);
  }
  valid_ = valid_ && given[rows] == entries;
  if (!valid_) return;
  for (std::size_t i = 0; i < rows; i++) {
    const std::size_t from = source.order == nullptr ? i : source.order[i];
    by_row_.begin[i + 1] = by_row_.begin[i] + given[from + 1] - given[from];
  }
  std::vector<char> fine(divide_up(rows, kRows));
  run.each(fine.size(), [&](std::size_t group, unsigned) {
    bool all = true;
    for (std::size_t i = group * kRows; i < std::min(rows, (group + 1) * kRows); i++) {
      all = copy_row(source, i, given[source.order == nullptr ? i : source.order[i]]) && all;
    }
    fine[group] = all;
  });
  valid_ = std::all_of(fine.begin(), fine.end(), [](char ok) { return ok != 0; });
}

template <class T>
template <class Given>
bool SparseMatrix<T>::copy_row(const SparseSource<Given>& source, std::size_t row, std::size_t given) {
  const std::size_t from = by_row_.begin[row], end = by_row_.begin[row + 1];
  bool fine = true;
  for (std::size_t e = from; e < end; e++) {
    by_row_.index[e] = source.index[given + e - from];
    fine = fine && by_row_.index[e] < columns_;
    if (!by_row_.values) continue;
    by_row_.values[e] = static_cast<T>(source.values[given + e - from]);
    fine = fine && std::isfinite(by_row_.values[e]);
  }
  std::uint32_t* const index = by_row_.index.get() + from;
  if (!fine || ascends(index, end - from)) return fine;
  sort_entries(index, by_row_.values ? by_row_.values.get() + from : nullptr, end - from);
  return ascends(index, end - from);
}

template <class T>
SparseMatrix<T>::SparseMatrix(const SparseMatrix& whole, const std::vector<std::uint32_t>& columns, const Run& run)
    : DataMatrix(whole.rows_, columns.size()), terms_(whole.terms_, columns) {
  const Compressed<T>& all = whole.by_column(run);
  std::size_t entries = 0;
  for (const std::uint32_t j : columns) entries += all.begin[j + 1] - all.begin[j];
  by_column_ = allocate_compressed<T>(columns.size(), entries, all.values != nullptr);
  by_column_.begin[0] = 0;
  for (std::size_t k = 0; k < columns.size(); k++) {
    const std::size_t from = all.begin[columns[k]], count = all.begin[columns[k] + 1] - from, to = by_column_.begin[k];
    std::copy_n(all.index.get() + from, count, by_column_.index.get() + to);
    if (all.values) std::copy_n(all.values.get() + from, count, by_column_.values.get() + to);
    by_column_.begin[k + 1] = to + count;
  }
  transposed_ = true;
  by_row_ = transpose(by_column_, rows_, run);
}

template <class T>
const Compressed<T>& SparseMatrix<T>::by_column(const Run& run) const {
  const std::lock_guard<std::mutex> lock(transposing_);
  if (!transposed_) by_column_ = transpose(by_row_, columns_, run);
  transposed_ = true;
  return by_column_;
}

template <class T>
ColumnMoments SparseMatrix<T>::moments_of(const Compressed<T>& columns, std::size_t j) const {
  const std::size_t from = columns.begin[j], end = columns.begin[j + 1];
  SparseColumn column(rows_, end - from, from < end ? static_cast<double>(columns.value(from)) : 0);
  for (std::size_t e = from; e < end; e++) column.add_distance(static_cast<double>(columns.value(e)));
  column.end_distances();
  for (std::size_t e = from; e < end; e++) column.add_square(static_cast<double>(columns.value(e)));
  return column.finish();
}

template <class T>
Frame SparseMatrix<T>::measure(double constant_ulps, const Run& run) const {
  const Compressed<T>& columns = by_column(run);
  Frame frame(columns_);
  each_range<T>(columns, run, [&](std::size_t first, std::size_t last) {
    for (std::size_t j = first; j < last; j++) {
      set_column(frame, j, moments_of(columns, j), static_cast<double>(std::numeric_limits<T>::epsilon()), constant_ulps);
    }
  });
  return frame;
}

template <class T>
void SparseMatrix<T>::apply(Frame frame, const Run& run) {
  by_column(run);
  frame_ = std::move(frame);
  const bool valued = by_row_.values != nullptr;
  std::vector<char> full(columns_);
  for (std::size_t j = 0; j < columns_; j++) full[j] = by_column_.begin[j + 1] - by_column_.begin[j] == rows_;
  terms_ = SparseFrame(frame_, valued, std::move(full));
  if (!valued) return;
  const auto framed = [&](std::size_t j, T value) { return terms_.framed(frame_, j, value); };
  each_range<T>(by_column_, run, [&](std::size_t first, std::size_t last) {
    for (std::size_t j = first; j < last; j++) {
      for (std::size_t e = by_column_.begin[j]; e < by_column_.begin[j + 1]; e++)
        by_column_.values[e] = framed(j, by_column_.values[e]);
    }
  });
  each_range<T>(by_row_, run, [&](std::size_t first, std::size_t last) {
    for (std::size_t e = by_row_.begin[first]; e < by_row_.begin[last]; e++)
      by_row_.values[e] = framed(by_row_.index[e], by_row_.values[e]);
  });
}

template <class T>
void SparseMatrix<T>::dense_row(std::size_t i, double root, double* to) const {
  for (std::size_t j = 0; j < columns_; j++) to[j] = 0 - root * center(j);
  for (std::size_t e = by_row_.begin[i]; e < by_row_.begin[i + 1]; e++) {
    const std::size_t j = by_row_.index[e];
    to[j] += root * factor(j) * static_cast<double>(by_row_.value(e));
  }
}

template <class T>
Strip SparseMatrix<T>::strip(std::size_t first, std::size_t count, std::size_t column, std::size_t width,
                             double* room) const {
  const std::size_t stride = divide_up(width, kLaneMultiple) * kLaneMultiple;
  for (std::size_t i = 0; i < count; i++) {
    double* to = room + i * stride;
    for (std::size_t j = 0; j < width; j++) to[j] = 0 - center(column + j);
    std::fill(to + width, to + stride, 0.0);
    const std::uint32_t* index = by_row_.index.get();
    const std::size_t end = by_row_.begin[first + i + 1];
    const std::uint32_t* at = std::lower_bound(index + by_row_.begin[first + i], index + end, column);
    for (auto e = static_cast<std::size_t>(at - index); e < end && index[e] < column + width; e++) {
      to[index[e] - column] += factor(index[e]) * static_cast<double>(by_row_.value(e));
    }
  }
  return {room, stride};
}

template <class T>
void SparseMatrix<T>::form_product(const double* weights, const double* bias, const Layout& layout, double* out,
                                   const Run& run) const {
  const sparse::Factor<T> factor(terms_, columns_, weights, bias, layout.width, run);
  const Blocks& blocks = layout.blocks;
  run.each(blocks.count, [&](std::size_t block, unsigned) {
    kernels().matrix<T>().multiply_sparse(by_row_.view(), blocks.row_of_x(block), blocks.rows_of(block), factor.rows.get(),
                                          layout.width, factor.init.data(), out + block * layout.block, layout.row,
                                          layout.feature);
  });
}

template <class T>
void SparseMatrix<T>::form_transposed_product(const double* values, const Layout& layout, double* out,
                                              const Run& run) const {
  if (sparse::scatters(rows_, columns_, layout)) scatter_product(values, layout, out, run);
  else gather_product(values, layout, out, run);
  sparse::center_product(terms_, columns_, values, layout, out, run);
}

template <class T>
void SparseMatrix<T>::gather_product(const double* values, const Layout& layout, double* out, const Run& run) const {
  const Compressed<T>& columns = by_column(run);
  const std::size_t width = layout.width;
  const AlignedArray<T> rows = sparse::gather_rows<T>(values, layout, run);
  each_range<T>(columns, run, [&](std::size_t first, std::size_t last) {
    kernels().matrix<T>().multiply_sparse(columns.view(), first, last - first, rows.get(), width, nullptr,
                                          out + first * width, width, 1);
  });
}

template <class T>
void SparseMatrix<T>::scatter_product(const double* values, const Layout& layout, double* out, const Run& run) const {
  const Blocks& blocks = layout.blocks;
  sparse::scatter_product(columns_, layout, out, run,
                          [&](std::size_t from, std::size_t to, std::size_t stride, double* sum) {
                            const AlignedBuffer rows = allocate_aligned(blocks.height * stride);
                            for (std::size_t block = from; block < to; block++) {
                              run.check();
                              sparse::gather_block(values, layout, block, stride, rows.get());
                              kernels().matrix<T>().scatter_sparse(by_row_.view(), blocks.row_of_x(block),
                                                                   blocks.rows_of(block), rows.get(), stride, sum);
                            }
                          });
}

template class SparseMatrix<double>;
template class SparseMatrix<float>;

#define PLANESEARCH_SPARSE_FROM(T, Given) \
  template SparseMatrix<T>::SparseMatrix(const SparseSource<Given>&, std::size_t, std::size_t, std::size_t, const Run&);
PLANESEARCH_SPARSE_FROM(double, double)
PLANESEARCH_SPARSE_FROM(double, float)
PLANESEARCH_SPARSE_FROM(float, double)
PLANESEARCH_SPARSE_FROM(float, float)

}  // namespace planesearch
