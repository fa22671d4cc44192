// Passes over panels and plain vectors that touch every element once; for every SIMD target.

#if defined(PLANESEARCH_ELEMENTWISE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PLANESEARCH_ELEMENTWISE_INL_H_
#undef PLANESEARCH_ELEMENTWISE_INL_H_
#else
#define PLANESEARCH_ELEMENTWISE_INL_H_
#endif

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "activations/activations-inl.h"
#include "hwy/highway.h"
#include "math/gemm-inl.h"
#include "math/simd.h"

HWY_BEFORE_NAMESPACE();
namespace planesearch {
namespace HWY_NAMESPACE {

// Base and terms are summed and the activation applied while the numbers are in registers; `Tangent` multiplies by the
// derivative instead. `Count` vectors at once hide the latency of the exponential.
template <Activation A, bool Tangent, std::size_t Count>
HWY_INLINE void combine_vectors(const double* base, const Combination& combination, double sharpness, const double* h,
                                double* out, std::size_t at) {
  const Lanes lanes;
  const std::size_t step = hn::Lanes(lanes);
  Vector sum[Count];
  for (std::size_t v = 0; v < Count; v++) sum[v] = base ? hn::LoadU(lanes, base + at + v * step) : hn::Zero(lanes);
  for (std::size_t j = 0; j < combination.count; j++) {
    const double* term = combination.terms[j] + at;
    const Vector scale = hn::Set(lanes, combination.scales[j]);
    for (std::size_t v = 0; v < Count; v++) sum[v] = hn::MulAdd(scale, hn::LoadU(lanes, term + v * step), sum[v]);
  }
  const Vector beta = hn::Set(lanes, sharpness);
  for (std::size_t v = 0; v < Count; v++) {
    const Vector result = Tangent ? hn::Mul(sum[v], activation_derivative<A>(hn::LoadU(lanes, h + at + v * step), beta))
                                  : activation_value<A>(sum[v], beta);
    hn::StoreU(result, lanes, out + at + v * step);
  }
}

template <Activation A, bool Tangent>
HWY_NOINLINE void combine_all(const double* base, Combination combination, double sharpness, const double* h, double* out,
                              std::size_t count) {
  const std::size_t step = hn::Lanes(Lanes());
  std::size_t at = 0;
  for (; at + 4 * step <= count; at += 4 * step) combine_vectors<A, Tangent, 4>(base, combination, sharpness, h, out, at);
  for (; at < count; at += step) combine_vectors<A, Tangent, 1>(base, combination, sharpness, h, out, at);
}

template <bool Tangent>
HWY_INLINE void combine_with(Nonlinearity applied, const double* base, Combination combination, const double* h, double* out,
                             std::size_t count) {
  const double beta = applied.sharpness;
  switch (applied.kind) {
    case Activation::kIdentity: return combine_all<Activation::kIdentity, Tangent>(base, combination, beta, h, out, count);
    case Activation::kTanh: return combine_all<Activation::kTanh, Tangent>(base, combination, beta, h, out, count);
    case Activation::kRelu: return combine_all<Activation::kRelu, Tangent>(base, combination, beta, h, out, count);
    case Activation::kSigmoid: return combine_all<Activation::kSigmoid, Tangent>(base, combination, beta, h, out, count);
  }
}

inline void combine(const double* base, Combination combination, Nonlinearity applied, double* out, std::size_t count) {
  combine_with<false>(applied, base, combination, nullptr, out, count);
}

inline void combine_tangent(Combination combination, Nonlinearity applied, const double* h, double* out, std::size_t count) {
  combine_with<true>(applied, nullptr, combination, h, out, count);
}

inline void activate(Nonlinearity applied, double* values, std::size_t count) {
  if (applied.identity()) return;
  combine_with<false>(applied, values, Combination{nullptr, nullptr, 0}, nullptr, values, count);
}

inline void times_derivative(Nonlinearity applied, const double* h, double* values, std::size_t count) {
  if (applied.identity()) return;
  const double one = 1;
  const double* term = values;
  combine_with<true>(applied, nullptr, Combination{&term, &one, 1}, h, values, count);
}

inline void multiply_elements(const double* a, const double* b, double* out, std::size_t count, bool accumulate) {
  const Lanes lanes;
  for (std::size_t i = 0; i < count; i += hn::Lanes(lanes)) {
    const Vector before = accumulate ? hn::LoadU(lanes, out + i) : hn::Zero(lanes);
    hn::StoreU(hn::MulAdd(hn::LoadU(lanes, a + i), hn::LoadU(lanes, b + i), before), lanes, out + i);
  }
}

// sum_i |slopes_i|_2 over the rows of a panel, and max_i |slopes_i|_2 / weight_i over those that weigh anything.
inline Lengths measure_lengths(const double* slopes, const double* weights, std::size_t features, std::size_t rows) {
  const Lanes lanes;
  Vector total = hn::Zero(lanes), largest = hn::Zero(lanes);
  const auto compare = [&](std::size_t i, Vector length) {
    const Vector weight = hn::LoadU(lanes, weights + i);
    const auto weighs = hn::Gt(weight, hn::Zero(lanes));
    const Vector share = hn::Div(length, hn::IfThenElse(weighs, weight, hn::Set(lanes, 1.0)));
    largest = hn::Max(largest, hn::IfThenElseZero(weighs, share));
  };
  for (std::size_t i = 0; i < rows; i += hn::Lanes(lanes)) {
    if (features == 1) {
      const Vector length = hn::Abs(hn::LoadU(lanes, slopes + i));
      total = hn::Add(total, length);
      compare(i, length);
      continue;
    }
    // Relative to the largest, so that squares neither vanish nor overflow.
    Vector top = hn::Zero(lanes);
    for (std::size_t f = 0; f < features; f++) top = hn::Max(top, hn::Abs(hn::LoadU(lanes, slopes + f * rows + i)));
    const Vector unit = hn::IfThenElse(hn::Gt(top, hn::Zero(lanes)), top, hn::Set(lanes, 1.0));
    Vector sum = hn::Zero(lanes);
    for (std::size_t f = 0; f < features; f++) {
      const Vector share = hn::Div(hn::LoadU(lanes, slopes + f * rows + i), unit);
      sum = hn::MulAdd(share, share, sum);
    }
    const Vector root = hn::Sqrt(sum);
    total = hn::MulAdd(unit, root, total);
    compare(i, hn::Mul(unit, root));
  }
  return {sum_lanes(total), hn::GetLane(hn::MaxOfLanes(lanes, largest))};
}

inline void add_row_sums(const double* panel, std::size_t features, std::size_t rows, double* sums) {
  const Lanes lanes;
  for (std::size_t f = 0; f < features; f++) {
    Vector sum = hn::Zero(lanes);
    for (std::size_t i = 0; i < rows; i += hn::Lanes(lanes)) sum = hn::Add(sum, hn::LoadU(lanes, panel + f * rows + i));
    sums[f] += sum_lanes(sum);
  }
}

inline void add_distance(const double* a, const double* b, std::size_t count, double* result) {
  const Lanes lanes;
  Vector difference = hn::Zero(lanes), norm = hn::Zero(lanes);
  for (std::size_t i = 0; i < count; i += hn::Lanes(lanes)) {
    const Vector left = hn::LoadU(lanes, a + i);
    const Vector gap = hn::Sub(left, hn::LoadU(lanes, b + i));
    difference = hn::MulAdd(gap, gap, difference);
    norm = hn::MulAdd(left, left, norm);
  }
  result[0] += sum_lanes(difference);
  result[1] += sum_lanes(norm);
}

inline double dot(const double* a, const double* b, std::size_t count) {
  const Lanes lanes;
  const std::size_t step = hn::Lanes(lanes);
  Vector sum[4] = {hn::Zero(lanes), hn::Zero(lanes), hn::Zero(lanes), hn::Zero(lanes)};
  std::size_t i = 0;
  for (; i + 4 * step <= count; i += 4 * step) {
    for (std::size_t v = 0; v < 4; v++) {
      sum[v] = hn::MulAdd(hn::LoadU(lanes, a + i + v * step), hn::LoadU(lanes, b + i + v * step), sum[v]);
    }
  }
  double rest = 0;
  for (; i < count; i++) rest += a[i] * b[i];
  return sum_lanes(hn::Add(hn::Add(sum[0], sum[1]), hn::Add(sum[2], sum[3]))) + rest;
}

// sums[r] += left . right[r], `Count` of them: left is read once for all.
template <std::size_t Count>
HWY_INLINE void add_dots_of(const double* left, const double* const* right, std::size_t count, double* sums) {
  const Lanes lanes;
  const std::size_t step = hn::Lanes(lanes);
  Vector even[Count], odd[Count];
  for (std::size_t r = 0; r < Count; r++) even[r] = odd[r] = hn::Zero(lanes);
  std::size_t i = 0;
  for (; i + 2 * step <= count; i += 2 * step) {
    const Vector first = hn::LoadU(lanes, left + i), second = hn::LoadU(lanes, left + i + step);
    for (std::size_t r = 0; r < Count; r++) {
      even[r] = hn::MulAdd(first, hn::LoadU(lanes, right[r] + i), even[r]);
      odd[r] = hn::MulAdd(second, hn::LoadU(lanes, right[r] + i + step), odd[r]);
    }
  }
  for (std::size_t r = 0; r < Count; r++) {
    double rest = 0;
    for (std::size_t e = i; e < count; e++) rest += left[e] * right[r][e];
    sums[r] += sum_lanes(hn::Add(even[r], odd[r])) + rest;
  }
}

inline void add_dots(const double* left, const double* const* right, std::size_t rights, std::size_t count, double* sums) {
  std::size_t r = 0;
  for (; r + 4 <= rights; r += 4) add_dots_of<4>(left, right + r, count, sums + r);
  if (rights - r == 3) add_dots_of<3>(left, right + r, count, sums + r);
  if (rights - r == 2) add_dots_of<2>(left, right + r, count, sums + r);
  if (rights - r == 1) add_dots_of<1>(left, right + r, count, sums + r);
}

// out_ja = weights_j x_ja, or + before_ja where that is given. Either may be `out` itself: the last vector of a row, which overlaps the
// one before it, is read first and written last.
template <bool Add>
HWY_INLINE void weigh_rows_of(const double* weights, const double* x, const double* before, std::size_t rows,
                              std::size_t width, double* out) {
  const Lanes lanes;
  const std::size_t step = hn::Lanes(lanes);
  for (std::size_t j = 0; j < rows; j++) {
    const double weight = weights[j];
    const double* from = x + j * width;
    const double* base = Add ? before + j * width : nullptr;
    double* to = out + j * width;
    if (width < step) {
      for (std::size_t a = 0; a < width; a++) to[a] = Add ? base[a] + weight * from[a] : weight * from[a];
      continue;
    }
    const Vector w = hn::Set(lanes, weight);
    const auto weighed = [&](std::size_t a) {
      const Vector value = hn::LoadU(lanes, from + a);
      if constexpr (Add) return hn::MulAdd(w, value, hn::LoadU(lanes, base + a));
      else return hn::Mul(w, value);
    };
    const Vector last = weighed(width - step);
    for (std::size_t a = 0; a + step < width; a += step) hn::StoreU(weighed(a), lanes, to + a);
    hn::StoreU(last, lanes, to + width - step);
  }
}

inline void weigh_rows(const double* weights, const double* x, const double* before, std::size_t rows, std::size_t width,
                       double* out) {
  if (before != nullptr) {
    weigh_rows_of<true>(weights, x, before, rows, width, out);
  } else if (width == 1) {
    for (std::size_t j = 0; j < rows; j++) out[j] = weights[j] * x[j];
  } else {
    weigh_rows_of<false>(weights, x, before, rows, width, out);
  }
}

inline void axpby(double alpha, const double* x, double beta, double* y, std::size_t count) {
  const Lanes lanes;
  constexpr std::size_t kMost = hn::MaxLanes(Lanes());
  const std::size_t step = hn::Lanes(lanes);
  const Vector a = hn::Set(lanes, alpha), b = hn::Set(lanes, beta);
  const auto move = [&](const double* from, double* to) {
    hn::StoreU(hn::MulAdd(a, hn::LoadU(lanes, from), hn::Mul(b, hn::LoadU(lanes, to))), lanes, to);
  };
  std::size_t i = 0;
  for (; i + step <= count; i += step) move(x + i, y + i);
  if (i == count) return;
  // The rest by the same instructions: how a vector is cut must not show in its bits.
  HWY_ALIGN double from[kMost] = {}, to[kMost] = {};
  std::copy(x + i, x + count, from);
  std::copy(y + i, y + count, to);
  move(from, to);
  std::copy(to, to + (count - i), y + i);
}

// x - x is 0 for a finite x and NaN otherwise.
template <class T>
inline bool copy_finite(const T* from, T* to, std::size_t count) {
  const LanesOf<T> lanes;
  const std::size_t step = hn::Lanes(lanes);
  VectorOf<T> zero = hn::Zero(lanes);
  T rest = 0;
  std::size_t i = 0;
  for (; i + step <= count; i += step) {
    const VectorOf<T> value = hn::LoadU(lanes, from + i);
    zero = hn::Add(zero, hn::Sub(value, value));
    hn::StoreU(value, lanes, to + i);
  }
  for (; i < count; i++) {
    rest += from[i] - from[i];
    to[i] = from[i];
  }
  return sum_lanes(as_double(zero)) + static_cast<double>(rest) == 0;
}

// to = scale * from
template <class T>
inline void widen(const T* from, double scale, double* to, std::size_t count) {
  for (std::size_t i = 0; i < count; i++) to[i] = scale * static_cast<double>(from[i]);
}

inline void narrow(const double* from, float* to, std::size_t count) {
  for (std::size_t i = 0; i < count; i++) to[i] = static_cast<float>(from[i]);
}

// One row's part in the moments of the columns, see data/frame.h. `distance` and `longest` are sums and maxima over rows so far.
template <class T>
inline void add_distances(const T* row, const double* origin, double* distance, double* longest, std::size_t count) {
  for (std::size_t j = 0; j < count; j++) {
    const double from_origin = static_cast<double>(row[j]) - origin[j];
    distance[j] += from_origin;
    longest[j] = std::max(longest[j], std::abs(from_origin));
  }
}

template <class T>
inline void add_squares(const T* row, const double* origin, const double* distance, const double* inverse_unit,
                        double* squares, std::size_t count) {
  for (std::size_t j = 0; j < count; j++) {
    const double relative = (static_cast<double>(row[j]) - origin[j] - distance[j]) * inverse_unit[j];
    squares[j] += relative * relative;
  }
}

// In place: (x - origin - distance) / scale.
template <class T>
inline void center_and_scale(T* row, const double* origin, const double* distance, const double* scale, std::size_t count) {
  for (std::size_t j = 0; j < count; j++) {
    row[j] = static_cast<T>((static_cast<double>(row[j]) - origin[j] - distance[j]) / scale[j]);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace planesearch
HWY_AFTER_NAMESPACE();

#endif
