// What losses share whose outputs do not see each other: sum_a l(o_a, y_a). Such a loss is a struct L with
//
//     static constexpr char kName[];              as lib/losses/NAME.ts calls it
//     static constexpr std::size_t kParameters;   how many numbers shape it
//     static constexpr bool kConstantCurvature;   the second derivative is 1 everywhere
//     explicit L(const double* parameters)
//     static double growth(const double* parameters)   bound on |third derivative| / second derivative; negative where there is none
//     Vector value(Vector o, Vector y) const
//     Terms terms(Vector o, Vector y) const       value, slope and curvature
//
// A diverged output must stay visible: value and terms may lose a NaN, the loops here put it back.

#if defined(PLANESEARCH_SEPARABLE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PLANESEARCH_SEPARABLE_INL_H_
#undef PLANESEARCH_SEPARABLE_INL_H_
#else
#define PLANESEARCH_SEPARABLE_INL_H_
#endif

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "activations/activations-inl.h"
#include "hwy/contrib/math/math-inl.h"
#include "hwy/highway.h"
#include "losses/loss.h"
#include "math/gemm-inl.h"

HWY_BEFORE_NAMESPACE();
namespace planesearch {
namespace HWY_NAMESPACE {

struct Terms {
  Vector value, slope, curvature;
};

HWY_INLINE Vector set_all(double value) { return hn::Set(Lanes(), value); }

// Highway's Exp knows arguments up to 706 only.
HWY_INLINE Vector exp_of(Vector x) {
  return hn::IfThenElse(hn::Gt(x, set_all(706)), set_all(INFINITY), hn::Exp(Lanes(), x));
}

// exp(u) - 1 - u, which keeps its digits near 0 where a deviance has its minimum.
HWY_INLINE Vector excess(Vector u) { return hn::Sub(hn::Expm1(Lanes(), u), u); }

HWY_INLINE auto is_near(Vector u) { return hn::Lt(hn::Abs(u), set_all(1)); }

template <class L>
HWY_NOINLINE double separable_evaluate(const double* parameters, double* outputs, const double* targets,
                                       const double* weights, std::size_t width, std::size_t rows, double* slopes) {
  const Lanes lanes;
  const L loss(parameters);
  Vector total = hn::Zero(lanes);
  for (std::size_t i = 0; i < rows; i += hn::Lanes(lanes)) {
    const Vector weight = hn::LoadU(lanes, weights + i);
    Vector sum = hn::Zero(lanes);
    for (std::size_t at = i; at < width * rows; at += rows) {
      const Vector o = hn::LoadU(lanes, outputs + at), y = hn::LoadU(lanes, targets + at);
      if (!slopes) {
        sum = hn::Add(sum, keep_nan(o, loss.value(o, y)));
        continue;
      }
      const Terms terms = loss.terms(o, y);
      sum = hn::Add(sum, keep_nan(o, terms.value));
      hn::StoreU(hn::Mul(weight, terms.slope), lanes, slopes + at);
      if constexpr (!L::kConstantCurvature) hn::StoreU(terms.curvature, lanes, outputs + at);
    }
    total = hn::MulAdd(weight, sum, total);
  }
  return sum_lanes(total);
}

template <class L>
void separable_curve(const double* state, const double* weights, const double* tangent, std::size_t width, std::size_t rows,
                     double* out) {
  const Lanes lanes;
  for (std::size_t i = 0; i < rows; i += hn::Lanes(lanes)) {
    const Vector weight = hn::LoadU(lanes, weights + i);
    for (std::size_t at = i; at < width * rows; at += rows) {
      Vector factor = weight;
      if constexpr (!L::kConstantCurvature) factor = hn::Mul(weight, hn::LoadU(lanes, state + at));
      hn::StoreU(hn::Mul(factor, hn::LoadU(lanes, tangent + at)), lanes, out + at);
    }
  }
}

template <class L>
void separable_root(const double* state, std::size_t width, std::size_t rows, double* e) {
  if constexpr (!L::kConstantCurvature) {
    const Lanes lanes;
    for (std::size_t at = 0; at < width * rows; at += hn::Lanes(lanes)) {
      hn::StoreU(hn::Mul(hn::Sqrt(hn::LoadU(lanes, state + at)), hn::LoadU(lanes, e + at)), lanes, e + at);
    }
  }
}

template <class L>
void separable_curve_units(const double* state, const double* weights, std::size_t units, std::size_t width,
                           std::size_t rows, double* out) {
  std::vector<double> squares(weights, weights + units * width);
  for (double& w : squares) w *= w;
  if constexpr (L::kConstantCurvature) {
    for (std::size_t k = 0; k < units; k++) {
      double norm = 0;
      for (std::size_t a = 0; a < width; a++) norm += squares[k * width + a];
      std::fill_n(out + k * rows, rows, norm);
    }
  } else {
    std::fill_n(out, units * rows, 0.0);
    multiply_broadcast(squares.data(), 1, width, units, state, rows, width, out, rows, rows);
  }
}

// c(t) = sum_a c_a v_a^2 with |c_a'| <= growth |v_a| c_a.
template <class L>
double separable_growth(const double* parameters, const double* v, std::size_t width) {
  double largest = 0;
  for (std::size_t a = 0; a < width; a++) largest = std::max(largest, std::fabs(v[a]));
  const double growth = L::growth(parameters);
  return growth <= 0 ? growth : growth * largest;
}

template <class L>
LossKernels separable() {
  return {L::kName,
          L::kParameters,
          true,
          L::kConstantCurvature,
          separable_evaluate<L>,
          separable_curve<L>,
          separable_root<L>,
          separable_curve_units<L>,
          separable_growth<L>};
}

}  // namespace HWY_NAMESPACE
}  // namespace planesearch
HWY_AFTER_NAMESPACE();

#endif
