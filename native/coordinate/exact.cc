#include "coordinate/exact.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace planesearch {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// c0 + c1 delta + c2 delta^2 between two kinks.
struct Piece {
  double c0 = 0, c1, c2;

  // Row i becomes active (sign 1) or inactive (-1).
  void turn(const Terms& t, std::size_t i, double sign) {
    const double h = std::max(t.z[i], 0.0), offset = t.z[i] - h;
    c0 += sign * (t.a[i] * t.z[i] + t.b[i] * (offset * offset - h * h));
    c1 += sign * (t.a[i] + 2 * t.b[i] * offset) * t.x[i];
    c2 += sign * t.b[i] * t.x[i] * t.x[i];
  }
};

struct Lowest {
  double delta = 0, value = 0;

  void look(const Piece& piece, double at) {
    const double q = piece.c0 + at * (piece.c1 + at * piece.c2);
    if (!std::isfinite(at) || !(q < value)) return;
    delta = at;
    value = q;
  }
};

double value_at(const Terms& t, double delta) {
  double sum = t.l2 * delta * (t.w + 0.5 * delta);
  for (std::size_t i = 0; i < t.rows; i++) {
    const double change = std::max(t.z[i] + delta * t.x[i], 0.0) - std::max(t.z[i], 0.0);
    sum += change * (t.a[i] + t.b[i] * change);
  }
  return sum;
}

}  // namespace

double exact_minimizer(const Terms& t, std::vector<std::pair<double, std::size_t>>& kinks) {
  kinks.clear();
  Piece piece{0, t.l2 * t.w, 0.5 * t.l2};
  for (std::size_t i = 0; i < t.rows; i++) {
    if (t.x[i] == 0) continue;
    kinks.emplace_back(-t.z[i] / t.x[i], i);
    if (std::isnan(kinks.back().first)) return 0;  // there is no order then, and sorting without one leaves its bounds
    const double h = std::max(t.z[i], 0.0);
    piece.c0 += -t.a[i] * h + t.b[i] * h * h;
    if (t.x[i] < 0) piece.turn(t, i, 1);
  }
  std::sort(kinks.begin(), kinks.end());
  Lowest lowest;
  double from = -kInfinity;
  for (const auto& [kink, i] : kinks) {
    lowest.look(piece, piece.c2 > 0 ? std::min(std::max(-piece.c1 / (2 * piece.c2), from), kink) : kink);
    piece.turn(t, i, t.x[i] > 0 ? 1 : -1);
    from = kink;
  }
  lowest.look(piece, piece.c2 > 0 ? std::max(-piece.c1 / (2 * piece.c2), from) : from);
  // The coefficients carry the rounding of n updates: what they promise is looked at once more.
  return lowest.delta != 0 && value_at(t, lowest.delta) < 0 ? lowest.delta : 0;
}

}  // namespace planesearch
