#include "data/sparse_products.h"

namespace planesearch {
namespace sparse {
namespace {

// The sums of the columns of R, block by block and then over the blocks.
std::vector<double> column_sums(const double* values, const Layout& layout, const Run& run) {
  const Blocks& blocks = layout.blocks;
  const std::size_t width = layout.width;
  std::vector<double> sums(blocks.count * width);
  run.each(blocks.count, [&](std::size_t block, unsigned) {
    const double* from = values + block * layout.block;
    double* sum = sums.data() + block * width;
    if (layout.row == 1) {
      for (std::size_t a = 0; a < width; a++) {
        for (std::size_t i = 0; i < blocks.rows_of(block); i++) sum[a] += from[i + a * layout.feature];
      }
    } else {
      for (std::size_t i = 0; i < blocks.rows_of(block); i++) {
        for (std::size_t a = 0; a < width; a++) sum[a] += from[i * layout.row + a * layout.feature];
      }
    }
  });
  for (std::size_t block = 1; block < blocks.count; block++) {
    for (std::size_t a = 0; a < width; a++) sums[a] += sums[block * width + a];
  }
  return sums;
}

}  // namespace

void center_product(const SparseFrame& terms, std::size_t columns, const double* values, const Layout& layout, double* out,
                    const Run& run) {
  if (!terms.centered()) return;
  const std::size_t width = layout.width;
  const std::vector<double> sums = column_sums(values, layout, run);
  run.each(divide_up(columns, kColumns), [&](std::size_t group, unsigned) {
    for (std::size_t j = group * kColumns; j < std::min(columns, (group + 1) * kColumns); j++) {
      for (std::size_t a = 0; a < width; a++) {
        out[j * width + a] = terms.factor(j) * out[j * width + a] - terms.center(j) * sums[a];
      }
    }
  });
}

}  // namespace sparse
}  // namespace planesearch
