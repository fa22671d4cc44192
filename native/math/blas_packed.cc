// The door of math/blas.h without OpenBLAS: for WebAssembly.
#include <cmath>
#include <cstddef>

#include "math/blas.h"
#include "math/blas_memory.h"
#include "math/packed_gemm.h"

namespace planesearch {
namespace {

using packed::multiply_add;
using packed::Operand;

// Rows or columns that are factorized and solved one by one; all beyond them are products.
constexpr std::size_t kBlock = 64;

template <class T>
Operand<T> by_rows(const T* values, std::size_t stride) {
  return {values, stride, 1};
}
template <class T>
Operand<T> transposed(const T* values, std::size_t stride) {
  return {values, 1, stride};
}

double dot(const double* a, const double* b, std::size_t count) {
  packed::Vector<double> even = {}, odd = {};
  std::size_t k = 0;
  for (; k + 4 <= count; k += 4) {
    even += packed::load(a + k) * packed::load(b + k);
    odd += packed::load(a + k + 2) * packed::load(b + k + 2);
  }
  even += odd;
  double sum = even[0] + even[1];
  for (; k < count; k++) sum += a[k] * b[k];
  return sum;
}

void subtract(double factor, const double* x, double* y, std::size_t count) {
  for (std::size_t j = 0; j < count; j++) y[j] -= factor * x[j];
}

// One row of X in X L' = B, of one block of the diagonal.
void solve_row(const double* l, std::size_t ldl, std::size_t size, double* row) {
  for (std::size_t j = 0; j < size; j++) row[j] = (row[j] - dot(row, l + j * ldl, j)) / l[j * ldl + j];
}

bool factorize_block(double* a, std::size_t lda, std::size_t size) {
  for (std::size_t j = 0; j < size; j++) {
    const double pivot = a[j * lda + j] - dot(a + j * lda, a + j * lda, j);
    if (!(pivot > 0) || std::isinf(pivot)) return false;
    const double root = a[j * lda + j] = std::sqrt(pivot);
    for (std::size_t i = j + 1; i < size; i++) a[i * lda + j] = (a[i * lda + j] - dot(a + i * lda, a + j * lda, j)) / root;
  }
  return true;
}

}  // namespace

void blas_use_one_thread() {}
bool reserve_blas_memory(bool) noexcept { return true; }

BlasInfo blas_info() { return {"planesearch's own kernels", "WebAssembly"}; }

template <class T>
void blas_multiply_dot(const T* a, std::size_t lda, std::size_t rows, const T* b, std::size_t ldb, std::size_t columns,
                       std::size_t depth, T* c, std::size_t ldc) {
  for (std::size_t i = 0; i < rows; i++) std::fill_n(c + i * ldc, columns, T{0});
  multiply_add(by_rows(a, lda), transposed(b, ldb), rows, depth, columns, c, ldc);
}

template <class T>
void blas_multiply_add(bool a_transposed, const T* a, std::size_t lda, std::size_t rows, const T* b, std::size_t ldb,
                       std::size_t depth, T* c, std::size_t ldc, std::size_t width) {
  multiply_add(a_transposed ? transposed(a, lda) : by_rows(a, lda), by_rows(b, ldb), rows, depth, width, c, ldc);
}

void blas_add_gram(const double* a, std::size_t lda, std::size_t depth, double* c, std::size_t ldc, std::size_t size) {
  multiply_add(transposed(a, lda), by_rows(a, lda), size, depth, size, c, ldc, 1.0, packed::Part::kLowerTriangle);
}

void blas_subtract(bool a_transposed, bool b_transposed, const double* a, std::size_t lda, std::size_t rows, const double* b,
                   std::size_t ldb, std::size_t columns, std::size_t depth, double* c, std::size_t ldc) {
  multiply_add(a_transposed ? transposed(a, lda) : by_rows(a, lda), b_transposed ? transposed(b, ldb) : by_rows(b, ldb),
               rows, depth, columns, c, ldc, -1.0);
}

void blas_subtract_square(const double* a, std::size_t lda, std::size_t size, std::size_t depth, double* c,
                          std::size_t ldc) {
  multiply_add(by_rows(a, lda), transposed(a, lda), size, depth, size, c, ldc, -1.0, packed::Part::kLowerTriangle);
}

bool blas_cholesky(double* a, std::size_t n, std::size_t lda) {
  for (std::size_t from = 0; from < n; from += kBlock) {
    const std::size_t size = std::min(n - from, kBlock), below = from + size;
    double* const diagonal = a + from * lda + from;
    blas_subtract_square(a + from * lda, lda, size, from, diagonal, lda);
    if (!factorize_block(diagonal, lda, size)) return false;
    blas_subtract(false, true, a + below * lda, lda, n - below, a + from * lda, lda, size, from, a + below * lda + from,
                  lda);
    for (std::size_t i = below; i < n; i++) solve_row(diagonal, lda, size, a + i * lda + from);
  }
  return true;
}

void blas_solve_left(bool l_transposed, const double* l, std::size_t n, std::size_t ldl, double* b, std::size_t count,
                     std::size_t ldb) {
  const auto row = [&](std::size_t i) { return b + i * ldb; };
  const auto divide = [&](std::size_t i) {
    for (std::size_t j = 0; j < count; j++) row(i)[j] /= l[i * ldl + i];
  };
  if (!l_transposed) {
    for (std::size_t from = 0; from < n; from += kBlock) {
      const std::size_t to = std::min(n, from + kBlock);
      blas_subtract(false, false, l + from * ldl, ldl, to - from, b, ldb, count, from, row(from), ldb);
      for (std::size_t i = from; i < to; i++) {
        for (std::size_t k = from; k < i; k++) subtract(l[i * ldl + k], row(k), row(i), count);
        divide(i);
      }
    }
    return;
  }
  for (std::size_t to = n; to > 0;) {
    const std::size_t from = (to - 1) / kBlock * kBlock;
    blas_subtract(true, false, l + to * ldl + from, ldl, to - from, row(to), ldb, count, n - to, row(from), ldb);
    for (std::size_t i = to; i-- > from;) {
      for (std::size_t k = i + 1; k < to; k++) subtract(l[k * ldl + i], row(k), row(i), count);
      divide(i);
    }
    to = from;
  }
}

void blas_solve_right(bool l_transposed, const double* l, std::size_t n, std::size_t ldl, double* b, std::size_t count,
                      std::size_t ldb) {
  if (l_transposed) {
    for (std::size_t from = 0; from < n; from += kBlock) {
      const std::size_t size = std::min(n - from, kBlock);
      blas_subtract(false, true, b, ldb, count, l + from * ldl, ldl, size, from, b + from, ldb);
      for (std::size_t r = 0; r < count; r++) solve_row(l + from * ldl + from, ldl, size, b + r * ldb + from);
    }
    return;
  }
  for (std::size_t to = n; to > 0;) {
    const std::size_t from = (to - 1) / kBlock * kBlock;
    blas_subtract(false, false, b + to, ldb, count, l + to * ldl + from, ldl, to - from, n - to, b + from, ldb);
    for (std::size_t r = 0; r < count; r++) {
      double* row = b + r * ldb;
      for (std::size_t i = to; i-- > from;) {
        row[i] /= l[i * ldl + i];
        subtract(row[i], l + i * ldl + from, row + from, i - from);
      }
    }
    to = from;
  }
}

}  // namespace planesearch

#include "math/blas_instances-inl.h"
