// The two block products of planesearch, compiled once for every SIMD target, for operands of double or float.
//
//   multiply_dot        C(i, j)  = init_j + sum_k A(i, k) B(j, k)     SIMD lanes run along k, both operands contiguous in k
//   multiply_broadcast  C(m, n) += sum_k A(k, m) B(k, n)              SIMD lanes run along n, A is broadcast
//
// C is double either way: float lanes are summed in float along one tile (a row of A, or `depth` rows of B) and added up in double.
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
template <class T>
using LanesOf = hn::ScalableTag<T>;
template <class T>
using VectorOf = hn::Vec<LanesOf<T>>;

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
  const auto pair = [&](std::size_t i, std::size_t j)
                        HWY_ATTR { return hn::Add(hn::InterleaveLower(d, v[i], v[j]), hn::InterleaveUpper(d, v[i], v[j])); };
  [[maybe_unused]] const auto halves = [&](Vector low, Vector high) HWY_ATTR {
    return hn::Add(hn::ConcatLowerLower(d, high, low), hn::ConcatUpperUpper(d, high, low));
  };
#if HWY_MAX_BYTES == 16
  return pair(0, 1);
#elif HWY_TARGET == HWY_AVX3
  const Vector even = halves(pair(0, 1), pair(4, 5)), odd = halves(pair(2, 3), pair(6, 7));
  return hn::Add(hn::OddEvenBlocks(hn::SwapAdjacentBlocks(odd), even), hn::OddEvenBlocks(odd, hn::SwapAdjacentBlocks(even)));
#else
  return halves(pair(0, 1), pair(2, 3));
#endif
#endif
}

// A vector of doubles with the same sum over its lanes.
HWY_INLINE Vector as_double(Vector v) { return v; }
HWY_INLINE Vector as_double(VectorOf<float> v) {
  const Lanes lanes;
#if HWY_TARGET == HWY_SCALAR
  return hn::PromoteTo(lanes, v);
#else
  const hn::Half<LanesOf<float>> half;
  return hn::Add(hn::PromoteTo(lanes, hn::LowerHalf(half, v)), hn::PromoteTo(lanes, hn::UpperHalf(half, v)));
#endif
}

// The sums over the lanes of as many vectors as a vector of doubles has lanes.
HWY_INLINE void store_sums(const Vector* v, double* to) { hn::Store(sum_lanes_of_all(v), Lanes(), to); }
HWY_INLINE void store_sums(const VectorOf<float>* v, double* to) {
  Vector wide[hn::MaxLanes(Lanes())];
  for (std::size_t e = 0; e < hn::MaxLanes(Lanes()); e++) wide[e] = as_double(v[e]);
  store_sums(wide, to);
}

// With `Stream` the rows below the tile are asked for while it is computed: A then comes from memory, and waiting for it
// and computing would otherwise take turns.
template <class T, std::size_t Rows, std::size_t Columns, bool Stream>
HWY_INLINE void dot_tile(const T* HWY_RESTRICT a, std::size_t lda, const T* HWY_RESTRICT b, std::size_t ldb,
                         std::size_t depth, const double* HWY_RESTRICT init, double* HWY_RESTRICT c, std::size_t c_row,
                         std::size_t c_column, bool accumulate) {
  const LanesOf<T> lanes;
  constexpr std::size_t kStep = hn::MaxLanes(LanesOf<T>()), kLanes = hn::MaxLanes(Lanes());
  constexpr std::size_t kGroups = (Rows * Columns + kLanes - 1) / kLanes;
  VectorOf<T> sum[kGroups * kLanes];
  for (std::size_t e = 0; e < kGroups * kLanes; e++) sum[e] = hn::Zero(lanes);
  for (std::size_t k = 0; k < depth; k += kStep) {
    VectorOf<T> left[Rows];
    for (std::size_t i = 0; i < Rows; i++) {
      left[i] = hn::LoadU(lanes, a + i * lda + k);
      if constexpr (Stream) __builtin_prefetch(a + (i + 2 * Rows) * lda + k, 0, 2);
    }
    for (std::size_t j = 0; j < Columns; j++) {
      const VectorOf<T> right = hn::LoadU(lanes, b + j * ldb + k);
      for (std::size_t i = 0; i < Rows; i++) sum[j * Rows + i] = hn::MulAdd(left[i], right, sum[j * Rows + i]);
    }
  }
  HWY_ALIGN double result[kGroups * kLanes];
  for (std::size_t g = 0; g < kGroups; g++) store_sums(sum + g * kLanes, result + g * kLanes);
  for (std::size_t j = 0; j < Columns; j++) {
    double* out = c + j * c_column;
    const double start = init ? init[j] : 0.0;
    for (std::size_t i = 0; i < Rows; i++) out[i * c_row] = result[j * Rows + i] + (accumulate ? out[i * c_row] : start);
  }
}

