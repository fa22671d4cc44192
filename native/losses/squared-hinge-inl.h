// max(0, 1 - y o)^2. The second derivative is 2 within the margin and 0 beyond: no bound on its growth.

#if defined(PLANESEARCH_SQUARED_HINGE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PLANESEARCH_SQUARED_HINGE_INL_H_
#undef PLANESEARCH_SQUARED_HINGE_INL_H_
#else
#define PLANESEARCH_SQUARED_HINGE_INL_H_
#endif

#include "losses/separable-inl.h"

HWY_BEFORE_NAMESPACE();
namespace planesearch {
namespace HWY_NAMESPACE {

struct SquaredHingeLoss {
  static constexpr char kName[] = "squared-hinge";
  static constexpr std::size_t kParameters = 0;
  static constexpr bool kConstantCurvature = false;

  explicit SquaredHingeLoss(const double*) {}
  static double growth(const double*) { return -1; }

  HWY_INLINE Vector value(Vector o, Vector y) const {
    const Vector gap = of(o, y);
    return hn::Mul(gap, gap);
  }

  HWY_INLINE Terms terms(Vector o, Vector y) const {
    const Vector gap = of(o, y), two = set_all(2);
    const Vector curvature = hn::IfThenElseZero(hn::Gt(gap, hn::Zero(Lanes())), two);
    return {hn::Mul(gap, gap), hn::Neg(hn::Mul(two, hn::Mul(y, gap))), curvature};
  }

 private:
  HWY_INLINE static Vector of(Vector o, Vector y) { return hn::Max(hn::Zero(Lanes()), hn::NegMulAdd(y, o, set_all(1))); }
};

inline LossKernels squared_hinge_loss() { return separable<SquaredHingeLoss>(); }

}  // namespace HWY_NAMESPACE
}  // namespace planesearch
HWY_AFTER_NAMESPACE();

#endif
