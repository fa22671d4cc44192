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

// C -= A B (row-major): A is rows x depth, or depth x rows when `a_transposed`; B is depth x columns, or columns x depth.
void blas_subtract(bool a_transposed, bool b_transposed, const double* a, std::size_t lda, std::size_t rows, const double* b,
                   std::size_t ldb, std::size_t columns, std::size_t depth, double* c, std::size_t ldc);

// C -= A A' in the lower triangle of C (row-major, size x size); A is size x depth.
void blas_subtract_square(const double* a, std::size_t lda, std::size_t size, std::size_t depth, double* c, std::size_t ldc);

// Overwrites the lower triangle of the row-major n x n matrix A with L, A = L L'; false when A is not positive definite.
bool blas_cholesky(double* a, std::size_t n, std::size_t lda);
// B <- L^-1 B, or L'^-1 B when `transposed`, for an n x count matrix B.
void blas_solve_left(bool transposed, const double* l, std::size_t n, std::size_t ldl, double* b, std::size_t count,
                     std::size_t ldb);
// B <- B L^-1, or B L'^-1 when `transposed`, for a count x n matrix B.
void blas_solve_right(bool transposed, const double* l, std::size_t n, std::size_t ldl, double* b, std::size_t count,
                      std::size_t ldb);

}  // namespace planesearch
