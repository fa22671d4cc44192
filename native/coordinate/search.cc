#include "coordinate/search.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace planesearch {
namespace {

double newton_step(const Parabola& q) {
  if (q.slope == 0) return 0;
  const double delta = -q.slope / q.curvature;
  if (std::fabs(delta) <= q.reach && std::isfinite(delta)) return delta;
  return std::isfinite(q.reach) ? std::copysign(q.reach, -q.slope) : 0;
}

// From the parabola with slope `promised` < 0 at 0 and the given value at 1.
double shrinkage(double promised, double value, const SearchConstants& constants) {
  const double factor = -promised / (2 * (value - promised));
  return factor >= constants.most_shrink ? std::min(factor, constants.least_shrink) : constants.most_shrink;
}

}  // namespace

WeightSearch::WeightSearch(const SweepRequest& request, const Parabola& parabola) : parabola_(parabola) {
  if (request.search == Search::kDoubling) {
    trial_ = request.first_step;
    stage_ = Stage::kForward;
    skip_unknown(request);
    return;
  }
  trial_ = newton_step(parabola);
  if (trial_ != 0) stage_ = Stage::kNewton;
}

void WeightSearch::feed(double value, const SweepRequest& request) {
  if (stage_ == Stage::kNewton) newton(value, request);
  else double_on(value, request);
  skip_unknown(request);
}

void WeightSearch::newton(double value, const SweepRequest& request) {
  evaluations_++;
  const double promised = parabola_.slope * trial_;
  if (value <= request.constants.sufficient * promised) {
    found_ = trial_;
    stage_ = Stage::kDone;
    return;
  }
  trial_ *= shrinkage(promised, value, request.constants);
  if (evaluations_ >= request.max_trials) stage_ = Stage::kDone;
}

void WeightSearch::double_on(double value, const SweepRequest& request) {
  evaluations_++;
  const bool lower = value < (stage_ == Stage::kGrowing ? lowest_ * (1 + request.constants.worthwhile) : lowest_);
  if (stage_ == Stage::kForward || lower) {
    found_ = trial_;
    lowest_ = value;
  }
  if (stage_ == Stage::kForward && request.max_trials > 1) {
    trial_ = -trial_;
    stage_ = Stage::kBackward;
    return;
  }
  if (stage_ != Stage::kGrowing && !(lowest_ < 0)) {
    found_ = 0;
    stage_ = Stage::kDone;
    return;
  }
  const bool ended = stage_ == Stage::kGrowing && !lower;
  stage_ = ended || evaluations_ >= request.max_trials ? Stage::kDone : Stage::kGrowing;
  trial_ = 2 * found_;
}

// A trial beyond the reach counts as one that does not fall.
void WeightSearch::skip_unknown(const SweepRequest& request) {
  while (pending() && std::fabs(trial_) > parabola_.reach) {
    if (stage_ == Stage::kNewton) newton(std::numeric_limits<double>::infinity(), request);
    else double_on(std::numeric_limits<double>::infinity(), request);
  }
}

void WeightSearch::finish_on_parabola(const SweepRequest& request) {
  while (pending()) feed(parabola_.value(trial_), request);
}

}  // namespace planesearch
