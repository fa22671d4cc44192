// Times the products X W and X' R beside their floors: the same product by one call of cblas, and reading X once.
//
//     cmake --build build --target products_bench && build/products_bench [--json] [threads] [rows] [columns] [rounds]
//
// Dense in both precisions, r = 1 to 400, and sparse without a bare product to compare with. Layouts are those of a tracked loss. Best of the
// rounds, in milliseconds of wall time. The threads of OpenBLAS go on spinning for a while after a call, so that bare products and ours
// take turns in groups with a pause between. `bench/bare.mjs` makes the table.
#include <cblas.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "data/dense_matrix.h"
#include "data/sparse_matrix.h"
#include "losses/loss.h"
#include "math/aligned_buffer.h"
#include "math/blas.h"
#include "objective/tracked_loss.h"

namespace {

using namespace planesearch;
using Work = std::function<void()>;

struct Settings {
  bool json = false;
  unsigned threads = std::max(1u, std::thread::hardware_concurrency());
  std::size_t rows = 60000, columns = 784;
  int rounds = 3;
};

// Best milliseconds of a piece of work over calls that take about 20 ms together, one at least.
double best_of_group(const Work& work) {
  using Clock = std::chrono::steady_clock;
  double best = 1e300, spent = 0;
  do {
    const auto start = Clock::now();
    work();
    const double ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
    best = std::min(best, ms);
    spent += ms;
  } while (spent < 20);
  return best;
}

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__linux__)
#define PLANESEARCH_WIDEST_VECTORS __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define PLANESEARCH_WIDEST_VECTORS
#endif

// Four streams with sums of their own: one stream does not fill the bandwidth of a core, one sum would wait for its own additions.
PLANESEARCH_WIDEST_VECTORS
std::uint64_t sum_piece(const std::uint64_t* words, std::size_t count) {
  constexpr std::size_t kStreams = 4, kLanes = 16;
  const std::size_t stream = count / kStreams / kLanes * kLanes;
  std::uint64_t sums[kStreams][kLanes] = {};
  for (std::size_t i = 0; i < stream; i += kLanes)
    for (std::size_t s = 0; s < kStreams; s++)
      for (std::size_t lane = 0; lane < kLanes; lane++) sums[s][lane] += words[s * stream + i + lane];
  std::uint64_t sum = 0;
  for (const auto& lanes : sums)
    for (const std::uint64_t lane : lanes) sum += lane;
  for (std::size_t i = kStreams * stream; i < count; i++) sum += words[i];
  return sum;
}

// Sum of the words of an array, so that all of it has to be read.
std::uint64_t sum_words(const std::uint64_t* words, std::size_t count, const Run& run) {
  const std::size_t pieces = std::min<std::size_t>(64, count);
  std::vector<std::uint64_t> sums(pieces);
  run.each(pieces, [&](std::size_t piece, unsigned) {
    const std::size_t from = piece * count / pieces;
    sums[piece] = sum_piece(words + from, (piece + 1) * count / pieces - from);
  });
  std::uint64_t sum = 0;
  for (const std::uint64_t part : sums) sum += part;
  return sum;
}

template <class T>
std::vector<T> random_values(std::size_t count) {
  std::mt19937_64 random(7);
  std::vector<T> values(count);
  for (T& value : values) value = static_cast<T>(static_cast<double>(random() >> 11) * 0x1p-52 - 1);
  return values;
}

void gemv(bool transposed, int n, int d, const double* x, const double* v, double* out) {
  cblas_dgemv(CblasRowMajor, transposed ? CblasTrans : CblasNoTrans, n, d, 1, x, d, v, 1, 0, out, 1);
}
void gemv(bool transposed, int n, int d, const float* x, const float* v, float* out) {
  cblas_sgemv(CblasRowMajor, transposed ? CblasTrans : CblasNoTrans, n, d, 1, x, d, v, 1, 0, out, 1);
}
// C = A B, or A' B for an A of depth rows.
void gemm(bool transposed, int m, int n, int k, const double* a, int lda, const double* b, double* c) {
  cblas_dgemm(CblasRowMajor, transposed ? CblasTrans : CblasNoTrans, CblasNoTrans, m, n, k, 1, a, lda, b, n, 0, c, n);
}
void gemm(bool transposed, int m, int n, int k, const float* a, int lda, const float* b, float* c) {
  cblas_sgemm(CblasRowMajor, transposed ? CblasTrans : CblasNoTrans, CblasNoTrans, m, n, k, 1, a, lda, b, n, 0, c, n);
}

