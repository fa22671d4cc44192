// Coordinate descent over columns of X on a quadratic model with absolute values, without second moments:
//
//     min over z of  g'(z - w) + (1/2) sum_i h_i ([x_i; 1]'(z - w))^2 + (1/2) sum_k p_k (z_k - w_k)^2 + sum_k lambda_k |z_k|
//
// over some columns and the bias, which comes last. Weight after weight, in their order, so that the bits are those of any number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace planesearch {

struct Descent {
  std::vector<std::uint32_t> columns;            // ascending
  std::vector<double> curvature;                 // h, one a row
  std::vector<double> slopes, w, lambda, added;  // g, w, lambda, p: one a column, and the bias
  std::size_t rounds;                            // at most
  double tolerance;                              // on the largest slope of least size
};

}  // namespace planesearch
