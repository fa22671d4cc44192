#include "coordinate/trials.h"

#include <cstring>

#include "math/simd.h"

#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "coordinate/trials.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "coordinate/trials-inl.h"

HWY_BEFORE_NAMESPACE();
namespace planesearch {
namespace HWY_NAMESPACE {

const TrialKernels& trial_table() {
  static const TrialKernels table = {hn::Lanes(Lanes()), try_deltas, trial_activate, square_rows};
  return table;
}

}  // namespace HWY_NAMESPACE
}  // namespace planesearch
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace planesearch {
namespace {

const TrialKernels& choose_trials() {
#if HWY_TARGETS & HWY_AVX3
  if (std::strcmp(kernels().target, "avx512") == 0) return N_AVX3::trial_table();
#endif
#if HWY_TARGETS & HWY_AVX2
  if (std::strcmp(kernels().target, "avx2") == 0) return N_AVX2::trial_table();
#endif
  return HWY_STATIC_DISPATCH(trial_table)();
}

}  // namespace

const TrialKernels& trial_kernels() {
  static const TrialKernels& chosen = choose_trials();
  return chosen;
}

}  // namespace planesearch
#endif
