// 1/2 (o - y)^2

#if defined(PLANESEARCH_SQUARED_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PLANESEARCH_SQUARED_INL_H_
#undef PLANESEARCH_SQUARED_INL_H_
#else
#define PLANESEARCH_SQUARED_INL_H_
#endif

#include "losses/separable-inl.h"

HWY_BEFORE_NAMESPACE();
namespace planesearch {
namespace HWY_NAMESPACE {

struct SquaredLoss {
  static constexpr char kName[] = "squared";
  static constexpr std::size_t kParameters = 0;
  static constexpr bool kConstantCurvature = true;

  explicit SquaredLoss(const double*) {}
  static double growth(const double*) { return 0; }

  HWY_INLINE Vector value(Vector o, Vector y) const {
    const Vector r = hn::Sub(o, y);
    return hn::Mul(set_all(0.5), hn::Mul(r, r));
  }

  HWY_INLINE Terms terms(Vector o, Vector y) const {
    const Vector r = hn::Sub(o, y);
    return {hn::Mul(set_all(0.5), hn::Mul(r, r)), r, set_all(1)};
  }
};

inline LossKernels squared_loss() { return separable<SquaredLoss>(); }

}  // namespace HWY_NAMESPACE
}  // namespace planesearch
HWY_AFTER_NAMESPACE();

#endif
