#include "math/vectors.h"

#include <algorithm>
#include <numeric>

#include "math/simd.h"

namespace planesearch {

const double* AnyVector::at(std::size_t from, std::size_t count, double* room) const {
  if (doubles_ != nullptr) return doubles_ + from;
  kernels().floats.widen(floats_ + from, 1, room, count);
  return room;
}

namespace {

constexpr std::size_t kPart = 1 << 16, kBlock = 1 << 12;

// Blocks are whole rows, parts whole blocks.
struct Parts {
  std::size_t rows, row_block, row_part, count;

  Parts(std::size_t height, std::size_t width) : rows(height) {
    row_block = std::max<std::size_t>(1, kBlock / width);
    row_part = row_block * std::max<std::size_t>(1, kPart / (row_block * width));
    count = std::max<std::size_t>(1, (rows + row_part - 1) / row_part);
  }

  // task(part, first row, rows)
  template <class Task>
  void each(const Run& run, const Task& task) const {
    const auto part = [&](std::size_t p) { task(p, p * row_part, std::min(row_part, rows - p * row_part)); };
    if (count == 1) part(0);
    else run.each(count, [&](std::size_t p, unsigned) { part(p); });
  }

  // task(first row, rows) for the blocks of a part
  template <class Task>
  void each_block(std::size_t first, std::size_t height, const Task& task) const {
    for (std::size_t at = first; at < first + height; at += row_block) task(at, std::min(row_block, first + height - at));
  }
};

// Elements that are combined at a time where floats become doubles first: those of some twenty vectors stay in the cache.
constexpr std::size_t kWidened = 1 << 10;

// The terms begin with the block.
void combine_block(const double* base, const double* scales, std::vector<const double*>& terms, std::size_t count,
                   double* out) {
  const std::size_t whole = count / kLaneMultiple * kLaneMultiple;
  kernels().combine(base, {terms.data(), scales, terms.size()}, Nonlinearity{}, out, whole);
  if (whole == count) return;
  // The rest in room of its own, filled up to whole vectors.
  const std::size_t rest = count - whole;
  std::vector<double> room((terms.size() + 1) * kLaneMultiple);
  if (base != nullptr) std::copy_n(base + whole, rest, room.data());
  for (std::size_t k = 0; k < terms.size(); k++) {
    double* copy = room.data() + (k + 1) * kLaneMultiple;
    std::copy_n(terms[k] + whole, rest, copy);
    terms[k] = copy;
  }
  kernels().combine(room.data(), {terms.data(), scales, terms.size()}, Nonlinearity{}, room.data(), kLaneMultiple);
  std::copy_n(room.data(), rest, out + whole);
}

}  // namespace

double dot(const double* a, const double* b, std::size_t count, const Run& run) {
  const Parts parts(count, 1);
  std::vector<double> sums(parts.count);
  parts.each(run, [&](std::size_t p, std::size_t from, std::size_t length) {
    sums[p] = kernels().dot(a + from, b + from, length);
  });
  return std::accumulate(sums.begin() + 1, sums.end(), sums[0]);
}

void axpby(double alpha, const double* x, double beta, double* y, std::size_t count, const Run& run) {
  Parts(count, 1).each(run, [&](std::size_t, std::size_t from, std::size_t length) {
    kernels().axpby(alpha, x + from, beta, y + from, length);
  });
}

std::vector<double> dots(const Pointers& left, const Pointers& right, const Rows& shape, const Run& run) {
  const Parts parts(shape.rows, shape.width);
  const std::size_t pairs = left.size() * right.size(), width = shape.width, block = parts.row_block * width;
  std::vector<double> sums(parts.count * pairs);
  const auto narrow = [](const AnyVector& vector) { return vector.narrow(); };
  const bool copied = shape.weights != nullptr || std::any_of(left.begin(), left.end(), narrow) ||
                      std::any_of(right.begin(), right.end(), narrow);
  const std::size_t most = copied ? std::min(block, shape.rows * width) : 0;
  parts.each(run, [&](std::size_t p, std::size_t first, std::size_t height) {
    std::vector<double> room((right.size() + 1) * most);
    std::vector<const double*> at(right.size());
    parts.each_block(first, height, [&](std::size_t row, std::size_t rows) {
      const std::size_t from = row * width, count = rows * width;
      for (std::size_t r = 0; r < right.size(); r++) {
        double* to = room.data() + (1 + r) * most;
        at[r] = right[r].at(from, count, to);
        if (shape.weights == nullptr) continue;
        kernels().weigh_rows(shape.weights + row, at[r], nullptr, rows, width, to);
        at[r] = to;
      }
      for (std::size_t l = 0; l < left.size(); l++) {
        kernels().add_dots(left[l].at(from, count, room.data()), at.data(), right.size(), count,
                           sums.data() + p * pairs + l * right.size());
      }
    });
  });
  for (std::size_t p = 1; p < parts.count; p++) {
    for (std::size_t e = 0; e < pairs; e++) sums[e] += sums[p * pairs + e];
  }
  sums.resize(pairs);
  return sums;
}

template <class T>
void combine(const double* base, const double* scales, const Pointers& vectors, std::size_t count, T* out, const Run& run) {
  constexpr bool kNarrow = sizeof(T) < sizeof(double);
  const auto floats = static_cast<std::size_t>(
      std::count_if(vectors.begin(), vectors.end(), [](const AnyVector& vector) { return vector.narrow(); }));
  const std::size_t step = kNarrow || floats > 0 ? kWidened : kBlock;
  const Parts parts(count, 1);
  parts.each(run, [&](std::size_t, std::size_t first, std::size_t height) {
    std::vector<double> room(((kNarrow ? 1 : 0) + floats) * kWidened);
    std::vector<const double*> terms(vectors.size());
    for (std::size_t from = first; from < first + height; from += step) {
      const std::size_t length = std::min(step, first + height - from);
      double* free = room.data();
      for (std::size_t k = 0; k < vectors.size(); k++) {
        terms[k] = vectors[k].at(from, length, free);
        if (vectors[k].narrow()) free += kWidened;
      }
      const double* own = base == nullptr ? nullptr : base + from;
      if constexpr (kNarrow) {
        combine_block(own, scales, terms, length, free);
        kernels().narrow(free, out + from, length);
      } else {
        combine_block(own, scales, terms, length, out + from);
      }
    }
  });
}

template void combine(const double*, const double*, const Pointers&, std::size_t, double*, const Run&);
template void combine(const double*, const double*, const Pointers&, std::size_t, float*, const Run&);

void weigh_rows(const Rows& shape, const double* x, const double* before, double* out, const Run& run) {
  Parts(shape.rows, shape.width).each(run, [&](std::size_t, std::size_t first, std::size_t height) {
    const std::size_t from = first * shape.width;
    kernels().weigh_rows(shape.weights + first, x + from, before ? before + from : nullptr, height, shape.width, out + from);
  });
}

}  // namespace planesearch
