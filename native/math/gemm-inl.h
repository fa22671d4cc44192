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
constexpr std::size_t kDotRows = 4, kDotColumns = 6, kBroadcastRows = 12;
constexpr std::size_t broadcast_vectors(std::size_t rows) { return rows == 1 ? 8 : rows == 2 ? 8 : rows <= 6 ? 4 : 2; }
#else
constexpr std::size_t kDotRows = 2, kDotColumns = 5, kBroadcastRows = 6;
constexpr std::size_t broadcast_vectors(std::size_t rows) { return rows == 1 ? 8 : rows <= 3 ? 4 : 2; }
#endif
// A single column of B leaves the tile too few accumulators to hide the latency of a multiply-add: take more rows.
constexpr std::size_t dot_rows(std::size_t columns) { return columns == 1 ? 8 : columns == 2 && kDotRows > 2 ? 8 : kDotRows; }

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

template <std::size_t Rows, std::size_t Columns>
HWY_INLINE void dot_tile(const double* HWY_RESTRICT a, std::size_t lda, const double* HWY_RESTRICT b, std::size_t ldb,
                         std::size_t depth, const double* HWY_RESTRICT init, double* HWY_RESTRICT c, std::size_t c_row,
                         std::size_t c_column, bool accumulate) {
  const Lanes lanes;
  Vector sum[Rows][Columns];
  for (std::size_t i = 0; i < Rows; i++) {
    for (std::size_t j = 0; j < Columns; j++) sum[i][j] = hn::Zero(lanes);
  }
  for (std::size_t k = 0; k < depth; k += hn::Lanes(lanes)) {
    Vector left[Rows];
    for (std::size_t i = 0; i < Rows; i++) left[i] = hn::LoadU(lanes, a + i * lda + k);
    for (std::size_t j = 0; j < Columns; j++) {
      const Vector right = hn::LoadU(lanes, b + j * ldb + k);
      for (std::size_t i = 0; i < Rows; i++) sum[i][j] = hn::MulAdd(left[i], right, sum[i][j]);
    }
  }
  for (std::size_t i = 0; i < Rows; i++) {
    for (std::size_t j = 0; j < Columns; j++) {
      double* out = c + i * c_row + j * c_column;
      const double start = accumulate ? *out : init ? init[j] : 0.0;
      *out = start + sum_lanes(sum[i][j]);
    }
  }
}

template <std::size_t Columns>
HWY_INLINE void dot_columns(const double* a, std::size_t lda, std::size_t rows, const double* b, std::size_t ldb,
                            std::size_t depth, const double* init, double* c, std::size_t c_row, std::size_t c_column,
                            bool accumulate) {
  constexpr std::size_t kRows = dot_rows(Columns);
  std::size_t i = 0;
  for (; i + kRows <= rows; i += kRows) {
    dot_tile<kRows, Columns>(a + i * lda, lda, b, ldb, depth, init, c + i * c_row, c_row, c_column, accumulate);
  }
  for (; i < rows; i++) {
    dot_tile<1, Columns>(a + i * lda, lda, b, ldb, depth, init, c + i * c_row, c_row, c_column, accumulate);
  }
}

// `depth` is rounded up to whole vectors: B must hold zeros there and A finite numbers.
inline void multiply_dot(const double* a, std::size_t lda, std::size_t rows, const double* b, std::size_t ldb,
                         std::size_t columns, std::size_t depth, const double* init, double* c, std::size_t c_row,
                         std::size_t c_column, bool accumulate) {
  const std::size_t tiles = (columns + kDotColumns - 1) / kDotColumns;
  for (std::size_t t = 0, j = 0; t < tiles; t++) {
    const std::size_t width = (columns - j + tiles - t - 1) / (tiles - t);
    const double* bt = b + j * ldb;
    const double* it = init ? init + j : nullptr;
    double* ct = c + j * c_column;
    switch (width) {
      case 1: dot_columns<1>(a, lda, rows, bt, ldb, depth, it, ct, c_row, c_column, accumulate); break;
      case 2: dot_columns<2>(a, lda, rows, bt, ldb, depth, it, ct, c_row, c_column, accumulate); break;
      case 3: dot_columns<3>(a, lda, rows, bt, ldb, depth, it, ct, c_row, c_column, accumulate); break;
      case 4: dot_columns<4>(a, lda, rows, bt, ldb, depth, it, ct, c_row, c_column, accumulate); break;
      case 5: dot_columns<5>(a, lda, rows, bt, ldb, depth, it, ct, c_row, c_column, accumulate); break;
      default: dot_columns<6>(a, lda, rows, bt, ldb, depth, it, ct, c_row, c_column, accumulate); break;
    }
    j += width;
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

// One column strip of C, `Rows` rows high: whole tiles, then single vectors, then the rest of a vector.
template <std::size_t Rows>
HWY_INLINE void broadcast_rows(const double* a, std::size_t a_depth, std::size_t a_row, const double* b, std::size_t ldb,
                               std::size_t depth, double* c, std::size_t ldc, std::size_t width) {
  const std::size_t step = hn::Lanes(Lanes());
  constexpr std::size_t kVectors = broadcast_vectors(Rows);
  std::size_t n = 0;
  for (; n + kVectors * step <= width; n += kVectors * step) {
    broadcast_tile<Rows, kVectors, false>(a, a_depth, a_row, b + n, ldb, depth, c + n, ldc, 0);
  }
  for (; n + step <= width; n += step) broadcast_tile<Rows, 1, false>(a, a_depth, a_row, b + n, ldb, depth, c + n, ldc, 0);
  if (n < width) broadcast_tile<Rows, 1, true>(a, a_depth, a_row, b + n, ldb, depth, c + n, ldc, width - n);
}

template <std::size_t Rows>
HWY_INLINE void broadcast_dispatch(std::size_t rows, const double* a, std::size_t a_depth, std::size_t a_row, const double* b,
                                   std::size_t ldb, std::size_t depth, double* c, std::size_t ldc, std::size_t width) {
  if (rows == Rows) broadcast_rows<Rows>(a, a_depth, a_row, b, ldb, depth, c, ldc, width);
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
