// A trial point t of the current subspace, prepared once per evaluation and then only read, by all threads.
//
// The first layer is a combination of data-sized products. A deep layer l has the small matrices V(t) = V + sum_j s_jl D_jl
// and, for each variable v that moves it, E_v = sum_j D_jl over its directions j. They stand side by side, [V(t) | E_v ...],
// so that one product with the value that the layer reads gives the layer and the direct part of its tangents.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "objective/network.h"

namespace planesearch {

// One direction of the subspace: its product with X and its deep parameters.
struct Column {
  const double* product;
  const double* deep;
  std::vector<int> variables;  // by layer; -1 where the direction is not used
};

struct TrialLayer {
  std::vector<double> weights;  // inputs x (1 + direct) * outputs, row-major; empty for the first layer
  std::vector<double> biases;   // (1 + direct) * outputs
  std::size_t direct = 0;       // variables that move this layer itself
};

// Which variables have a tangent at a node, and where those of its inputs go.
struct TrialNode {
  std::vector<int> order;                           // those that move the node's own layer first
  std::array<std::vector<std::size_t>, 2> sources;  // for the tangents of an input, in their order: place in `order`
};

struct Trial {
  std::vector<const double*> products;  // of the directions that move the first layer ...
  std::vector<double> scales;           // ... and their steps
  std::vector<std::vector<const double*>>
      tangent_products;  // by place in the order of the nodes that read the tracked product
  std::vector<TrialLayer> layers;
  std::vector<TrialNode> nodes;
  std::size_t most_tangents = 0;
};

// `t` null means the accepted point itself, without tangents.
Trial prepare_trial(const Network& network, const std::vector<double>& deep, const std::vector<Column>& columns,
                    int variables, const double* t, bool tangents);

// The deep parameters at t.
std::vector<double> deep_at(const Network& network, const std::vector<double>& deep, const std::vector<Column>& columns,
                            const double* t);

}  // namespace planesearch
