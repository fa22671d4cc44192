#include "data/sparse_matrix.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "math/simd.h"

namespace planesearch {
namespace {

constexpr std::size_t kRows = 1024;     // of a task over rows
constexpr std::size_t kColumns = 4096;  // of a task over columns, whatever is stored in them

std::size_t divide_up(std::size_t value, std::size_t by) { return (value + by - 1) / by; }

// Rows of R of one block, `stride` apart.
template <class T>
void gather_block(const double* values, const Layout& layout, std::size_t block, std::size_t stride, T* rows) {
  const std::size_t width = layout.width;
  const double* from = values + block * layout.block;
  for (std::size_t i = 0; i < layout.blocks.rows_of(block); i++) {
    T* to = rows + i * stride;
    for (std::size_t a = 0; a < width; a++) to[a] = static_cast<T>(from[i * layout.row + a * layout.feature]);
    std::fill(to + width, to + stride, T{0});
  }
}

// The sums of the columns of R, block by block and then over the blocks.
std::vector<double> column_sums(const double* values, const Layout& layout, const Run& run) {
  const Blocks& blocks = layout.blocks;
  const std::size_t width = layout.width;
  std::vector<double> sums(blocks.count * width);
  run.each(blocks.count, [&](std::size_t block, unsigned) {
    const double* from = values + block * layout.block;
    double* sum = sums.data() + block * width;
    if (layout.row == 1) {
      for (std::size_t a = 0; a < width; a++) {
        for (std::size_t i = 0; i < blocks.rows_of(block); i++) sum[a] += from[i + a * layout.feature];
      }
    } else {
      for (std::size_t i = 0; i < blocks.rows_of(block); i++) {
        for (std::size_t a = 0; a < width; a++) sum[a] += from[i * layout.row + a * layout.feature];
      }
    }
  });
  for (std::size_t block = 1; block < blocks.count; block++) {
    for (std::size_t a = 0; a < width; a++) sums[a] += sums[block * width + a];
  }
  return sums;
}

// A result that is read and written fast at any place, and an R that is not (measured by native/bench/sparse_bench.cc).
constexpr std::size_t kNear = 1 << 15, kFar = 1 << 18;
constexpr std::size_t kChunks = 16, kChunkRows = 512;
// Numbers of the results of all chunks together, 32 MiB.
constexpr std::size_t kMostSums = 1 << 22;

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
  bool fine = true, ascending = true;
  for (std::size_t e = from; e < end; e++) {
    by_row_.index[e] = source.index[given + e - from];
    fine = fine && by_row_.index[e] < columns_;
    ascending = ascending && (e == from || by_row_.index[e - 1] < by_row_.index[e]);
    if (!by_row_.values) continue;
    by_row_.values[e] = static_cast<T>(source.values[given + e - from]);
    fine = fine && std::isfinite(by_row_.values[e]);
  }
  if (ascending || !fine) return fine;
  std::vector<std::pair<std::uint32_t, T>> sorted;
  for (std::size_t e = from; e < end; e++) sorted.emplace_back(by_row_.index[e], by_row_.value(e));
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t e = from; e < end; e++) {
    by_row_.index[e] = sorted[e - from].first;
    if (by_row_.values) by_row_.values[e] = sorted[e - from].second;
    fine = fine && (e == from || by_row_.index[e - 1] < by_row_.index[e]);
  }
  return fine;
}

template <class T>
SparseMatrix<T>::SparseMatrix(const SparseMatrix& whole, const std::vector<std::uint32_t>& columns, const Run& run)
    : DataMatrix(whole.rows_, columns.size()) {
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
    if (!whole.factor_.empty()) factor_.push_back(whole.factor_[columns[k]]);
    if (!whole.center_.empty()) center_.push_back(whole.center_[columns[k]]);
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
  const std::size_t from = columns.begin[j], end = columns.begin[j + 1], zeros = rows_ - (end - from);
  const double n = static_cast<double>(rows_);
  ColumnMoments moments{zeros == 0 ? static_cast<double>(columns.value(from)) : 0.0, 0, 0, 0};
  for (std::size_t e = from; e < end; e++) {
    const double distance = static_cast<double>(columns.value(e)) - moments.origin;
    moments.mean_distance += distance / n;
    moments.longest = std::max(moments.longest, std::fabs(distance));
  }
  if (moments.longest == 0) return moments;
  // A reciprocal beyond the range of double leaves the column without spread: the caller refuses it.
  const double inverse = std::min(1 / moments.longest, 1e308);
  const auto square = [&](double distance) {
    const double relative = (distance - moments.mean_distance) * inverse;
    return relative * relative / n;
  };
  for (std::size_t e = from; e < end; e++) {
    moments.squares += square(static_cast<double>(columns.value(e)) - moments.origin);
  }
  moments.squares += static_cast<double>(zeros) * square(0);
  return moments;
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
  center_.resize(columns_);
  const bool valued = by_row_.values != nullptr;
  if (!valued) factor_.resize(columns_);
  std::vector<char> full(columns_);
  for (std::size_t j = 0; j < columns_; j++) {
    full[j] = by_column_.begin[j + 1] - by_column_.begin[j] == rows_;
    const double center = frame_.origin[j] + frame_.distance[j];
    // Without values the center of a full column is a term of the products like any other: all of its numbers are 1.
    center_[j] = frame_.constant[j] || (valued && full[j]) ? 0 : center / frame_.scale[j];
    if (!valued) factor_[j] = frame_.constant[j] ? 0 : 1 / frame_.scale[j];
  }
  if (!valued) return;
  const auto framed = [&](std::size_t j, T value) {
    if (frame_.constant[j]) return T{0};
    const double distance = full[j] ? static_cast<double>(value) - frame_.origin[j] - frame_.distance[j] : value;
    return static_cast<T>(distance / frame_.scale[j]);
  };
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
  for (std::size_t j = 0; j < columns_; j++) to[j] = center_.empty() ? 0 : -root * center_[j];
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
    for (std::size_t j = 0; j < width; j++) to[j] = center_.empty() ? 0 : -center_[column + j];
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
  const std::size_t width = layout.width, stride = sparse_stride<T>(width), groups = divide_up(columns_, kColumns);
  const AlignedArray<T> rows = allocate_aligned<T>(columns_, stride);
  std::vector<double> init(groups *
                           width);  // of each group of columns the shares of the rank-one term, added up in the first
  run.each(groups, [&](std::size_t g, unsigned) {
    double* shift = init.data() + g * width;
    for (std::size_t j = g * kColumns; j < std::min(columns_, (g + 1) * kColumns); j++) {
      const double scale = factor(j), center = center_.empty() ? 0 : center_[j];
      for (std::size_t a = 0; a < width; a++) {
        const double weight = weights[j * width + a];
        rows[j * stride + a] = static_cast<T>(scale * weight);
        shift[a] -= center * weight;
      }
      std::fill(rows.get() + j * stride + width, rows.get() + (j + 1) * stride, T{0});
    }
  });
  for (std::size_t a = 0; a < width; a++) {
    for (std::size_t g = 1; g < groups; g++) init[a] += init[g * width + a];
    if (bias != nullptr) init[a] += bias[a];
  }
  const Blocks& blocks = layout.blocks;
  run.each(blocks.count, [&](std::size_t block, unsigned) {
    kernels().matrix<T>().multiply_sparse(by_row_.view(), blocks.row_of_x(block), blocks.rows_of(block), rows.get(), width,
                                          init.data(), out + block * layout.block, layout.row, layout.feature);
  });
}

