// Lines of a sparse matrix (its rows, or the rows of its transpose) times a dense matrix, compiled once for every SIMD target:
//
//   multiply_sparse   C(l, a)        = init_a + sum_{entries e of line l} value_e B(index_e, a)         SIMD lanes run along a
//   scatter_sparse    C(index_e, a) += value_e B(l, a)   for the entries e of every line l
//   continue_sums     the sums of multiply_sparse over the lines of the transpose, continued by the entries of one line
//
// C is double; floats are summed in float over kPiece entries and added up in double. Every line is summed in the order of its entries by
// one thread, so that no bit depends on how the lines are split.

#if defined(PLANESEARCH_SPARSE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PLANESEARCH_SPARSE_INL_H_
#undef PLANESEARCH_SPARSE_INL_H_
#else
#define PLANESEARCH_SPARSE_INL_H_
#endif

#include <algorithm>
#include <cstddef>
#include <type_traits>

#include "hwy/highway.h"
#include "math/simd.h"

HWY_BEFORE_NAMESPACE();
namespace planesearch {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t kPiece = 64, kChains = LineSums::kChains;
// Accumulators of one pass over the entries of a line.
#if HWY_TARGET == HWY_AVX3
constexpr std::size_t kSparseVectors = 16;
#else
constexpr std::size_t kSparseVectors = 8;
#endif

template <class T, bool Ones>
HWY_INLINE double term_of(const T* values, std::size_t e, double right) {
  if constexpr (Ones) return right;
  else return static_cast<double>(values[e]) * right;
}

// sum over the entries [from, end) for B of one column: kChains of them, because an addition takes four cycles.
template <class T, bool Ones>
HWY_INLINE double gather_sum(const SparseLines<T>& lines, std::size_t from, std::size_t end, const T* HWY_RESTRICT b) {
  const auto term = [&](std::size_t e) { return term_of<T, Ones>(lines.values, e, static_cast<double>(b[lines.index[e]])); };
  double sum[kChains] = {0, 0, 0, 0};
  std::size_t e = from;
  for (; e + kChains <= end; e += kChains) {
    for (std::size_t k = 0; k < kChains; k++) sum[k] += term(e + k);
  }
  for (; e < end; e++) sum[0] += term(e);
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

// `Vectors` vectors of the result of one line, into `to`, as doubles.
template <std::size_t Vectors, bool Ones, class T, class D>
HWY_INLINE void sparse_vectors(D d, const SparseLines<T>& lines, std::size_t from, std::size_t end, const T* HWY_RESTRICT b,
                               std::size_t stride, double* HWY_RESTRICT to) {
  constexpr std::size_t kStep = hn::MaxLanes(D());
  using V = hn::Vec<D>;
  constexpr bool kSingle = std::is_same_v<T, float>;
  if constexpr (kSingle) std::fill_n(to, Vectors * kStep, 0.0);
  for (std::size_t start = from; start < end || start == from; start += kPiece) {
    const std::size_t stop = kSingle ? std::min(end, start + kPiece) : end;
    V sum[Vectors];
    for (std::size_t v = 0; v < Vectors; v++) sum[v] = hn::Zero(d);
    for (std::size_t e = start; e < stop; e++) {
      const T* row = b + lines.index[e] * stride;
      if constexpr (Ones) {
        for (std::size_t v = 0; v < Vectors; v++) sum[v] = hn::Add(sum[v], hn::Load(d, row + v * kStep));
      } else {
        const V value = hn::Set(d, lines.values[e]);
        for (std::size_t v = 0; v < Vectors; v++) sum[v] = hn::MulAdd(value, hn::Load(d, row + v * kStep), sum[v]);
      }
    }
    if constexpr (kSingle) {
      HWY_ALIGN float part[kStep];
      for (std::size_t v = 0; v < Vectors; v++) {
        hn::Store(sum[v], d, part);
        for (std::size_t l = 0; l < kStep; l++) to[v * kStep + l] += static_cast<double>(part[l]);
      }
    } else {
      for (std::size_t v = 0; v < Vectors; v++) hn::Store(sum[v], d, to + v * kStep);
      break;
    }
  }
}

template <std::size_t Vectors, bool Ones, class T, class D>
HWY_INLINE void sparse_dispatch(std::size_t vectors, D d, const SparseLines<T>& lines, std::size_t from, std::size_t end,
                                const T* b, std::size_t stride, double* to) {
  if constexpr (Vectors > 0) {
    if (vectors == Vectors) return sparse_vectors<Vectors, Ones>(d, lines, from, end, b, stride, to);
    sparse_dispatch<Vectors - 1, Ones>(vectors, d, lines, from, end, b, stride, to);
  }
}

template <std::size_t Lanes, bool Ones, class T>
HWY_INLINE void sparse_lines(const SparseLines<T>& lines, std::size_t first, std::size_t count, const T* b,
                             std::size_t stride, std::size_t width, const double* init, double* out, std::size_t out_line,
                             std::size_t out_feature) {
  const hn::CappedTag<T, Lanes> d;
  constexpr std::size_t kStep = hn::MaxLanes(hn::CappedTag<T, Lanes>());
  HWY_ALIGN double sums[kSparseVectors * kStep] = {};
  for (std::size_t l = 0; l < count; l++) {
    const std::size_t from = lines.begin[first + l], end = lines.begin[first + l + 1];
    for (std::size_t a = 0; a < width; a += kSparseVectors * kStep) {
      const std::size_t vectors = std::min(kSparseVectors, (stride - a) / kStep);
      sparse_dispatch<kSparseVectors, Ones>(vectors, d, lines, from, end, b + a, stride, sums);
      const std::size_t taken = std::min(vectors * kStep, width - a);
      double* to = out + l * out_line + a * out_feature;
      for (std::size_t f = 0; f < taken; f++) to[f * out_feature] = sums[f] + (init ? init[a + f] : 0.0);
    }
  }
}

template <bool Ones, class T>
HWY_INLINE void multiply_sparse_as(const SparseLines<T>& lines, std::size_t first, std::size_t count, const T* b,
                                   std::size_t width, const double* init, double* out, std::size_t out_line,
                                   std::size_t out_feature) {
  const std::size_t stride = sparse_stride<T>(width);
  switch (stride) {
    case 1:
      for (std::size_t l = 0; l < count; l++) {
        out[l * out_line] =
            gather_sum<T, Ones>(lines, lines.begin[first + l], lines.begin[first + l + 1], b) + (init ? init[0] : 0.0);
      }
      return;
    case 2: return sparse_lines<2, Ones>(lines, first, count, b, stride, width, init, out, out_line, out_feature);
    case 4: return sparse_lines<4, Ones>(lines, first, count, b, stride, width, init, out, out_line, out_feature);
    case 8: return sparse_lines<8, Ones>(lines, first, count, b, stride, width, init, out, out_line, out_feature);
    default:
      return sparse_lines<lane_multiple<T>, Ones>(lines, first, count, b, stride, width, init, out, out_line, out_feature);
  }
}

template <class T>
void multiply_sparse(const SparseLines<T>& lines, std::size_t first, std::size_t count, const T* b, std::size_t width,
                     const double* init, double* out, std::size_t out_line, std::size_t out_feature) {
  if (lines.values == nullptr) multiply_sparse_as<true>(lines, first, count, b, width, init, out, out_line, out_feature);
  else multiply_sparse_as<false>(lines, first, count, b, width, init, out, out_line, out_feature);
}

// As many vectors of one row of B as stay in registers, added to the rows of C that one line of the matrix names.
template <std::size_t Vectors, class T>
HWY_INLINE void scatter_vectors(const SparseLines<T>& lines, std::size_t from, std::size_t end, const double* HWY_RESTRICT b,
                                std::size_t stride, double* HWY_RESTRICT c) {
  const hn::ScalableTag<double> d;
  constexpr std::size_t kStep = hn::MaxLanes(hn::ScalableTag<double>());
  hn::Vec<hn::ScalableTag<double>> row[Vectors];
  for (std::size_t v = 0; v < Vectors; v++) row[v] = hn::Load(d, b + v * kStep);
  for (std::size_t e = from; e < end; e++) {
    double* to = c + lines.index[e] * stride;
    const auto value = hn::Set(d, lines.values == nullptr ? 1.0 : static_cast<double>(lines.values[e]));
    for (std::size_t v = 0; v < Vectors; v++) {
      hn::Store(hn::MulAdd(value, row[v], hn::Load(d, to + v * kStep)), d, to + v * kStep);
    }
  }
}

template <std::size_t Vectors, class T>
HWY_INLINE void scatter_dispatch(std::size_t vectors, const SparseLines<T>& lines, std::size_t from, std::size_t end,
                                 const double* b, std::size_t stride, double* c) {
  if constexpr (Vectors > 0) {
    if (vectors == Vectors) return scatter_vectors<Vectors>(lines, from, end, b, stride, c);
    scatter_dispatch<Vectors - 1>(vectors, lines, from, end, b, stride, c);
  }
}

template <class T>
void scatter_sparse(const SparseLines<T>& lines, std::size_t first, std::size_t count, const double* b, std::size_t stride,
                    double* c) {
  constexpr std::size_t kStep = hn::MaxLanes(hn::ScalableTag<double>());
  for (std::size_t l = 0; l < count; l++) {
    const std::size_t from = lines.begin[first + l], end = lines.begin[first + l + 1];
    for (std::size_t a = 0; a < stride; a += kSparseVectors * kStep) {
      const std::size_t vectors = std::min(kSparseVectors, (stride - a) / kStep);
      scatter_dispatch<kSparseVectors>(vectors, lines, from, end, b + l * stride + a, stride, c + a);
    }
  }
}

template <bool Ones, class T>
HWY_INLINE void continue_chains(const std::uint32_t* index, const T* values, std::size_t count, double right,
                                const LineSums& sums) {
  for (std::size_t e = 0; e < count; e++) {
    const std::size_t j = index[e], taken = sums.taken[j]++;
    // What is left over of whole rounds goes to the first chain.
    const std::size_t chain = taken < sums.entries[j] / kChains * kChains ? taken % kChains : 0;
    sums.sum[j * kChains + chain] += term_of<T, Ones>(values, e, right);
  }
}

// Of doubles, a sum along a line is one chain.
template <std::size_t Lanes>
HWY_INLINE void continue_lines(const std::uint32_t* index, const double* values, std::size_t count, const double* b,
                               std::size_t stride, const LineSums& sums) {
  const hn::CappedTag<double, Lanes> d;
  constexpr std::size_t kStep = hn::MaxLanes(hn::CappedTag<double, Lanes>());
  for (std::size_t e = 0; e < count; e++) {
    double* to = sums.sum + index[e] * stride;
    const auto value = hn::Set(d, values == nullptr ? 1.0 : values[e]);
    for (std::size_t a = 0; a < stride; a += kStep)
      hn::StoreU(hn::MulAdd(value, hn::LoadU(d, b + a), hn::LoadU(d, to + a)), d, to + a);
  }
}

// Of floats it is in pieces, the sum of which is added up in double.
template <std::size_t Lanes>
HWY_INLINE void continue_lines(const std::uint32_t* index, const float* values, std::size_t count, const float* b,
                               std::size_t stride, const LineSums& sums) {
  const hn::CappedTag<float, Lanes> d;
  constexpr std::size_t kStep = hn::MaxLanes(hn::CappedTag<float, Lanes>());
  for (std::size_t e = 0; e < count; e++) {
    const std::size_t j = index[e];
    float* piece = sums.piece + j * stride;
    const auto value = hn::Set(d, values == nullptr ? 1.0F : values[e]);
    for (std::size_t a = 0; a < stride; a += kStep)
      hn::StoreU(hn::MulAdd(value, hn::LoadU(d, b + a), hn::LoadU(d, piece + a)), d, piece + a);
    if (++sums.taken[j] % kPiece != 0) continue;
    for (std::size_t a = 0; a < stride; a++) {
      sums.sum[j * stride + a] += static_cast<double>(piece[a]);
      piece[a] = 0;
    }
  }
}

template <class T>
void continue_sums(const std::uint32_t* index, const T* values, std::size_t count, const T* b, std::size_t width,
                   const LineSums& sums) {
  const std::size_t stride = sparse_stride<T>(width);
  switch (stride) {
    case 1:
      if (values == nullptr) continue_chains<true>(index, values, count, static_cast<double>(b[0]), sums);
      else continue_chains<false>(index, values, count, static_cast<double>(b[0]), sums);
      return;
    case 2: return continue_lines<2>(index, values, count, b, stride, sums);
    case 4: return continue_lines<4>(index, values, count, b, stride, sums);
    case 8: return continue_lines<8>(index, values, count, b, stride, sums);
    default: return continue_lines<lane_multiple<T>>(index, values, count, b, stride, sums);
  }
}

template <class T>
void finish_sums(std::size_t first, std::size_t end, std::size_t width, const LineSums& sums, double* out) {
  const std::size_t stride = sparse_stride<T>(width);
  for (std::size_t j = first; j < end; j++) {
    if (stride == 1) {
      const double* sum = sums.sum + j * kChains;
      out[j] = (sum[0] + sum[1]) + (sum[2] + sum[3]) + 0.0;
      continue;
    }
    for (std::size_t a = 0; a < width; a++) {
      double sum = sums.sum[j * stride + a];
      if constexpr (std::is_same_v<T, float>) sum += static_cast<double>(sums.piece[j * stride + a]);
      out[j * width + a] = sum + 0.0;
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace planesearch
HWY_AFTER_NAMESPACE();

#endif
