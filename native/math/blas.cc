#include "math/blas.h"

#include <cblas.h>

#include <cmath>
#include <cstdlib>
#include <mutex>

#include "math/blas_memory.h"

// LAPACK as OpenBLAS has rewritten it in C; cblas.h does not declare it, and lapacke.h would want Fortran's runtime.
extern "C" void dpotrf_(const char* triangle, const int* n, double* a, const int* lda, int* status);

#ifdef PLANESEARCH_STATIC_BLAS
namespace {

bool set_by_us = false;

// OpenBLAS starts its threads in a constructor, before any code of ours could say that it needs none; priority 101 runs
// before that constructor. A shared OpenBLAS is initialized before this object is even looked at.
__attribute__((constructor(101))) void ask_for_one_thread() {
  if (std::getenv("OPENBLAS_NUM_THREADS") != nullptr) return;
  setenv("OPENBLAS_NUM_THREADS", "1", 1);
  set_by_us = true;
}

}  // namespace
#endif

namespace planesearch {

void blas_use_one_thread() {
#ifdef PLANESEARCH_STATIC_BLAS
  // Child processes must not inherit what was meant for this library.
  if (set_by_us) unsetenv("OPENBLAS_NUM_THREADS");
  set_by_us = false;
#endif
  // Once: asking again would start the threads again that the next line ends.
  static std::once_flag once;
  std::call_once(once, [] {
    const int started = openblas_get_num_threads() - 1;
    openblas_set_num_threads(1);
    end_blas_threads(started);
  });
}

BlasInfo blas_info() { return {openblas_get_config(), openblas_get_corename()}; }

namespace {

// One name for both precisions.
void gemm(CBLAS_TRANSPOSE a_transposed, CBLAS_TRANSPOSE b_transposed, int rows, int columns, int depth, const double* a,
          int lda, const double* b, int ldb, double beta, double* c, int ldc) {
  const BlasCall call;
  cblas_dgemm(CblasRowMajor, a_transposed, b_transposed, rows, columns, depth, 1.0, a, lda, b, ldb, beta, c, ldc);
}
void gemm(CBLAS_TRANSPOSE a_transposed, CBLAS_TRANSPOSE b_transposed, int rows, int columns, int depth, const float* a,
          int lda, const float* b, int ldb, float beta, float* c, int ldc) {
  const BlasCall call;
  cblas_sgemm(CblasRowMajor, a_transposed, b_transposed, rows, columns, depth, 1.0F, a, lda, b, ldb, beta, c, ldc);
}

}  // namespace

template <class T>
void blas_multiply_dot(const T* a, std::size_t lda, std::size_t rows, const T* b, std::size_t ldb, std::size_t columns,
                       std::size_t depth, T* c, std::size_t ldc) {
  gemm(CblasNoTrans, CblasTrans, static_cast<int>(rows), static_cast<int>(columns), static_cast<int>(depth), a,
       static_cast<int>(lda), b, static_cast<int>(ldb), T{0}, c, static_cast<int>(ldc));
}

template <class T>
void blas_multiply_add(bool transposed, const T* a, std::size_t lda, std::size_t rows, const T* b, std::size_t ldb,
                       std::size_t depth, T* c, std::size_t ldc, std::size_t width) {
  gemm(transposed ? CblasTrans : CblasNoTrans, CblasNoTrans, static_cast<int>(rows), static_cast<int>(width),
       static_cast<int>(depth), a, static_cast<int>(lda), b, static_cast<int>(ldb), T{1}, c, static_cast<int>(ldc));
}

void blas_add_gram(const double* a, std::size_t lda, std::size_t depth, double* c, std::size_t ldc, std::size_t size) {
  const BlasCall call;
  cblas_dsyrk(CblasRowMajor, CblasLower, CblasTrans, static_cast<int>(size), static_cast<int>(depth), 1.0, a,
              static_cast<int>(lda), 1.0, c, static_cast<int>(ldc));
}

bool blas_cholesky(double* a, std::size_t n) {
  const BlasCall call;
  // The lower triangle by rows is the upper one by columns.
  const int order = static_cast<int>(n);
  int status = 0;
  dpotrf_("U", &order, a, &order, &status);
  if (status != 0) return false;
  // OpenBLAS refuses pivots below zero, but NaN passes its comparison.
  for (std::size_t i = 0; i < n; i++) {
    if (!(a[i * n + i] > 0) || std::isinf(a[i * n + i])) return false;
  }
  return true;
}

void blas_cholesky_solve(const double* l, std::size_t n, double* b, std::size_t count, bool right) {
  const BlasCall call;
  if (count == 1) {
    // One vector, from either side; the matrix form would pack L for it.
    for (const CBLAS_TRANSPOSE transpose : {CblasNoTrans, CblasTrans}) {
      cblas_dtrsv(CblasRowMajor, CblasLower, transpose, CblasNonUnit, static_cast<int>(n), l, static_cast<int>(n), b, 1);
    }
    return;
  }
  const int order = static_cast<int>(n), rows = static_cast<int>(right ? count : n),
            columns = static_cast<int>(right ? n : count);
  const CBLAS_SIDE side = right ? CblasRight : CblasLeft;
  for (const CBLAS_TRANSPOSE transpose : {right ? CblasTrans : CblasNoTrans, right ? CblasNoTrans : CblasTrans}) {
    cblas_dtrsm(CblasRowMajor, side, CblasLower, transpose, CblasNonUnit, rows, columns, 1.0, l, order, b, columns);
  }
}

}  // namespace planesearch

#include "math/blas_instances-inl.h"