// One product, beside its floors; a floor that there is not is 0.
struct Figure {
  std::string matrix, product;
  std::size_t bits, rows, columns, entries, width;
  double ms, blas_ms, read_ms;
};

void print(const Figure& f, bool json, bool first) {
  if (json) {
    std::printf(
        "%s\n{\"matrix\":\"%s\",\"product\":\"%s\",\"bits\":%zu,\"rows\":%zu,\"columns\":%zu,\"entries\":%zu,\"width\":%zu,"
        "\"ms\":%.5g,\"blasMs\":%.5g,\"readMs\":%.5g}",
        first ? "" : ",", f.matrix.c_str(), f.product.c_str(), f.bits, f.rows, f.columns, f.entries, f.width, f.ms,
        f.blas_ms, f.read_ms);
    return;
  }
  std::printf("%-6s float%zu %6zu x %-6zu r %3zu  %-4s %9.3f ms   read once %8.3f", f.matrix.c_str(), f.bits, f.rows,
              f.columns, f.width, f.product.c_str(), f.ms, f.read_ms);
  if (f.blas_ms > 0) std::printf("   bare cblas %9.3f, ratio %.3f", f.blas_ms, f.ms / f.blas_ms);
  std::printf("\n");
}

// Milliseconds of both products of a matrix, X W first, and of reading `bytes`.
struct Times {
  double forward = 1e300, backward = 1e300, read = 1e300;
};

class Bench {
 public:
  explicit Bench(const Settings& settings) : settings_(settings), run_{&pool_, settings.threads, nullptr} {}

  const Run& run() const { return run_; }
  std::uint64_t seen() const { return seen_; }

  void take_turns(const DataMatrix& matrix, std::size_t width, std::size_t bytes, Times& best) {
    const Layout layout = in_panels(cut_rows(matrix.rows(), width, matrix.cutting()), width);
    const std::vector<double> w(matrix.columns() * width, 0.1);
    std::vector<double> z(layout.blocks.padded_rows() * width, 0.1), g(w.size());
    // In the same kind of memory as X: pages of another size have another bandwidth.
    const std::size_t count = std::max<std::size_t>(1, bytes / 8);
    const AlignedArray<std::uint64_t> words = allocate_aligned<std::uint64_t>(count);
    std::fill_n(words.get(), count, 1);
    best.forward =
        std::min(best.forward, best_of_group([&] { matrix.multiply(w.data(), nullptr, layout, z.data(), run_); }));
    best.backward =
        std::min(best.backward, best_of_group([&] { matrix.multiply_transposed(z.data(), layout, g.data(), run_); }));
    best.read = std::min(best.read, best_of_group([&] { seen_ += sum_words(words.get(), count, run_); }));
  }

  // The transposed product has two forms in cblas, X' R and R' X; the faster one is the floor.
  template <class T>
  void bare(const std::vector<T>& x, std::size_t width, Times& best) {
    const int n = static_cast<int>(settings_.rows), d = static_cast<int>(settings_.columns), r = static_cast<int>(width);
    const std::vector<T> w(settings_.columns * width, T(0.1));
    std::vector<T> z(settings_.rows * width), g(w.size());
    openblas_set_num_threads(static_cast<int>(settings_.threads));
    const auto keep = [](double& least, const Work& work) { least = std::min(least, best_of_group(work)); };
    if (width == 1) {
      keep(best.forward, [&] { gemv(false, n, d, x.data(), w.data(), z.data()); });
      keep(best.backward, [&] { gemv(true, n, d, x.data(), z.data(), g.data()); });
    } else {
      keep(best.forward, [&] { gemm(false, n, r, d, x.data(), d, w.data(), z.data()); });
      keep(best.backward, [&] { gemm(true, d, r, n, x.data(), d, z.data(), g.data()); });
      keep(best.backward, [&] { gemm(true, r, d, n, z.data(), r, x.data(), g.data()); });
    }
    openblas_set_num_threads(1);
    std::this_thread::sleep_for(std::chrono::milliseconds(settings_.threads > 1 ? 150 : 0));
  }

  void report(const Figure& figure) {
    print(figure, settings_.json, first_);
    first_ = false;
  }

