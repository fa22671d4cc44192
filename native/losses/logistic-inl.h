// log(1 + exp(-m)) with the margin m = y o: max(0, -m) + log1p(e), e = exp(-|m|), loses no digits at either end.

#if defined(PLANESEARCH_LOGISTIC_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PLANESEARCH_LOGISTIC_INL_H_
#undef PLANESEARCH_LOGISTIC_INL_H_
#else
#define PLANESEARCH_LOGISTIC_INL_H_
#endif

#include "losses/separable-inl.h"

HWY_BEFORE_NAMESPACE();
namespace planesearch {
namespace HWY_NAMESPACE {

struct LogisticLoss {
  static constexpr char kName[] = "logistic";
  static constexpr std::size_t kParameters = 0;
  static constexpr bool kConstantCurvature = false;

  explicit LogisticLoss(const double*) {}
  static double growth(const double*) { return 1; }

  HWY_INLINE Vector value(Vector o, Vector y) const {
    const Vector margin = hn::Mul(y, o);
    return of(margin, hn::Exp(Lanes(), hn::Neg(hn::Abs(margin))));
  }

  HWY_INLINE Terms terms(Vector o, Vector y) const {
    const Vector margin = hn::Mul(y, o), one = set_all(1);
    const Vector e = hn::Exp(Lanes(), hn::Neg(hn::Abs(margin)));
    const Vector inverse = hn::Div(one, hn::Add(one, e));
    const Vector wrong = hn::Mul(hn::IfThenElse(hn::Lt(margin, hn::Zero(Lanes())), one, e), inverse);
    return {of(margin, e), hn::Neg(hn::Mul(y, wrong)), hn::Mul(e, hn::Mul(inverse, inverse))};
  }

 private:
  HWY_INLINE static Vector of(Vector margin, Vector e) {
    return hn::Add(hn::Max(hn::Zero(Lanes()), hn::Neg(margin)), hn::Log1p(Lanes(), e));
  }
};

inline LossKernels logistic_loss() { return separable<LogisticLoss>(); }

}  // namespace HWY_NAMESPACE
}  // namespace planesearch
HWY_AFTER_NAMESPACE();

#endif
