#include "math/blas.h"

#ifdef PLANESEARCH_ACCELERATE
#define ACCELERATE_NEW_LAPACK
#include <Accelerate/Accelerate.h>
#else
#include <cblas.h>
#endif

#include <cmath>
#include <cstdlib>
#include <mutex>

#include "math/blas_memory.h"

#ifndef PLANESEARCH_ACCELERATE
// LAPACK as OpenBLAS has rewritten it in C; cblas.h does not declare it, and lapacke.h would want Fortran's runtime.
extern "C" void dpotrf_(const char* triangle, const int* n, double* a, const int* lda, int* status);
#endif

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

#ifdef PLANESEARCH_ACCELERATE

// The variable is read at the first product of the process, whoever asks for it: the one here. A choice of the user stands, and child
// processes do not inherit ours.
void blas_use_one_thread() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (std::getenv("VECLIB_MAXIMUM_THREADS") != nullptr) return;
    setenv("VECLIB_MAXIMUM_THREADS", "1", 1);
    const double one = 1;
    double product = 0;
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, 1, 1, 1, 1.0, &one, 1, &one, 1, 0.0, &product, 1);
    unsetenv("VECLIB_MAXIMUM_THREADS");
  });
}
BlasInfo blas_info() { return {"Accelerate", "of the system"}; }

#else

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

#endif

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

void blas_subtract(bool a_transposed, bool b_transposed, const double* a, std::size_t lda, std::size_t rows, const double* b,
                   std::size_t ldb, std::size_t columns, std::size_t depth, double* c, std::size_t ldc) {
  const BlasCall call;
  cblas_dgemm(CblasRowMajor, a_transposed ? CblasTrans : CblasNoTrans, b_transposed ? CblasTrans : CblasNoTrans,
              static_cast<int>(rows), static_cast<int>(columns), static_cast<int>(depth), -1.0, a, static_cast<int>(lda), b,
              static_cast<int>(ldb), 1.0, c, static_cast<int>(ldc));
}

void blas_subtract_square(const double* a, std::size_t lda, std::size_t size, std::size_t depth, double* c,
                          std::size_t ldc) {
  const BlasCall call;
  cblas_dsyrk(CblasRowMajor, CblasLower, CblasNoTrans, static_cast<int>(size), static_cast<int>(depth), -1.0, a,
              static_cast<int>(lda), 1.0, c, static_cast<int>(ldc));
}

bool blas_cholesky(double* a, std::size_t n, std::size_t lda) {
  const BlasCall call;
  // The lower triangle by rows is the upper one by columns.
  const int order = static_cast<int>(n), stride = static_cast<int>(lda);
  int status = 0;
  dpotrf_("U", &order, a, &stride, &status);
  if (status != 0) return false;
  // OpenBLAS refuses pivots below zero, but NaN passes its comparison.
  for (std::size_t i = 0; i < n; i++) {
    if (!(a[i * lda + i] > 0) || std::isinf(a[i * lda + i])) return false;
  }
  return true;
}

void blas_solve_left(bool transposed, const double* l, std::size_t n, std::size_t ldl, double* b, std::size_t count,
                     std::size_t ldb) {
  const BlasCall call;
  const CBLAS_TRANSPOSE transpose = transposed ? CblasTrans : CblasNoTrans;
  const int order = static_cast<int>(n), stride = static_cast<int>(ldl);
  // For one vector the matrix form would pack L.
  if (count == 1) {
    cblas_dtrsv(CblasRowMajor, CblasLower, transpose, CblasNonUnit, order, l, stride, b, static_cast<int>(ldb));
  } else {
    cblas_dtrsm(CblasRowMajor, CblasLeft, CblasLower, transpose, CblasNonUnit, order, static_cast<int>(count), 1.0, l,
                stride, b, static_cast<int>(ldb));
  }
}

void blas_solve_right(bool transposed, const double* l, std::size_t n, std::size_t ldl, double* b, std::size_t count,
                      std::size_t ldb) {
  // A row times L^-1 is L'^-1 times a column.
  if (count == 1) return blas_solve_left(!transposed, l, n, ldl, b, 1, 1);
  const BlasCall call;
  cblas_dtrsm(CblasRowMajor, CblasRight, CblasLower, transposed ? CblasTrans : CblasNoTrans, CblasNonUnit,
              static_cast<int>(count), static_cast<int>(n), 1.0, l, static_cast<int>(ldl), b, static_cast<int>(ldb));
}

}  // namespace planesearch

#include "math/blas_instances-inl.h"
