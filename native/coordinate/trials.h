// The two vectorized loops of a coordinate sweep, chosen at run time for the instruction set that kernels() uses.
#pragma once

#include <cstddef>

#include "activations/activation.h"

namespace planesearch {

// Rows of a block of X and what one unit knows of each: product z, h = h(z), weighted slope a, half the weighted curvature b.
struct TrialRows {
  const double* x;
  std::size_t stride, count;
  const double *z, *h, *a, *b;
};

struct TrialKernels {
  std::size_t lanes;
  // values[j] += sum_i D (a_i + b_i D), D = h(z_i + deltas[j] x_ij) - h_i, for the vectors of columns j that begin at `columns`.
  void (*try_deltas)(Nonlinearity applied, const TrialRows& rows, const std::size_t* columns, std::size_t count,
                     const double* deltas, double* values);
  // h for try_deltas, by the same code: the change is exactly 0 where x or delta is. `count` is a multiple of kLaneMultiple.
  void (*activate)(Nonlinearity applied, const double* z, double* h, std::size_t count);
  // squares = x^2, rows of `width` numbers (a multiple of kLaneMultiple); largest[j] = the largest square of column j so far.
  void (*square_rows)(const double* x, std::size_t stride, std::size_t rows, std::size_t width, double* squares,
                      double* largest);
};

const TrialKernels& trial_kernels();

}  // namespace planesearch
