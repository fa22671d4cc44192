// What the frame makes of compressed rows, wherever they lie:
//
//     X' = S - 1 c'        c_j = center_j / scale_j
//
// Stored numbers are scaled, the centers are a rank-one term of the products. Without values there is nothing to scale: a stored number stands for
// a factor then. A column with a zero has c_j^2 <= rows, so that little cancels. One without (every row stored) may lie anywhere: its stored
// numbers are centered themselves, as in a dense matrix, and c_j is 0.
#pragma once

#include <cstddef>
#include <vector>

#include "data/frame.h"

namespace planesearch {

class SparseFrame {
 public:
  // As the numbers are.
  SparseFrame() = default;
  // `full`: whether every row of a column is stored. Without values the center of a full column is a term like any other: all of its numbers are 1.
  SparseFrame(const Frame& frame, bool valued, std::vector<char> full);
  // Of these columns of another, whose stored numbers are in the frame.
  SparseFrame(const SparseFrame& whole, const std::vector<std::uint32_t>& columns);

  bool centered() const { return !center_.empty(); }
  double center(std::size_t j) const { return center_.empty() ? 0 : center_[j]; }
  // What a stored number is multiplied with: 1 / scale_j where there are no values to scale, otherwise 1.
  double factor(std::size_t j) const { return factor_.empty() ? 1 : factor_[j]; }
  // A stored number in the frame.
  template <class T>
  T framed(const Frame& frame, std::size_t j, T value) const {
    if (frame.constant[j]) return T{0};
    const double given = static_cast<double>(value);
    return static_cast<T>((full_[j] ? given - frame.origin[j] - frame.distance[j] : given) / frame.scale[j]);
  }

 private:
  std::vector<double> factor_, center_;  // empty: 1 and 0 in every column
  std::vector<char> full_;
};

// A column in two passes over its stored numbers, in their order; its zeros are counted.
class SparseColumn {
 public:
  SparseColumn() = default;
  // `first`: the first of the stored numbers; of a column with zeros it does not matter.
  SparseColumn(std::size_t rows, std::size_t stored, double first)
      : rows_(static_cast<double>(rows)),
        zeros_(static_cast<double>(rows - stored)), moments_{rows == stored ? first : 0.0, 0, 0, 0} {}

  void add_distance(double value);
  void end_distances();
  void add_square(double value) { moments_.squares += square(value - moments_.origin); }
  ColumnMoments finish() const;

 private:
  double square(double distance) const {
    const double relative = (distance - moments_.mean_distance) * inverse_;
    return relative * relative / rows_;
  }

  double rows_ = 1, zeros_ = 0, inverse_ = 0;
  ColumnMoments moments_{0, 0, 0, 0};
};

}  // namespace planesearch
