// Products, second moments and the tracked loss with 1 to 8 threads: the same bits, for doubles and floats, for several networks. Under
// ThreadSanitizer the panels and partial sums are the test: a task writes what is its own.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <utility>
#include <vector>

#include "check.h"
#include "data/dense_matrix.h"
#include "data/sparse_matrix.h"
#include "losses/loss.h"
#include "math/blas.h"
#include "objective/tracked_loss.h"
#include "parallel/pool.h"
#include "parallel/run.h"

namespace {

using namespace planesearch;

using Numbers = std::vector<double>;

Numbers waves(std::size_t count, double step) {
  Numbers values(count);
  for (std::size_t i = 0; i < count; i++) values[i] = std::sin(step * static_cast<double>(i + 1));
  return values;
}

template <class T>
std::unique_ptr<DataMatrix> framed(const Numbers& values, std::size_t rows, std::size_t columns, const Run& run) {
  const std::vector<T> own(values.begin(), values.end());
  auto matrix = std::make_unique<DenseMatrix<T>>(own.data(), rows, columns, nullptr, run);
  matrix->apply(matrix->measure(8, run), run);
  return matrix;
}

// Every seventh number and a full first column.
template <class T>
std::unique_ptr<DataMatrix> framed_sparse(std::size_t rows, std::size_t columns, const Run& run) {
  const Numbers all = waves(rows * columns, 0.7);
  Numbers begin{0}, values;
  std::vector<std::uint32_t> index;
  for (std::size_t i = 0; i < rows; i++) {
    for (std::size_t j = 0; j < columns; j++) {
      if (j > 0 && (i * columns + j) % 7 != 0) continue;
      index.push_back(static_cast<std::uint32_t>(j));
      values.push_back(all[i * columns + j]);
    }
    begin.push_back(static_cast<double>(index.size()));
  }
  const SparseSource<double> source{begin.data(), index.data(), values.data()};
  auto matrix = std::make_unique<SparseMatrix<T>>(source, index.size(), rows, columns, run);
  CHECK(matrix->valid());
  matrix->apply(matrix->measure(8, run), run);
  return matrix;
}

Network mlp(std::size_t columns, std::size_t units, std::size_t outputs) {
  return Network({{columns, units}, {units, outputs}}, {{NodeKind::kTracked, {}, units, {Activation::kTanh, 1}, 0, 0, {}},
                                                        {NodeKind::kAffine, {0, 0}, outputs, {}, 1, 0, {}}});
}

// (sigmoid(2 Z_1) * Z_2) V + c, and Z_2 once more behind an activation of its own.
Network gated(std::size_t columns, std::size_t units, std::size_t outputs) {
  return Network({{columns, 2 * units}, {units, outputs}},
                 {{NodeKind::kTracked, {}, units, {Activation::kSigmoid, 2}, 0, 0, {}},
                  {NodeKind::kTracked, {}, units, {}, 0, units, {}},
                  {NodeKind::kProduct, {0, 1}, units, {}, 0, 0, {}},
                  {NodeKind::kActivation, {1, 0}, units, {Activation::kRelu, 1}, 0, 0, {}},
                  {NodeKind::kSum, {2, 3}, units, {}, 0, 0, {}},
                  {NodeKind::kAffine, {4, 0}, outputs, {}, 1, 0, {}}});
}

struct Shape {
  std::size_t rows, columns, units;
};

void append(Numbers& all, const Numbers& more) { all.insert(all.end(), more.begin(), more.end()); }

// Everything that a run returns, in one vector.
template <class T>
Numbers course(const Shape& shape, bool gates, unsigned threads, bool sparse = false) {
  constexpr std::size_t kOutputs = 3;
  Pool pool;
  const Run run{&pool, threads, nullptr};
  const auto matrix = sparse ? framed_sparse<T>(shape.rows, shape.columns, run)
                             : framed<T>(waves(shape.rows * shape.columns, 0.7), shape.rows, shape.columns, run);
  const Network network = gates ? gated(shape.columns, shape.units, kOutputs) : mlp(shape.columns, shape.units, kOutputs);
  Numbers targets(shape.rows), weights(shape.rows, 1 / static_cast<double>(shape.rows));
  for (std::size_t i = 0; i < shape.rows; i++) targets[i] = static_cast<double>(i % kOutputs);
  const std::size_t sample = (shape.rows + 1) / 2;
  TrackedLoss loss(network, {find_loss("softmax"), {}}, {0, targets.data(), nullptr, weights.data(), weights.size()},
                   matrix->cutting(), 1, sample);
  Numbers found, gradient;
  const Numbers start = waves(network.size(), 0.3);
  loss.restart(*matrix, start, run);
  found.push_back(loss.advance(*matrix, nullptr, gradient, run).value);
  append(found, gradient);
  if (sample < shape.rows) {
    found.push_back(loss.preview(*matrix, shape.rows - sample, start, run));
    loss.grow(*matrix, shape.rows, start, {}, run);
  }
  for (std::size_t round = 0; round < 2; round++) {
    const Numbers direction = waves(network.size(), 0.11 + 0.1 * static_cast<double>(round));
    const Numbers deep(direction.begin() + static_cast<std::ptrdiff_t>(network.deep_begin()), direction.end());
    const std::vector<Numbers> past(round, deep);
    const std::vector<int> variables = round == 0 ? std::vector<int>{0, 1} : std::vector<int>{0, 1, 2, 3};
    const Numbers steps(variables.size(), -0.05);
    loss.span(*matrix, {direction}, past, variables, static_cast<int>(variables.size()), run);
    const Derivatives there = loss.evaluate(steps, run);
    found.push_back(there.value);
    found.push_back(loss.value(steps, run));
    append(found, there.slopes);
    append(found, there.curvature);
    found.push_back(loss.advance(*matrix, &steps, gradient, run).slope_mass);
    append(found, gradient);
  }
  const CurvatureFactors factors = loss.factors(matrix.get(), shape.rows / 3, 5, run);
  for (const Numbers& factor : factors.outputs) append(found, factor);
  for (const Numbers& factor : factors.inputs) append(found, factor);
  return found;
}

// One block, many blocks, and an X W wide enough for BLAS.
constexpr Shape kShapes[] = {{30, 5, 4}, {3000, 40, 12}, {700, 33, 150}};

template <class T>
void same_for_any_threads(bool gates, bool sparse = false) {
  for (const Shape& shape : kShapes) {
    const Numbers alone = course<T>(shape, gates, 1, sparse);
    for (double value : alone) CHECK(std::isfinite(value));
    for (unsigned threads : {2U, 3U, 8U}) CHECK(test::same_bits(alone, course<T>(shape, gates, threads, sparse)));
  }
}

void doubles_mlp() { same_for_any_threads<double>(false); }
void doubles_gated() { same_for_any_threads<double>(true); }
void sparse_doubles() { same_for_any_threads<double>(false, true); }
void sparse_floats() { same_for_any_threads<float>(true, true); }
void floats_mlp() { same_for_any_threads<float>(false); }
void floats_gated() { same_for_any_threads<float>(true); }

// Products of floats are those of doubles to the rounding of float.
void floats_near_doubles() {
  const Shape& shape = kShapes[1];
  const Numbers exact = course<double>(shape, true, 2), rounded = course<float>(shape, true, 2);
  double worst = 0, largest = 0;
  for (std::size_t e = 0; e < exact.size(); e++) {
    worst = std::max(worst, std::fabs(exact[e] - rounded[e]));
    largest = std::max(largest, std::fabs(exact[e]));
  }
  CHECK(worst < 1e-4 * largest);
}

}  // namespace

int main() {
  blas_use_one_thread();
  return test::run({{"doubles, mlp", doubles_mlp},
                    {"doubles, gated", doubles_gated},
                    {"sparse doubles, mlp", sparse_doubles},
                    {"sparse floats, gated", sparse_floats},
                    {"floats, mlp", floats_mlp},
                    {"floats, gated", floats_gated},
                    {"floats near doubles", floats_near_doubles}});
}
