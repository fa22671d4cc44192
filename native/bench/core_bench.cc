// Times the native core against bare cblas calls on the same shapes in the same run, without Node.
//
//     cmake -S . -B build/bench -DBENCHMARKS=ON && cmake --build build/bench && build/bench/core_bench [most threads] [first shape] [last shape]
//
// Every figure is the best of several rounds, in milliseconds: of CPU time with one thread, which other programs on the
// machine disturb least, of wall time with more.
#include <cblas.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <random>
#include <thread>
#include <vector>

#include "data/dense_matrix.h"
#include "losses/loss.h"
#include "math/blas.h"
#include "objective/tracked_loss.h"

namespace {

using namespace planesearch;

bool cpu_time = false;

double now_ms() {
  timespec time;
  clock_gettime(cpu_time ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return 1e3 * static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_nsec);
}

double best_ms(int rounds, const std::function<void()>& work) {
  double best = 1e300;
  for (int i = 0; i < rounds; i++) {
    const double start = now_ms();
    work();
    best = std::min(best, now_ms() - start);
  }
  return best;
}

std::vector<double> random_numbers(std::size_t count, double scale) {
  std::mt19937_64 random(7);
  std::vector<double> values(count);
  for (double& value : values) value = scale * (static_cast<double>(random() >> 11) * 0x1p-52 - 1);
  return values;
}

struct Shape {
  const char* name;
  std::size_t rows, columns, hidden, outputs;  // hidden 0: linear
  const char* loss;
  int rounds;
};

// The nodes of an mlp with one hidden layer, or of the linear network.
Network network_of(const Shape& shape) {
  const Node output{NodeKind::kAffine, {0, 0}, shape.outputs, {}, 1, 0, {}};
  if (shape.hidden == 0) {
    return Network({{shape.columns, shape.outputs}}, {{NodeKind::kTracked, {}, shape.outputs, {}, 0, 0, {}}});
  }
  const Node hidden{NodeKind::kTracked, {}, shape.hidden, {Activation::kTanh, 1}, 0, 0, {}};
  return Network({{shape.columns, shape.hidden}, {shape.hidden, shape.outputs}}, {hidden, output});
}

void bare_blas(const Shape& shape, const std::vector<double>& x, int threads) {
  const int n = static_cast<int>(shape.rows), d = static_cast<int>(shape.columns);
  const int r = static_cast<int>(shape.hidden > 0 ? shape.hidden : shape.outputs);
  const std::vector<double> w = random_numbers(shape.columns * static_cast<std::size_t>(r), 0.1);
  std::vector<double> z(shape.rows * static_cast<std::size_t>(r)), g(w.size());
  openblas_set_num_threads(threads);
  const double forward = best_ms(shape.rounds, [&] {
    if (r == 1) cblas_dgemv(CblasRowMajor, CblasNoTrans, n, d, 1, x.data(), d, w.data(), 1, 0, z.data(), 1);
    else cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, r, d, 1, x.data(), d, w.data(), r, 0, z.data(), r);
  });
  const double backward = best_ms(shape.rounds, [&] {
    if (r == 1) cblas_dgemv(CblasRowMajor, CblasTrans, n, d, 1, x.data(), d, z.data(), 1, 0, g.data(), 1);
    else cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, d, r, n, 1, x.data(), d, z.data(), r, 0, g.data(), r);
  });
  const double flipped = best_ms(shape.rounds, [&] {
    if (r == 1) cblas_dgemv(CblasRowMajor, CblasTrans, n, d, 1, x.data(), d, z.data(), 1, 0, g.data(), 1);
    else cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, r, d, n, 1, z.data(), r, x.data(), d, 0, g.data(), d);
  });
  openblas_set_num_threads(1);
  std::printf("  bare cblas       X W %8.3f   X'R %8.3f   R'X %8.3f   X W + X'R %8.3f\n", forward, backward, flipped,
              forward + backward);
}

