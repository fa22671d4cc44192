#include "objective/head.h"

#include <algorithm>
#include <utility>

namespace planesearch {

void Head::reserve(const Network& network, std::size_t height, std::size_t tangents) {
  if (height_ == height && tangents_ >= tangents) return;
  height_ = height;
  tangents_ = tangents;
  outputs_ = network.outputs();
  activity_.clear();
  for (std::size_t l = 0; l < network.depth(); l++) {
    activity_.push_back(allocate_aligned((1 + tangents) * network.layer(l).outputs * height));
  }
  slopes_ = allocate_aligned((1 + tangents) * outputs_ * height);
  for (AlignedBuffer& buffer : adjoint_) buffer = allocate_aligned(network.widest() * height);
}

Combination Head::at_offset(const std::vector<const double*>& products, const std::vector<double>& scales, std::size_t offset) {
  terms_.clear();
  for (const double* product : products) terms_.push_back(product + offset);
  return {terms_.data(), scales.data(), products.size()};
}

void Head::forward(const Network& network, const Trial& trial, const double* tracked, std::size_t offset) {
  const Kernels& simd = kernels();
  const Layer& first = network.layer(0);
  const std::size_t size = first.outputs * height_;
  double* h = activity_[0].get();
  simd.combine(tracked, at_offset(trial.products, trial.scales, offset), first.activation, h, size);
  for (std::size_t i = 0; i < trial.tangent_products.size(); i++) {
    const auto& products = trial.tangent_products[i];
    ones_.resize(std::max(ones_.size(), products.size()), 1.0);
    simd.combine_tangent(at_offset(products, ones_, offset), first.activation, h, h + (1 + i) * size, size);
  }

  for (std::size_t l = 1; l < network.depth(); l++) {
    const TrialLayer& layer = trial.layers[l];
    const std::size_t inputs = network.layer(l).inputs, width = network.layer(l).outputs;
    const std::size_t stacked = (1 + layer.direct) * width, panel = width * height_;
    const double* below = activity_[l - 1].get();
    double* out = activity_[l].get();
    for (std::size_t f = 0; f < stacked; f++) std::fill_n(out + f * height_, height_, layer.biases[f]);
    std::fill(out + stacked * height_, out + (1 + layer.order.size()) * panel, 0.0);
    simd.multiply_broadcast(layer.weights.data(), stacked, 1, stacked, below, height_, inputs, out, height_, height_);
    for (std::size_t i = 0; i < layer.sources.size(); i++) {
      simd.multiply_broadcast(layer.weights.data(), stacked, 1, width, below + (1 + i) * inputs * height_, height_, inputs,
                              out + (1 + layer.sources[i]) * panel, height_, height_);
    }
    const Activation activation = network.layer(l).activation;
    simd.activate(activation, out, panel);
    for (std::size_t i = 0; i < layer.order.size(); i++) simd.times_derivative(activation, out, out + (1 + i) * panel, panel);
  }
}

double Head::value(Loss loss, const double* targets, const double* weights) {
  return kernels().loss(loss, outputs(), targets, weights, outputs_, height_, nullptr);
}

double Head::value_and_slopes(Loss loss, const double* targets, const double* weights, std::size_t tangents,
                              double* derivatives) {
  const Kernels& simd = kernels();
  const std::size_t panel = outputs_ * height_;
  double* first = outputs() + panel;
  const double value = simd.loss(loss, outputs(), targets, weights, outputs_, height_, slopes_.get());
  for (std::size_t i = 0; i < tangents; i++) {
    simd.curve(loss, outputs(), weights, first + i * panel, outputs_, height_, slopes_.get() + (1 + i) * panel);
  }
  // <T_u, [loss', w Hess T_v]>: with the rows of a panel end to end every sum is a dot product of length `panel`.
  simd.multiply_dot(first, panel, tangents, slopes_.get(), panel, 1 + tangents, panel, nullptr, derivatives, 1 + tangents, 1,
                    false);
  return value;
}

void Head::carry_back(const Network& network, const Trial& trial, std::size_t l, const double* down, double* next) const {
  const std::size_t inputs = network.layer(l).inputs, width = network.layer(l).outputs;
  std::fill_n(next, inputs * height_, 0.0);
  kernels().multiply_broadcast(trial.layers[l].weights.data(), 1, width, inputs, down, height_, width, next, height_, height_);
  kernels().times_derivative(network.layer(l - 1).activation, activity(l - 1), next, inputs * height_);
}

double Head::backward(const Network& network, const Trial& trial, Loss loss, const double* targets, const double* weights,
                      double* adjoint, double* gradient) {
  const Kernels& simd = kernels();
  const std::size_t last = network.depth() - 1;
  double* down = last == 0 ? adjoint : adjoint_[0].get();
  const Activation outermost = network.layer(last).activation;
  double* kept = slopes_.get();
  if (outermost != Activation::kIdentity) std::copy_n(outputs(), outputs_ * height_, kept);
  const double value = simd.loss(loss, outputs(), targets, weights, outputs_, height_, down);
  simd.times_derivative(outermost, kept, down, outputs_ * height_);
  double* deep = gradient + network.first_width();
  for (std::size_t l = last; l > 0; l--) {
    const std::size_t inputs = network.layer(l).inputs, width = network.layer(l).outputs;
    const double* below = activity_[l - 1].get();
    simd.multiply_dot(below, height_, inputs, down, height_, width, height_, nullptr, deep + network.deep_weight(l), width, 1, true);
    simd.add_row_sums(down, width, height_, deep + network.deep_bias(l));
    double* next = l == 1 ? adjoint : adjoint_[down == adjoint_[0].get() ? 1 : 0].get();
    carry_back(network, trial, l, down, next);
    down = next;
  }
  simd.add_row_sums(adjoint, network.first_width(), height_, gradient);
  return value;
}

}  // namespace planesearch
