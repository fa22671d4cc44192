// What a coordinate sweep is asked for and what it answers; the meaning is in lib/backends/backend.ts.
#pragma once

#include <cstddef>
#include <vector>

namespace planesearch {

// The numbers cross the language border (lib/backends/native.ts).
enum class Search : int { kDoubling = 0, kNewton = 1, kExact = 2 };

struct SweepRequest {
  std::vector<double> gradient;
  std::vector<double> parameters;  // of the first layer's weights; empty when l2 is 0
  std::vector<int> moving;         // by block: weight and bias of each layer
  double l2, threshold, gradient_rate, first_step;
  Search search;
  std::size_t max_trials;

  bool searches(double slope) const { return threshold > 0 && slope <= threshold && -slope <= threshold; }
};

struct SweepCounts {
  std::size_t searched = 0, evaluations = 0;
};

}  // namespace planesearch
