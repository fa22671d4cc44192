// h = activation(sharpness z) and its derivative by z written through h, one vector at a time; for every SIMD target.

#if defined(PLANESEARCH_ACTIVATIONS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PLANESEARCH_ACTIVATIONS_INL_H_
#undef PLANESEARCH_ACTIVATIONS_INL_H_
#else
#define PLANESEARCH_ACTIVATIONS_INL_H_
#endif

#include "activations/activation.h"
#include "hwy/contrib/math/math-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace planesearch {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// A diverged trial point must stay visible as NaN: Highway's Exp turns it into 0, and so would relu by z > 0.
template <class V>
HWY_INLINE V keep_nan(V input, V output) {
  return hn::IfThenElse(hn::IsNaN(input), input, output);
}

template <Activation A, class V>
HWY_INLINE V activation_value(V z, V sharpness) {
  const hn::DFromV<V> d;
  if constexpr (A == Activation::kTanh) return keep_nan(z, hn::Tanh(d, hn::Mul(sharpness, z)));
  if constexpr (A == Activation::kRelu) return hn::IfThenZeroElse(hn::Le(z, hn::Zero(d)), z);
  if constexpr (A == Activation::kSigmoid) {
    // exp of a non-positive number only: no overflow.
    const V e = hn::Exp(d, hn::Neg(hn::Abs(hn::Mul(sharpness, z))));
    const V one = hn::Set(d, 1.0);
    const V numerator = hn::IfThenElse(hn::Lt(z, hn::Zero(d)), e, one);
    return keep_nan(z, hn::Div(numerator, hn::Add(one, e)));
  }
  return z;
}

template <Activation A, class V>
HWY_INLINE V activation_derivative(V h, V sharpness) {
  const hn::DFromV<V> d;
  const V one = hn::Set(d, 1.0);
  if constexpr (A == Activation::kTanh) return hn::NegMulAdd(hn::Mul(sharpness, h), h, sharpness);
  if constexpr (A == Activation::kRelu) return hn::IfThenElseZero(hn::Gt(h, hn::Zero(d)), one);
  if constexpr (A == Activation::kSigmoid) return hn::Mul(hn::Mul(sharpness, h), hn::Sub(one, h));
  return one;
}

}  // namespace HWY_NAMESPACE
}  // namespace planesearch
HWY_AFTER_NAMESPACE();

#endif
