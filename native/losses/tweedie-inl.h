// Half the unit deviance of y >= 0 with mean m = exp(o) and variance power p between 1 (poisson) and 2 (gamma):
//
//     y^(2-p) / ((1-p) (2-p)) - y m^(1-p) / (1-p) + m^(2-p) / (2-p)
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
  static constexpr double kGrowth = 1;

  explicit TweedieLoss(const double* parameters) : power(parameters[0]) {}

  HWY_INLINE Vector value(Vector o, Vector y) const { return of(y, over(o, y), own(o)); }

  HWY_INLINE Terms terms(Vector o, Vector y) const {
    const Vector a = over(o, y), b = own(o);
    return {of(y, a, b), hn::Sub(b, a), hn::MulAdd(set_all(power - 1), a, hn::Mul(set_all(2 - power), b))};
  }

 private:
  // y m^(1-p) and m^(2-p)
  HWY_INLINE Vector over(Vector o, Vector y) const { return hn::Mul(y, hn::Exp(Lanes(), hn::Mul(set_all(1 - power), o))); }
  HWY_INLINE Vector own(Vector o) const { return hn::Exp(Lanes(), hn::Mul(set_all(2 - power), o)); }
  HWY_INLINE Vector of(Vector y, Vector a, Vector b) const {
    const auto positive = hn::Gt(y, hn::Zero(Lanes()));
    const Vector log_y = hn::Log(Lanes(), hn::IfThenElse(positive, y, set_all(1)));
    const Vector raised = hn::IfThenElseZero(positive, hn::Exp(Lanes(), hn::Mul(set_all(2 - power), log_y)));
    const double first = 1 / ((1 - power) * (2 - power));
    return hn::MulAdd(set_all(first), raised, hn::MulAdd(set_all(1 / (power - 1)), a, hn::Mul(set_all(1 / (2 - power)), b)));
  }

  double power;
};

inline LossKernels tweedie_loss() { return separable<TweedieLoss>(); }


}  // namespace HWY_NAMESPACE
}  // namespace planesearch
HWY_AFTER_NAMESPACE();

#endif
