// 1/2 r^2 for |r| <= delta, otherwise delta (|r| - delta / 2), with r = o - y. The curvature is that of the parabola that touches
// the loss from above at r, min(1, delta / |r|): it never vanishes, and it bounds the loss along any step (growth 0).

#if defined(PLANESEARCH_HUBER_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PLANESEARCH_HUBER_INL_H_
#undef PLANESEARCH_HUBER_INL_H_
#else
#define PLANESEARCH_HUBER_INL_H_
#endif

#include "losses/separable-inl.h"

HWY_BEFORE_NAMESPACE();
namespace planesearch {
namespace HWY_NAMESPACE {

struct HuberLoss {
  static constexpr char kName[] = "huber";
  static constexpr std::size_t kParameters = 1;
  static constexpr bool kConstantCurvature = false;

  explicit HuberLoss(const double* parameters) : delta(parameters[0]) {}
  static double growth(const double*) { return 0; }

  HWY_INLINE Vector value(Vector o, Vector y) const { return of(hn::Sub(o, y)); }

  HWY_INLINE Terms terms(Vector o, Vector y) const {
    const Vector r = hn::Sub(o, y), most = set_all(delta);
    return {of(r), hn::Max(hn::Neg(most), hn::Min(most, r)), hn::Div(most, hn::Max(most, hn::Abs(r)))};
  }

 private:
  HWY_INLINE Vector of(Vector r) const {
    const Vector size = hn::Abs(r), inner = hn::Min(size, set_all(delta));
    return hn::Mul(inner, hn::NegMulAdd(set_all(0.5), inner, size));
  }

  double delta;
};

inline LossKernels huber_loss() { return separable<HuberLoss>(); }

}  // namespace HWY_NAMESPACE
}  // namespace planesearch
HWY_AFTER_NAMESPACE();

#endif
