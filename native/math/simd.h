// Vector code, compiled for several instruction sets and chosen once at run time.
//
// A *panel* is a matrix of features x rows with the rows contiguous: a block of rows of X W, of a hidden layer or of the
// outputs. `rows` of a panel is a multiple of kLaneMultiple, so no kernel below has a tail; surplus rows weigh nothing.
#pragma once

#include <cstddef>
#include <cstdint>

#include "activations/activation.h"

namespace planesearch {

inline constexpr std::size_t kLaneMultiple = 8;

// The same 64 bytes in numbers of another type.
template <class T>
inline constexpr std::size_t lane_multiple = kLaneMultiple * sizeof(double) / sizeof(T);

// sum_j scales[j] terms[j], arrays as long as the panel they are combined to.
struct Combination {
  const double* const* terms;
  const double* scales;
  std::size_t count;
};

// The stored numbers of a sparse matrix, line by line: those of line l are the entries [begin[l], begin[l + 1]), by ascending index.
template <class T>
struct SparseLines {
  const std::uint64_t* begin;
  const std::uint32_t* index;
  const T* values;  // null: every stored number is 1
};

// The sums of multiply_sparse over the lines of a transpose, of which the entries come line by line of the matrix itself: what there is of them so far. The arrays are the
// caller's.
struct LineSums {
  static constexpr std::size_t kChains = 4;

  const std::uint32_t* entries;  // of every line, in all
  std::uint32_t* taken;          // of them so far
  double* sum;   // of every line kChains numbers for a width of 1, sparse_stride<T>(width) otherwise; from 0 on
  float* piece;  // of floats, sparse_stride<float>(width) numbers; from 0 on

  // By line.
  static std::size_t sums_of(std::size_t stride) { return stride == 1 ? kChains : stride; }
};

// From row to row of the dense factor of multiply_sparse: a power of two, or whole vectors.
template <class T>
constexpr std::size_t sparse_stride(std::size_t width) {
  std::size_t stride = 1;
  while (stride < width && stride < lane_multiple<T>) stride *= 2;
  return width <= stride ? stride : (width + lane_multiple<T> - 1) / lane_multiple<T> * lane_multiple<T>;
}

// The products for operands of type T, and what a matrix of T is made and measured with.
template <class T>
struct MatrixKernels {
  // The width from which OpenBLAS is faster than multiply_dot and multiply_broadcast on products with X (measured by
  // native/bench/core_bench.cc).
  std::size_t blas_multiply_width, blas_transposed_width;

  // C(i, j) = init[j] + sum_k A(i, k) B(j, k), or C += with `accumulate`; depth rounded up to lane_multiple<T>, where B must
  // hold zeros and A finite numbers. C(i, j) lies at c[i * c_row + j * c_column].
  void (*multiply_dot)(const T* a, std::size_t lda, std::size_t rows, const T* b, std::size_t ldb, std::size_t columns,
                       std::size_t depth, const double* init, double* c, std::size_t c_row, std::size_t c_column,
                       bool accumulate);
  // C(m, n) += sum_k A(k, m) B(k, n) with A(k, m) = a[k * a_depth + m * a_row]; any sizes.
  void (*multiply_broadcast)(const T* a, std::size_t a_depth, std::size_t a_row, std::size_t rows, const T* b,
                             std::size_t ldb, std::size_t depth, double* c, std::size_t ldc, std::size_t width);

  // C(l, a) = init[a] + sum of value * B(index, a) over the entries of lines [first, first + count); B has sparse_stride(width) numbers
  // per row, zeros beyond width. C(l, a) lies at c[(l - first) * c_line + a * c_feature].
  void (*multiply_sparse)(const SparseLines<T>& lines, std::size_t first, std::size_t count, const T* b, std::size_t width,
                          const double* init, double* c, std::size_t c_line, std::size_t c_feature);

  // C(index, a) += value * B(l - first, a) over the entries of lines [first, first + count); rows of B and C are `stride` long, a
  // multiple of kLaneMultiple.
  void (*scatter_sparse)(const SparseLines<T>& lines, std::size_t first, std::size_t count, const double* b,
                         std::size_t stride, double* c);

  // Continues the sums of the lines that `index` names; `b` is a row of R in `T`, sparse_stride<T>(width) numbers.
  void (*continue_sums)(const std::uint32_t* index, const T* values, std::size_t count, const T* b, std::size_t width,
                        const LineSums& sums);
  // Those of lines [first, end), line after line; `out` is row-major, with `width` numbers a line.
  void (*finish_sums)(std::size_t first, std::size_t end, std::size_t width, const LineSums& sums, double* out);

  // Copies and answers whether every number was finite.
  bool (*copy_finite)(const T* from, T* to, std::size_t count);
  // to = scale * from
  void (*widen)(const T* from, double scale, double* to, std::size_t count);
  // The frame, row by row: see data/frame.h.
  void (*add_distances)(const T* row, const double* origin, double* distance, double* longest, std::size_t count);
  void (*add_squares)(const T* row, const double* origin, const double* distance, const double* inverse_unit,
                      double* squares, std::size_t count);
  void (*center_and_scale)(T* row, const double* origin, const double* distance, const double* scale, std::size_t count);
};

struct Lengths {
  double sum;
  double largest;  // each divided by its weight
};

struct Kernels {
  const char* target;
  MatrixKernels<double> doubles;
  MatrixKernels<float> floats;

  // out = activation(base + combination)
  void (*combine)(const double* base, Combination combination, Nonlinearity applied, double* out, std::size_t count);
  // out = activation'(where h = activation(z)) * combination
  void (*combine_tangent)(Combination combination, Nonlinearity applied, const double* h, double* out, std::size_t count);
  void (*activate)(Nonlinearity applied, double* values, std::size_t count);
  // values *= activation'(where h = activation(z))
  void (*times_derivative)(Nonlinearity applied, const double* h, double* values, std::size_t count);
  // out = a * b, or out += a * b
  void (*multiply_elements)(const double* a, const double* b, double* out, std::size_t count, bool accumulate);

  // sums[f] += sum of feature f over the rows of the panel
  void (*add_row_sums)(const double* panel, std::size_t features, std::size_t rows, double* sums);
  // of the Euclidean lengths of the rows of a panel
  Lengths (*measure_lengths)(const double* panel, const double* weights, std::size_t features, std::size_t rows);
  // adds sum (a - b)^2 to result[0] and sum a^2 to result[1]
  void (*add_distance)(const double* a, const double* b, std::size_t count, double* result);

  // Any length.
  double (*dot)(const double* a, const double* b, std::size_t count);
  // sums[r] += left . right[r]
  void (*add_dots)(const double* left, const double* const* right, std::size_t rights, std::size_t count, double* sums);
  // out_ja = weights_j x_ja, or + before_ja unless that is null, for row-major rows x width matrices; `out` may be x or `before`
  void (*weigh_rows)(const double* weights, const double* x, const double* before, std::size_t rows, std::size_t width,
                     double* out);
  void (*axpby)(double alpha, const double* x, double beta, double* y, std::size_t count);
  void (*narrow)(const double* from, float* to, std::size_t count);

  template <class T>
  const MatrixKernels<T>& matrix() const {
    if constexpr (sizeof(T) == sizeof(double)) return doubles;
    else return floats;
  }
};

// The best instruction set of this processor, or a lower one named by PLANESEARCH_SIMD=baseline|avx2|avx512.
const Kernels& kernels();

}  // namespace planesearch
