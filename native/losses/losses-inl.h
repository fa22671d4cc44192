// The losses over panels: every lane is a row, so maxima and sums over the outputs need no shuffling.

#if defined(PLANESEARCH_LOSSES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PLANESEARCH_LOSSES_INL_H_
#undef PLANESEARCH_LOSSES_INL_H_
#else
#define PLANESEARCH_LOSSES_INL_H_
#endif

#include <cstddef>

#include "activations/activations-inl.h"
#include "hwy/contrib/math/math-inl.h"
#include "hwy/highway.h"
#include "losses/loss.h"
#include "math/gemm-inl.h"

HWY_BEFORE_NAMESPACE();
namespace planesearch {
namespace HWY_NAMESPACE {

// 1/2 ||o - y||^2
HWY_NOINLINE double squared_loss(const double* outputs, const double* targets, const double* weights, std::size_t width,
                                 std::size_t rows, double* slopes) {
  const Lanes lanes;
  Vector total = hn::Zero(lanes);
  for (std::size_t i = 0; i < rows; i += hn::Lanes(lanes)) {
    const Vector weight = hn::LoadU(lanes, weights + i);
    Vector sum = hn::Zero(lanes);
    for (std::size_t a = 0; a < width; a++) {
      const Vector residual = hn::Sub(hn::LoadU(lanes, outputs + a * rows + i), hn::LoadU(lanes, targets + a * rows + i));
      sum = hn::MulAdd(residual, residual, sum);
      if (slopes) hn::StoreU(hn::Mul(weight, residual), lanes, slopes + a * rows + i);
    }
    total = hn::MulAdd(weight, sum, total);
  }
  return 0.5 * sum_lanes(total);
}

// log(1 + exp(-m)) with the margin m = y o: max(0, -m) + log1p(e), e = exp(-|m|), loses no digits at either end.
HWY_NOINLINE double logistic_loss(double* outputs, const double* targets, const double* weights, std::size_t rows,
                                  double* slopes) {
  const Lanes lanes;
  const Vector zero = hn::Zero(lanes), one = hn::Set(lanes, 1.0);
  Vector total = zero;
  for (std::size_t i = 0; i < rows; i += hn::Lanes(lanes)) {
    const Vector weight = hn::LoadU(lanes, weights + i);
    const Vector sign = hn::LoadU(lanes, targets + i);
    const Vector margin = hn::Mul(sign, hn::LoadU(lanes, outputs + i));
    const Vector e = hn::Exp(lanes, hn::Neg(hn::Abs(margin)));
    const Vector loss = hn::Add(hn::Max(zero, hn::Neg(margin)), hn::Log1p(lanes, e));
    total = hn::MulAdd(weight, keep_nan(margin, loss), total);
    if (slopes) {
      const Vector inverse = hn::Div(one, hn::Add(one, e));
      const Vector wrong = hn::Mul(hn::IfThenElse(hn::Lt(margin, zero), one, e), inverse);
      hn::StoreU(hn::Neg(hn::Mul(weight, hn::Mul(sign, wrong))), lanes, slopes + i);
      hn::StoreU(hn::Mul(e, hn::Mul(inverse, inverse)), lanes, outputs + i);
    }
  }
  return sum_lanes(total);
}

// log(sum_a exp(o_a)) - o_y, the largest output subtracted first.
HWY_NOINLINE double softmax_loss(double* outputs, const double* targets, const double* weights, std::size_t width,
                                 std::size_t rows, double* slopes) {
  const Lanes lanes;
  const Vector zero = hn::Zero(lanes), one = hn::Set(lanes, 1.0);
  Vector total = zero;
  for (std::size_t i = 0; i < rows; i += hn::Lanes(lanes)) {
    const Vector weight = hn::LoadU(lanes, weights + i);
    const Vector label = hn::LoadU(lanes, targets + i);
    Vector top = hn::LoadU(lanes, outputs + i);
    Vector nan = zero;  // 0, or NaN when an output is not finite
    Vector hit = zero;  // the output of the true class
    for (std::size_t a = 0; a < width; a++) {
      const Vector output = hn::LoadU(lanes, outputs + a * rows + i);
      top = hn::Max(top, output);
      nan = hn::Add(nan, hn::Sub(output, output));
      hit = hn::IfThenElse(hn::Eq(label, hn::Set(lanes, static_cast<double>(a))), output, hit);
    }
    Vector sum = zero;
    for (std::size_t a = 0; a < width; a++) {
      double* output = outputs + a * rows + i;
      const Vector e = hn::Exp(lanes, hn::Sub(hn::LoadU(lanes, output), top));
      sum = hn::Add(sum, e);
      if (slopes) hn::StoreU(e, lanes, output);
    }
    const Vector loss = hn::Add(hn::Sub(hn::Add(top, hn::Log(lanes, sum)), hit), nan);
    total = hn::MulAdd(weight, loss, total);
    if (!slopes) continue;
    const Vector inverse = hn::Div(one, sum);
    for (std::size_t a = 0; a < width; a++) {
      double* output = outputs + a * rows + i;
      const Vector p = hn::Mul(hn::LoadU(lanes, output), inverse);
      hn::StoreU(p, lanes, output);
      const Vector residual = hn::Sub(p, hn::IfThenElseZero(hn::Eq(label, hn::Set(lanes, static_cast<double>(a))), one));
      hn::StoreU(hn::Mul(weight, residual), lanes, slopes + a * rows + i);
    }
  }
  return sum_lanes(total);
}

inline double loss(Loss kind, double* outputs, const double* targets, const double* weights, std::size_t width,
                   std::size_t rows, double* slopes) {
  switch (kind) {
    case Loss::kSquared: return squared_loss(outputs, targets, weights, width, rows, slopes);
    case Loss::kLogistic: return logistic_loss(outputs, targets, weights, rows, slopes);
    case Loss::kSoftmax: return softmax_loss(outputs, targets, weights, width, rows, slopes);
  }
  return 0;
}

// w H T: H = I (squared), p (1 - p) (logistic), diag(p) - p p' (softmax); `state` is what the loss left behind.
inline void curve(Loss kind, const double* state, const double* weights, const double* tangent, std::size_t width,
                  std::size_t rows, double* out) {
  const Lanes lanes;
  for (std::size_t i = 0; i < rows; i += hn::Lanes(lanes)) {
    const Vector weight = hn::LoadU(lanes, weights + i);
    Vector mean = hn::Zero(lanes);
    if (kind == Loss::kSoftmax) {
      for (std::size_t a = 0; a < width; a++) {
        mean = hn::MulAdd(hn::LoadU(lanes, state + a * rows + i), hn::LoadU(lanes, tangent + a * rows + i), mean);
      }
    }
    for (std::size_t a = 0; a < width; a++) {
      const Vector t = hn::Sub(hn::LoadU(lanes, tangent + a * rows + i), mean);
      const Vector factor = kind == Loss::kSquared ? weight : hn::Mul(weight, hn::LoadU(lanes, state + a * rows + i));
      hn::StoreU(hn::Mul(factor, t), lanes, out + a * rows + i);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace planesearch
HWY_AFTER_NAMESPACE();

#endif
