// Half the unit deviance of a positive y with mean exp(o): exp(u) - 1 - u with u = log y - o, and q = exp(u).

#if defined(PLANESEARCH_GAMMA_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PLANESEARCH_GAMMA_INL_H_
#undef PLANESEARCH_GAMMA_INL_H_
#else
#define PLANESEARCH_GAMMA_INL_H_
#endif

#include "losses/separable-inl.h"

HWY_BEFORE_NAMESPACE();
namespace planesearch {
namespace HWY_NAMESPACE {

struct GammaLoss {
  static constexpr char kName[] = "gamma";
  static constexpr std::size_t kParameters = 0;
  static constexpr bool kConstantCurvature = false;

  explicit GammaLoss(const double*) {}
  static double growth(const double*) { return 1; }

  HWY_INLINE Vector value(Vector o, Vector y) const { return of(o, y, quotient(o, y)); }

  HWY_INLINE Terms terms(Vector o, Vector y) const {
    const Vector q = quotient(o, y);
    return {of(o, y, q), hn::Sub(set_all(1), q), q};
  }

 private:
  HWY_INLINE static Vector quotient(Vector o, Vector y) { return hn::Mul(y, exp_of(hn::Neg(o))); }
  HWY_INLINE static Vector of(Vector o, Vector y, Vector q) {
    const Vector u = hn::Sub(hn::Log(Lanes(), y), o);
    return hn::IfThenElse(is_near(u), excess(u), hn::Sub(hn::Sub(q, set_all(1)), u));
  }
};

inline LossKernels gamma_loss() { return separable<GammaLoss>(); }

}  // namespace HWY_NAMESPACE
}  // namespace planesearch
HWY_AFTER_NAMESPACE();

#endif
