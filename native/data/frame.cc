#include "data/frame.h"

#include <algorithm>
#include <cmath>

namespace planesearch {
namespace {

// Enough for many threads, few enough for the sums of wide data to stay small.
constexpr std::size_t kParts = 64;

}  // namespace

Moments::Moments(std::size_t rows, std::size_t columns)
    : origin(columns), rows_(rows), columns_(columns), parts_(std::min(kParts, rows)), distances_(parts_ * columns),
      longest_(parts_ * columns), squares_(parts_ * columns) {}

void Moments::finish_distances() {
  mean_.assign(columns_, 0.0);
  unit_.assign(columns_, 0.0);
  inverse_unit_.assign(columns_, 0.0);
  for (std::size_t part = 0; part < parts_; part++) {
    for (std::size_t j = 0; j < columns_; j++) {
      mean_[j] += distance(part)[j];
      unit_[j] = std::max(unit_[j], longest(part)[j]);
    }
  }
  for (std::size_t j = 0; j < columns_; j++) {
    mean_[j] /= static_cast<double>(rows_);
    // A reciprocal beyond the range of double leaves the column without spread: the caller refuses it.
    if (unit_[j] > 0) inverse_unit_[j] = std::min(1 / unit_[j], 1e308);
  }
}

void set_column(Frame& frame, std::size_t j, const ColumnMoments& moments, double epsilon, double constant_ulps) {
  const double unit = moments.longest;
  frame.origin[j] = moments.origin;
  frame.distance[j] = moments.mean_distance;
  // Squares of the smallest numbers are lost: then the longest distance stands for the spread, and is refused by its size.
  const bool measured = unit >= 1e-300 && unit < INFINITY;
  const double spread = measured ? unit * std::sqrt(moments.squares) : unit;
  const double largest = std::fabs(moments.origin) + unit;
  frame.constant[j] = spread <= constant_ulps * epsilon * largest && spread < INFINITY;
  if (frame.constant[j]) frame.distance[j] = 0;
  else frame.scale[j] = spread;
}

Frame Moments::finish(double epsilon, double constant_ulps) const {
  Frame frame(columns_);
  for (std::size_t j = 0; j < columns_; j++) {
    double sum = 0;
    for (std::size_t part = 0; part < parts_; part++) sum += squares_[part * columns_ + j];
    set_column(frame, j, {origin[j], mean_[j], unit_[j], sum / static_cast<double>(rows_)}, epsilon, constant_ulps);
  }
  return frame;
}

}  // namespace planesearch
