// The two products of dense rows, wherever the rows lie: a matrix in memory and one in a file run the same code in the same order, and so
// have the same bits.
//
// A Source says where: `tasks(units)` into how many tasks it wants so many units of work cut, `open(first, end)` makes a reader of rows
// [first, end) for one task. `reader.rows(first, count)` is where these rows lie, `stride` apart, until the next call; it only moves
// forward. `reader.together(first, count)` is how many of these rows should be asked for at once, a multiple of kTogether below `count`: what
// lies in pieces is not copied then. Whole vectors behind the last row are readable and finite. `kByStrips` says whether strips of columns may be read apart.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "data/panels.h"
#include "math/aligned_buffer.h"
#include "math/blas.h"
#include "math/simd.h"
#include "parallel/run.h"

namespace planesearch {
namespace dense {

// Rows that lie in memory one after the other, from row `begin` on.
template <class T>
struct InMemory {
  static constexpr bool kByStrips = true;
  const T* values;
  std::size_t stride;
  std::size_t begin = 0;

  std::size_t tasks(std::size_t units) const { return units; }
  InMemory open(std::size_t, std::size_t) const { return *this; }
  std::size_t together(std::size_t, std::size_t count) const { return count; }
  const T* rows(std::size_t first, std::size_t) const { return values + (first - begin) * stride; }
};

// With few columns the sums over lanes at the end of multiply_dot cost more than the packing in BLAS, unless W is narrow.
constexpr std::size_t kShort = 64, kShortWidth = 24;

template <class T>
bool prefers_blas(std::size_t columns, std::size_t width) {
  return width >= kernels().matrix<T>().blas_multiply_width || (columns < kShort && width >= kShortWidth);
}

// Rows that one call of BLAS takes: enough to pay for packing W, few enough for the result to stay in the cache.
constexpr std::size_t kWideRows = 256;

// The same for a sum of products, which is read and written once for so many rows, in doubles; of floats twice as many.
constexpr std::size_t kSummedRows = 1024;

// A multiple of the rows that the kernels take at a time, so that their sums are the same however the rows are cut.
constexpr std::size_t kTogether = 64;

constexpr std::size_t round_up(std::size_t value, std::size_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

// Rows of X that one sweep over a strip takes: X must stay in the first-level cache for all features of a wide R.
template <class T>
constexpr std::size_t depth_for(std::size_t width) {
  return (width < 24 ? 16 : 32) * sizeof(double) / sizeof(T);
}

// Numbers that lie `step` apart, side by side in the precision of a product.
inline void copy_numbers(const double* from, std::size_t step, std::size_t count, double* to) {
  for (std::size_t i = 0; i < count; i++) to[i] = from[i * step];
}
inline void copy_numbers(const double* from, std::size_t step, std::size_t count, float* to) {
  if (step == 1) return kernels().narrow(from, to, count);
  for (std::size_t i = 0; i < count; i++) to[i] = static_cast<float>(from[i * step]);
}

// sum += R'X for `rows` rows of one block, `columns` columns of it from `right` on.
inline void add_block(const double* left, const Layout& layout, std::size_t rows, const double* right, std::size_t stride,
                      double* sum, std::size_t columns, double*) {
  const MatrixKernels<double>& simd = kernels().doubles;
  const std::size_t depth = depth_for<double>(layout.width);
  for (std::size_t i = 0; i < rows; i += depth) {
    simd.multiply_broadcast(left + i * layout.row, layout.row, layout.feature, layout.width, right + i * stride, stride,
                            std::min(depth, rows - i), sum, stride, columns);
  }
}

// Of floats R is first copied into `room` in their precision, features apart.
inline void add_block(const double* left, const Layout& layout, std::size_t rows, const float* right, std::size_t stride,
                      double* sum, std::size_t columns, float* room) {
  const std::size_t width = layout.width;
  for (std::size_t a = 0; a < width; a++) copy_numbers(left + a * layout.feature, layout.row, rows, room + a * rows);
  const MatrixKernels<float>& simd = kernels().floats;
  const std::size_t depth = depth_for<float>(width);
  for (std::size_t i = 0; i < rows; i += depth) {
    simd.multiply_broadcast(room + i, 1, rows, width, right + i * stride, stride, std::min(depth, rows - i), sum, stride,
                            columns);
  }
}

// The same for rows of several blocks, R of which lies in `left` with its features apart; of the `first` ones the sum itself. Floats are
// summed in `room` over these rows.
inline void add_rows(bool first, const double* left, std::size_t width, std::size_t rows, const double* right,
                     std::size_t stride, double* sum, std::size_t columns, AlignedArray<double>&) {
  for (std::size_t a = 0; first && a < width; a++) std::fill_n(sum + a * stride, columns, 0.0);
  blas_multiply_add<double>(false, left, rows, width, right, stride, rows, sum, stride, columns);
}
inline void add_rows(bool first, const float* left, std::size_t width, std::size_t rows, const float* right,
                     std::size_t stride, double* sum, std::size_t columns, AlignedArray<float>& room) {
  if (!room) room = allocate_aligned<float>(width, stride);
  std::fill_n(room.get(), width * columns, 0.0F);
  blas_multiply_add<float>(false, left, rows, width, right, stride, rows, room.get(), columns, columns);
  for (std::size_t a = 0; a < width; a++) {
    double* to = sum + a * stride;
    const float* from = room.get() + a * columns;
    if (first) std::copy_n(from, columns, to);
    else
      for (std::size_t j = 0; j < columns; j++) to[j] += static_cast<double>(from[j]);
  }
}

// W', width x d, each row padded with zeros to whole vectors.
template <class T>
struct Factor {
  std::size_t width, stride;
  const double* bias;
  AlignedArray<T> values;

  Factor(const double* weights, std::size_t columns, std::size_t wide, const double* biases)
      : width(wide), stride(round_up(columns, lane_multiple<T>)), bias(biases), values(allocate_aligned<T>(width, stride)) {
    for (std::size_t a = 0; a < width; a++) {
      T* to = values.get() + a * stride;
      for (std::size_t j = 0; j < columns; j++) to[j] = static_cast<T>(weights[j * width + a]);
      std::fill(to + columns, to + stride, T{0});
    }
  }
};

// work(reader, first block, end, slot) for every group of `group` blocks.
template <class Source, class Work>
void each_group(const Source& source, const Blocks& blocks, std::size_t group, const Run& run, const Work& work) {
  const std::size_t groups = (blocks.count + group - 1) / group, tasks = source.tasks(groups);
  run.each(tasks, [&](std::size_t task, unsigned slot) {
    const std::size_t from = task * groups / tasks, to = (task + 1) * groups / tasks;
    auto reader = source.open(blocks.row_of_x(from * group), blocks.start + std::min(blocks.rows, blocks.first(to * group)));
    for (std::size_t g = from; g < to; g++) {
      run.check();
      work(reader, g * group, std::min(blocks.count, (g + 1) * group), slot);
    }
  });
}

// BLAS wants more rows at once than a panel has: it writes a group of blocks side by side, which are then taken apart.
template <class T, class Source>
void wide_product(const Source& source, std::size_t columns, const Factor<T>& factor, const Layout& layout, double* out,
                  const Run& run) {
  const Blocks& blocks = layout.blocks;
  const std::size_t width = factor.width, height = blocks.height;
  const std::size_t group = std::max<std::size_t>(1, kWideRows / height);
  std::vector<AlignedArray<T>> scratch(std::min<std::size_t>(run.threads, (blocks.count + group - 1) / group));
  each_group(source, blocks, group, run, [&](auto& reader, std::size_t first_block, std::size_t last_block, unsigned slot) {
    const std::size_t first = blocks.first(first_block);
    const std::size_t rows = std::min(blocks.rows, blocks.first(last_block)) - first;
    if (!scratch[slot]) scratch[slot] = allocate_aligned<T>(width, group * height);
    T* wide = scratch[slot].get();
    blas_multiply_dot<T>(factor.values.get(), factor.stride, width, reader.rows(blocks.start + first, rows), source.stride,
                         rows, columns, wide, rows);
    for (std::size_t block = first_block; block < last_block; block++) {
      double* to = out + block * layout.block;
      const std::size_t from = blocks.first(block) - first, count = blocks.rows_of(block);
      for (std::size_t a = 0; a < width; a++) {
        const T* values = wide + a * rows + from;
        const double bias = factor.bias == nullptr ? 0 : factor.bias[a];
        for (std::size_t i = 0; i < count; i++)
          to[a * layout.feature + i * layout.row] = static_cast<double>(values[i]) + bias;
      }
    }
  });
}

// X W + 1 bias', as DataMatrix::multiply.
template <class T, class Source>
void product(const Source& source, std::size_t columns, const double* weights, const double* bias, const Layout& layout,
             double* out, const Run& run) {
  const Factor<T> factor(weights, columns, layout.width, bias);
  if (prefers_blas<T>(columns, layout.width)) return wide_product(source, columns, factor, layout, out, run);
  const Blocks& blocks = layout.blocks;
  each_group(source, blocks, 1, run, [&](auto& reader, std::size_t block, std::size_t, unsigned) {
    const std::size_t first = blocks.row_of_x(block), rows = blocks.rows_of(block);
    for (std::size_t i = 0, count = 0; i < rows; i += count) {
      count = reader.together(first + i, rows - i);
      kernels().matrix<T>().multiply_dot(reader.rows(first + i, count), source.stride, count, factor.values.get(),
                                         factor.stride, factor.width, columns, factor.bias,
                                         out + block * layout.block + i * layout.row, layout.row, layout.feature, false);
    }
  });
}

// X' R, as DataMatrix::multiply_transposed. R'X, width x d, is summed over the chunks of rows apart and transposed at the
// end: with R on the left the operand that is streamed, X, is read along its rows.
template <class T, class Source>
class TransposedProduct {
 public:
  TransposedProduct(const Source& source, std::size_t columns, const Cutting& cutting, const double* values,
                    const Layout& layout, const Run& run)
      : source_(source), columns_(columns), cutting_(cutting), values_(values), layout_(layout), blocks_(layout.blocks),
        run_(run), chunks_(cutting.chunks(blocks_.rows)) {
    const std::size_t stride = source.stride;
    // What chunks cannot give to the threads, column strips do.
    const std::size_t strips = Cutting::kMost / cutting.whole(blocks_.rows);
    strip_ = std::max(kStrip, round_up((stride + strips - 1) / strips, lane_multiple<T>));
    strips_ = (stride + strip_ - 1) / strip_;
    partial_ = allocate_aligned(checked_product(chunks_, layout.width), stride);
    wide_ = layout.width >= kernels().matrix<T>().blas_transposed_width;
    // BLAS wants more rows at once than a panel has, or it would stream the sum from memory for every few rows.
    group_ = wide_ ? std::max<std::size_t>(1, kSummedRows * sizeof(double) / sizeof(T) / blocks_.height) : 1;
    rooms_.resize(std::min<std::size_t>(run.threads, chunks_ * strips_));
  }

  void form(double* out) {
    if (Source::kByStrips || strips_ == 1) {
      run_.each(chunks_ * strips_,
                [&](std::size_t task, unsigned slot) { add_chunk(task / strips_, task % strips_, slot); });
    } else {
      for (std::size_t chunk = 0; chunk < chunks_; chunk++) add_chunk_of_rows(chunk);
    }
    add_up(out);
  }

 private:
  static constexpr std::size_t kStrip = 64;

  // Of one thread, made when first needed: rows of R, and what floats are summed in.
  struct Room {
    AlignedArray<T> left, product;
  };

  std::size_t begin(std::size_t chunk) const { return cutting_.first_block(blocks_, chunk); }
  std::size_t row(std::size_t block) const { return blocks_.start + std::min(blocks_.rows, blocks_.first(block)); }
  double* sum_of(std::size_t chunk, std::size_t strip) const {
    return partial_.get() + chunk * layout_.width * source_.stride + strip * strip_;
  }

  // What the narrow kernels add to.
  void clear(std::size_t chunk, std::size_t strip) {
    if (wide_) return;
    for (std::size_t a = 0; a < layout_.width; a++)
      std::fill_n(sum_of(chunk, strip) + a * source_.stride, columns_of(strip), 0.0);
  }

  std::size_t columns_of(std::size_t strip) const { return std::min(strip_, source_.stride - strip * strip_); }

  // The blocks [from, to).
  template <class Reader>
  void add(std::size_t chunk, std::size_t strip, std::size_t from, std::size_t to, Reader& reader, Room& room) {
    if (wide_) return add_wide(chunk, strip, from, to, reader.rows(row(from), row(to) - row(from)), room);
    for (std::size_t block = from; block < to; block++) {
      const std::size_t first = row(block), rows = blocks_.rows_of(block);
      for (std::size_t i = 0, count = 0; i < rows; i += count) {
        count = reader.together(first + i, rows - i);
        add_narrow(chunk, strip, block, i, count, reader.rows(first + i, count), room);
      }
    }
  }

  void add_wide(std::size_t chunk, std::size_t strip, std::size_t from, std::size_t to, const T* rows, Room& room) {
    copy_left(from, to, room);
    add_rows(from == begin(chunk), room.left.get(), layout_.width, row(to) - row(from), rows + strip * strip_,
             source_.stride, sum_of(chunk, strip), columns_of(strip), room.product);
  }

  // `count` rows of a block from its row `i` on.
  void add_narrow(std::size_t chunk, std::size_t strip, std::size_t block, std::size_t i, std::size_t count, const T* rows,
                  Room& room) {
    if (sizeof(T) != sizeof(double) && !room.left) room.left = allocate_aligned<T>(blocks_.height, layout_.width);
    add_block(values_ + block * layout_.block + i * layout_.row, layout_, count, rows + strip * strip_, source_.stride,
              sum_of(chunk, strip), columns_of(strip), room.left.get());
  }

  void copy_left(std::size_t from, std::size_t to, Room& room) const {
    const std::size_t rows = row(to) - row(from);
    if (!room.left) room.left = allocate_aligned<T>(layout_.width, group_ * blocks_.height);
    for (std::size_t block = from; block < to; block++) {
      const std::size_t at = row(block) - row(from), count = blocks_.rows_of(block);
      const double* values = values_ + block * layout_.block;
      for (std::size_t a = 0; a < layout_.width; a++) {
        copy_numbers(values + a * layout_.feature, layout_.row, count, room.left.get() + a * rows + at);
      }
    }
  }

  void add_chunk(std::size_t chunk, std::size_t strip, unsigned slot) {
    clear(chunk, strip);
    auto reader = source_.open(row(begin(chunk)), row(begin(chunk + 1)));
    for (std::size_t from = begin(chunk); from < begin(chunk + 1); from += group_) {
      run_.check();
      const std::size_t to = std::min(begin(chunk + 1), from + group_);
      add(chunk, strip, from, to, reader, rooms_[slot]);
    }
  }

  // Every row is read once; the strips of a few blocks are tasks.
  void add_chunk_of_rows(std::size_t chunk) {
    for (std::size_t strip = 0; strip < strips_; strip++) clear(chunk, strip);
    auto reader = source_.open(row(begin(chunk)), row(begin(chunk + 1)));
    const std::size_t group = wide_ ? group_ : std::max<std::size_t>(1, kWideRows / blocks_.height);
    for (std::size_t from = begin(chunk); from < begin(chunk + 1); from += group) {
      const std::size_t to = std::min(begin(chunk + 1), from + group);
      const T* rows = reader.rows(row(from), row(to) - row(from));
      InMemory<T> gathered{rows, source_.stride, row(from)};
      run_.each(strips_, [&](std::size_t strip, unsigned slot) { add(chunk, strip, from, to, gathered, rooms_[slot]); });
    }
  }

  void add_up(double* out) const {
    const std::size_t width = layout_.width, stride = source_.stride;
    run_.each((columns_ + kStrip - 1) / kStrip, [&](std::size_t s, unsigned) {
      const std::size_t from = s * kStrip, count = std::min(kStrip, columns_ - from);
      double sums[kStrip];
      for (std::size_t a = 0; a < width; a++) {
        std::fill_n(sums, count, 0.0);
        for (std::size_t chunk = chunks_; chunk-- > 0;) {
          const double* partial = partial_.get() + (chunk * width + a) * stride + from;
          for (std::size_t j = 0; j < count; j++) sums[j] += partial[j];
        }
        for (std::size_t j = 0; j < count; j++) out[(from + j) * width + a] = sums[j];
      }
    });
  }

  const Source& source_;
  const std::size_t columns_;
  const Cutting& cutting_;
  const double* const values_;
  const Layout& layout_;
  const Blocks& blocks_;
  const Run& run_;
  const std::size_t chunks_;
  std::size_t strip_, strips_, group_;
  bool wide_;
  AlignedBuffer partial_;
  std::vector<Room> rooms_;
};

template <class T, class Source>
void transposed_product(const Source& source, std::size_t columns, const Cutting& cutting, const double* values,
                        const Layout& layout, double* out, const Run& run) {
  TransposedProduct<T, Source>(source, columns, cutting, values, layout, run).form(out);
}

}  // namespace dense
}  // namespace planesearch