  template <class T>
  void dense() {
    const auto& [json, threads, rows, columns, rounds] = settings_;
    const std::vector<T> x = random_values<T>(rows * columns);
    DenseMatrix<T> matrix(x.data(), rows, columns, nullptr, run_);
    matrix.apply(matrix.measure(8, run_), run_);
    for (const std::size_t width : {1u, 10u, 50u, 100u, 400u}) {
      Times ours, blas;
      for (int round = 0; round < rounds; round++) {
        bare(x, width, blas);
        take_turns(matrix, width, x.size() * sizeof(T), ours);
      }
      const std::size_t bits = 8 * sizeof(T);
      report({"dense", "X W", bits, rows, columns, x.size(), width, ours.forward, blas.forward, ours.read});
      report({"dense", "X'R", bits, rows, columns, x.size(), width, ours.backward, blas.backward, ours.read});
    }
  }

  // Stored numbers at random columns, at least one a row; without `values` all are ones.
  template <class T>
  void sparse(const char* name, std::size_t rows, std::size_t columns, double share, bool with_values) {
    std::mt19937_64 random(7);
    std::vector<double> begin{0};
    std::vector<std::uint32_t> index;
    const auto gap = static_cast<std::uint64_t>(std::max(1.0, 2 / share));
    for (std::size_t i = 0; i < rows; i++) {
      for (std::size_t j = random() % std::min<std::size_t>(gap, columns); j < columns; j += 1 + random() % gap)
        index.push_back(static_cast<std::uint32_t>(j));
      begin.push_back(static_cast<double>(index.size()));
    }
    const std::vector<T> values = random_values<T>(index.size());
    SparseMatrix<T> matrix(SparseSource<T>{begin.data(), index.data(), with_values ? values.data() : nullptr}, index.size(),
                           rows, columns, run_);
    matrix.apply(matrix.measure(8, run_), run_);
    const std::size_t bytes = index.size() * (sizeof(std::uint32_t) + (with_values ? sizeof(T) : 0));
    for (const std::size_t width : {1u, 10u, 20u, 100u}) {
      Times ours;
      for (int round = 0; round < settings_.rounds; round++) take_turns(matrix, width, bytes, ours);
      report({name, "X W", 8 * sizeof(T), rows, columns, index.size(), width, ours.forward, 0, ours.read});
      report({name, "X'R", 8 * sizeof(T), rows, columns, index.size(), width, ours.backward, 0, ours.read});
    }
  }

 private:
  Settings settings_;
  Pool pool_;
  Run run_;
  bool first_ = true;
  std::uint64_t seen_ = 0;
};

Settings settings_of(int count, char** arguments) {
  Settings settings;
  std::vector<std::size_t> numbers;
  for (int i = 1; i < count; i++) {
    if (std::strcmp(arguments[i], "--json") == 0) settings.json = true;
    else numbers.push_back(std::strtoull(arguments[i], nullptr, 10));
  }
  if (numbers.size() > 0) settings.threads = static_cast<unsigned>(std::max<std::size_t>(1, numbers[0]));
  if (numbers.size() > 1) settings.rows = numbers[1];
  if (numbers.size() > 2) settings.columns = numbers[2];
  if (numbers.size() > 3) settings.rounds = static_cast<int>(numbers[3]);
  return settings;
}

}  // namespace

int main(int count, char** arguments) {
  blas_use_one_thread();
  const Settings settings = settings_of(count, arguments);
  const BlasInfo blas = blas_info();
  std::printf(settings.json ? "{\"blas\":\"%s\",\"core\":\"%s\",\"simd\":\"%s\",\"threads\":%u,\"products\":["
                            : "%s, kernels %s, SIMD %s, %u threads\n",
              blas.version.c_str(), blas.core.c_str(), kernels().target, settings.threads);
  Bench bench(settings);
  bench.dense<double>();
  bench.dense<float>();
  // Like a9a and like text; fewer rows where fewer were asked for.
  const std::size_t tall = std::min<std::size_t>(32561, settings.rows), text = std::min<std::size_t>(16000, settings.rows);
  bench.sparse<double>("ones", tall, 123, 0.11, false);
  bench.sparse<double>("csr", text, 62000, 0.0013, true);
  bench.sparse<float>("csr", text, 62000, 0.0013, true);
  if (settings.json) std::printf("\n],\"seen\":%llu}\n", static_cast<unsigned long long>(bench.seen()));
}