// A narrow R is gathered from along the columns. A wide one would miss the cache at every entry: it is read once, row by row, and added
// to a result that stays in the cache, where there is such a result. Of a range of rows the columns know nothing.
template <class T>
void SparseMatrix<T>::form_transposed_product(const double* values, const Layout& layout, double* out,
                                              const Run& run) const {
  const std::size_t width = layout.width, stride = divide_up(width, kLaneMultiple) * kLaneMultiple;
  const bool near = width >= kLaneMultiple / 2 && columns_ * stride <= kNear && rows_ * stride >= kFar;
  if (near || layout.blocks.rows < rows_) scatter_product(values, layout, out, run);
  else gather_product(values, layout, out, run);
  if (center_.empty()) return;
  const std::vector<double> sums = column_sums(values, layout, run);
  run.each(divide_up(columns_, kColumns), [&](std::size_t group, unsigned) {
    for (std::size_t j = group * kColumns; j < std::min(columns_, (group + 1) * kColumns); j++) {
      for (std::size_t a = 0; a < width; a++) {
        out[j * width + a] = factor(j) * out[j * width + a] - center_[j] * sums[a];
      }
    }
  });
}

template <class T>
void SparseMatrix<T>::gather_product(const double* values, const Layout& layout, double* out, const Run& run) const {
  const Compressed<T>& columns = by_column(run);
  const Blocks& blocks = layout.blocks;
  const std::size_t width = layout.width, stride = sparse_stride<T>(width);
  const AlignedArray<T> rows = allocate_aligned<T>(rows_, stride);
  run.each(blocks.count, [&](std::size_t block, unsigned) {
    gather_block(values, layout, block, stride, rows.get() + blocks.first(block) * stride);
  });
  each_range<T>(columns, run, [&](std::size_t first, std::size_t last) {
    kernels().matrix<T>().multiply_sparse(columns.view(), first, last - first, rows.get(), width, nullptr,
                                          out + first * width, width, 1);
  });
}

template <class T>
void SparseMatrix<T>::scatter_product(const double* values, const Layout& layout, double* out, const Run& run) const {
  const Blocks& blocks = layout.blocks;
  const std::size_t width = layout.width, stride = divide_up(width, kLaneMultiple) * kLaneMultiple,
                    size = checked_product(columns_, stride);
  const std::size_t chunks =
      std::max<std::size_t>(1, std::min({kChunks, blocks.rows / kChunkRows, blocks.count, kMostSums / size}));
  const AlignedBuffer sums = allocate_aligned(chunks, size);
  run.each(chunks, [&](std::size_t chunk, unsigned) {
    double* sum = sums.get() + chunk * size;
    std::fill_n(sum, size, 0.0);
    const AlignedBuffer rows = allocate_aligned(blocks.height * stride);
    for (std::size_t block = chunk * blocks.count / chunks; block < (chunk + 1) * blocks.count / chunks; block++) {
      run.check();
      gather_block(values, layout, block, stride, rows.get());
      kernels().matrix<T>().scatter_sparse(by_row_.view(), blocks.row_of_x(block), blocks.rows_of(block), rows.get(), stride,
                                           sum);
    }
  });
  for (std::size_t j = 0; j < columns_; j++) {
    for (std::size_t a = 0; a < width; a++) {
      double sum = 0;
      for (std::size_t chunk = 0; chunk < chunks; chunk++) sum += sums[chunk * size + j * stride + a];
      out[j * width + a] = sum;
    }
  }
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
