// The pass over the rows that comes before a coordinate sweep: how much every row has to do with every unit.
//
// Column a of the root of the loss curvature, carried back to layer l, gives q_l; S_l = inflation * weight * sum_a q_l^2 is the
// row's share in the curvature by the pre-activation, and the curvature of weight (j, k) is sum_i h_ij^2 S_ik.
#pragma once

#include <cstddef>
#include <vector>

#include "coordinate/request.h"
#include "losses/loss.h"
#include "math/aligned_buffer.h"
#include "objective/interpreter.h"
#include "objective/network.h"
#include "objective/trial.h"

namespace planesearch {

// Growth of the loss along the outputs that each unit of layer l moves; 1 where nothing is known: that limits the step.
std::vector<double> growths_of(const Network& network, const Loss& loss, std::size_t l, const std::vector<double>& effects);

// Panels of one block, filled for the first layer: a and b where it is bent, S otherwise.
struct FirstPanels {
  double *slopes, *halves, *shares;
};

// Sums over rows for the deep layers, laid out as the deep parameters; `largest` has the largest |h| by unit of the layers
// below, one after the other.
struct DeepSums {
  double *curvatures, *largest;
};

class SharePass {
 public:
  SharePass(const Network& network, const Loss& loss, std::size_t height, const SweepRequest& request);

  const std::vector<double>& growths(std::size_t l) const { return growths_[l]; }
  bool bent() const { return bent_; }

  struct Room {
    AlignedBuffer slopes, root, adjoint, squares;
    std::vector<AlignedBuffer> shares;  // by layer
  };
  Room make_room() const;

  // `interpreter` has gone forward over the block, of which `rows` rows are real.
  void run(Interpreter& interpreter, const Trial& here, const BlockTargets& block, std::size_t rows, Room& room,
           const FirstPanels& first, const DeepSums& sums) const;

 private:
  void fill_bent(const double* weights, const double* state, const Room& room, const FirstPanels& first) const;
  double inflation(std::size_t l, std::size_t unit) const;
  void add_deep(const Interpreter& interpreter, std::size_t rows, const Room& room, const DeepSums& sums) const;

  const Network& network_;
  const Loss& loss_;
  const std::size_t height_;
  const bool bent_;
  const SweepRequest& request_;
  std::vector<std::vector<double>> growths_;
};

}  // namespace planesearch
