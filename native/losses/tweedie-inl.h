// Half the unit deviance of y >= 0 with mean m = exp(o) and variance power p between 1 (poisson) and 2 (gamma):
//
//     y^(2-p) / ((1-p) (2-p)) - y m^(1-p) / (1-p) + m^(2-p) / (2-p)  =  y^(2-p) ( expm1((2-p) u) / (2-p) - expm1((1-p) u) / (1-p) )
//
// with u = o - log y.
//
// Its second derivative by o is (p-1) y m^(1-p) + (2-p) m^(2-p); both terms grow by at most 1 per unit of o.

#if defined(PLANESEARCH_TWEEDIE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PLANESEARCH_TWEEDIE_INL_H_
#undef PLANESEARCH_TWEEDIE_INL_H_
#else
#define PLANESEARCH_TWEEDIE_INL_H_
#endif

#include "losses/separable-inl.h"

HWY_BEFORE_NAMESPACE();
namespace planesearch {
namespace HWY_NAMESPACE {

struct TweedieLoss {
  static constexpr char kName[] = "tweedie";
  static constexpr std::size_t kParameters = 1;
  static constexpr bool kConstantCurvature = false;

  explicit TweedieLoss(const double* parameters) : power(parameters[0]) {}
  static double growth(const double*) { return 1; }

  HWY_INLINE Vector value(Vector o, Vector y) const { return of(o, y, over(o, y), own(o)); }

  HWY_INLINE Terms terms(Vector o, Vector y) const {
    const Vector a = over(o, y), b = own(o);
    return {of(o, y, a, b), hn::Sub(b, a), hn::MulAdd(set_all(power - 1), a, hn::Mul(set_all(2 - power), b))};
  }

 private:
  // y m^(1-p) and m^(2-p)
  HWY_INLINE Vector over(Vector o, Vector y) const {
    // Where exp overflows, a target of 0 must not make it NaN.
    return hn::IfThenElseZero(hn::Gt(y, hn::Zero(Lanes())), hn::Mul(y, exp_of(hn::Mul(set_all(1 - power), o))));
  }
  HWY_INLINE Vector own(Vector o) const { return exp_of(hn::Mul(set_all(2 - power), o)); }
  HWY_INLINE Vector of(Vector o, Vector y, Vector a, Vector b) const {
    const auto positive = hn::Gt(y, hn::Zero(Lanes()));
    const Vector log_y = hn::Log(Lanes(), hn::IfThenElse(positive, y, set_all(1)));
    const Vector raised = hn::IfThenElseZero(positive, exp_of(hn::Mul(set_all(2 - power), log_y)));
    const double first = 1 / ((1 - power) * (2 - power));
    const Vector far =
        hn::MulAdd(set_all(first), raised, hn::MulAdd(set_all(1 / (power - 1)), a, hn::Mul(set_all(1 / (2 - power)), b)));
    // Near the minimum the three terms would cancel; far from it the factored form would overflow too soon.
    const Vector u = hn::Sub(o, log_y);
    const Vector own_part = hn::Mul(set_all(1 / (2 - power)), hn::Expm1(Lanes(), hn::Mul(set_all(2 - power), u)));
    const Vector near = hn::MulAdd(set_all(1 / (power - 1)), hn::Expm1(Lanes(), hn::Mul(set_all(1 - power), u)), own_part);
    return hn::IfThenElse(hn::And(positive, is_near(u)), hn::Mul(raised, near), far);
  }

  double power;
};

inline LossKernels tweedie_loss() { return separable<TweedieLoss>(); }

}  // namespace HWY_NAMESPACE
}  // namespace planesearch
HWY_AFTER_NAMESPACE();

#endif
