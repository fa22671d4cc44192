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

// exp(y) for |y| <= 40 with a relative error of 2e-16 (before rounding): y = n log 2 + r, |r| <= log(2) / 2, and a Chebyshev fit of degree
// 11 to exp(r). The rounding constant leaves n in the low bits of t, from where it goes straight into the exponent.
HWY_INLINE Vector trial_exp(Vector y) {
  const Lanes lanes;
  const hn::RebindToUnsigned<Lanes> bits;
  const auto c = [lanes](double value) HWY_ATTR { return hn::Set(lanes, value); };
  const Vector magic = c(6755399441055744.0);
  const Vector t = hn::MulAdd(y, c(1.4426950408889634), magic);
  const Vector n = hn::Sub(t, magic);
  const Vector r = hn::NegMulAdd(n, c(1.9082149292705877e-10), hn::NegMulAdd(n, c(0.6931471803691238), y));
  const Vector r2 = hn::Mul(r, r), r4 = hn::Mul(r2, r2);
  const Vector p01 = hn::Add(r, c(1)), p23 = hn::MulAdd(c(0.1666666666666668), r, c(0.5000000000000019));
  const Vector p45 = hn::MulAdd(c(0.008333333333319589), r, c(0.04166666666648795));
  const Vector p67 = hn::MulAdd(c(0.00019841269890076403), r, c(0.0013888888952352863));
  const Vector p89 = hn::MulAdd(c(2.755724088722987e-06), r, c(2.4801485441561313e-05));
  const Vector pab = hn::MulAdd(c(2.5110049204818658e-08), r, c(2.763265472252779e-07));
  const Vector low = hn::MulAdd(p23, r2, p01), middle = hn::MulAdd(p67, r2, p45), high = hn::MulAdd(pab, r2, p89);
  const Vector p = hn::MulAdd(hn::MulAdd(high, r4, middle), r4, low);
  return hn::BitCast(lanes, hn::Add(hn::BitCast(bits, p), hn::ShiftLeft<52>(hn::BitCast(bits, t))));
}

// A trial wants differences of activations, so an absolute error of 1e-16 will do, which is cheaper than the relative one of
// activation_value; beyond |y| = 40 nothing changes in double precision. NaN need not survive: z is finite where delta is.
// `factor` is the sharpness, doubled for tanh.
template <Activation A>
HWY_INLINE Vector trial_activation(Vector z, Vector factor) {
  const Lanes lanes;
  if constexpr (A == Activation::kRelu) return hn::Max(z, hn::Zero(lanes));
  if constexpr (A == Activation::kTanh || A == Activation::kSigmoid) {
    const Vector one = hn::Set(lanes, 1.0), most = hn::Set(lanes, 40.0), scaled = hn::Mul(factor, z);
    const Vector e = trial_exp(hn::Min(hn::Max(scaled, hn::Neg(most)), most));
    if constexpr (A == Activation::kTanh) return hn::Sub(one, hn::Div(hn::Set(lanes, 2.0), hn::Add(e, one)));
    return hn::Sub(one, hn::Div(one, hn::Add(e, one)));
  }
  return z;
}

template <Activation A>
HWY_INLINE Vector trial_factor(double sharpness) {
  return hn::Set(Lanes(), A == Activation::kTanh ? 2 * sharpness : sharpness);
}

template <Activation A>
HWY_NOINLINE void trial_activate_all(double sharpness, const double* z, double* h, std::size_t count) {
  const Lanes lanes;
  const Vector factor = trial_factor<A>(sharpness);
  for (std::size_t i = 0; i < count; i += hn::Lanes(lanes)) {
    hn::StoreU(trial_activation<A>(hn::LoadU(lanes, z + i), factor), lanes, h + i);
  }
}

