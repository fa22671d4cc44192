// Passes over panels and plain vectors that touch every element once; for every SIMD target.

#if defined(PLANESEARCH_ELEMENTWISE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PLANESEARCH_ELEMENTWISE_INL_H_
#undef PLANESEARCH_ELEMENTWISE_INL_H_
#else
#define PLANESEARCH_ELEMENTWISE_INL_H_
#endif

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
HWY_INLINE void combine_vectors(const double* base, const Combination& combination, const double* h, double* out,
                                std::size_t at) {
  const Lanes lanes;
  const std::size_t step = hn::Lanes(lanes);
  Vector sum[Count];
  for (std::size_t v = 0; v < Count; v++) sum[v] = base ? hn::LoadU(lanes, base + at + v * step) : hn::Zero(lanes);
  for (std::size_t j = 0; j < combination.count; j++) {
    const double* term = combination.terms[j] + at;
    const Vector scale = hn::Set(lanes, combination.scales[j]);
    for (std::size_t v = 0; v < Count; v++) sum[v] = hn::MulAdd(scale, hn::LoadU(lanes, term + v * step), sum[v]);
  }
  for (std::size_t v = 0; v < Count; v++) {
    const Vector result = Tangent ? hn::Mul(sum[v], activation_derivative<A>(hn::LoadU(lanes, h + at + v * step)))
                                  : activation_value<A>(sum[v]);
    hn::StoreU(result, lanes, out + at + v * step);
  }
}

template <Activation A, bool Tangent>
HWY_NOINLINE void combine_all(const double* base, Combination combination, const double* h, double* out, std::size_t count) {
  const std::size_t step = hn::Lanes(Lanes());
  std::size_t at = 0;
  for (; at + 4 * step <= count; at += 4 * step) combine_vectors<A, Tangent, 4>(base, combination, h, out, at);
  for (; at < count; at += step) combine_vectors<A, Tangent, 1>(base, combination, h, out, at);
}

template <bool Tangent>
HWY_INLINE void combine_with(Activation activation, const double* base, Combination combination, const double* h, double* out,
                             std::size_t count) {
  switch (activation) {
    case Activation::kIdentity: return combine_all<Activation::kIdentity, Tangent>(base, combination, h, out, count);
    case Activation::kTanh: return combine_all<Activation::kTanh, Tangent>(base, combination, h, out, count);
    case Activation::kRelu: return combine_all<Activation::kRelu, Tangent>(base, combination, h, out, count);
    case Activation::kSigmoid: return combine_all<Activation::kSigmoid, Tangent>(base, combination, h, out, count);
  }
}

inline void combine(const double* base, Combination combination, Activation activation, double* out, std::size_t count) {
  combine_with<false>(activation, base, combination, nullptr, out, count);
}

inline void combine_tangent(Combination combination, Activation activation, const double* h, double* out, std::size_t count) {
  combine_with<true>(activation, nullptr, combination, h, out, count);
}

inline void activate(Activation activation, double* values, std::size_t count) {
  if (activation == Activation::kIdentity) return;
  combine_with<false>(activation, values, Combination{nullptr, nullptr, 0}, nullptr, values, count);
}

inline void times_derivative(Activation activation, const double* h, double* values, std::size_t count) {
  if (activation == Activation::kIdentity) return;
  const double one = 1;
  const double* term = values;
  combine_with<true>(activation, nullptr, Combination{&term, &one, 1}, h, values, count);
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

inline void axpby(double alpha, const double* x, double beta, double* y, std::size_t count) {
  const Lanes lanes;
  const std::size_t step = hn::Lanes(lanes);
  const Vector a = hn::Set(lanes, alpha), b = hn::Set(lanes, beta);
  std::size_t i = 0;
  for (; i + step <= count; i += step) {
    hn::StoreU(hn::MulAdd(a, hn::LoadU(lanes, x + i), hn::Mul(b, hn::LoadU(lanes, y + i))), lanes, y + i);
  }
  for (; i < count; i++) y[i] = alpha * x[i] + beta * y[i];
}

// x - x is 0 for a finite x and NaN otherwise.
inline bool copy_finite(const double* from, double* to, std::size_t count) {
  const Lanes lanes;
  const std::size_t step = hn::Lanes(lanes);
  Vector zero = hn::Zero(lanes);
  double rest = 0;
  std::size_t i = 0;
  for (; i + step <= count; i += step) {
    const Vector value = hn::LoadU(lanes, from + i);
    zero = hn::Add(zero, hn::Sub(value, value));
    hn::StoreU(value, lanes, to + i);
  }
  for (; i < count; i++) {
    rest += from[i] - from[i];
    to[i] = from[i];
  }
  return sum_lanes(zero) + rest == 0;
}

}  // namespace HWY_NAMESPACE
}  // namespace planesearch
HWY_AFTER_NAMESPACE();

#endif
