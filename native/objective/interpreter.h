// Everything behind X W for one block of rows: the nodes of the network forward, with tangents, and backward.
//
// An Interpreter belongs to one thread; it holds the panels of the block in work (features x rows), small enough to stay in the cache. Per
// node, with h the activation applied and T_v the tangent of variable v:
//
//     tracked   h(Z(t))            T_v = h' * sum of the products of v
//     affine    h(V(t)' a + b)     T_v = h' * (V(t)' T_v(a) + E_v' a + e_v)
//     product   h(a * b)           T_v = h' * (T_v(a) * b + a * T_v(b))
//     sum       h(a + b)           T_v = h' * (T_v(a) + T_v(b))
//     activation  h(a)             T_v = h' * T_v(a)
#pragma once

#include <cstddef>
#include <vector>

#include "losses/loss.h"
#include "math/aligned_buffer.h"
#include "math/simd.h"
#include "objective/network.h"
#include "objective/trial.h"

namespace planesearch {

// What a block of rows is compared with: panels.
struct BlockTargets {
  const double* targets;
  const double* weights;
  const double* offsets;  // added to the outputs; null for none
};

struct BlockLoss {
  double value;
  double slope_mass;     // sum over the rows of the length of the weighted slope
  double largest_slope;  // the longest slope of a row that weighs anything, its weight left out
};

class Interpreter {
 public:
  // Makes room for blocks of `height` rows with up to `tangents` tangents.
  void reserve(const Network& network, std::size_t height, std::size_t tangents);

  // The products' panels of one block as a combination; valid until the next call.
  Combination at_offset(const std::vector<const double*>& products, const std::vector<double>& scales, std::size_t offset);

  // The values of all nodes, and the tangents that `trial` asks for; `tracked` is the panel of Z, `offset` its place in Z.
  void forward(const Network& network, const Trial& trial, const double* tracked, std::size_t offset);

  // The value of a node for the block in work.
  const double* value_of(std::size_t node) const { return values_[node].get(); }

  // Weighted loss of the outputs.
  double value(const Loss& loss, const BlockTargets& block);

  // The same, and for the m tangents in the order of the output the m x (1 + m) matrix [slopes | curvature].
  double value_and_slopes(const Loss& loss, const BlockTargets& block, std::size_t tangents, double* derivatives);

  // The same, and the adjoint panel Q of the first layer; the gradient of its bias and of the deep parameters is added
  // to `gradient`. Wants a trial without tangents.
  BlockLoss backward(const Network& network, const Trial& trial, const Loss& loss, const BlockTargets& block,
                     double* tracked_adjoint, double* gradient);

  // Carries `down`, by the outputs, back through the list: visit(l, q) gets its image at every layer, deep ones first, with the first
  // layer's in `tracked_adjoint`; null: stop in front of the first layer. Overwrites `down`.
  template <class Visit>
  void carry_back(const Network& network, const Trial& trial, double* down, double* tracked_adjoint, Visit&& visit);

  // The outputs with the offsets added, for a loss that overwrites them.
  double* outputs(const BlockTargets& block);

 private:
  void tracked_node(const Node& node, std::size_t n, const Trial& trial, const double* tracked, std::size_t offset);
  void affine_node(const Node& node, std::size_t n, const Trial& trial);
  void binary_node(const Node& node, std::size_t n, const Trial& trial);
  void hand_down(const Node& node, const Trial& trial, const double* down, double* tracked_adjoint);
  double* adjoint_of(const Network& network, std::size_t n, double* tracked_adjoint);

  const Network* network_ = nullptr;
  std::size_t height_ = 0, tangents_ = 0, outputs_ = 0;
  std::vector<AlignedBuffer> values_;    // by node: its value, then its tangents
  std::vector<AlignedBuffer> adjoints_;  // by node; none for those that read the tracked product, nor for the last one
  AlignedBuffer slopes_;                 // by panel: the loss by the outputs, then the curved tangents
  AlignedBuffer kept_;                   // the outputs, where their activation's derivative is wanted after the loss
  std::vector<const double*> terms_;
  std::vector<double> ones_;
};

template <class Visit>
void Interpreter::carry_back(const Network& network, const Trial& trial, double* down, double* tracked_adjoint,
                             Visit&& visit) {
  for (std::size_t n = network.nodes().size(); n-- > 0;) {
    const Node& node = network.node(n);
    if (node.kind == NodeKind::kTracked && tracked_adjoint == nullptr) continue;
    const bool last = n + 1 == network.nodes().size();
    double* own = last ? down : adjoint_of(network, n, tracked_adjoint);
    // The loss has overwritten the outputs; of those that have an activation there is a copy.
    const double* value = last && !node.applied.identity() ? kept_.get() : value_of(n);
    kernels().times_derivative(node.applied, value, own, node.width * height_);
    if (node.kind == NodeKind::kTracked) {
      double* to = tracked_adjoint + node.from * height_;
      if (own != to) std::copy_n(own, node.width * height_, to);
      continue;
    }
    if (node.kind == NodeKind::kAffine) visit(node.layer, own);
    hand_down(node, trial, own, tracked_adjoint);
  }
  if (tracked_adjoint != nullptr) visit(std::size_t{0}, tracked_adjoint);
}

}  // namespace planesearch
