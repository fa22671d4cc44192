// Everything behind X W for one block of rows: activations, deep layers, tangents forward and adjoints backward.
//
// A Head belongs to one thread; it holds the panels of the block in work, small enough to stay in the cache. With
//
//     H_0 = act(Z(t)),   Z_l = V_l(t)' H_{l-1} + b_l,   H_l = act(Z_l)        (panels: features x rows)
//
// the tangent of variable v is T_v = act'(Z) * sum of its products at the first layer and, one layer up,
// T_v <- act'(Z_l) * (V_l(t)' T_v + E_v' H_{l-1} + e_v).
#pragma once

#include <cstddef>
#include <vector>

#include "losses/loss.h"
#include "math/aligned_buffer.h"
#include "math/simd.h"
#include "objective/network.h"
#include "objective/trial.h"

namespace planesearch {

class Head {
 public:
  // Makes room for blocks of `height` rows with up to `tangents` tangents.
  void reserve(const Network& network, std::size_t height, std::size_t tangents);

  // The products' panels of one block as a combination; valid until the next call.
  Combination at_offset(const std::vector<const double*>& products, const std::vector<double>& scales, std::size_t offset);

  // H_l for all layers, and the tangents that `trial` asks for; `tracked` is the panel of Z, `offset` its place in Z.
  void forward(const Network& network, const Trial& trial, const double* tracked, std::size_t offset);

  // H_l of the block in work.
  const double* activity(std::size_t l) const { return activity_[l].get(); }

  // From the pre-activation of layer l >= 1 to that of the layer below: next = act'(Z_l-1) * V_l down.
  void carry_back(const Network& network, const Trial& trial, std::size_t l, const double* down, double* next) const;

  // Weighted loss of the outputs.
  double value(Loss loss, const double* targets, const double* weights);

  // The same, and for the m tangents in the order of the last layer the m x (1 + m) matrix [slopes | curvature].
  double value_and_slopes(Loss loss, const double* targets, const double* weights, std::size_t tangents, double* derivatives);

  // The same, and the adjoint panel Q of the first layer; the gradient of its bias and of the deep parameters is added
  // to `gradient`. Wants a trial without tangents.
  double backward(const Network& network, const Trial& trial, Loss loss, const double* targets, const double* weights,
                  double* adjoint, double* gradient);

 private:
  double* outputs() { return activity_.back().get(); }

  std::size_t height_ = 0, tangents_ = 0, outputs_ = 0;
  std::vector<AlignedBuffer> activity_;  // by layer: H_l, then its tangents
  AlignedBuffer slopes_;                 // by panel: the loss by the outputs, then the curved tangents
  AlignedBuffer adjoint_[2];
  std::vector<const double*> terms_;
  std::vector<double> ones_;
};

}  // namespace planesearch
