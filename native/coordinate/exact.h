// The global minimizer along one weight into a relu unit under the squared loss; mirrors exactSearch of
// lib/coordinate/searches.ts.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace planesearch {

struct Terms {
  const double *x, *z, *a, *b;  // by row
  std::size_t rows;
  double l2, w;
};

// `kinks` is working room.
double exact_minimizer(const Terms& terms, std::vector<std::pair<double, std::size_t>>& kinks);

}  // namespace planesearch
