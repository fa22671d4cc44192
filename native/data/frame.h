// The frame: the centered and scaled columns in which a matrix presents X; the meaning is in lib/backends/frame.ts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "data/panels.h"

namespace planesearch {

struct Frame {
  std::vector<double> origin, distance, scale;
  std::vector<std::uint8_t> constant;

  explicit Frame(std::size_t columns) : origin(columns), distance(columns), scale(columns, 1.0), constant(columns) {}
  std::size_t columns() const { return scale.size(); }
};

// What two passes over a column give.
struct ColumnMoments {
  double origin, mean_distance;
  double longest;  // distance from the origin
  double squares;  // mean of (distance - mean_distance)^2 / longest^2
};

// Sets column j of the frame. `epsilon` is that of the numbers given; the spread may be 0, vanish or overflow: the caller judges.
void set_column(Frame& frame, std::size_t j, const ColumnMoments& moments, double epsilon, double constant_ulps);

// Sums over rows of what the columns are like, kept apart for parts of the chunks so that their order does not depend on threads. Two passes over the rows, as in lib/backends/measure-frame.ts: distances to the first row, then squares.
class Moments {
 public:
  Moments(std::size_t rows, std::size_t columns, const Cutting& cutting);

  // The same number in every chunk; some may have no row.
  std::size_t parts() const { return chunks_ * fine_; }
  std::size_t begin(std::size_t part) const;

  std::vector<double> origin;
  // Of one part, `columns` long each.
  double* distance(std::size_t part) { return distances_.data() + part * columns_; }
  double* longest(std::size_t part) { return longest_.data() + part * columns_; }
  double* squares(std::size_t part) { return squares_.data() + part * columns_; }

  // After the first pass: means and units of the second.
  void finish_distances();
  // Or, of a chunk, its sums and longest distances, and means and units of all chunks.
  std::vector<double> distance_sums() const { return add_up(distances_); }
  std::vector<double> longest_distances() const;
  void use(std::vector<double> mean, std::vector<double> inverse_unit);
  std::vector<double> square_sums() const { return add_up(squares_); }
  const std::vector<double>& mean_distance() const { return mean_; }
  const std::vector<double>& inverse_unit() const { return inverse_unit_; }
  // After the second pass. `epsilon` is that of the numbers given; spreads may be 0, vanish or overflow: the caller judges.
  Frame finish(double epsilon, double constant_ulps) const;

 private:
  std::vector<double> add_up(const std::vector<double>& sums) const;

  std::size_t rows_, columns_;
  Cutting cutting_;
  std::size_t chunks_, fine_;
  std::vector<double> distances_, longest_, squares_, mean_, unit_, inverse_unit_;
};

}  // namespace planesearch
