#include "coordinate/shares.h"

#include <algorithm>
#include <cmath>

#include "math/simd.h"

namespace planesearch {

std::vector<double> growths_of(const Network& network, const Loss& loss, std::size_t l, const std::vector<double>& effects) {
  const std::size_t width = network.outputs();
  std::vector<double> growths(network.layer(l).outputs, 1.0);
  if (effects.empty()) return growths;
  for (std::size_t k = 0; k < growths.size(); k++) growths[k] = loss.growth(effects.data() + k * width, width);
  return growths;
}

SharePass::SharePass(const Network& network, const Loss& loss, std::size_t height, const SweepRequest& request)
    : network_(network), loss_(loss), height_(height), bent_(request.kinds[0] == Kind::kBent), request_(request) {
  for (std::size_t l = 0; l < network.depth(); l++) growths_.push_back(growths_of(network, loss, l, request.effects[l]));
}

// 1, or the factor by which the parabola of a loss whose curvature grows has to be steeper within its trust.
double SharePass::inflation(std::size_t l, std::size_t unit) const {
  return growths_[l][unit] > 0 ? request_.constants.inflation : 1;
}

SharePass::Room SharePass::make_room() const {
  const std::size_t outputs = network_.outputs();
  std::size_t inputs = 0;
  for (std::size_t l = 1; l < network_.depth(); l++) inputs = std::max(inputs, network_.layer(l).inputs);
  Room room{allocate_aligned(outputs, height_),
            allocate_aligned(outputs, height_),
            allocate_aligned(network_.widest(), height_),
            allocate_aligned(inputs, height_),
            {}};
  for (std::size_t l = 0; l < network_.depth(); l++)
    room.shares.push_back(allocate_aligned(network_.layer(l).outputs, height_));
  return room;
}

void SharePass::run(Interpreter& interpreter, const Trial& here, const BlockTargets& block, std::size_t rows, Room& room,
                    const FirstPanels& first, const DeepSums& sums) const {
  const std::size_t width = network_.outputs(), panel = width * height_;
  double* state = interpreter.outputs(block);
  loss_.evaluate(state, block.targets, block.weights, width, height_, room.slopes.get());
  if (bent_) fill_bent(block.weights, state, room, first);
  const std::size_t lowest = bent_ ? 1 : 0;
  for (std::size_t l = lowest; l < network_.depth(); l++)
    std::fill_n(room.shares[l].get(), network_.layer(l).outputs * height_, 0.0);
  for (std::size_t column = 0; column < width; column++) {
    // Column `column` of C^(1/2).
    std::fill_n(room.root.get(), panel, 0.0);
    std::fill_n(room.root.get() + column * height_, height_, 1.0);
    loss_.kernels->root(state, width, height_, room.root.get());
    double* adjoint = bent_ ? nullptr : room.adjoint.get();
    interpreter.carry_back(network_, here, room.root.get(), adjoint, [&](std::size_t l, const double* q) {
      double* share = room.shares[l].get();
      for (std::size_t k = 0; k < network_.layer(l).outputs; k++) {
        const double factor = inflation(l, k);
        for (std::size_t i = 0; i < height_; i++) {
          const double value = q[k * height_ + i];
          share[k * height_ + i] += factor * block.weights[i] * value * value;
        }
      }
    });
  }
  if (!bent_) std::copy_n(room.shares[0].get(), network_.first_width() * height_, first.shares);
  add_deep(interpreter, rows, room, sums);
}

// a = V slope, b = 1/2 weight V' C V.
void SharePass::fill_bent(const double* weights, const double* state, const Room& room, const FirstPanels& first) const {
  const std::size_t units = network_.first_width(), width = network_.outputs(), panel = units * height_;
  const double* v = request_.effects[0].data();
  std::fill_n(first.slopes, panel, 0.0);
  kernels().doubles.multiply_broadcast(v, 1, width, units, room.slopes.get(), height_, width, first.slopes, height_,
                                       height_);
  loss_.kernels->curve_units(state, v, units, width, height_, first.halves);
  for (std::size_t k = 0; k < units; k++) {
    const double factor = 0.5 * inflation(0, k);
    double* half = first.halves + k * height_;
    for (std::size_t i = 0; i < height_; i++) half[i] *= factor * weights[i];
  }
}

void SharePass::add_deep(const Interpreter& interpreter, std::size_t rows, const Room& room, const DeepSums& sums) const {
  const Kernels& simd = kernels();
  double* largest = sums.largest;
  for (std::size_t l = 1; l < network_.depth(); l++) {
    const std::size_t inputs = network_.layer(l).inputs, width = network_.layer(l).outputs;
    const double* below = interpreter.value_of(network_.input_of(l));
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
    simd.doubles.multiply_dot(squares, height_, inputs, room.shares[l].get(), height_, width, height_, nullptr,
                              sums.curvatures + network_.deep_weight(l), width, 1, true);
    simd.add_row_sums(room.shares[l].get(), width, height_, sums.curvatures + network_.deep_bias(l));
  }
}

}  // namespace planesearch
