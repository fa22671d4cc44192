#include "math/simd.h"

#include <cstdlib>
#include <cstring>

// Three targets are worth their size: what every x86-64 has, AVX2 with FMA, AVX-512. Highway is used header-only; its
// own run-time dispatch would need its shared library, so the choice is made below.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/simd.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "math/elementwise-inl.h"
#include "math/gemm-inl.h"
#include "math/sparse-inl.h"

HWY_BEFORE_NAMESPACE();
namespace planesearch {
namespace HWY_NAMESPACE {

template <class T>
MatrixKernels<T> matrix_kernels(std::size_t blas_multiply, std::size_t blas_transposed) {
  return {blas_multiply,     blas_transposed,  multiply_dot<T>,    multiply_broadcast<T>, multiply_sparse<T>,
          scatter_sparse<T>, continue_sums<T>, finish_sums<T>,     copy_finite<T>,        widen<T>,
          add_distances<T>,  add_squares<T>,   center_and_scale<T>};
}

const Kernels& table() {
#if HWY_TARGET == HWY_AVX3
  constexpr const char* kTarget = "avx512";
  constexpr std::size_t kBlasMultiply = 256, kBlasTransposed = 256;
#elif HWY_TARGET == HWY_AVX2
  constexpr const char* kTarget = "avx2";
  constexpr std::size_t kBlasMultiply = 24, kBlasTransposed = 128;
#elif defined(__wasm__)
  constexpr const char* kTarget = "simd128";
  constexpr std::size_t kBlasMultiply = 2, kBlasTransposed = 2;
#else
  constexpr const char* kTarget = HWY_TARGET == HWY_NEON ? "neon" : "baseline";
  constexpr std::size_t kBlasMultiply = 2, kBlasTransposed = 2;
#endif
  static const Kernels kernels = {
      kTarget,
      matrix_kernels<double>(kBlasMultiply, kBlasTransposed),
      matrix_kernels<float>(kBlasMultiply, kBlasTransposed),
      combine,
      combine_tangent,
      activate,
      times_derivative,
      multiply_elements,
      add_row_sums,
      measure_lengths,
      add_distance,
      dot,
      add_dots,
      weigh_rows,
      axpby,
      narrow,
  };
  return kernels;
}

}  // namespace HWY_NAMESPACE
}  // namespace planesearch
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace planesearch {
namespace {

const Kernels& choose() {
  const char* wanted = std::getenv("PLANESEARCH_SIMD");
  [[maybe_unused]] const int level = wanted == nullptr                      ? 2
                                     : std::strcmp(wanted, "baseline") == 0 ? 0
                                     : std::strcmp(wanted, "avx2") == 0     ? 1
                                                                            : 2;
#if HWY_TARGETS & HWY_AVX3
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512cd");
  if (level >= 2 && avx512) return N_AVX3::table();
#endif
#if HWY_TARGETS & HWY_AVX2
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
                    __builtin_cpu_supports("bmi2");
  if (level >= 1 && avx2) return N_AVX2::table();
#endif
  return HWY_STATIC_DISPATCH(table)();
}

}  // namespace

const Kernels& kernels() {
  static const Kernels& chosen = choose();
  return chosen;
}

}  // namespace planesearch
#endif
