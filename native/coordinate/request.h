// What a coordinate sweep is asked for and what it answers; the meaning is in lib/coordinate/request.ts.
#pragma once

#include <cstddef>
#include <vector>

namespace planesearch {

// The numbers cross the language border (lib/coordinate/native-request.ts).
enum class Search : int { kDoubling = 0, kNewton = 1, kExact = 2 };

// The constants of lib/coordinate/request.ts, in the order of SEARCH_CONSTANTS there.
struct SearchConstants {
  double sufficient, least_shrink, most_shrink, worthwhile, trust, inflation;
};

// What is known of the weights of a layer beyond their curvature; lib/coordinate/kinds.ts finds it out.
enum class Kind : int { kBent = 0, kStraight = 1, kGuessed = 2 };

struct SweepRequest {
  std::vector<double> gradient;
  std::vector<double> parameters;     // of the first layer's weights; empty when nothing is penalized
  std::vector<double> input_penalty;  // by column of X
  std::vector<double> layer_l2;       // by layer; the first has input_penalty
  std::vector<double> input_scale;    // by column of X: on slopes, and once more on steps, where they are compared and taken
  std::vector<Kind> kinds;            // by layer
  // By layer, units x outputs, row-major: how the outputs move with each unit; empty for a guessed layer.
  std::vector<std::vector<double>> effects;
  SearchConstants constants;
  std::vector<int> moving;  // by block: weight and bias of each layer
  double threshold, gradient_rate, first_step;
  Search search;
  std::size_t max_trials;

  bool searches(double slope) const { return threshold > 0 && slope <= threshold && -slope <= threshold; }
};

struct SweepCounts {
  std::size_t searched = 0, evaluations = 0;
};

}  // namespace planesearch
