// Half the unit deviance of a count y with mean exp(o): exp(o) - y - y u = y (exp(u) - 1 - u), u = o - log y; exp(o) for y = 0.

#if defined(PLANESEARCH_POISSON_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PLANESEARCH_POISSON_INL_H_
#undef PLANESEARCH_POISSON_INL_H_
#else
#define PLANESEARCH_POISSON_INL_H_
#endif

#include "losses/separable-inl.h"

HWY_BEFORE_NAMESPACE();
namespace planesearch {
namespace HWY_NAMESPACE {

struct PoissonLoss {
  static constexpr char kName[] = "poisson";
  static constexpr std::size_t kParameters = 0;
  static constexpr bool kConstantCurvature = false;

  explicit PoissonLoss(const double*) {}
  static double growth(const double*) { return 1; }

  HWY_INLINE Vector value(Vector o, Vector y) const { return of(o, y, exp_of(o)); }

  HWY_INLINE Terms terms(Vector o, Vector y) const {
    const Vector mean = exp_of(o);
    return {of(o, y, mean), hn::Sub(mean, y), mean};
  }

 private:
  HWY_INLINE static Vector of(Vector o, Vector y, Vector mean) {
    const auto counted = hn::Gt(y, hn::Zero(Lanes()));
    const Vector u = hn::Sub(o, hn::Log(Lanes(), hn::IfThenElse(counted, y, set_all(1))));
    // Near the minimum exp(o) - y would cancel; far from it y exp(u) would overflow too soon.
    const Vector far = hn::NegMulAdd(y, hn::Add(set_all(1), u), mean);
    const Vector value = hn::IfThenElse(is_near(u), hn::Mul(y, excess(u)), far);
    return hn::IfThenElse(hn::And(counted, hn::Lt(mean, set_all(INFINITY))), value, mean);
  }
};

inline LossKernels poisson_loss() { return separable<PoissonLoss>(); }

}  // namespace HWY_NAMESPACE
}  // namespace planesearch
HWY_AFTER_NAMESPACE();

#endif
