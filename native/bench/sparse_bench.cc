// Times the sparse matrix beside the dense one on the same numbers: from which share of zeros on is it worth its indices?
//
//     cmake -S . -B build/bench -DBENCHMARKS=ON && cmake --build build/bench && build/bench/sparse_bench [threads]
//
// X W and X' R over panels, as a tracked loss calls them, and the gram; best of several rounds, in milliseconds.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <random>
#include <vector>

#include "data/dense_matrix.h"
#include "data/sparse_matrix.h"
#include "math/blas.h"
#include "objective/tracked_loss.h"

namespace {

using namespace planesearch;

double now_ms(bool cpu) {
  timespec time;
  clock_gettime(cpu ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return 1e3 * static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_nsec);
}

double best_ms(const Run& run, const std::function<void()>& work) {
  double best = 1e300;
  for (int i = 0; i < 7; i++) {
    const double start = now_ms(run.threads == 1);
    work();
    best = std::min(best, now_ms(run.threads == 1) - start);
  }
  return best;
}

struct Shape {
  std::size_t rows, columns;
  double share;  // of the numbers that are not 0
};

void measure(const char* name, DataMatrix& matrix, bool gram, const Run& run) {
  matrix.apply(matrix.measure(8, run), run);
  std::printf("  %-14s", name);
  for (const std::size_t width : {1u, 3u, 10u, 20u, 100u}) {
    const Layout layout = in_panels(cut_rows(matrix.rows(), width, matrix.cutting()), width);
    const std::vector<double> w(matrix.columns() * width, 0.1);
    std::vector<double> z(layout.blocks.padded_rows() * width), g(w.size());
    const double forward = best_ms(run, [&] { matrix.multiply(w.data(), nullptr, layout, z.data(), run); });
    const double backward = best_ms(run, [&] { matrix.multiply_transposed(z.data(), layout, g.data(), run); });
    std::printf(" %8.2f %8.2f |", forward, backward);
  }
  const std::vector<double> scale(matrix.rows(), 0.5);
  std::vector<double> moments(gram ? (matrix.columns() + 1) * (matrix.columns() + 1) : 0);
  if (gram) std::printf(" %8.2f", best_ms(run, [&] { matrix.gram(scale.data(), matrix.rows(), 1, moments.data(), run); }));
  std::printf("\n");
}

template <class T>
void compare(const Shape& shape, const char* names[3], const Run& run) {
  std::mt19937_64 random(7);
  std::vector<T> dense(shape.rows * shape.columns), values, ones;
  std::vector<double> begin{0};
  std::vector<std::uint32_t> index;
  for (std::size_t e = 0; e < dense.size(); e++) {
    if (static_cast<double>(random() >> 11) * 0x1p-53 < shape.share) {
      dense[e] = static_cast<T>(static_cast<double>(random() >> 11) * 0x1p-53);
      values.push_back(dense[e]);
      index.push_back(static_cast<std::uint32_t>(e % shape.columns));
    }
    if (e % shape.columns == shape.columns - 1) begin.push_back(static_cast<double>(index.size()));
  }
  const bool gram = shape.columns <= 2048;
  if (dense.size() < 200'000'000) {
    DenseMatrix<T> matrix(dense.data(), shape.rows, shape.columns, nullptr, run);
    measure(names[0], matrix, gram, run);
  }
  SparseMatrix<T> sparse(SparseSource<T>{begin.data(), index.data(), values.data()}, index.size(), shape.rows, shape.columns,
                         run);
  measure(names[1], sparse, gram, run);
  SparseMatrix<T> pattern(SparseSource<T>{begin.data(), index.data(), nullptr}, index.size(), shape.rows, shape.columns,
                          run);
  measure(names[2], pattern, gram, run);
}

}  // namespace

int main(int count, char** arguments) {
  blas_use_one_thread();
  Pool pool;
  const Run run{&pool, count > 1 ? static_cast<unsigned>(std::atoi(arguments[1])) : 1, nullptr};
  std::printf("kernels %s, SIMD %s, %u threads; X W, X' R for r = 1, 3, 10, 20, 100; gram\n", blas_info().core.c_str(),
              kernels().target, run.threads);
  const char *doubles[] = {"dense", "sparse", "ones"}, *singles[] = {"dense float", "sparse float", "ones float"};
  for (const Shape& shape : {Shape{32561, 123, 0.11},
                             {49749, 300, 0.04},
                             {20000, 784, 0.19},
                             {16000, 2000, 0.05},
                             {16000, 2000, 0.01},
                             {16000, 60000, 0.001}}) {
    std::printf("%zu x %zu, %g stored\n", shape.rows, shape.columns, shape.share);
    compare<double>(shape, doubles, run);
    compare<float>(shape, singles, run);
  }
}
