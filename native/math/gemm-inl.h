// The two block products of planesearch, compiled once for every SIMD target.
//
//   multiply_dot        C(i, j)  = init_j + sum_k A(i, k) B(j, k)     SIMD lanes run along k, both operands contiguous in k
//   multiply_broadcast  C(m, n) += sum_k A(k, m) B(k, n)              SIMD lanes run along n, A is broadcast
//
// Written here rather than taken from BLAS because the shapes are tall and narrow: BLAS packs its operands anew in every
// call and pads 10 outputs to the width of its own tile. Every element of C is summed by one register in one order that
// depends on the shapes only, never on how the rows are split among threads.

#if defined(PLANESEARCH_GEMM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PLANESEARCH_GEMM_INL_H_
#undef PLANESEARCH_GEMM_INL_H_
#else
#define PLANESEARCH_GEMM_INL_H_
#endif

#include <algorithm>
#include <cstddef>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace planesearch {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Lanes = hn::ScalableTag<double>;
using Vector = hn::Vec<Lanes>;

// 32 vector registers with AVX-512, 16 below: the accumulators of one tile must stay in registers.
#if HWY_TARGET == HWY_AVX3
constexpr std::size_t kDotAccumulators = 24, kDotColumns = 6, kDotNarrow = 12, kBroadcastRows = 12;
constexpr std::size_t broadcast_vectors(std::size_t rows) { return rows == 1 ? 8 : rows == 2 ? 8 : rows <= 6 ? 4 : 2; }
#else
constexpr std::size_t kDotAccumulators = 12, kDotColumns = 4, kDotNarrow = 5, kBroadcastRows = 6;
constexpr std::size_t broadcast_vectors(std::size_t rows) { return rows == 1 ? 8 : rows <= 3 ? 4 : 2; }
#endif
// More than 8 rows at once are more streams than the processor follows.
constexpr std::size_t dot_rows(std::size_t columns) { return std::min<std::size_t>(8, kDotAccumulators / columns); }

#if HWY_TARGET == HWY_SCALAR
HWY_INLINE double sum_lanes(Vector v) { return hn::GetLane(v); }
#else
template <class V>
HWY_INLINE double sum_lanes(V v) {
  if constexpr (hn::MaxLanes(hn::DFromV<V>()) == 1) {
    return hn::GetLane(v);
  } else {
    const hn::Half<hn::DFromV<V>> half;
    return sum_lanes(hn::Add(hn::LowerHalf(half, v), hn::UpperHalf(half, v)));
  }
}
#endif

// The sums over the lanes of as many vectors as a vector has lanes, each sum in the lane of its vector's number. A tree
// of shuffles shared by all needs half the instructions that one vector after the other would.
HWY_INLINE Vector sum_lanes_of_all(const Vector* v) {
#if HWY_TARGET == HWY_SCALAR
  return v[0];
#else
  const Lanes d;
  // Each block of 128 bits of `pair(i, j)` holds a partial sum of v[i] and one of v[j].
  const auto pair = [&](std::size_t i, std::size_t j) HWY_ATTR {
    return hn::Add(hn::InterleaveLower(d, v[i], v[j]), hn::InterleaveUpper(d, v[i], v[j]));
  };
  const auto halves = [&](Vector low, Vector high) HWY_ATTR {
    return hn::Add(hn::ConcatLowerLower(d, high, low), hn::ConcatUpperUpper(d, high, low));
  };
#if HWY_TARGET == HWY_AVX3
  const Vector even = halves(pair(0, 1), pair(4, 5)), odd = halves(pair(2, 3), pair(6, 7));
  return hn::Add(hn::OddEvenBlocks(hn::SwapAdjacentBlocks(odd), even), hn::OddEvenBlocks(odd, hn::SwapAdjacentBlocks(even)));
#else
  return halves(pair(0, 1), pair(2, 3));
#endif
#endif
}

