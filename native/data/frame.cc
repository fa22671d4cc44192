#include "data/frame.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "math/checked.h"

namespace planesearch {
namespace {

// Enough for many threads, few enough for the sums of wide data to stay small.
constexpr std::size_t kParts = 64;

}  // namespace

Moments::Moments(std::size_t rows, std::size_t columns, const Cutting& cutting)
    : origin(columns), rows_(rows), columns_(columns), cutting_(cutting), chunks_(cutting.chunks(rows)),
      fine_(std::max<std::size_t>(1, kParts / cutting.whole(rows))), distances_(checked_product(parts(), columns)),
      longest_(distances_.size()), squares_(distances_.size()) {}

std::size_t Moments::begin(std::size_t part) const {
  const std::size_t chunk = part / fine_;
  const std::size_t first = cutting_.first_row(rows_, chunk);
  if (chunk == chunks_) return first;
  return first + part % fine_ * (cutting_.first_row(rows_, chunk + 1) - first) / fine_;
}

std::vector<double> Moments::add_up(const std::vector<double>& sums) const {
  std::vector<double> total(columns_);
  for (std::size_t chunk = chunks_; chunk-- > 0;) {
    for (std::size_t j = 0; j < columns_; j++) {
      double own = 0;
      for (std::size_t part = chunk * fine_; part < (chunk + 1) * fine_; part++) own += sums[part * columns_ + j];
      total[j] += own;
    }
  }
  return total;
}

std::vector<double> Moments::longest_distances() const {
  std::vector<double> longest(columns_);
  for (std::size_t part = 0; part < parts(); part++) {
    for (std::size_t j = 0; j < columns_; j++) longest[j] = std::max(longest[j], longest_[part * columns_ + j]);
  }
  return longest;
}

void Moments::use(std::vector<double> mean, std::vector<double> inverse_unit) {
  mean_ = std::move(mean);
  inverse_unit_ = std::move(inverse_unit);
}

void Moments::finish_distances() {
  mean_ = distance_sums();
  unit_ = longest_distances();
  inverse_unit_.assign(columns_, 0.0);
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
  const std::vector<double> squares = square_sums();
  for (std::size_t j = 0; j < columns_; j++) {
    set_column(frame, j, {origin[j], mean_[j], unit_[j], squares[j] / static_cast<double>(rows_)}, epsilon, constant_ulps);
  }
  return frame;
}

}  // namespace planesearch