template <class T>
void measure(const Shape& shape, unsigned threads) {
  std::printf("%s, %u threads, float%zu\n", shape.name, threads, 8 * sizeof(T));
  cpu_time = threads == 1;
  Pool pool;
  const Run run{&pool, threads, nullptr};
  const std::vector<double> x = random_numbers(shape.rows * shape.columns, 1);
  bare_blas(shape, x, static_cast<int>(threads));

  const Network network = network_of(shape);
  const Loss compared{find_loss(shape.loss), {}};
  std::vector<double> targets = random_numbers(shape.rows * compared.target_width(shape.outputs), 1);
  const bool classes = !compared.kernels->target_per_output;
  for (double& y : targets) y = classes ? std::floor((y + 1) / 2 * static_cast<double>(shape.outputs)) : y < 0 ? -1 : 1;
  const std::vector<T> values(x.begin(), x.end());
  const DenseMatrix<T> matrix(values.data(), shape.rows, shape.columns, nullptr, run);
  const std::vector<double> weights(shape.rows, 1.0 / static_cast<double>(shape.rows));
  TrackedLoss loss(network, compared, {0, targets.data(), nullptr, weights.data(), weights.size()}, matrix.cutting(), 1,
                   weights.size());
  const std::vector<double> parameters = random_numbers(network.size(), 0.05),
                            direction = random_numbers(network.size(), 0.01);
  const std::vector<double> past(direction.begin() + static_cast<std::ptrdiff_t>(network.deep_begin()), direction.end());
  std::vector<double> gradient;
  const std::vector<double> line{0.01};
  std::vector<int> joint(network.depth(), 0), split(2 * network.depth());
  for (std::size_t i = 0; i < split.size(); i++) split[i] = static_cast<int>(i);
  const int k = static_cast<int>(split.size());
  const std::vector<double> steps(split.size(), 0.01);

  loss.restart(matrix, parameters, run);
  loss.advance(matrix, nullptr, gradient, run);
  loss.span(matrix, {direction}, {}, joint, 1, run);
  loss.advance(matrix, &line, gradient, run);

  std::vector<double> w(shape.columns * network.first_width(), 0.1), product(shape.rows * network.first_width()),
      g(w.size());
  const Layout layout = row_major(cut_rows(shape.rows, shape.columns, Cutting(shape.columns)), network.first_width());
  const double multiply = best_ms(shape.rounds, [&] { matrix.multiply(w.data(), nullptr, layout, product.data(), run); });
  const double transposed =
      best_ms(shape.rounds, [&] { matrix.multiply_transposed(product.data(), layout, g.data(), run); });
  const double restart = best_ms(shape.rounds, [&] { loss.span(matrix, {direction}, {past}, split, k, run); });
  const double value = best_ms(3 * shape.rounds, [&] { loss.value(steps, run); });
  const double evaluation = best_ms(3 * shape.rounds, [&] { loss.evaluate(steps, run); });
  const double stay = best_ms(shape.rounds, [&] { loss.advance(matrix, nullptr, gradient, run); });
  double advance = 1e300, iteration = 1e300;
  for (int i = 0; i < shape.rounds; i++) {
    iteration = std::min(iteration, best_ms(1, [&] {
                           loss.span(matrix, {direction}, {past}, split, k, run);
                           advance = std::min(advance, best_ms(1, [&] { loss.advance(matrix, &steps, gradient, run); }));
                         }));
  }
  std::printf("  DenseMatrix      X W %8.3f   X'R %8.3f\n", multiply, transposed);
  std::printf(
      "  TrackedLoss     span %8.3f   value %8.3f   evaluate(k=%d) %8.3f   gradient %8.3f   advance %8.3f   span + advance "
      "%8.3f\n",
      restart, value, k, evaluation, stay, advance, iteration);
}

}  // namespace

int main(int count, char** arguments) {
  blas_use_one_thread();
  const BlasInfo blas = blas_info();
  std::printf("%s, kernels %s, SIMD %s\n", blas.version.c_str(), blas.core.c_str(), kernels().target);
  const unsigned most = count > 1 ? static_cast<unsigned>(std::atoi(arguments[1])) : std::thread::hardware_concurrency();
  const Shape shapes[] = {
      {"60000 x 784, 100 hidden, 10 classes", 60000, 784, 100, 10, "softmax", 5},
      {"60000 x 784, linear, 10 classes", 60000, 784, 0, 10, "softmax", 5},
      {"32561 x 123, linear, logistic", 32561, 123, 0, 1, "logistic", 50},
      {"32561 x 123, 30 hidden, logistic", 32561, 123, 30, 1, "logistic", 20},
      {"10000 x 784, 400 hidden, 10 classes", 10000, 784, 400, 10, "softmax", 3},
      {"5000 x 30, 50 hidden, 3 classes", 5000, 30, 50, 3, "softmax", 50},
  };
  const int from = count > 2 ? std::atoi(arguments[2]) : 0, to = count > 3 ? std::atoi(arguments[3]) : 5;
  for (int i = from; i <= to; i++) {
    for (unsigned threads = 1; threads <= most; threads *= 2) {
      measure<double>(shapes[i], threads);
      measure<float>(shapes[i], threads);
    }
  }
}
