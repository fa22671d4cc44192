#include "data/sparse_frame.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace planesearch {

SparseFrame::SparseFrame(const Frame& frame, bool valued, std::vector<char> full)
    : factor_(valued ? 0 : frame.columns()), center_(frame.columns()), full_(std::move(full)) {
  for (std::size_t j = 0; j < frame.columns(); j++) {
    const double center = frame.origin[j] + frame.distance[j];
    center_[j] = frame.constant[j] || (valued && full_[j]) ? 0 : center / frame.scale[j];
    if (!valued) factor_[j] = frame.constant[j] ? 0 : 1 / frame.scale[j];
  }
}

SparseFrame::SparseFrame(const SparseFrame& whole, const std::vector<std::uint32_t>& columns) {
  for (const std::uint32_t j : columns) {
    if (!whole.factor_.empty()) factor_.push_back(whole.factor_[j]);
    if (!whole.center_.empty()) center_.push_back(whole.center_[j]);
  }
}

void SparseColumn::add_distance(double value) {
  const double distance = value - moments_.origin;
  moments_.mean_distance += distance / rows_;
  moments_.longest = std::max(moments_.longest, std::fabs(distance));
}

// A reciprocal beyond the range of double leaves the column without spread: the caller refuses it.
void SparseColumn::end_distances() { inverse_ = moments_.longest == 0 ? 0 : std::min(1 / moments_.longest, 1e308); }

ColumnMoments SparseColumn::finish() const {
  ColumnMoments moments = moments_;
  if (moments.longest > 0) moments.squares += zeros_ * square(0);
  return moments;
}

}  // namespace planesearch
