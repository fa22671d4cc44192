// Vector code, compiled for several instruction sets and chosen once at run time.
//
// A *panel* is a matrix of features x rows with the rows contiguous: a block of rows of X W, of a hidden layer or of the
// outputs. `rows` of a panel is a multiple of kLaneMultiple, so no kernel below has a tail; surplus rows weigh nothing.
#pragma once

#include <cstddef>

#include "activations/activation.h"
#include "losses/loss.h"

namespace planesearch {

inline constexpr std::size_t kLaneMultiple = 8;

// sum_j scales[j] terms[j], arrays as long as the panel they are combined to.
struct Combination {
  const double* const* terms;
  const double* scales;
  std::size_t count;
};

struct Kernels {
  const char* target;

  // The width from which OpenBLAS is faster than multiply_dot and multiply_broadcast on products with X (measured by
  // native/bench/core_bench.cc).
  std::size_t blas_multiply_width, blas_transposed_width;

  // C(i, j) = init[j] + sum_k A(i, k) B(j, k), or C += with `accumulate`; depth rounded up to kLaneMultiple, where B must
  // hold zeros and A finite numbers. C(i, j) lies at c[i * c_row + j * c_column].
  void (*multiply_dot)(const double* a, std::size_t lda, std::size_t rows, const double* b, std::size_t ldb, std::size_t columns,
                       std::size_t depth, const double* init, double* c, std::size_t c_row, std::size_t c_column, bool accumulate);
  // C(m, n) += sum_k A(k, m) B(k, n) with A(k, m) = a[k * a_depth + m * a_row]; any sizes.
  void (*multiply_broadcast)(const double* a, std::size_t a_depth, std::size_t a_row, std::size_t rows, const double* b,
                             std::size_t ldb, std::size_t depth, double* c, std::size_t ldc, std::size_t width);

  // out = activation(base + combination)
  void (*combine)(const double* base, Combination combination, Activation activation, double* out, std::size_t count);
  // out = activation'(where h = activation(z)) * combination
  void (*combine_tangent)(Combination combination, Activation activation, const double* h, double* out, std::size_t count);
  void (*activate)(Activation activation, double* values, std::size_t count);
  // values *= activation'(where h = activation(z))
  void (*times_derivative)(Activation activation, const double* h, double* values, std::size_t count);

  // Weighted loss of a panel. With `slopes` it also fills the weighted derivatives by the outputs, and leaves in `outputs`
  // what `curve` wants: the class probabilities (softmax), p (1 - p) (logistic).
  double (*loss)(Loss loss, double* outputs, const double* targets, const double* weights, std::size_t width, std::size_t rows,
                 double* slopes);
  // out = weight * Hessian * tangent, row by row.
  void (*curve)(Loss loss, const double* state, const double* weights, const double* tangent, std::size_t width,
                std::size_t rows, double* out);

  // sums[f] += sum of feature f over the rows of the panel
  void (*add_row_sums)(const double* panel, std::size_t features, std::size_t rows, double* sums);
  // adds sum (a - b)^2 to result[0] and sum a^2 to result[1]
  void (*add_distance)(const double* a, const double* b, std::size_t count, double* result);

  // Any length.
  double (*dot)(const double* a, const double* b, std::size_t count);
  void (*axpby)(double alpha, const double* x, double beta, double* y, std::size_t count);
  // Copies and answers whether every number was finite.
  bool (*copy_finite)(const double* from, double* to, std::size_t count);
};

// The best instruction set of this processor, or a lower one named by PLANESEARCH_SIMD=baseline|avx2|avx512.
const Kernels& kernels();

}  // namespace planesearch
