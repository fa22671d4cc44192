#include "data/dense_matrix.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "data/gram.h"
#include "math/blas.h"
#include "math/simd.h"

namespace planesearch {
namespace {

// With few columns the sums over lanes at the end of multiply_dot cost more than the packing in BLAS, unless W is narrow.
constexpr std::size_t kShort = 64, kShortWidth = 24;

template <class T>
bool prefers_blas(std::size_t columns, std::size_t width) {
  return width >= kernels().matrix<T>().blas_multiply_width || (columns < kShort && width >= kShortWidth);
}

// Rows that one call of BLAS takes: enough to pay for packing W, few enough for the result to stay in the cache.
constexpr std::size_t kWideRows = 256;

// Rows this long are padded to whole vectors: aligned rows are read faster, and the padding stays under a quarter.
constexpr std::size_t kPadded = 29;

std::size_t round_up(std::size_t value, std::size_t multiple) { return (value + multiple - 1) / multiple * multiple; }

const double* as_doubles(const double* values) { return values; }
const double* as_doubles(const float*) { return nullptr; }

// Rows of X that one sweep over a strip takes: X must stay in the first-level cache for all features of a wide R.
template <class T>
constexpr std::size_t depth_for(std::size_t width) {
  return (width < 24 ? 16 : 32) * sizeof(double) / sizeof(T);
}

// sum += R'X for `rows` rows of one block, `columns` columns of it from `right` on.
void add_block(const double* left, const Layout& layout, std::size_t rows, const double* right, std::size_t stride,
               double* sum, std::size_t columns, double*) {
  const MatrixKernels<double>& simd = kernels().doubles;
  const std::size_t depth = depth_for<double>(layout.width);
  for (std::size_t i = 0; i < rows; i += depth) {
    simd.multiply_broadcast(left + i * layout.row, layout.row, layout.feature, layout.width, right + i * stride, stride,
                            std::min(depth, rows - i), sum, stride, columns);
  }
}

// Of floats R is first copied into `room` in their precision, features apart.
void add_block(const double* left, const Layout& layout, std::size_t rows, const float* right, std::size_t stride,
               double* sum, std::size_t columns, float* room) {
  const std::size_t width = layout.width;
  for (std::size_t a = 0; a < width; a++) {
    const double* from = left + a * layout.feature;
    if (layout.row == 1) {
      kernels().narrow(from, room + a * rows, rows);
    } else {
      for (std::size_t i = 0; i < rows; i++) room[a * rows + i] = static_cast<float>(from[i * layout.row]);
    }
  }
  const MatrixKernels<float>& simd = kernels().floats;
  const std::size_t depth = depth_for<float>(width);
  for (std::size_t i = 0; i < rows; i += depth) {
    simd.multiply_broadcast(room + i, 1, rows, width, right + i * stride, stride, std::min(depth, rows - i), sum, stride,
                            columns);
  }
}

// The same for rows of several blocks, R of which lies in `left` with its features apart. Floats are summed in `room` over these rows.
void add_rows(const double* left, std::size_t width, std::size_t rows, const double* right, std::size_t stride, double* sum,
              std::size_t columns, AlignedArray<double>&) {
  blas_multiply_add<double>(false, left, rows, width, right, stride, rows, sum, stride, columns);
}
void add_rows(const float* left, std::size_t width, std::size_t rows, const float* right, std::size_t stride, double* sum,
              std::size_t columns, AlignedArray<float>& room) {
  if (!room) room = allocate_aligned<float>(width * stride);
  std::fill_n(room.get(), width * columns, 0.0F);
  blas_multiply_add<float>(false, left, rows, width, right, stride, rows, room.get(), columns, columns);
  for (std::size_t a = 0; a < width; a++) {
    double* to = sum + a * stride;
    const float* from = room.get() + a * columns;
    for (std::size_t j = 0; j < columns; j++) to[j] += static_cast<double>(from[j]);
  }
}

template <class T>
bool copy_finite(const T* from, T* to, std::size_t count) {
  return kernels().matrix<T>().copy_finite(from, to, count);
}
template <class T, class Given>
bool copy_finite(const Given* from, T* to, std::size_t count) {
  T zero = 0;
  for (std::size_t j = 0; j < count; j++) {
    to[j] = static_cast<T>(from[j]);
    zero += to[j] - to[j];
  }
  return zero == 0;
}

}  // namespace

// W', width x d, each row padded with zeros to whole vectors.
template <class T>
struct DenseMatrix<T>::Factor {
  std::size_t width, stride;
  const double* bias;
  AlignedArray<T> values;
};

template <class T>
template <class Given>
DenseMatrix<T>::DenseMatrix(const Given* values, std::size_t rows, std::size_t columns, const std::uint32_t* order,
                            const Run& run)
    : DataMatrix(rows, columns),
      stride_(columns >= kPadded * sizeof(double) / sizeof(T) ? round_up(columns, lane_multiple<T>) : columns),
      values_(allocate_aligned<T>(rows * stride_ + lane_multiple<T>)) {
  const std::size_t group = std::max<std::size_t>(1, (std::size_t{1} << 17) / columns);
  const std::size_t groups = (rows + group - 1) / group;
  std::vector<char> finite(groups);
  run.each(groups, [&](std::size_t g, unsigned) {
    const std::size_t first = g * group, last = std::min(rows, first + group);
    bool all = true;
    for (std::size_t i = first; i < last; i++) {
      T* to = values_.get() + i * stride_;
      all = copy_finite(values + (order == nullptr ? i : order[i]) * columns, to, columns) && all;
      std::fill(to + columns, to + stride_, T{0});
    }
    finite[g] = all;
  });
  // The products read whole vectors, up to one past the last row.
  std::fill_n(values_.get() + rows * stride_, lane_multiple<T>, T{0});
  if (std::all_of(finite.begin(), finite.end(), [](char ok) { return ok != 0; })) return;
  const auto* bad =
      std::find_if(values, values + rows * columns, [](Given value) { return !std::isfinite(static_cast<T>(value)); });
  first_bad_ = static_cast<std::size_t>(bad - values);
}

template <class T>
Frame DenseMatrix<T>::measure(double constant_ulps, const Run& run) const {
  const MatrixKernels<T>& simd = kernels().matrix<T>();
  Moments moments(rows_, columns_);
  std::copy_n(row(0), columns_, moments.origin.begin());
  run.each(moments.parts(), [&](std::size_t part, unsigned) {
    for (std::size_t i = moments.begin(part); i < moments.begin(part + 1); i++) {
      simd.add_distances(row(i), moments.origin.data(), moments.distance(part), moments.longest(part), columns_);
    }
  });
  moments.finish_distances();
  const double* mean = moments.mean_distance().data();
  const double* inverse_unit = moments.inverse_unit().data();
  run.each(moments.parts(), [&](std::size_t part, unsigned) {
    for (std::size_t i = moments.begin(part); i < moments.begin(part + 1); i++) {
      simd.add_squares(row(i), moments.origin.data(), mean, inverse_unit, moments.squares(part), columns_);
    }
  });
  return moments.finish(static_cast<double>(std::numeric_limits<T>::epsilon()), constant_ulps);
}

template <class T>
void DenseMatrix<T>::apply(Frame frame, const Run& run) {
  frame_ = std::move(frame);
  // What is constant becomes 0 exactly: rounding in its cells must not count as data.
  std::vector<double> scale = frame_.scale;
  for (std::size_t j = 0; j < columns_; j++) {
    if (frame_.constant[j]) scale[j] = INFINITY;
  }
  constexpr std::size_t kRows = 64;
  run.each((rows_ + kRows - 1) / kRows, [&](std::size_t group, unsigned) {
    for (std::size_t i = group * kRows; i < std::min(rows_, (group + 1) * kRows); i++) {
      kernels().matrix<T>().center_and_scale(values_.get() + i * stride_, frame_.origin.data(), frame_.distance.data(),
                                             scale.data(), columns_);
    }
  });
}

template <class T>
Strip DenseMatrix<T>::strip(std::size_t first, std::size_t count, std::size_t column, std::size_t width,
                            double* room) const {
  if (const double* values = as_doubles(values_.get())) return {values + first * stride_ + column, stride_};
  const std::size_t stride = round_up(width, kLaneMultiple), readable = std::min(stride, columns_ - column);
  for (std::size_t i = 0; i < count; i++) {
    kernels().matrix<T>().widen(row(first + i) + column, 1, room + i * stride, readable);
    std::fill(room + i * stride + readable, room + (i + 1) * stride, 0.0);
  }
  return {room, stride};
}

template <class T>
typename DenseMatrix<T>::Factor DenseMatrix<T>::transpose(const double* weights, const double* bias,
                                                          std::size_t width) const {
  const std::size_t stride = round_up(columns_, lane_multiple<T>);
  Factor factor{width, stride, bias, allocate_aligned<T>(width * stride)};
  for (std::size_t a = 0; a < width; a++) {
    T* to = factor.values.get() + a * stride;
    for (std::size_t j = 0; j < columns_; j++) to[j] = static_cast<T>(weights[j * width + a]);
    std::fill(to + columns_, to + stride, T{0});
  }
  return factor;
}

template <class T>
void DenseMatrix<T>::form_product(const double* weights, const double* bias, const Layout& layout, double* out,
                                  const Run& run) const {
  const Factor factor = transpose(weights, bias, layout.width);
  if (prefers_blas<T>(columns_, layout.width)) return wide_product(factor, layout, out, run);
  const Blocks& blocks = layout.blocks;
  run.each(blocks.count, [&](std::size_t block, unsigned) {
    kernels().matrix<T>().multiply_dot(row(blocks.row_of_x(block)), stride_, blocks.rows_of(block), factor.values.get(),
                                       factor.stride, factor.width, columns_, factor.bias, out + block * layout.block,
                                       layout.row, layout.feature, false);
  });
}

// BLAS wants more rows at once than a panel has: it writes a group of blocks side by side, which are then taken apart.
template <class T>
void DenseMatrix<T>::wide_product(const Factor& factor, const Layout& layout, double* out, const Run& run) const {
  const Blocks& blocks = layout.blocks;
  const std::size_t width = factor.width, height = blocks.height;
  const std::size_t group = std::max<std::size_t>(1, kWideRows / height);
  const std::size_t groups = (blocks.count + group - 1) / group;
  std::vector<AlignedArray<T>> scratch(std::min<std::size_t>(run.threads, groups));
  run.each(groups, [&](std::size_t g, unsigned slot) {
    const std::size_t first_block = g * group, last_block = std::min(blocks.count, first_block + group);
    const std::size_t first = blocks.first(first_block);
    const std::size_t rows = std::min(blocks.rows, blocks.first(last_block)) - first;
    if (!scratch[slot]) scratch[slot] = allocate_aligned<T>(width * group * height);
    T* wide = scratch[slot].get();
    blas_multiply_dot<T>(factor.values.get(), factor.stride, width, row(blocks.start + first), stride_, rows, columns_, wide,
                         rows);
    for (std::size_t block = first_block; block < last_block; block++) {
      double* to = out + block * layout.block;
      const std::size_t from = blocks.first(block) - first, count = blocks.rows_of(block);
      for (std::size_t a = 0; a < width; a++) {
        const T* source = wide + a * rows + from;
        const double bias = factor.bias == nullptr ? 0 : factor.bias[a];
        for (std::size_t i = 0; i < count; i++)
          to[a * layout.feature + i * layout.row] = static_cast<double>(source[i]) + bias;
      }
    }
  });
}

// sum += R'X for the blocks [first, last), `columns` columns from `column` on. BLAS wants more rows at once than a panel has, or it would
// stream the sum from memory for every few rows.
template <class T>
void DenseMatrix<T>::add_wide(const double* values, const Layout& layout, std::size_t first, std::size_t last,
                              std::size_t column, std::size_t columns, double* sum, WideRoom& room, const Run& run) const {
  const Blocks& blocks = layout.blocks;
  const std::size_t group = std::max<std::size_t>(1, kWideRows * sizeof(double) / sizeof(T) / blocks.height);
  if (!room.left) room.left = allocate_aligned<T>(layout.width * group * blocks.height);
  for (std::size_t from = first; from < last; from += group) {
    run.check();
    const std::size_t to = std::min(last, from + group);
    const std::size_t rows = std::min(blocks.rows, blocks.first(to)) - blocks.first(from);
    for (std::size_t block = from; block < to; block++) {
      const std::size_t at = blocks.first(block) - blocks.first(from), count = blocks.rows_of(block);
      const double* source = values + block * layout.block;
      for (std::size_t a = 0; a < layout.width; a++) {
        for (std::size_t i = 0; i < count; i++)
          room.left[a * rows + at + i] = static_cast<T>(source[a * layout.feature + i * layout.row]);
      }
    }
    add_rows(room.left.get(), layout.width, rows, row(blocks.row_of_x(from)) + column, stride_, sum, columns, room.product);
  }
}

// R'X, width x d, is summed over a fixed number of row chunks apart and transposed at the end: with R on the left the
// operand that is streamed, X, is read along its rows.
template <class T>
void DenseMatrix<T>::form_transposed_product(const double* values, const Layout& layout, double* out, const Run& run) const {
  constexpr std::size_t kChunks = 16, kChunkRows = 512, kStrip = 64;
  const Blocks& blocks = layout.blocks;
  const std::size_t width = layout.width;
  // At most half as many partial sums as R has elements; what chunks cannot give to the threads, column strips do.
  const std::size_t wanted = std::min(blocks.rows / kChunkRows, blocks.rows / (2 * stride_));
  const std::size_t chunks = std::max<std::size_t>(1, std::min({kChunks, wanted, blocks.count}));
  const std::size_t strip =
      std::max(kStrip, round_up((stride_ + kChunks / chunks - 1) / (kChunks / chunks), lane_multiple<T>));
  const std::size_t strips = (stride_ + strip - 1) / strip;
  const std::size_t size = width * stride_;
  const AlignedBuffer partial = allocate_aligned(chunks * size);
  const bool wide = width >= kernels().matrix<T>().blas_transposed_width;
  const std::size_t slots = std::min<std::size_t>(run.threads, chunks * strips);
  std::vector<AlignedArray<T>> rooms(wide || sizeof(T) == sizeof(double) ? 0 : slots);
  std::vector<WideRoom> wide_rooms(wide ? slots : 0);
  run.each(chunks * strips, [&](std::size_t task, unsigned slot) {
    const std::size_t chunk = task / strips, column = task % strips * strip;
    const std::size_t columns = std::min(strip, stride_ - column);
    if (slot < rooms.size() && !rooms[slot]) rooms[slot] = allocate_aligned<T>(blocks.height * width);
    T* room = slot < rooms.size() ? rooms[slot].get() : nullptr;
    double* sum = partial.get() + chunk * size + column;
    for (std::size_t a = 0; a < width; a++) std::fill_n(sum + a * stride_, columns, 0.0);
    const std::size_t first = chunk * blocks.count / chunks, last = (chunk + 1) * blocks.count / chunks;
    if (wide) return add_wide(values, layout, first, last, column, columns, sum, wide_rooms[slot], run);
    for (std::size_t block = first; block < last; block++) {
      run.check();
      add_block(values + block * layout.block, layout, blocks.rows_of(block), row(blocks.row_of_x(block)) + column, stride_,
                sum, columns, room);
    }
  });
  run.each((columns_ + kStrip - 1) / kStrip, [&](std::size_t s, unsigned) {
    const std::size_t from = s * kStrip, to = std::min(columns_, from + kStrip);
    for (std::size_t j = from; j < to; j++) {
      for (std::size_t a = 0; a < width; a++) {
        double sum = 0;
        for (std::size_t chunk = 0; chunk < chunks; chunk++) sum += partial[chunk * size + a * stride_ + j];
        out[j * width + a] = sum;
      }
    }
  });
}

template <class T>
void DenseMatrix<T>::form_gram(const double* scale, std::size_t rows, std::size_t stride, double* out,
                               const Run& run) const {
  const std::size_t taken = (rows - 1) / stride + 1;
  planesearch::gram({taken, columns_, true}, scale, out, run, [&](std::size_t i, double root, double* to) {
    kernels().matrix<T>().widen(row(i * stride), root, to, columns_);
  });
}

template class DenseMatrix<double>;
template class DenseMatrix<float>;

#define PLANESEARCH_DENSE_FROM(T, Given) \
  template DenseMatrix<T>::DenseMatrix(const Given*, std::size_t, std::size_t, const std::uint32_t*, const Run&);
PLANESEARCH_DENSE_FROM(double, double)
PLANESEARCH_DENSE_FROM(double, float)
PLANESEARCH_DENSE_FROM(float, double)
PLANESEARCH_DENSE_FROM(float, float)

}  // namespace planesearch
