#include "objective/interpreter.h"

#include <algorithm>
#include <utility>

namespace planesearch {

void Interpreter::reserve(const Network& network, std::size_t height, std::size_t tangents) {
  if (height_ == height && tangents_ >= tangents) return;
  network_ = &network;
  height_ = height;
  tangents_ = tangents;
  outputs_ = network.outputs();
  values_.clear();
  adjoints_.clear();
  for (const Node& node : network.nodes()) {
    values_.push_back(allocate_aligned(checked_product(1 + tangents, node.width), height));
    const bool own = node.kind != NodeKind::kTracked && &node != &network.output();
    adjoints_.push_back(own ? allocate_aligned(node.width, height) : nullptr);
  }
  slopes_ = allocate_aligned(checked_product(1 + tangents, outputs_), height);
  kept_ = network.output().applied.identity() ? nullptr : allocate_aligned(outputs_, height);
}

Combination Interpreter::at_offset(const std::vector<const double*>& products, const std::vector<double>& scales,
                                   std::size_t offset) {
  terms_.clear();
  for (const double* product : products) terms_.push_back(product + offset);
  return {terms_.data(), scales.data(), products.size()};
}

void Interpreter::forward(const Network& network, const Trial& trial, const double* tracked, std::size_t offset) {
  for (std::size_t n = 0; n < network.nodes().size(); n++) {
    const Node& node = network.node(n);
    if (node.kind == NodeKind::kTracked) tracked_node(node, n, trial, tracked, offset);
    else if (node.kind == NodeKind::kAffine) affine_node(node, n, trial);
    else binary_node(node, n, trial);
  }
}

void Interpreter::tracked_node(const Node& node, std::size_t n, const Trial& trial, const double* tracked,
                               std::size_t offset) {
  const Kernels& simd = kernels();
  const std::size_t panel = node.width * height_, first = node.from * height_;
  double* out = values_[n].get();
  simd.combine(tracked + first, at_offset(trial.products, trial.scales, offset + first), node.applied, out, panel);
  for (std::size_t i = 0; i < trial.tangent_products.size(); i++) {
    const auto& products = trial.tangent_products[i];
    ones_.resize(std::max(ones_.size(), products.size()), 1.0);
    simd.combine_tangent(at_offset(products, ones_, offset + first), node.applied, out, out + (1 + i) * panel, panel);
  }
}

void Interpreter::affine_node(const Node& node, std::size_t n, const Trial& trial) {
  const Kernels& simd = kernels();
  const TrialLayer& layer = trial.layers[node.layer];
  const TrialNode& tangents = trial.nodes[n];
  const std::size_t width = node.width, panel = width * height_, inputs = network_->layer(node.layer).inputs;
  const std::size_t stacked = (1 + layer.direct) * width;
  const double* below = value_of(node.inputs[0]);
  double* out = values_[n].get();
  for (std::size_t f = 0; f < stacked; f++) std::fill_n(out + f * height_, height_, layer.biases[f]);
  std::fill(out + stacked * height_, out + (1 + tangents.order.size()) * panel, 0.0);
  simd.doubles.multiply_broadcast(layer.weights.data(), stacked, 1, stacked, below, height_, inputs, out, height_, height_);
  for (std::size_t i = 0; i < tangents.sources[0].size(); i++) {
    simd.doubles.multiply_broadcast(layer.weights.data(), stacked, 1, width, below + (1 + i) * inputs * height_, height_,
                                    inputs, out + (1 + tangents.sources[0][i]) * panel, height_, height_);
  }
  simd.activate(node.applied, out, panel);
  for (std::size_t i = 0; i < tangents.order.size(); i++)
    simd.times_derivative(node.applied, out, out + (1 + i) * panel, panel);
}

// Product and sum of two values, and the activation of one.
void Interpreter::binary_node(const Node& node, std::size_t n, const Trial& trial) {
  const Kernels& simd = kernels();
  const TrialNode& tangents = trial.nodes[n];
  const std::size_t panel = node.width * height_, inputs = node.input_count();
  const double* a = value_of(node.inputs[0]);
  const double* b = inputs == 2 ? value_of(node.inputs[1]) : nullptr;
  double* out = values_[n].get();
  const double one = 1;
  if (node.kind == NodeKind::kProduct) simd.multiply_elements(a, b, out, panel, false);
  else simd.combine(a, {&b, &one, inputs - 1}, Nonlinearity{}, out, panel);
  simd.activate(node.applied, out, panel);
  const std::size_t from_first = tangents.sources[0].size();
  for (std::size_t i = 0; i < inputs; i++) {
    const double* other = i == 0 ? b : a;
    const double* below = value_of(node.inputs[i]) + panel;
    for (std::size_t j = 0; j < tangents.sources[i].size(); j++, below += panel) {
      const std::size_t place = tangents.sources[i][j];
      double* to = out + (1 + place) * panel;
      const bool add = i == 1 && place < from_first;
      if (node.kind == NodeKind::kProduct) simd.multiply_elements(below, other, to, panel, add);
      else simd.combine(add ? to : nullptr, {&below, &one, 1}, Nonlinearity{}, to, panel);
    }
  }
  for (std::size_t i = 0; i < tangents.order.size(); i++)
    simd.times_derivative(node.applied, out, out + (1 + i) * panel, panel);
}

double* Interpreter::outputs(const BlockTargets& block) {
  double* out = values_.back().get();
  if (kept_) std::copy_n(out, outputs_ * height_, kept_.get());
  if (block.offsets != nullptr) {
    const double one = 1;
    kernels().combine(out, {&block.offsets, &one, 1}, Nonlinearity{}, out, outputs_ * height_);
  }
  return out;
}

double Interpreter::value(const Loss& loss, const BlockTargets& block) {
  return loss.evaluate(outputs(block), block.targets, block.weights, outputs_, height_, nullptr);
}

double Interpreter::value_and_slopes(const Loss& loss, const BlockTargets& block, std::size_t tangents,
                                     double* derivatives) {
  const std::size_t panel = outputs_ * height_;
  double* state = outputs(block);
  const double* first = state + panel;
  const double value = loss.evaluate(state, block.targets, block.weights, outputs_, height_, slopes_.get());
  for (std::size_t i = 0; i < tangents; i++) {
    loss.kernels->curve(state, block.weights, first + i * panel, outputs_, height_, slopes_.get() + (1 + i) * panel);
  }
  // <T_u, [loss', w Hess T_v]>: with the rows of a panel end to end every sum is a dot product of length `panel`.
  kernels().doubles.multiply_dot(first, panel, tangents, slopes_.get(), panel, 1 + tangents, panel, nullptr, derivatives,
                                 1 + tangents, 1, false);
  return value;
}

double* Interpreter::adjoint_of(const Network& network, std::size_t n, double* tracked_adjoint) {
  const Node& node = network.node(n);
  return node.kind == NodeKind::kTracked ? tracked_adjoint + node.from * height_ : adjoints_[n].get();
}

// From the adjoint of a node's argument to the adjoints of what it reads.
void Interpreter::hand_down(const Node& node, const Trial& trial, const double* down, double* tracked_adjoint) {
  const Kernels& simd = kernels();
  const double one = 1;
  for (std::size_t i = 0; i < node.input_count(); i++) {
    const Node& below = network_->node(node.inputs[i]);
    if (below.kind == NodeKind::kTracked && tracked_adjoint == nullptr) continue;
    double* next = adjoint_of(*network_, node.inputs[i], tracked_adjoint);
    const std::size_t panel = below.width * height_;
    const bool add = !node.first_reader[i];
    if (node.kind == NodeKind::kAffine) {
      const std::size_t stacked = (1 + trial.layers[node.layer].direct) * node.width;
      if (!add) std::fill_n(next, panel, 0.0);
      simd.doubles.multiply_broadcast(trial.layers[node.layer].weights.data(), 1, stacked, below.width, down, height_,
                                      node.width, next, height_, height_);
    } else if (node.kind == NodeKind::kProduct) {
      simd.multiply_elements(down, value_of(node.inputs[1 - i]), next, panel, add);
    } else {
      simd.combine(add ? next : nullptr, {&down, &one, 1}, Nonlinearity{}, next, panel);
    }
  }
}

BlockLoss Interpreter::backward(const Network& network, const Trial& trial, const Loss& loss, const BlockTargets& block,
                                double* tracked_adjoint, double* gradient) {
  const Kernels& simd = kernels();
  const bool direct = network.nodes().size() == 1;
  double* down = direct ? tracked_adjoint : slopes_.get();
  const double value = loss.evaluate(outputs(block), block.targets, block.weights, outputs_, height_, down);
  const Lengths lengths = simd.measure_lengths(down, block.weights, outputs_, height_);
  double* deep = gradient + network.first_width();
  carry_back(network, trial, down, tracked_adjoint, [&](std::size_t l, const double* q) {
    if (l == 0) return simd.add_row_sums(q, network.first_width(), height_, gradient);
    const Layer& layer = network.layer(l);
    simd.doubles.multiply_dot(value_of(network.input_of(l)), height_, layer.inputs, q, height_, layer.outputs, height_,
                              nullptr, deep + network.deep_weight(l), layer.outputs, 1, true);
    simd.add_row_sums(q, layer.outputs, height_, deep + network.deep_bias(l));
  });
  return {value, lengths.sum, lengths.largest};
}

}  // namespace planesearch
