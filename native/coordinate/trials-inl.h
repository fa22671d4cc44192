// Trials of many weights into one unit: SIMD lanes are weights, a row of X is read along its columns.
//
//     values[j] += sum_i D (a_i + b_i D),     D = h(z_i + deltas[j] x_ij) - h_i
//
// for up to eight vectors of columns at once: the row's four numbers are broadcast once and the sums stay in registers.

#if defined(PLANESEARCH_TRIALS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PLANESEARCH_TRIALS_INL_H_
#undef PLANESEARCH_TRIALS_INL_H_
#else
#define PLANESEARCH_TRIALS_INL_H_
#endif

#include <cstddef>

#include "activations/activations-inl.h"
#include "coordinate/trials.h"
#include "hwy/highway.h"
#include "math/gemm-inl.h"

HWY_BEFORE_NAMESPACE();
namespace planesearch {
namespace HWY_NAMESPACE {

// The change of activation is finite where delta is: the cheapest maximum will do.
template <Activation A>
HWY_INLINE Vector trial_activation(Vector z) {
  if constexpr (A == Activation::kRelu) return hn::Max(z, hn::Zero(Lanes()));
  return activation_value<A>(z);
}

template <Activation A, std::size_t Count>
HWY_NOINLINE void try_vectors(const TrialRows& rows, const std::size_t* columns, const double* deltas, double* values) {
  const Lanes lanes;
  Vector delta[Count], sum[Count];
  for (std::size_t v = 0; v < Count; v++) {
    delta[v] = hn::LoadU(lanes, deltas + columns[v]);
    sum[v] = hn::LoadU(lanes, values + columns[v]);
  }
  for (std::size_t i = 0; i < rows.count; i++) {
    const double* x = rows.x + i * rows.stride;
    const Vector z = hn::Set(lanes, rows.z[i]), h = hn::Set(lanes, rows.h[i]);
    const Vector a = hn::Set(lanes, rows.a[i]), b = hn::Set(lanes, rows.b[i]);
    for (std::size_t v = 0; v < Count; v++) {
      const Vector change = hn::Sub(trial_activation<A>(hn::MulAdd(delta[v], hn::LoadU(lanes, x + columns[v]), z)), h);
      sum[v] = hn::MulAdd(change, hn::MulAdd(b, change, a), sum[v]);
    }
  }
  for (std::size_t v = 0; v < Count; v++) hn::StoreU(sum[v], lanes, values + columns[v]);
}

template <Activation A>
HWY_INLINE void try_all(const TrialRows& rows, const std::size_t* columns, std::size_t count, const double* deltas,
                        double* values) {
  constexpr bool kCheap = A == Activation::kRelu || A == Activation::kIdentity;
  if constexpr (kCheap) for (; count >= 8; count -= 8, columns += 8) try_vectors<A, 8>(rows, columns, deltas, values);
  for (; count >= 4; count -= 4, columns += 4) try_vectors<A, 4>(rows, columns, deltas, values);
  for (; count >= 2; count -= 2, columns += 2) try_vectors<A, 2>(rows, columns, deltas, values);
  for (; count > 0; count--, columns++) try_vectors<A, 1>(rows, columns, deltas, values);
}

inline void try_deltas(Activation activation, const TrialRows& rows, const std::size_t* columns, std::size_t count,
                       const double* deltas, double* values) {
  switch (activation) {
    case Activation::kIdentity: return try_all<Activation::kIdentity>(rows, columns, count, deltas, values);
    case Activation::kTanh: return try_all<Activation::kTanh>(rows, columns, count, deltas, values);
    case Activation::kRelu: return try_all<Activation::kRelu>(rows, columns, count, deltas, values);
    case Activation::kSigmoid: return try_all<Activation::kSigmoid>(rows, columns, count, deltas, values);
  }
}

// Squares of a block of X, `width` numbers a row (a multiple of kLaneMultiple), and the largest of each column so far.
inline void square_rows(const double* x, std::size_t stride, std::size_t rows, std::size_t width, double* squares,
                        double* largest) {
  const Lanes lanes;
  for (std::size_t j = 0; j < width; j += hn::Lanes(lanes)) {
    Vector top = hn::LoadU(lanes, largest + j);
    for (std::size_t i = 0; i < rows; i++) {
      const Vector value = hn::LoadU(lanes, x + i * stride + j);
      const Vector square = hn::Mul(value, value);
      top = hn::Max(top, square);
      hn::StoreU(square, lanes, squares + i * width + j);
    }
    hn::StoreU(top, lanes, largest + j);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace planesearch
HWY_AFTER_NAMESPACE();

#endif
