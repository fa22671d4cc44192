#include "objective/trial.h"

#include <algorithm>

#include "math/simd.h"

namespace planesearch {
namespace {

std::size_t layer_size(const Layer& layer) { return (layer.inputs + 1) * layer.outputs; }

// The variables that move layer l, ascending.
std::vector<int> movers(const std::vector<Column>& columns, std::size_t l, int variables) {
  std::vector<int> found;
  for (int v = 0; v < variables; v++) {
    if (std::any_of(columns.begin(), columns.end(), [&](const Column& column) { return column.variables[l] == v; }))
      found.push_back(v);
  }
  return found;
}

TrialNode order_of(const Node& node, const std::vector<Column>& columns, int variables,
                   const std::vector<TrialNode>& earlier) {
  TrialNode result;
  if (node.kind == NodeKind::kTracked || node.kind == NodeKind::kAffine)
    result.order = movers(columns, node.layer, variables);
  for (std::size_t i = 0; i < node.input_count(); i++) {
    for (int v : earlier[node.inputs[i]].order) {
      const auto found = std::find(result.order.begin(), result.order.end(), v);
      result.sources[i].push_back(static_cast<std::size_t>(found - result.order.begin()));
      if (found == result.order.end()) result.order.push_back(v);
    }
  }
  return result;
}

// Copies one (inputs + 1) x outputs block, weights and bias, into place `part` of the side-by-side matrices.
void place(const Layer& layer, const double* block, std::size_t part, std::size_t parts, TrialLayer& out) {
  const std::size_t stride = parts * layer.outputs;
  for (std::size_t i = 0; i < layer.inputs; i++) {
    std::copy_n(block + i * layer.outputs, layer.outputs, out.weights.data() + i * stride + part * layer.outputs);
  }
  std::copy_n(block + layer.inputs * layer.outputs, layer.outputs, out.biases.data() + part * layer.outputs);
}

void fill_matrices(const Network& network, std::size_t l, const std::vector<Column>& columns,
                   const std::vector<double>& deep, const std::vector<int>& direct, TrialLayer& out) {
  const Layer& layer = network.layer(l);
  out.direct = direct.size();
  const std::size_t parts = 1 + out.direct, offset = network.deep_weight(l);
  out.weights.resize(layer.inputs * parts * layer.outputs);
  out.biases.resize(parts * layer.outputs);
  place(layer, deep.data() + offset, 0, parts, out);
  std::vector<double> sum(layer_size(layer));
  for (std::size_t i = 0; i < out.direct; i++) {
    std::fill(sum.begin(), sum.end(), 0.0);
    for (const Column& column : columns) {
      if (column.variables[l] != direct[i]) continue;
      for (std::size_t e = 0; e < sum.size(); e++) sum[e] += column.deep[offset + e];
    }
    place(layer, sum.data(), 1 + i, parts, out);
  }
}

}  // namespace

std::vector<double> deep_at(const Network& network, const std::vector<double>& deep, const std::vector<Column>& columns,
                            const double* t) {
  // Column by column with the arithmetic of axpby, as TypeScript moves its own copy: both keep the same bits.
  std::vector<double> moved = deep;
  for (const Column& column : columns) {
    for (std::size_t l = 1; l < network.depth(); l++) {
      const int variable = column.variables[l];
      if (variable < 0) continue;
      const std::size_t offset = network.deep_weight(l);
      kernels().axpby(t[variable], column.deep + offset, 1, moved.data() + offset, layer_size(network.layer(l)));
    }
  }
  return moved;
}

Trial prepare_trial(const Network& network, const std::vector<double>& deep, const std::vector<Column>& columns,
                    int variables, const double* t, bool tangents) {
  Trial trial;
  trial.layers.resize(network.depth());
  if (t != nullptr) {
    for (const Column& column : columns) {
      const int variable = column.variables[0];
      if (variable < 0 || t[variable] == 0) continue;
      trial.products.push_back(column.product);
      trial.scales.push_back(t[variable]);
    }
  }
  const std::vector<double> moved = t != nullptr ? deep_at(network, deep, columns, t) : deep;
  for (std::size_t l = 1; l < network.depth(); l++) {
    fill_matrices(network, l, columns, moved, tangents ? movers(columns, l, variables) : std::vector<int>(),
                  trial.layers[l]);
  }
  trial.nodes.resize(network.nodes().size());
  if (!tangents) return trial;
  for (std::size_t n = 0; n < trial.nodes.size(); n++) {
    trial.nodes[n] = order_of(network.node(n), columns, variables, trial.nodes);
    trial.most_tangents = std::max(trial.most_tangents, trial.nodes[n].order.size());
  }
  for (int v : movers(columns, 0, variables)) {
    auto& terms = trial.tangent_products.emplace_back();
    for (const Column& column : columns) {
      if (column.variables[0] == v) terms.push_back(column.product);
    }
  }
  return trial;
}

}  // namespace planesearch
