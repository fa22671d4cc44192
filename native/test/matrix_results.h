// What a matrix answers: its frame and both products.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "data/data_matrix.h"

namespace test {

inline std::vector<double> matrix_results(planesearch::DataMatrix& matrix, const std::vector<std::size_t>& widths,
                                          const planesearch::Run& run) {
  matrix.apply(matrix.measure(8, run), run);
  const std::size_t rows = matrix.rows(), columns = matrix.columns();
  std::vector<double> found = matrix.frame().scale;
  for (const std::size_t width : widths) {
    const planesearch::Layout layout =
        planesearch::row_major(planesearch::cut_rows(rows, columns, planesearch::Cutting(columns)), width);
    std::vector<double> weights(columns * width), product(rows * width), back(columns * width);
    for (std::size_t e = 0; e < weights.size(); e++) weights[e] = std::cos(static_cast<double>(e));
    matrix.multiply(weights.data(), nullptr, layout, product.data(), run);
    matrix.multiply_transposed(product.data(), layout, back.data(), run);
    found.insert(found.end(), product.begin(), product.end());
    found.insert(found.end(), back.begin(), back.end());
  }
  return found;
}

}  // namespace test
