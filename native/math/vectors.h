// Algebra on vectors as long as the parameters. What is long is worked on in parts, which several threads may share; parts and the order
// of their sums follow from the shapes alone. A part is gone through in blocks that stay in the cache, so that many vectors are combined,
// or multiplied with one another, for one reading of each.
#pragma once

#include <cstddef>
#include <vector>

#include "parallel/run.h"

namespace planesearch {

// Doubles, or floats: what is only roughly known is read in half of the time. Arithmetic is in doubles.
class AnyVector {
 public:
  AnyVector(const double* values) : doubles_(values) {}  // NOLINT(google-explicit-constructor)
  AnyVector(const float* values) : floats_(values) {}    // NOLINT(google-explicit-constructor)

  bool narrow() const { return floats_ != nullptr; }
  // Elements [from, from + count) as doubles, where they lie or in `room`.
  const double* at(std::size_t from, std::size_t count, double* room) const;

 private:
  const double* doubles_ = nullptr;
  const float* floats_ = nullptr;
};

using Pointers = std::vector<AnyVector>;

// Vectors of `rows` x `width` numbers, row-major, with one weight for every row; all 1 where `weights` is null.
struct Rows {
  std::size_t rows, width;
  const double* weights;
};

double dot(const double* a, const double* b, std::size_t count, const Run& run);
// y = alpha x + beta y
void axpby(double alpha, const double* x, double beta, double* y, std::size_t count, const Run& run);
// sum_j weights_j sum_a left_ja right_ja for every pair: left.size() x right.size() numbers, row-major
std::vector<double> dots(const Pointers& left, const Pointers& right, const Rows& shape, const Run& run);
// out = base + sum_k scales_k vectors_k, added in this order with the arithmetic of axpby; `base` may be null, and `out` one of them.
// For double and float.
template <class T>
void combine(const double* base, const double* scales, const Pointers& vectors, std::size_t count, T* out, const Run& run);
// out_ja = weights_j x_ja, or + before_ja unless that is null; `out` may be x or `before`
void weigh_rows(const Rows& shape, const double* x, const double* before, double* out, const Run& run);

}  // namespace planesearch
