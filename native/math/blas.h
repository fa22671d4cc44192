// The only door to OpenBLAS. It runs single-threaded inside our own pool: its own threads spin for 0.1 s after every call
// and their number changes the bits.
#pragma once

#include <cstddef>
#include <string>

namespace planesearch {

struct BlasInfo {
  std::string version;  // "OpenBLAS 0.3.21 DYNAMIC_ARCH ..."
  std::string core;     // the processor whose kernels are in use, such as "SkylakeX"
};

// Has to be called once before the first product.
void blas_use_one_thread();
BlasInfo blas_info();

// C = A B' (row-major): A is rows x depth, B is columns x depth. For double and float.
template <class T>
void blas_multiply_dot(const T* a, std::size_t lda, std::size_t rows, const T* b, std::size_t ldb, std::size_t columns,
                       std::size_t depth, T* c, std::size_t ldc);
// C += A B (row-major): A is rows x depth, or depth x rows when `transposed`. For double and float.
template <class T>
void blas_multiply_add(bool transposed, const T* a, std::size_t lda, std::size_t rows, const T* b, std::size_t ldb,
                       std::size_t depth, T* c, std::size_t ldc, std::size_t width);

// C += A' A in the lower triangle of C (row-major, size x size); A is depth x size.
void blas_add_gram(const double* a, std::size_t lda, std::size_t depth, double* c, std::size_t ldc, std::size_t size);

// Overwrites the lower triangle of the row-major n x n matrix A with L, A = L L'; false when A is not positive definite.
bool blas_cholesky(double* a, std::size_t n);
// B <- (L L')^-1 B for an n x count matrix B, or B <- B (L L')^-1 for a count x n matrix when `right`.
void blas_cholesky_solve(const double* l, std::size_t n, double* b, std::size_t count, bool right);

}  // namespace planesearch