inline void trial_activate(Nonlinearity applied, const double* z, double* h, std::size_t count) {
  switch (applied.kind) {
    case Activation::kIdentity: return trial_activate_all<Activation::kIdentity>(applied.sharpness, z, h, count);
    case Activation::kTanh: return trial_activate_all<Activation::kTanh>(applied.sharpness, z, h, count);
    case Activation::kRelu: return trial_activate_all<Activation::kRelu>(applied.sharpness, z, h, count);
    case Activation::kSigmoid: return trial_activate_all<Activation::kSigmoid>(applied.sharpness, z, h, count);
  }
}

template <Activation A>
constexpr bool cheap() {
  return A == Activation::kRelu || A == Activation::kIdentity;
}

template <std::size_t Count>
HWY_INLINE bool all_zero(const double* x, const std::size_t* columns) {
  const Lanes lanes;
  Vector any = hn::LoadU(lanes, x + columns[0]);
  for (std::size_t v = 1; v < Count; v++) any = hn::Or(any, hn::LoadU(lanes, x + columns[v]));
  return hn::AllTrue(lanes, hn::Eq(any, hn::Zero(lanes)));
}

template <Activation A, std::size_t Count>
HWY_NOINLINE void try_vectors(double sharpness, const TrialRows& rows, const std::size_t* columns, const double* deltas,
                              double* values) {
  const Lanes lanes;
  const Vector factor = trial_factor<A>(sharpness);
  Vector delta[Count], sum[Count];
  for (std::size_t v = 0; v < Count; v++) {
    delta[v] = hn::LoadU(lanes, deltas + columns[v]);
    sum[v] = hn::LoadU(lanes, values + columns[v]);
  }
  for (std::size_t i = 0; i < rows.count; i++) {
    const double* x = rows.x + i * rows.stride;
    // Images and tables have many zeros, where nothing changes; an exponential costs more than to look.
    if constexpr (!cheap<A>())
      if (all_zero<Count>(x, columns)) continue;
    const Vector z = hn::Set(lanes, rows.z[i]), h = hn::Set(lanes, rows.h[i]);
    const Vector a = hn::Set(lanes, rows.a[i]), b = hn::Set(lanes, rows.b[i]);
    for (std::size_t v = 0; v < Count; v++) {
      const Vector change =
          hn::Sub(trial_activation<A>(hn::MulAdd(delta[v], hn::LoadU(lanes, x + columns[v]), z), factor), h);
      sum[v] = hn::MulAdd(change, hn::MulAdd(b, change, a), sum[v]);
    }
  }
  for (std::size_t v = 0; v < Count; v++) hn::StoreU(sum[v], lanes, values + columns[v]);
}

template <Activation A>
HWY_INLINE void try_all(double sharpness, const TrialRows& rows, const std::size_t* columns, std::size_t count,
                        const double* deltas, double* values) {
  if constexpr (cheap<A>()) {
    for (; count >= 8; count -= 8, columns += 8) try_vectors<A, 8>(sharpness, rows, columns, deltas, values);
    for (; count >= 4; count -= 4, columns += 4) try_vectors<A, 4>(sharpness, rows, columns, deltas, values);
  }
  for (; count >= 2; count -= 2, columns += 2) try_vectors<A, 2>(sharpness, rows, columns, deltas, values);
  for (; count > 0; count--, columns++) try_vectors<A, 1>(sharpness, rows, columns, deltas, values);
}

inline void try_deltas(Nonlinearity applied, const TrialRows& rows, const std::size_t* columns, std::size_t count,
                       const double* deltas, double* values) {
  switch (applied.kind) {
    case Activation::kIdentity:
      return try_all<Activation::kIdentity>(applied.sharpness, rows, columns, count, deltas, values);
    case Activation::kTanh: return try_all<Activation::kTanh>(applied.sharpness, rows, columns, count, deltas, values);
    case Activation::kRelu: return try_all<Activation::kRelu>(applied.sharpness, rows, columns, count, deltas, values);
    case Activation::kSigmoid: return try_all<Activation::kSigmoid>(applied.sharpness, rows, columns, count, deltas, values);
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
