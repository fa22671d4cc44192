// X dense in memory, as double or float. The values are copied once, because a caller can detach a typed array in the middle of a
// computation, and brought into the frame where they lie. Products of floats are formed in float, their sums in double.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "data/data_matrix.h"
#include "math/aligned_buffer.h"

namespace planesearch {

template <class T>
class DenseMatrix final : public DataMatrix {
 public:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  // `values`, doubles or floats, is row-major; row i is kept of row order[i] given, the same one when `order` is null. `first_bad` is the
  // index of the first number given that is not finite as a T, kNone when all are.
  template <class Given>
  DenseMatrix(const Given* values, std::size_t rows, std::size_t columns, const std::uint32_t* order, const Run& run);

  std::size_t first_bad() const { return first_bad_; }

  // Two passes over the values.
  Frame measure(double constant_ulps, const Run& run) const override;
  void apply(Frame frame, const Run& run) override;
  void add_distances(Moments& moments, const Run& run) const override;
  void add_squares(Moments& moments, const Run& run) const override;

  Strip strip(std::size_t first, std::size_t count, std::size_t column, std::size_t width, double* room) const override;
  std::size_t bytes() const override { return (rows_ * stride_ + lane_multiple<T>)*sizeof(T); }
  double product_flops(double width) const override {
    return 2.0 * static_cast<double>(rows_) * static_cast<double>(columns_) * width * (sizeof(T) == sizeof(float) ? 0.5 : 1);
  }

 protected:
  void form_product(const double* weights, const double* bias, const Layout& layout, double* out,
                    const Run& run) const override;
  void form_transposed_product(const double* values, const Layout& layout, double* out, const Run& run) const override;
  void form_gram(const double* scale, std::size_t rows, std::size_t stride, double* out, const Run& run) const override;
  void form_gram_of(const std::vector<std::uint32_t>& columns, const double* scale, double* out,
                    const Run& run) const override;

 private:
  const T* row(std::size_t i) const { return values_.get() + i * stride_; }

  std::size_t stride_;  // from row to row
  std::size_t first_bad_ = kNone;
  AlignedArray<T> values_;
};

extern template class DenseMatrix<double>;
extern template class DenseMatrix<float>;

}  // namespace planesearch
