#include "math/cholesky.h"

#include <algorithm>

#include "math/blas.h"

namespace planesearch {
namespace {

// Columns of L that are dealt with at once: what is behind them is a product of this depth, and nearly all of the work.
constexpr std::size_t kPanel = 128;

// Rows of a task behind a panel, and right-hand sides of a task.
constexpr std::size_t kSlice = 64;

// work(first, count) for every slice of [from, end), the last ones first.
template <class Work>
void each_slice(std::size_t from, std::size_t end, const Run& run, const Work& work) {
  const std::size_t slices = (end - from + kSlice - 1) / kSlice;
  run.each(slices, [&](std::size_t task, unsigned) {
    const std::size_t first = from + (slices - 1 - task) * kSlice;
    work(first, std::min(kSlice, end - first));
  });
}

// B <- (L L')^-1 B for an n x count matrix B.
void solve_left(const double* l, std::size_t n, double* b, std::size_t count, const Run& run) {
  for (std::size_t from = 0; from < n; from += kPanel) {
    const std::size_t width = std::min(kPanel, n - from);
    double* const panel = b + from * count;
    blas_solve_left(false, l + from * n + from, width, n, panel, count, count);
    each_slice(from + width, n, run, [&](std::size_t first, std::size_t rows) {
      blas_subtract(false, false, l + first * n + from, n, rows, panel, count, count, width, b + first * count, count);
    });
  }
  for (std::size_t from = (n - 1) / kPanel * kPanel;; from -= kPanel) {
    const std::size_t width = std::min(kPanel, n - from);
    double* const panel = b + from * count;
    blas_solve_left(true, l + from * n + from, width, n, panel, count, count);
    if (from == 0) return;
    each_slice(0, from, run, [&](std::size_t first, std::size_t rows) {
      blas_subtract(true, false, l + from * n + first, n, rows, panel, count, count, width, b + first * count, count);
    });
  }
}

}  // namespace

bool cholesky(double* a, std::size_t n, const Run& run) {
  for (std::size_t from = 0; from < n; from += kPanel) {
    const std::size_t width = std::min(kPanel, n - from), behind = from + width;
    const double* const corner = a + from * n + from;
    if (!blas_cholesky(a + from * n + from, width, n)) return false;
    each_slice(behind, n, run, [&](std::size_t first, std::size_t rows) {
      blas_solve_right(true, corner, width, n, a + first * n + from, rows, n);
    });
    each_slice(behind, n, run, [&](std::size_t first, std::size_t rows) {
      const double* const left = a + first * n + from;
      if (first > behind)
        blas_subtract(false, true, left, n, rows, a + behind * n + from, n, first - behind, width, a + first * n + behind,
                      n);
      blas_subtract_square(left, n, rows, width, a + first * n + first, n);
    });
  }
  return true;
}

void cholesky_solve(const double* l, std::size_t n, double* b, std::size_t count, bool right, const Run& run) {
  if (!right) return solve_left(l, n, b, count, run);
  each_slice(0, count, run, [&](std::size_t first, std::size_t rows) {
    blas_solve_right(true, l, n, n, b + first * n, rows, n);
    blas_solve_right(false, l, n, n, b + first * n, rows, n);
  });
}

}  // namespace planesearch
