// sum_i s_i x_i x_i', the second moment of the rows of a matrix: the input factor of a Kronecker metric.
//
// The output is cut into square tiles of its lower triangle and the rows into *parts* with a sum of their own. A round
// takes one block of rows from every part: first the rows are gathered and scaled by sqrt(s_i), so that tiles on the
// diagonal are symmetric rank-k updates at half the work; then every (part, tile) is a task. Many tiles need no parts,
// few tiles are small, so partial sums never take much memory; the cut depends on the shape alone. Where there is one tile a
// part goes through its blocks by itself.
#pragma once

#include <cstddef>
#include <functional>

#include "parallel/run.h"

namespace planesearch {

struct GramShape {
  std::size_t rows, columns;
  bool affine;  // appends a 1 to every row
};

// Writes row i, times `root`, as doubles.
using ScaledRow = std::function<void(std::size_t i, double root, double* to)>;

// Fills `out`, size x size, row-major, both triangles; size is columns, one more with `affine`. `scale` has one non-negative number per
// row.
void gram(const GramShape& shape, const double* scale, double* out, const Run& run, const ScaledRow& scaled_row);

}  // namespace planesearch
