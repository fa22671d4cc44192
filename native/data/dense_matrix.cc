#include "data/dense_matrix.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "data/dense_products.h"
#include "data/dense_rows.h"
#include "data/gram.h"
#include "math/simd.h"

namespace planesearch {
namespace {

const double* as_doubles(const double* values) { return values; }
const double* as_doubles(const float*) { return nullptr; }

}  // namespace

template <class T>
template <class Given>
DenseMatrix<T>::DenseMatrix(const Given* values, std::size_t rows, std::size_t columns, const std::uint32_t* order,
                            const Run& run)
    : DataMatrix(rows, columns), stride_(dense_stride<T>(columns)),
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
  Moments moments(rows_, columns_, cutting_);
  std::copy_n(row(0), columns_, moments.origin.begin());
  add_distances(moments, run);
  moments.finish_distances();
  add_squares(moments, run);
  return moments.finish(static_cast<double>(std::numeric_limits<T>::epsilon()), constant_ulps);
}

template <class T>
void DenseMatrix<T>::add_distances(Moments& moments, const Run& run) const {
  const MatrixKernels<T>& simd = kernels().matrix<T>();
  run.each(moments.parts(), [&](std::size_t part, unsigned) {
    for (std::size_t i = moments.begin(part); i < moments.begin(part + 1); i++) {
      simd.add_distances(row(i), moments.origin.data(), moments.distance(part), moments.longest(part), columns_);
    }
  });
}

template <class T>
void DenseMatrix<T>::add_squares(Moments& moments, const Run& run) const {
  const MatrixKernels<T>& simd = kernels().matrix<T>();
  const double* mean = moments.mean_distance().data();
  const double* inverse_unit = moments.inverse_unit().data();
  run.each(moments.parts(), [&](std::size_t part, unsigned) {
    for (std::size_t i = moments.begin(part); i < moments.begin(part + 1); i++) {
      simd.add_squares(row(i), moments.origin.data(), mean, inverse_unit, moments.squares(part), columns_);
    }
  });
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
  const std::size_t stride = dense::round_up(width, kLaneMultiple), readable = std::min(stride, columns_ - column);
  for (std::size_t i = 0; i < count; i++) {
    kernels().matrix<T>().widen(row(first + i) + column, 1, room + i * stride, readable);
    std::fill(room + i * stride + readable, room + (i + 1) * stride, 0.0);
  }
  return {room, stride};
}

template <class T>
void DenseMatrix<T>::form_product(const double* weights, const double* bias, const Layout& layout, double* out,
                                  const Run& run) const {
  dense::product<T>(dense::InMemory<T>{values_.get(), stride_}, columns_, weights, bias, layout, out, run);
}

template <class T>
void DenseMatrix<T>::form_transposed_product(const double* values, const Layout& layout, double* out, const Run& run) const {
  dense::transposed_product<T>(dense::InMemory<T>{values_.get(), stride_}, columns_, cutting_, values, layout, out, run);
}

template <class T>
void DenseMatrix<T>::form_gram(const double* scale, std::size_t rows, std::size_t stride, double* out,
                               const Run& run) const {
  const std::size_t taken = (rows - 1) / stride + 1;
  planesearch::gram({taken, columns_, true}, scale, out, run, [&](std::size_t i, double root, double* to) {
    kernels().matrix<T>().widen(row(i * stride), root, to, columns_);
  });
}

template <class T>
void DenseMatrix<T>::form_gram_of(const std::vector<std::uint32_t>& columns, const double* scale, double* out,
                                  const Run& run) const {
  planesearch::gram({rows_, columns.size(), true}, scale, out, run, [&](std::size_t i, double root, double* to) {
    const T* from = row(i);
    for (std::size_t k = 0; k < columns.size(); k++) to[k] = root * static_cast<double>(from[columns[k]]);
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
