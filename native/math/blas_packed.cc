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

// Rows of X in X L' = B, of the `size` columns of one block of the diagonal.
void solve_row(const double* l, std::size_t n, std::size_t size, double* row) {
  for (std::size_t j = 0; j < size; j++) row[j] = (row[j] - dot(row, l + j * n, j)) / l[j * n + j];
}

// One block of the diagonal, whose rows are `n` apart.
bool factorize_block(double* a, std::size_t n, std::size_t size) {
  for (std::size_t j = 0; j < size; j++) {
    const double pivot = a[j * n + j] - dot(a + j * n, a + j * n, j);
    if (!(pivot > 0) || std::isinf(pivot)) return false;
    const double root = a[j * n + j] = std::sqrt(pivot);
    for (std::size_t i = j + 1; i < size; i++) a[i * n + j] = (a[i * n + j] - dot(a + i * n, a + j * n, j)) / root;
  }
  return true;
}

// B <- (L L')^-1 B, n x count.
void solve_left(const double* l, std::size_t n, double* b, std::size_t count) {
  for (std::size_t from = 0; from < n; from += kBlock) {
    const std::size_t to = std::min(n, from + kBlock);
    multiply_add(by_rows(l + from * n, n), by_rows<double>(b, count), to - from, from, count, b + from * count, count, -1.0);
    for (std::size_t i = from; i < to; i++) {
      for (std::size_t k = from; k < i; k++) subtract(l[i * n + k], b + k * count, b + i * count, count);
      for (std::size_t j = 0; j < count; j++) b[i * count + j] /= l[i * n + i];
    }
  }
  for (std::size_t to = n; to > 0;) {
    const std::size_t from = (to - 1) / kBlock * kBlock;
    multiply_add(transposed(l + to * n + from, n), by_rows<double>(b + to * count, count), to - from, n - to, count,
                 b + from * count, count, -1.0);
    for (std::size_t i = to; i-- > from;) {
      for (std::size_t k = i + 1; k < to; k++) subtract(l[k * n + i], b + k * count, b + i * count, count);
      for (std::size_t j = 0; j < count; j++) b[i * count + j] /= l[i * n + i];
    }
    to = from;
  }
}

// B <- B (L L')^-1, count x n.
void solve_right(const double* l, std::size_t n, double* b, std::size_t count) {
  for (std::size_t from = 0; from < n; from += kBlock) {
    const std::size_t size = std::min(n - from, kBlock);
    multiply_add(by_rows<double>(b, n), transposed(l + from * n, n), count, from, size, b + from, n, -1.0);
    for (std::size_t r = 0; r < count; r++) solve_row(l + from * n + from, n, size, b + r * n + from);
  }
  for (std::size_t to = n; to > 0;) {
    const std::size_t from = (to - 1) / kBlock * kBlock;
    multiply_add(by_rows<double>(b + to, n), by_rows(l + to * n + from, n), count, n - to, to - from, b + from, n, -1.0);
    for (std::size_t r = 0; r < count; r++) {
      double* row = b + r * n;
      for (std::size_t i = to; i-- > from;) {
        row[i] /= l[i * n + i];
        subtract(row[i], l + i * n + from, row + from, i - from);
      }
    }
    to = from;
  }
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

bool blas_cholesky(double* a, std::size_t n) {
  for (std::size_t from = 0; from < n; from += kBlock) {
    const std::size_t size = std::min(n - from, kBlock), below = from + size;
    double* diagonal = a + from * n + from;
    multiply_add(by_rows<double>(a + from * n, n), transposed<double>(a + from * n, n), size, from, size, diagonal, n, -1.0,
                 packed::Part::kLowerTriangle);
    if (!factorize_block(diagonal, n, size)) return false;
    multiply_add(by_rows<double>(a + below * n, n), transposed<double>(a + from * n, n), n - below, from, size,
                 a + below * n + from, n, -1.0);
    for (std::size_t i = below; i < n; i++) solve_row(diagonal, n, size, a + i * n + from);
  }
  return true;
}

void blas_cholesky_solve(const double* l, std::size_t n, double* b, std::size_t count, bool right) {
  // One vector is a row as well as a column, and of rows the numbers of one block lie side by side.
  if (right || count == 1) solve_right(l, n, b, count);
  else solve_left(l, n, b, count);
}

}  // namespace planesearch

#include "math/blas_instances-inl.h"