// Tiles of `Rows` rows, then of half as many for the rest.
template <class T, std::size_t Rows, std::size_t Columns, bool Stream>
HWY_INLINE void dot_columns(const T* a, std::size_t lda, std::size_t rows, const T* b, std::size_t ldb, std::size_t depth,
                            const double* init, double* c, std::size_t c_row, std::size_t c_column, bool accumulate,
                            std::size_t i) {
  for (; i + Rows <= rows; i += Rows) {
    dot_tile<T, Rows, Columns, Stream>(a + i * lda, lda, b, ldb, depth, init, c + i * c_row, c_row, c_column, accumulate);
  }
  if constexpr (Rows > 1) {
    dot_columns<T, Rows / 2, Columns, false>(a, lda, rows, b, ldb, depth, init, c, c_row, c_column, accumulate, i);
  }
}

template <class T, std::size_t Columns>
HWY_INLINE void dot_dispatch(std::size_t columns, bool stream, const T* a, std::size_t lda, std::size_t rows, const T* b,
                             std::size_t ldb, std::size_t depth, const double* init, double* c, std::size_t c_row,
                             std::size_t c_column, bool accumulate) {
  if (columns == Columns) {
    constexpr std::size_t kRows = dot_rows(Columns);
    if (stream) dot_columns<T, kRows, Columns, true>(a, lda, rows, b, ldb, depth, init, c, c_row, c_column, accumulate, 0);
    else dot_columns<T, kRows, Columns, false>(a, lda, rows, b, ldb, depth, init, c, c_row, c_column, accumulate, 0);
  } else if constexpr (Columns > 1) {
    dot_dispatch<T, Columns - 1>(columns, stream, a, lda, rows, b, ldb, depth, init, c, c_row, c_column, accumulate);
  }
}

template <class T>
HWY_INLINE void dot_rows_of_block(const T* a, std::size_t lda, std::size_t rows, const T* b, std::size_t ldb,
                                  std::size_t columns, std::size_t depth, const double* init, double* c, std::size_t c_row,
                                  std::size_t c_column, bool accumulate) {
  const std::size_t tiles = columns <= kDotNarrow ? 1 : (columns + kDotColumns - 1) / kDotColumns;
  for (std::size_t t = 0, j = 0; t < tiles; t++) {
    const std::size_t width = (columns - j + tiles - t - 1) / (tiles - t);
    dot_dispatch<T, kDotNarrow>(width, t == 0, a, lda, rows, b + j * ldb, ldb, depth, init ? init + j : nullptr,
                                c + j * c_column, c_row, c_column, accumulate);
    j += width;
  }
}

// `depth` is rounded up to whole vectors: B must hold zeros there and A finite numbers.
template <class T>
inline void multiply_dot(const T* a, std::size_t lda, std::size_t rows, const T* b, std::size_t ldb, std::size_t columns,
                         std::size_t depth, const double* init, double* c, std::size_t c_row, std::size_t c_column,
                         bool accumulate) {
  // As many rows of A as stay in the second-level cache while all columns of B pass by.
  constexpr std::size_t kCached = 16384 * sizeof(double) / sizeof(T);
  const std::size_t group = columns <= kDotNarrow ? rows : std::max<std::size_t>(8, kCached / depth / 8 * 8);
  for (std::size_t i = 0; i < rows; i += group) {
    dot_rows_of_block(a + i * lda, lda, std::min(group, rows - i), b, ldb, columns, depth, init, c + i * c_row, c_row,
                      c_column, accumulate);
  }
}

// Adds float sums to doubles.
HWY_INLINE void add_to(VectorOf<float> sum, double* to) {
  const Lanes lanes;
#if HWY_TARGET == HWY_SCALAR
  hn::StoreU(hn::Add(hn::LoadU(lanes, to), hn::PromoteTo(lanes, sum)), lanes, to);
#else
  const hn::Half<LanesOf<float>> half;
  const std::size_t step = hn::Lanes(lanes);
  hn::StoreU(hn::Add(hn::LoadU(lanes, to), hn::PromoteTo(lanes, hn::LowerHalf(half, sum))), lanes, to);
  hn::StoreU(hn::Add(hn::LoadU(lanes, to + step), hn::PromoteTo(lanes, hn::UpperHalf(half, sum))), lanes, to + step);
#endif
}

