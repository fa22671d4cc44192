#include "losses/loss.h"

#include <cstring>

#include "math/simd.h"

#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "losses/losses.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

// Written by CMake from the files of this folder: their #include lines, and PLANESEARCH_EACH_LOSS(X).
#include "all_losses-inl.h"

HWY_BEFORE_NAMESPACE();
namespace planesearch {
namespace HWY_NAMESPACE {

std::vector<const LossKernels*> loss_table() {
#define PLANESEARCH_KEEP(name) static const LossKernels name##_kernels = name##_loss();
#define PLANESEARCH_LIST(name) &name##_kernels,
  PLANESEARCH_EACH_LOSS(PLANESEARCH_KEEP)
  return {PLANESEARCH_EACH_LOSS(PLANESEARCH_LIST)};
#undef PLANESEARCH_KEEP
#undef PLANESEARCH_LIST
}

}  // namespace HWY_NAMESPACE
}  // namespace planesearch
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace planesearch {
namespace {

std::vector<const LossKernels*> choose_losses() {
#if HWY_TARGETS & HWY_AVX3
  if (std::strcmp(kernels().target, "avx512") == 0) return N_AVX3::loss_table();
#endif
#if HWY_TARGETS & HWY_AVX2
  if (std::strcmp(kernels().target, "avx2") == 0) return N_AVX2::loss_table();
#endif
  return HWY_STATIC_DISPATCH(loss_table)();
}

}  // namespace

const std::vector<const LossKernels*>& loss_kernels() {
  static const std::vector<const LossKernels*> chosen = choose_losses();
  return chosen;
}

const LossKernels* find_loss(const std::string& name) {
  for (const LossKernels* loss : loss_kernels()) {
    if (name == loss->name) return loss;
  }
  return nullptr;
}

}  // namespace planesearch
#endif