// With `Stream` the rows below the tile are asked for while it is computed: A then comes from memory, and waiting for it
// and computing would otherwise take turns.
template <std::size_t Rows, std::size_t Columns, bool Stream>
HWY_INLINE void dot_tile(const double* HWY_RESTRICT a, std::size_t lda, const double* HWY_RESTRICT b, std::size_t ldb,
                         std::size_t depth, const double* HWY_RESTRICT init, double* HWY_RESTRICT c, std::size_t c_row,
                         std::size_t c_column, bool accumulate) {
  const Lanes lanes;
  constexpr std::size_t kLanes = hn::MaxLanes(Lanes()), kGroups = (Rows * Columns + kLanes - 1) / kLanes;
  Vector sum[kGroups * kLanes];
  for (std::size_t e = 0; e < kGroups * kLanes; e++) sum[e] = hn::Zero(lanes);
  for (std::size_t k = 0; k < depth; k += kLanes) {
    Vector left[Rows];
    for (std::size_t i = 0; i < Rows; i++) {
      left[i] = hn::LoadU(lanes, a + i * lda + k);
      if constexpr (Stream) __builtin_prefetch(a + (i + 2 * Rows) * lda + k, 0, 2);
    }
    for (std::size_t j = 0; j < Columns; j++) {
      const Vector right = hn::LoadU(lanes, b + j * ldb + k);
      for (std::size_t i = 0; i < Rows; i++) sum[j * Rows + i] = hn::MulAdd(left[i], right, sum[j * Rows + i]);
    }
  }
  HWY_ALIGN double result[kGroups * kLanes];
  for (std::size_t g = 0; g < kGroups; g++) hn::Store(sum_lanes_of_all(sum + g * kLanes), lanes, result + g * kLanes);
  for (std::size_t j = 0; j < Columns; j++) {
    double* out = c + j * c_column;
    const double start = init ? init[j] : 0.0;
    for (std::size_t i = 0; i < Rows; i++) out[i * c_row] = result[j * Rows + i] + (accumulate ? out[i * c_row] : start);
  }
}

// Tiles of `Rows` rows, then of half as many for the rest.
template <std::size_t Rows, std::size_t Columns, bool Stream>
HWY_INLINE void dot_columns(const double* a, std::size_t lda, std::size_t rows, const double* b, std::size_t ldb,
                            std::size_t depth, const double* init, double* c, std::size_t c_row, std::size_t c_column,
                            bool accumulate, std::size_t i) {
  for (; i + Rows <= rows; i += Rows) {
    dot_tile<Rows, Columns, Stream>(a + i * lda, lda, b, ldb, depth, init, c + i * c_row, c_row, c_column, accumulate);
  }
  if constexpr (Rows > 1) {
    dot_columns<Rows / 2, Columns, false>(a, lda, rows, b, ldb, depth, init, c, c_row, c_column, accumulate, i);
  }
}

template <std::size_t Columns>
HWY_INLINE void dot_dispatch(std::size_t columns, bool stream, const double* a, std::size_t lda, std::size_t rows, const double* b,
                             std::size_t ldb, std::size_t depth, const double* init, double* c, std::size_t c_row,
                             std::size_t c_column, bool accumulate) {
  if (columns == Columns) {
    constexpr std::size_t kRows = dot_rows(Columns);
    if (stream) dot_columns<kRows, Columns, true>(a, lda, rows, b, ldb, depth, init, c, c_row, c_column, accumulate, 0);
    else dot_columns<kRows, Columns, false>(a, lda, rows, b, ldb, depth, init, c, c_row, c_column, accumulate, 0);
  } else if constexpr (Columns > 1) {
    dot_dispatch<Columns - 1>(columns, stream, a, lda, rows, b, ldb, depth, init, c, c_row, c_column, accumulate);
  }
}

HWY_INLINE void dot_rows_of_block(const double* a, std::size_t lda, std::size_t rows, const double* b, std::size_t ldb,
                                  std::size_t columns, std::size_t depth, const double* init, double* c, std::size_t c_row,
                                  std::size_t c_column, bool accumulate) {
  const std::size_t tiles = columns <= kDotNarrow ? 1 : (columns + kDotColumns - 1) / kDotColumns;
  for (std::size_t t = 0, j = 0; t < tiles; t++) {
    const std::size_t width = (columns - j + tiles - t - 1) / (tiles - t);
    dot_dispatch<kDotNarrow>(width, t == 0, a, lda, rows, b + j * ldb, ldb, depth, init ? init + j : nullptr, c + j * c_column, c_row,
                             c_column, accumulate);
    j += width;
  }
}

// `depth` is rounded up to whole vectors: B must hold zeros there and A finite numbers.
inline void multiply_dot(const double* a, std::size_t lda, std::size_t rows, const double* b, std::size_t ldb,
                         std::size_t columns, std::size_t depth, const double* init, double* c, std::size_t c_row,
                         std::size_t c_column, bool accumulate) {
  // As many rows of A as stay in the second-level cache while all columns of B pass by.
  constexpr std::size_t kCached = 16384;
  const std::size_t group = columns <= kDotNarrow ? rows : std::max<std::size_t>(8, kCached / depth / 8 * 8);
  for (std::size_t i = 0; i < rows; i += group) {
    dot_rows_of_block(a + i * lda, lda, std::min(group, rows - i), b, ldb, columns, depth, init, c + i * c_row, c_row, c_column,
                      accumulate);
  }
}

