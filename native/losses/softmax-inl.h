// log(sum_a exp(o_a)) - o_y, the largest output subtracted first. Every lane is a row, so maxima and sums over the outputs need no
// shuffling. The state is the probabilities p, and C = diag(p) - p p'.

#if defined(PLANESEARCH_SOFTMAX_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PLANESEARCH_SOFTMAX_INL_H_
#undef PLANESEARCH_SOFTMAX_INL_H_
#else
#define PLANESEARCH_SOFTMAX_INL_H_
#endif

#include "losses/separable-inl.h"

HWY_BEFORE_NAMESPACE();
namespace planesearch {
namespace HWY_NAMESPACE {

HWY_NOINLINE double softmax_evaluate(const double*, double* outputs, const double* targets, const double* weights,
                                     std::size_t width, std::size_t rows, double* slopes) {
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

inline void softmax_curve(const double* state, const double* weights, const double* tangent, std::size_t width,
                          std::size_t rows, double* out) {
  const Lanes lanes;
  for (std::size_t i = 0; i < rows; i += hn::Lanes(lanes)) {
    const Vector weight = hn::LoadU(lanes, weights + i);
    Vector mean = hn::Zero(lanes);
    for (std::size_t at = i; at < width * rows; at += rows) {
      mean = hn::MulAdd(hn::LoadU(lanes, state + at), hn::LoadU(lanes, tangent + at), mean);
    }
    for (std::size_t at = i; at < width * rows; at += rows) {
      const Vector t = hn::Sub(hn::LoadU(lanes, tangent + at), mean);
      hn::StoreU(hn::Mul(hn::Mul(weight, hn::LoadU(lanes, state + at)), t), lanes, out + at);
    }
  }
}

// sqrt(p) e - p (sqrt(p)'e)
inline void softmax_root(const double* state, std::size_t width, std::size_t rows, double* e) {
  const Lanes lanes;
  for (std::size_t i = 0; i < rows; i += hn::Lanes(lanes)) {
    Vector inner = hn::Zero(lanes);
    for (std::size_t at = i; at < width * rows; at += rows) {
      const Vector scaled = hn::Mul(hn::Sqrt(hn::LoadU(lanes, state + at)), hn::LoadU(lanes, e + at));
      hn::StoreU(scaled, lanes, e + at);
      inner = hn::Add(inner, scaled);
    }
    for (std::size_t at = i; at < width * rows; at += rows) {
      hn::StoreU(hn::NegMulAdd(hn::LoadU(lanes, state + at), inner, hn::LoadU(lanes, e + at)), lanes, e + at);
    }
  }
}

// The variance of V_k under the class probabilities.
inline void softmax_curve_units(const double* state, const double* weights, std::size_t units, std::size_t width,
                                std::size_t rows, double* out) {
  std::vector<double> squares(weights, weights + units * width), mean(units * rows);
  for (double& w : squares) w *= w;
  std::fill_n(out, units * rows, 0.0);
  multiply_broadcast(squares.data(), 1, width, units, state, rows, width, out, rows, rows);
  multiply_broadcast(weights, 1, width, units, state, rows, width, mean.data(), rows, rows);
  for (std::size_t e = 0; e < mean.size(); e++) out[e] = std::max(0.0, out[e] - mean[e] * mean[e]);
}

// c is the variance of v under the class probabilities, c' its third central moment: at most the range of v times c.
inline double softmax_growth(const double*, const double* v, std::size_t width) {
  const auto [low, high] = std::minmax_element(v, v + width);
  return *high - *low;
}

inline LossKernels softmax_loss() {
  return {"softmax", 0, false, false, softmax_evaluate, softmax_curve, softmax_root, softmax_curve_units, softmax_growth};
}

}  // namespace HWY_NAMESPACE
}  // namespace planesearch
HWY_AFTER_NAMESPACE();

#endif