template <class T, std::size_t Rows, std::size_t Vectors, bool Partial>
HWY_INLINE void broadcast_tile(const T* HWY_RESTRICT a, std::size_t a_depth, std::size_t a_row, const T* HWY_RESTRICT b,
                               std::size_t ldb, std::size_t depth, double* HWY_RESTRICT c, std::size_t ldc,
                               std::size_t width) {
  constexpr bool kDouble = sizeof(T) == sizeof(double);
  const LanesOf<T> lanes;
  const std::size_t step = hn::Lanes(lanes);
  const auto mask = hn::FirstN(lanes, Partial ? width : step);
  VectorOf<T> sum[Rows][Vectors];
  for (std::size_t i = 0; i < Rows; i++) {
    for (std::size_t v = 0; v < Vectors; v++) {
      if constexpr (kDouble) {
        const double* from = c + i * ldc + v * step;
        sum[i][v] = Partial ? hn::MaskedLoad(mask, lanes, from) : hn::LoadU(lanes, from);
      } else {
        sum[i][v] = hn::Zero(lanes);
      }
    }
  }
  for (std::size_t k = 0; k < depth; k++) {
    VectorOf<T> right[Vectors];
    for (std::size_t v = 0; v < Vectors; v++) {
      const T* from = b + k * ldb + v * step;
      __builtin_prefetch(from + depth * ldb, 0, 2);
      right[v] = Partial ? hn::MaskedLoad(mask, lanes, from) : hn::LoadU(lanes, from);
    }
    for (std::size_t i = 0; i < Rows; i++) {
      const VectorOf<T> left = hn::Set(lanes, a[k * a_depth + i * a_row]);
      for (std::size_t v = 0; v < Vectors; v++) sum[i][v] = hn::MulAdd(left, right[v], sum[i][v]);
    }
  }
  for (std::size_t i = 0; i < Rows; i++) {
    for (std::size_t v = 0; v < Vectors; v++) {
      double* to = c + i * ldc + v * step;
      if constexpr (kDouble) {
        if (Partial) hn::BlendedStore(sum[i][v], mask, lanes, to);
        else hn::StoreU(sum[i][v], lanes, to);
      } else if (Partial) {
        HWY_ALIGN T tail[hn::MaxLanes(LanesOf<T>())];
        hn::Store(sum[i][v], lanes, tail);
        for (std::size_t n = 0; n < width; n++) to[n] += static_cast<double>(tail[n]);
      } else {
        add_to(sum[i][v], to);
      }
    }
  }
}

// A strip of C, `Rows` rows high, from column n on: tiles of `Vectors` vectors, then of half as many, then part of one.
template <class T, std::size_t Rows, std::size_t Vectors>
HWY_INLINE void broadcast_rows(const T* a, std::size_t a_depth, std::size_t a_row, const T* b, std::size_t ldb,
                               std::size_t depth, double* c, std::size_t ldc, std::size_t width, std::size_t n) {
  const std::size_t step = hn::Lanes(LanesOf<T>());
  for (; n + Vectors * step <= width; n += Vectors * step) {
    broadcast_tile<T, Rows, Vectors, false>(a, a_depth, a_row, b + n, ldb, depth, c + n, ldc, 0);
  }
  if constexpr (Vectors > 1) broadcast_rows<T, Rows, Vectors / 2>(a, a_depth, a_row, b, ldb, depth, c, ldc, width, n);
  else if (n < width) broadcast_tile<T, Rows, 1, true>(a, a_depth, a_row, b + n, ldb, depth, c + n, ldc, width - n);
}

template <class T, std::size_t Rows>
HWY_INLINE void broadcast_dispatch(std::size_t rows, const T* a, std::size_t a_depth, std::size_t a_row, const T* b,
                                   std::size_t ldb, std::size_t depth, double* c, std::size_t ldc, std::size_t width) {
  if (rows == Rows) broadcast_rows<T, Rows, broadcast_vectors(Rows)>(a, a_depth, a_row, b, ldb, depth, c, ldc, width, 0);
  else if constexpr (Rows > 1) broadcast_dispatch<T, Rows - 1>(rows, a, a_depth, a_row, b, ldb, depth, c, ldc, width);
}

// A(k, m) = a[k * a_depth + m * a_row]; B and C row-major.
template <class T>
inline void multiply_broadcast(const T* a, std::size_t a_depth, std::size_t a_row, std::size_t rows, const T* b,
                               std::size_t ldb, std::size_t depth, double* c, std::size_t ldc, std::size_t width) {
  const std::size_t tiles = (rows + kBroadcastRows - 1) / kBroadcastRows;
  for (std::size_t t = 0, m = 0; t < tiles; t++) {
    const std::size_t height = (rows - m + tiles - t - 1) / (tiles - t);
    broadcast_dispatch<T, kBroadcastRows>(height, a + m * a_row, a_depth, a_row, b, ldb, depth, c + m * ldc, ldc, width);
    m += height;
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace planesearch
HWY_AFTER_NAMESPACE();

#endif
