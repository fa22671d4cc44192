#include "coordinate/shares.h"

#include <algorithm>
#include <cmath>

#include "math/simd.h"

namespace planesearch {
namespace {

// e - 2, twice: see lib/backends/javascript-sweep.ts.
constexpr double kInflation = 2 * (2.718281828459045235 - 2);

double growth_along(Loss loss, const double* v, std::size_t width) {
  if (loss == Loss::kSquared) return 0;
  if (loss == Loss::kLogistic) return std::fabs(v[0]);
  const auto [low, high] = std::minmax_element(v, v + width);
  return *high - *low;
}

}  // namespace

double inflation(double growth) { return growth > 0 ? kInflation : 1; }

Kind kind_of(const Network& network, std::size_t l) {
  const std::size_t behind = network.depth() - 1 - l;
  if (behind > 1 || (behind == 1 && network.layer(l + 1).activation != Activation::kIdentity)) return Kind::kGuessed;
  if (network.layer(l).activation == Activation::kIdentity) return Kind::kStraight;
  return l == 0 && behind == 1 ? Kind::kBent : Kind::kGuessed;
}

std::vector<double> growths_of(const Network& network, Loss loss, const std::vector<double>& deep, std::size_t l) {
  const std::size_t units = network.layer(l).outputs;
  std::vector<double> growths(units, 1.0);
  if (kind_of(network, l) == Kind::kGuessed) return growths;
  const bool last = l + 1 == network.depth();
  const std::size_t width = network.outputs();
  std::vector<double> unit(width);
  for (std::size_t k = 0; k < units; k++) {
    if (last) {
      std::fill(unit.begin(), unit.end(), 0.0);
      unit[k] = 1;
    }
    growths[k] = growth_along(loss, last ? unit.data() : deep.data() + network.deep_weight(l + 1) + k * width, width);
  }
  return growths;
}

SharePass::SharePass(const Network& network, Loss loss, std::size_t height, const std::vector<double>& deep)
    : network_(network), loss_(loss), height_(height), bent_(kind_of(network, 0) == Kind::kBent) {
  for (std::size_t l = 0; l < network.depth(); l++) growths_.push_back(growths_of(network, loss, deep, l));
  if (!bent_) return;
  const std::size_t width = network.outputs();
  const double* v = deep.data() + network.deep_weight(1);
  square_weights_.resize(network.first_width() * width);
  norms_.resize(network.first_width());
  for (std::size_t e = 0; e < square_weights_.size(); e++) norms_[e / width] += square_weights_[e] = v[e] * v[e];
}

SharePass::Room SharePass::make_room() const {
  const std::size_t outputs = network_.outputs() * height_, widest = network_.widest() * height_;
  Room room{allocate_aligned(outputs), allocate_aligned(outputs), allocate_aligned(outputs),
            {allocate_aligned(widest), allocate_aligned(widest)}, allocate_aligned(widest), {}};
  for (std::size_t l = 0; l < network_.depth(); l++) room.shares.push_back(allocate_aligned(network_.layer(l).outputs * height_));
  return room;
}

void SharePass::run(const Head& head, const Trial& here, const double* targets, const double* weights, std::size_t rows,
                    Room& room, const FirstPanels& first, const DeepSums& sums) const {
  const Kernels& simd = kernels();
  const std::size_t last = network_.depth() - 1, width = network_.outputs(), panel = width * height_;
  std::copy_n(head.activity(last), panel, room.state.get());
  simd.loss(loss_, room.state.get(), targets, weights, width, height_, room.slopes.get());
  if (bent_) fill_bent(here, weights, room, first);
  const std::size_t lowest = bent_ ? 1 : 0;
  for (std::size_t l = lowest; l <= last; l++) std::fill_n(room.shares[l].get(), network_.layer(l).outputs * height_, 0.0);
  for (std::size_t column = 0; column < width; column++) {
    fill_root(column, room.state.get(), room.root.get());
    simd.times_derivative(network_.layer(last).activation, head.activity(last), room.root.get(), panel);
    const double* down = room.root.get();
    for (std::size_t l = last;; l--) {
      double* share = room.shares[l].get();
      for (std::size_t k = 0; k < network_.layer(l).outputs; k++) {
        const double factor = inflation(growths_[l][k]);
        for (std::size_t i = 0; i < height_; i++) {
          const double q = down[k * height_ + i];
          share[k * height_ + i] += factor * weights[i] * q * q;
        }
      }
      if (l == lowest) break;
      double* next = room.down[down == room.down[0].get() ? 1 : 0].get();
      head.carry_back(network_, here, l, down, next);
      down = next;
    }
  }
  if (!bent_) std::copy_n(room.shares[0].get(), network_.first_width() * height_, first.shares);
  add_deep(head, rows, room, sums);
}

// a = V slope, b = 1/2 weight V' C V.
void SharePass::fill_bent(const Trial& here, const double* weights, const Room& room, const FirstPanels& first) const {
  const Kernels& simd = kernels();
  const std::size_t units = network_.first_width(), width = network_.outputs(), panel = units * height_;
  const double* v = here.layers[1].weights.data();
  std::fill_n(first.slopes, panel, 0.0);
  simd.multiply_broadcast(v, 1, width, units, room.slopes.get(), height_, width, first.slopes, height_, height_);
  const double* state = room.state.get();
  if (loss_ == Loss::kSoftmax) {
    double* mean = room.down[0].get();
    std::fill_n(first.halves, panel, 0.0);
    std::fill_n(mean, panel, 0.0);
    simd.multiply_broadcast(square_weights_.data(), 1, width, units, state, height_, width, first.halves, height_, height_);
    simd.multiply_broadcast(v, 1, width, units, state, height_, width, mean, height_, height_);
    for (std::size_t e = 0; e < panel; e++) first.halves[e] = std::max(0.0, first.halves[e] - mean[e] * mean[e]);
  }
  for (std::size_t k = 0; k < units; k++) {
    const double factor = 0.5 * inflation(growths_[0][k]);
    double* half = first.halves + k * height_;
    for (std::size_t i = 0; i < height_; i++) {
      const double curvature = loss_ == Loss::kSoftmax ? half[i] : loss_ == Loss::kLogistic ? norms_[k] * state[i] : norms_[k];
      half[i] = factor * weights[i] * curvature;
    }
  }
}

// Column `column` of C^(1/2): I (squared), sqrt(p (1 - p)) (logistic), sqrt(p_a) (e_a - p) (softmax).
void SharePass::fill_root(std::size_t column, const double* state, double* root) const {
  const std::size_t width = network_.outputs();
  const double* own = state + column * height_;
  for (std::size_t a = 0; a < width; a++) {
    for (std::size_t i = 0; i < height_; i++) {
      const double unit = a == column ? 1 : 0;
      double& value = root[a * height_ + i];
      if (loss_ == Loss::kSquared) value = unit;
      else if (loss_ == Loss::kLogistic) value = std::sqrt(own[i]);
      else value = std::sqrt(own[i]) * (unit - state[a * height_ + i]);
    }
  }
}

void SharePass::add_deep(const Head& head, std::size_t rows, const Room& room, const DeepSums& sums) const {
  const Kernels& simd = kernels();
  double* largest = sums.largest;
  for (std::size_t l = 1; l < network_.depth(); l++) {
    const std::size_t inputs = network_.layer(l).inputs, width = network_.layer(l).outputs;
    const double* below = head.activity(l - 1);
    double* squares = room.squares.get();
    for (std::size_t j = 0; j < inputs; j++) {
      double top = largest[j];
      for (std::size_t i = 0; i < height_; i++) {
        const double square = below[j * height_ + i] * below[j * height_ + i];
        squares[j * height_ + i] = square;
        if (i < rows) top = std::max(top, square);
      }
      largest[j] = top;
    }
    largest += inputs;
    simd.multiply_dot(squares, height_, inputs, room.shares[l].get(), height_, width, height_, nullptr,
                      sums.curvatures + network_.deep_weight(l), width, 1, true);
    simd.add_row_sums(room.shares[l].get(), width, height_, sums.curvatures + network_.deep_bias(l));
  }
}

}  // namespace planesearch
