// sum_i s_i x_i x_i', the second moment of the rows of a matrix: the input factor of a Kronecker metric.
//
// The output is cut into square tiles of its lower triangle and the rows into *parts* with a sum of their own. A round
// takes one block of rows from every part: first the rows are gathered and scaled by sqrt(s_i), so that tiles on the
// diagonal are symmetric rank-k updates at half the work; then every (part, tile) is a task. Many tiles need no parts,
// few tiles are small, so partial sums never take much memory; the cut depends on the shape alone.
#pragma once

#include <cstddef>

#include "parallel/run.h"

namespace planesearch {

// Row i begins at values + i * row_stride. Whole vectors are read: fewer than kLaneMultiple numbers behind a row must be
// readable.
struct Rows {
  const double* values;
  std::size_t row_stride, count, columns;
};

// Fills `out`, size x size, row-major, both triangles; size is rows.columns, one more with `affine`, which appends a 1 to
// every row. `scale` has one non-negative number per row.
void gram(const Rows& rows, const double* scale, bool affine, double* out, const Run& run);

}  // namespace planesearch
