#include "data/sparse_file_matrix.h"

#include <algorithm>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>

#include "data/sparse_products.h"
#include "objective/errors.h"

namespace planesearch {
namespace {

constexpr std::size_t kTasks = 16;  // over rows: each begins with a wait

// work(block, row of the block, line of the piece, how many) for the rows of a piece, block by block.
template <class Piece, class Work>
void each_block(const Blocks& blocks, const Piece& piece, const Work& work) {
  for (std::size_t line = 0; line < piece.rows;) {
    const std::size_t row = piece.first + line - blocks.start, block = row / blocks.height, i = row % blocks.height;
    const std::size_t count = std::min(piece.rows - line, blocks.height - i);
    work(block, i, line, count);
    line += count;
  }
}

}  // namespace

template <class T>
SparseFileMatrix<T>::SparseFileMatrix(const SparseFileSource& source, unsigned threads)
    : DataMatrix(source.rows, source.columns), pieces_(source, threads) {}

template <class T>
template <class Work>
void SparseFileMatrix<T>::pass(const Work& work) const {
  pieces_.open();
  pass_over(pieces_.file(), work);
}

template <class T>
template <class Work>
void SparseFileMatrix<T>::each_row_by_columns(const std::vector<std::uint32_t>& shares, const Run& run,
                                              const Work& work) const {
  pass([&] {
    each_piece(pieces_, 0, rows_, [&](const Piece& piece) {
      run.each(shares.size() - 1, [&](std::size_t share, unsigned) {
        const std::uint32_t from = shares[share], to = shares[share + 1];
        const SparseLines<T>& lines = piece.lines;
        for (std::size_t i = 0; i < piece.rows; i++) {
          const std::uint32_t *begin = lines.index + lines.begin[i], *end = lines.index + lines.begin[i + 1];
          if (from > 0) begin = std::lower_bound(begin, end, from);
          if (to < columns_) end = std::lower_bound(begin, end, to);
          const T* values = lines.values == nullptr ? nullptr : lines.values + (begin - lines.index);
          work(piece.first + i, begin, values, static_cast<std::size_t>(end - begin));
        }
      });
    });
  });
}

template <class T>
std::vector<std::uint32_t> SparseFileMatrix<T>::equal_shares(const Run& run) const {
  const std::size_t count = std::min<std::size_t>(run.threads, columns_);
  std::vector<std::uint32_t> shares;
  for (std::size_t share = 0; share <= count; share++)
    shares.push_back(static_cast<std::uint32_t>(share * columns_ / count));
  return shares;
}

template <class T>
std::vector<std::uint32_t> SparseFileMatrix<T>::even_shares(const Run& run) const {
  const std::size_t count = std::min<std::size_t>(run.threads, columns_);
  std::vector<std::uint32_t> shares{0};
  std::size_t before = 0;
  for (std::size_t j = 0; j < columns_ && shares.size() < count; j++) {
    before += counts_[j];
    if (before * count >= pieces_.entries() * shares.size()) shares.push_back(static_cast<std::uint32_t>(j + 1));
  }
  shares.push_back(static_cast<std::uint32_t>(columns_));
  return shares;
}

template <class T>
const std::vector<std::uint32_t>& SparseFileMatrix<T>::counts(const Run& run) const {
  const std::lock_guard lock(counting_);
  if (!counts_.empty()) return counts_;
  std::vector<std::uint32_t> counts(columns_);
  each_row_by_columns(equal_shares(run), run, [&](std::size_t, const std::uint32_t* index, const T*, std::size_t count) {
    for (std::size_t e = 0; e < count; e++) counts[index[e]]++;
  });
  counts_ = std::move(counts);
  return counts_;
}

template <class T>
Frame SparseFileMatrix<T>::measure(double constant_ulps, const Run& run) const {
  const std::vector<std::uint32_t>& entries = counts(run);
  const std::vector<std::uint32_t> shares = even_shares(run);
  const auto value_of = [](const T* values, std::size_t e) {
    return values == nullptr ? 1.0 : static_cast<double>(values[e]);
  };
  std::vector<SparseColumn> columns(columns_);
  for (std::size_t j = 0; j < columns_; j++) columns[j] = SparseColumn(rows_, entries[j], 0);
  each_row_by_columns(shares, run, [&](std::size_t row, const std::uint32_t* index, const T* values, std::size_t count) {
    for (std::size_t e = 0; e < count; e++) {
      const std::size_t j = index[e];
      // A column without zeros has one in the first row.
      if (row == 0) columns[j] = SparseColumn(rows_, entries[j], value_of(values, e));
      columns[j].add_distance(value_of(values, e));
    }
  });
  for (SparseColumn& column : columns) column.end_distances();
  each_row_by_columns(shares, run, [&](std::size_t, const std::uint32_t* index, const T* values, std::size_t count) {
    for (std::size_t e = 0; e < count; e++) columns[index[e]].add_square(value_of(values, e));
  });
  Frame frame(columns_);
  for (std::size_t j = 0; j < columns_; j++) {
    set_column(frame, j, columns[j].finish(), static_cast<double>(std::numeric_limits<T>::epsilon()), constant_ulps);
  }
  return frame;
}

template <class T>
void SparseFileMatrix<T>::apply(Frame frame, const Run& run) {
  frame_ = std::move(frame);
  std::vector<char> full(columns_);
  const std::vector<std::uint32_t>& entries = counts(run);
  for (std::size_t j = 0; j < columns_; j++) full[j] = entries[j] == rows_;
  terms_ = SparseFrame(frame_, pieces_.valued(), std::move(full));
  pieces_.use(&frame_, &terms_);
}

template <class T>
void SparseFileMatrix<T>::form_product(const double* weights, const double* bias, const Layout& layout, double* out,
                                       const Run& run) const {
  const sparse::Factor<T> factor(terms_, columns_, weights, bias, layout.width, run);
  const Blocks& blocks = layout.blocks;
  pass([&] {
    // Each piece is loaded for one task, or for two at a border.
    const std::size_t tasks = std::min({kTasks, blocks.count, pieces_.count_of(blocks.start, blocks.start + blocks.rows)});
    run.each(tasks, [&](std::size_t task, unsigned) {
      const std::size_t first = blocks.first(task * blocks.count / tasks),
                        end = blocks.first((task + 1) * blocks.count / tasks);
      each_piece(pieces_, blocks.start + first, blocks.start + std::min(blocks.rows, end), [&](const Piece& piece) {
        run.check();
        each_block(blocks, piece, [&](std::size_t block, std::size_t i, std::size_t line, std::size_t count) {
          kernels().matrix<T>().multiply_sparse(piece.lines, line, count, factor.rows.get(), layout.width,
                                                factor.init.data(), out + block * layout.block + i * layout.row, layout.row,
                                                layout.feature);
        });
      });
    });
  });
}

template <class T>
void SparseFileMatrix<T>::form_transposed_product(const double* values, const Layout& layout, double* out,
                                                  const Run& run) const {
  if (sparse::scatters(rows_, columns_, layout)) scatter_product(values, layout, out, run);
  else gather_product(values, layout, out, run);
  sparse::center_product(terms_, columns_, values, layout, out, run);
}

template <class T>
void SparseFileMatrix<T>::gather_product(const double* values, const Layout& layout, double* out, const Run& run) const {
  const std::vector<std::uint32_t>& entries = counts(run);
  const std::vector<std::uint32_t> shares = even_shares(run);
  const std::size_t width = layout.width, stride = sparse_stride<T>(width), numbers = LineSums::sums_of(stride);
  const AlignedArray<T> rows = sparse::gather_rows<T>(values, layout, run);
  const AlignedBuffer sum = allocate_aligned(columns_, numbers);
  std::vector<std::uint32_t> taken(columns_);
  std::vector<float> piece(std::is_same_v<T, float> && stride > 1 ? columns_ * stride : 0);
  run.each(shares.size() - 1, [&](std::size_t share, unsigned) {
    std::fill(sum.get() + shares[share] * numbers, sum.get() + shares[share + 1] * numbers, 0.0);
  });
  const LineSums sums{entries.data(), taken.data(), sum.get(), piece.data()};
  const MatrixKernels<T>& simd = kernels().matrix<T>();
  each_row_by_columns(shares, run, [&](std::size_t row, const std::uint32_t* index, const T* numbers_of, std::size_t count) {
    simd.continue_sums(index, numbers_of, count, rows.get() + row * stride, width, sums);
  });
  run.each(shares.size() - 1,
           [&](std::size_t share, unsigned) { simd.finish_sums(shares[share], shares[share + 1], width, sums, out); });
}

template <class T>
void SparseFileMatrix<T>::scatter_product(const double* values, const Layout& layout, double* out, const Run& run) const {
  const Blocks& blocks = layout.blocks;
  pass([&] {
    sparse::scatter_product(
        columns_, layout, out, run, [&](std::size_t from, std::size_t to, std::size_t stride, double* sum) {
          const AlignedBuffer rows = allocate_aligned(blocks.height * stride);
          std::size_t gathered = blocks.count;
          const std::size_t first = blocks.first(from), end = std::min(blocks.rows, blocks.first(to));
          each_piece(pieces_, blocks.start + first, blocks.start + end, [&](const Piece& piece) {
            run.check();
            each_block(blocks, piece, [&](std::size_t block, std::size_t i, std::size_t line, std::size_t count) {
              if (block != gathered) sparse::gather_block(values, layout, block, stride, rows.get());
              gathered = block;
              kernels().matrix<T>().scatter_sparse(piece.lines, line, count, rows.get() + i * stride, stride, sum);
            });
          });
        });
  });
}

template <class T>
Strip SparseFileMatrix<T>::strip(std::size_t, std::size_t, std::size_t, std::size_t, double*) const {
  refuse("A search over single columns");
}

template <class T>
bool SparseFileMatrix<T>::copy_columns(std::size_t, std::size_t, double*, const Run&) const {
  refuse("A block of columns");
}

template <class T>
void SparseFileMatrix<T>::form_gram_of(const std::vector<std::uint32_t>&, const double*, double*, const Run&) const {
  refuse("A second moment of sparse rows");
}

template <class T>
void SparseFileMatrix<T>::form_gram(const double*, std::size_t, std::size_t, double*, const Run&) const {
  refuse("A second moment of sparse rows");
}

template <class T>
void SparseFileMatrix<T>::refuse(const char* what) const {
  throw CodedError("INCOMPATIBLE",
                   std::string(what) + " needs X in memory, but " + pieces_.file().shown() + " is read from the file.");
}

template class SparseFileMatrix<double>;
template class SparseFileMatrix<float>;

}  // namespace planesearch