template <std::size_t Rows, std::size_t Vectors, bool Partial>
HWY_INLINE void broadcast_tile(const double* HWY_RESTRICT a, std::size_t a_depth, std::size_t a_row,
                               const double* HWY_RESTRICT b, std::size_t ldb, std::size_t depth, double* HWY_RESTRICT c,
                               std::size_t ldc, std::size_t width) {
  const Lanes lanes;
  const std::size_t step = hn::Lanes(lanes);
  const auto mask = hn::FirstN(lanes, Partial ? width : step);
  Vector sum[Rows][Vectors];
  for (std::size_t i = 0; i < Rows; i++) {
    for (std::size_t v = 0; v < Vectors; v++) {
      const double* from = c + i * ldc + v * step;
      sum[i][v] = Partial ? hn::MaskedLoad(mask, lanes, from) : hn::LoadU(lanes, from);
    }
  }
  for (std::size_t k = 0; k < depth; k++) {
    Vector right[Vectors];
    for (std::size_t v = 0; v < Vectors; v++) {
      const double* from = b + k * ldb + v * step;
      __builtin_prefetch(from + depth * ldb, 0, 2);
      right[v] = Partial ? hn::MaskedLoad(mask, lanes, from) : hn::LoadU(lanes, from);
    }
    for (std::size_t i = 0; i < Rows; i++) {
      const Vector left = hn::Set(lanes, a[k * a_depth + i * a_row]);
      for (std::size_t v = 0; v < Vectors; v++) sum[i][v] = hn::MulAdd(left, right[v], sum[i][v]);
    }
  }
  for (std::size_t i = 0; i < Rows; i++) {
    for (std::size_t v = 0; v < Vectors; v++) {
      double* to = c + i * ldc + v * step;
      if (Partial) hn::BlendedStore(sum[i][v], mask, lanes, to);
      else hn::StoreU(sum[i][v], lanes, to);
    }
  }
}

// A strip of C, `Rows` rows high, from column n on: tiles of `Vectors` vectors, then of half as many, then part of one.
template <std::size_t Rows, std::size_t Vectors>
HWY_INLINE void broadcast_rows(const double* a, std::size_t a_depth, std::size_t a_row, const double* b, std::size_t ldb,
                               std::size_t depth, double* c, std::size_t ldc, std::size_t width, std::size_t n) {
  const std::size_t step = hn::Lanes(Lanes());
  for (; n + Vectors * step <= width; n += Vectors * step) {
    broadcast_tile<Rows, Vectors, false>(a, a_depth, a_row, b + n, ldb, depth, c + n, ldc, 0);
  }
  if constexpr (Vectors > 1) broadcast_rows<Rows, Vectors / 2>(a, a_depth, a_row, b, ldb, depth, c, ldc, width, n);
  else if (n < width) broadcast_tile<Rows, 1, true>(a, a_depth, a_row, b + n, ldb, depth, c + n, ldc, width - n);
}

template <std::size_t Rows>
HWY_INLINE void broadcast_dispatch(std::size_t rows, const double* a, std::size_t a_depth, std::size_t a_row, const double* b,
                                   std::size_t ldb, std::size_t depth, double* c, std::size_t ldc, std::size_t width) {
  if (rows == Rows) broadcast_rows<Rows, broadcast_vectors(Rows)>(a, a_depth, a_row, b, ldb, depth, c, ldc, width, 0);
  else if constexpr (Rows > 1) broadcast_dispatch<Rows - 1>(rows, a, a_depth, a_row, b, ldb, depth, c, ldc, width);
}

// A(k, m) = a[k * a_depth + m * a_row]; B and C row-major.
inline void multiply_broadcast(const double* a, std::size_t a_depth, std::size_t a_row, std::size_t rows, const double* b,
                               std::size_t ldb, std::size_t depth, double* c, std::size_t ldc, std::size_t width) {
  const std::size_t tiles = (rows + kBroadcastRows - 1) / kBroadcastRows;
  for (std::size_t t = 0, m = 0; t < tiles; t++) {
    const std::size_t height = (rows - m + tiles - t - 1) / (tiles - t);
    broadcast_dispatch<kBroadcastRows>(height, a + m * a_row, a_depth, a_row, b, ldb, depth, c + m * ldc, ldc, width);
    m += height;
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace planesearch
HWY_AFTER_NAMESPACE();

#endif
