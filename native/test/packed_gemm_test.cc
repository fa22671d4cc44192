// The products, Gram matrices and Cholesky factors of the WebAssembly build = those of OpenBLAS. Both have the same names: the former are
// compiled here into a namespace of their own.
#include <cmath>
#include <cstddef>
#include <vector>

#include "check.h"
#include "math/aligned_buffer.h"
#include "math/blas.h"
#include "math/blas_memory.h"

namespace own {
using planesearch::AlignedArray;
using planesearch::allocate_aligned;
using planesearch::BlasInfo;
}  // namespace own

#define planesearch own
#include "math/blas_packed.cc"
#undef planesearch

namespace {

template <class T>
std::vector<T> waves(std::size_t count, double pace) {
  std::vector<T> values(count);
  for (std::size_t e = 0; e < count; e++) values[e] = static_cast<T>(std::sin(1 + pace * static_cast<double>(e)));
  return values;
}

template <class T>
double distance(const std::vector<T>& a, const std::vector<T>& b) {
  double worst = 0, largest = 1;
  for (std::size_t e = 0; e < a.size(); e++) {
    worst = std::max(worst, std::fabs(static_cast<double>(a[e]) - static_cast<double>(b[e])));
    largest = std::max(largest, std::fabs(static_cast<double>(b[e])));
  }
  return worst / largest;
}

struct Shape {
  std::size_t rows, depth, width;
};

// Below, at and above every block of the kernels.
constexpr Shape kShapes[] = {{1, 1, 1}, {3, 5, 7}, {4, 512, 4}, {65, 513, 9}, {64, 20, 128}, {130, 1030, 133}, {5, 3, 300}};

template <class T>
void products(double tolerance) {
  constexpr std::size_t kGap = 3;  // between the rows of every operand
  for (const auto& [rows, depth, width] : kShapes) {
    for (const bool transposed : {false, true}) {
      const std::size_t lda = (transposed ? rows : depth) + kGap, ldb = width + kGap;
      const auto a = waves<T>((transposed ? depth : rows) * lda, 0.7), b = waves<T>(depth * ldb, 0.3);
      auto mine = waves<T>(rows * ldb, 0.1), theirs = mine;
      own::blas_multiply_add(transposed, a.data(), lda, rows, b.data(), ldb, depth, mine.data(), ldb, width);
      planesearch::blas_multiply_add(transposed, a.data(), lda, rows, b.data(), ldb, depth, theirs.data(), ldb, width);
      CHECK(distance(mine, theirs) < tolerance);
    }
    const std::size_t stride = depth + kGap;
    const auto a = waves<T>(rows * stride, 0.7), b = waves<T>(width * stride, 0.3);
    std::vector<T> mine(rows * width), theirs(rows * width);
    own::blas_multiply_dot(a.data(), stride, rows, b.data(), stride, width, depth, mine.data(), width);
    planesearch::blas_multiply_dot(a.data(), stride, rows, b.data(), stride, width, depth, theirs.data(), width);
    CHECK(distance(mine, theirs) < tolerance);
  }
}

void products_of_doubles() { products<double>(1e-13); }
void products_of_floats() { products<float>(1e-5); }

void grams() {
  for (const auto& [depth, unused, size] : kShapes) {
    const std::size_t stride = size + 2;
    const auto a = waves<double>(depth * stride, 0.7);
    auto mine = waves<double>(size * stride, 0.1), theirs = mine;
    own::blas_add_gram(a.data(), stride, depth, mine.data(), stride, size);
    planesearch::blas_add_gram(a.data(), stride, depth, theirs.data(), stride, size);
    // What lies above the diagonal is left alone by both.
    CHECK(distance(mine, theirs) < 1e-13);
  }
}

// A positive definite matrix: a Gram matrix of waves, and 1 on its diagonal.
std::vector<double> positive(std::size_t n) {
  const auto a = waves<double>(n * n, 0.37);
  std::vector<double> gram(n * n);
  for (std::size_t i = 0; i < n; i++) {
    for (std::size_t j = 0; j < n; j++) {
      for (std::size_t k = 0; k < n; k++) gram[i * n + j] += a[k * n + i] * a[k * n + j] / static_cast<double>(n);
    }
    gram[i * n + i] += 1;
  }
  return gram;
}

constexpr std::size_t kOrders[] = {1, 2, 63, 64, 65, 150};

void factors_and_solutions() {
  for (const std::size_t n : kOrders) {
    auto mine = positive(n), theirs = mine;
    CHECK(own::blas_cholesky(mine.data(), n, n));
    CHECK(planesearch::blas_cholesky(theirs.data(), n, n));
    CHECK(distance(mine, theirs) < 1e-12);
    for (const std::size_t count : {std::size_t{1}, std::size_t{2}, std::size_t{70}}) {
      for (const bool transposed : {false, true}) {
        auto ours = waves<double>(n * count, 0.9), others = ours;
        own::blas_solve_left(transposed, mine.data(), n, n, ours.data(), count, count);
        planesearch::blas_solve_left(transposed, theirs.data(), n, n, others.data(), count, count);
        CHECK(distance(ours, others) < 1e-11);
        own::blas_solve_right(transposed, mine.data(), n, n, ours.data(), count, n);
        planesearch::blas_solve_right(transposed, theirs.data(), n, n, others.data(), count, n);
        CHECK(distance(ours, others) < 1e-11);
      }
    }
  }
}

void no_factor() {
  for (const std::size_t n : kOrders) {
    for (const double bad : {-1.0, 0.0, std::nan(""), static_cast<double>(INFINITY)}) {
      auto a = positive(n);
      a[n * n - 1] = bad;
      CHECK(!own::blas_cholesky(a.data(), n, n));
    }
  }
}

}  // namespace

int main() {
  planesearch::blas_use_one_thread();
  return test::run({{"products of doubles", products_of_doubles},
                    {"products of floats", products_of_floats},
                    {"Gram matrices", grams},
                    {"Cholesky factors and solutions", factors_and_solutions},
                    {"no factor of what is not positive definite", no_factor}});
}
