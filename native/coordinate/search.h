// One weight's own search, evaluation by evaluation, so that trials of many weights can be made side by side; mirrors
// lib/coordinate/searches.ts.
#pragma once

#include <cstddef>

#include "coordinate/request.h"

namespace planesearch {

// q at one weight: slope and curvature at 0, and the |delta| up to which q is known.
struct Parabola {
  double slope, curvature, reach;

  double value(double delta) const { return delta * (slope + 0.5 * curvature * delta); }
};

class WeightSearch {
 public:
  WeightSearch() = default;
  WeightSearch(const SweepRequest& request, const Parabola& parabola);

  // Whether q is wanted at trial().
  bool pending() const { return stage_ != Stage::kDone; }
  double trial() const { return trial_; }
  void feed(double value, const SweepRequest& request);

  double found() const { return found_; }
  std::size_t evaluations() const { return evaluations_; }

  // Runs to the end on the parabola itself.
  void finish_on_parabola(const SweepRequest& request);

 private:
  enum class Stage : unsigned char { kNewton, kForward, kBackward, kGrowing, kDone };

  void newton(double value, const SweepRequest& request);
  void double_on(double value, const SweepRequest& request);
  void skip_unknown(const SweepRequest& request);

  Parabola parabola_{0, 0, 0};
  double trial_ = 0, found_ = 0, lowest_ = 0;
  std::size_t evaluations_ = 0;
  Stage stage_ = Stage::kDone;
};

}  // namespace planesearch
