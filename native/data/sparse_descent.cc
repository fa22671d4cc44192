// The descent of data/descent.h on a sparse matrix X' = S - 1 c': a weight costs the stored numbers of its column. With v = S (z - w),
// m = c'(z - w) less the step of the bias, a_j = sum_i h_i s_ij, A = sum_i h_i and B = sum_i h_i v_i,
//
//     slope_j = g_j + p_j (z_j - w_j) + sum_i s_ij h_i v_i - m a_j - c_j (B - m A)
#include <algorithm>
#include <cmath>
#include <numeric>

#include "data/descent.h"
#include "data/sparse_matrix.h"

namespace planesearch {
namespace {

double least_slope(double g, double z, double lambda) {
  if (z != 0) return g + (z > 0 ? lambda : -lambda);
  return std::max(0.0, std::fabs(g) - lambda);
}

double soft_threshold(double x, double lambda) {
  const double size = std::fabs(x) - lambda;
  return size <= 0 ? 0.0 : x > 0 ? size : -size;
}

}  // namespace

template <class T>
void SparseMatrix<T>::descend(const Descent& descent, double* z, const Run& run) const {
  const Compressed<T>& lines = by_column(run);
  const std::size_t count = descent.columns.size();
  std::vector<double> rows(2 * rows_);    // h_i and v_i side by side
  double mass = 0, along = 0, shift = 0;  // A, B, m
  for (std::size_t i = 0; i < rows_; i++) mass += rows[2 * i] = descent.curvature[i];
  std::vector<double> moment(count), diagonal(count);
  run.each((count + 63) / 64, [&](std::size_t group, unsigned) {
    for (std::size_t k = group * 64; k < std::min(count, group * 64 + 64); k++) {
      const std::size_t j = descent.columns[k];
      double square = 0;
      for (std::size_t e = lines.begin[j]; e < lines.begin[j + 1]; e++) {
        const double s = factor(j) * static_cast<double>(lines.value(e)), h = rows[2 * lines.index[e]];
        moment[k] += h * s;
        square += h * s * s;
      }
      const double c = center(j);
      diagonal[k] = std::max(0.0, square - 2 * c * moment[k] + c * c * mass) + descent.added[k];
    }
  });
  std::copy(descent.w.begin(), descent.w.end(), z);
  // To the minimum along weight k; returns the size of its slope, negative where it is 0 and stays so.
  const auto move = [&](std::size_t k) {
    const std::size_t j = descent.columns[k];
    const double c = center(j), lambda = descent.lambda[k];
    double inner = 0;
    for (std::size_t e = lines.begin[j]; e < lines.begin[j + 1]; e++) {
      const double* row = rows.data() + 2 * static_cast<std::size_t>(lines.index[e]);
      inner += static_cast<double>(lines.value(e)) * row[0] * row[1];
    }
    const double slope = descent.slopes[k] + descent.added[k] * (z[k] - descent.w[k]) + factor(j) * inner -
                         shift * moment[k] - c * (along - shift * mass);
    if (z[k] == 0 && std::fabs(slope) < lambda) return -1.0;
    const double size = std::fabs(least_slope(slope, z[k], lambda)), h = diagonal[k];
    const double step = soft_threshold(h * z[k] - slope, lambda) / h - z[k];
    if (step == 0) return size;
    z[k] = z[k] + step == 0 || step == -z[k] ? 0 : z[k] + step;
    for (std::size_t e = lines.begin[j]; e < lines.begin[j + 1]; e++) {
      rows[2 * static_cast<std::size_t>(lines.index[e]) + 1] += step * factor(j) * static_cast<double>(lines.value(e));
    }
    along += step * moment[k];
    shift += step * c;
    return size;
  };
  const auto move_bias = [&] {
    const double slope = descent.slopes[count] + along - shift * mass + descent.added[count] * (z[count] - descent.w[count]);
    const double step = -slope / (mass + descent.added[count]);
    z[count] += step;
    shift -= step;
    return std::fabs(slope);
  };
  std::vector<std::size_t> active(count);
  std::iota(active.begin(), active.end(), 0);
  for (std::size_t round = 0; round < descent.rounds; round++) {
    run.check();
    const bool all = active.size() == count;
    double most = move_bias();
    std::size_t kept = 0;
    for (const std::size_t k : active) {
      const double size = move(k);
      if (size >= 0) active[kept++] = k;
      most = std::max(most, size);
    }
    active.resize(kept);
    if (most > descent.tolerance) continue;
    if (all) break;
    active.resize(count);
    std::iota(active.begin(), active.end(), 0);
  }
}

template void SparseMatrix<double>::descend(const Descent&, double*, const Run&) const;
template void SparseMatrix<float>::descend(const Descent&, double*, const Run&) const;

}  // namespace planesearch
