// A network as a list of nodes, and how its parameters lie in one vector: layer by layer, weight (inputs x outputs, row-major), then
// bias. The list is the program of lib/networks/program.ts; the meaning of the steps is in lib/networks/network.ts. The first layer
// reads X; the layers behind it are called *deep* here.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include "activations/activation.h"

namespace planesearch {

// The numbers cross the language border (lib/backends/native-network.ts).
enum class NodeKind : int { kTracked = 0, kAffine = 1, kActivation = 2, kProduct = 3, kSum = 4 };

struct Node {
  NodeKind kind;
  std::array<std::size_t, 2> inputs;  // earlier nodes; kTracked has none, kAffine and kActivation one
  std::size_t width;
  Nonlinearity applied;  // to the result
  std::size_t layer;     // of kAffine; 0 for kTracked
  std::size_t from;      // first column of the tracked product, for kTracked
  // Whether this node is the first to write the adjoint of its input, counted from the end of the list.
  std::array<bool, 2> first_reader;

  std::size_t input_count() const {
    return kind == NodeKind::kTracked ? 0 : kind == NodeKind::kProduct || kind == NodeKind::kSum ? 2 : 1;
  }
};

struct Layer {
  std::size_t inputs, outputs;
};

class Network {
 public:
  // The nodes are in order of computation, the last one makes the output; `layers` are the first one and those of the affine nodes.
  Network(std::vector<Layer> layers, std::vector<Node> nodes) : layers_(std::move(layers)), nodes_(std::move(nodes)) {
    for (const Layer& layer : layers_) {
      weight_offsets_.push_back(size_);
      size_ += (layer.inputs + 1) * layer.outputs;
    }
    affine_nodes_.resize(layers_.size());
    std::vector<bool> written(nodes_.size());
    for (std::size_t n = nodes_.size(); n-- > 0;) {
      Node& node = nodes_[n];
      widest_ = std::max(widest_, node.width);
      if (node.kind == NodeKind::kAffine) affine_nodes_[node.layer] = n;
      for (std::size_t i = 0; i < node.input_count(); i++) {
        node.first_reader[i] = !written[node.inputs[i]];
        written[node.inputs[i]] = true;
      }
    }
    widest_ = std::max(widest_, first_width());
  }

  const std::vector<Node>& nodes() const { return nodes_; }
  const Node& node(std::size_t n) const { return nodes_[n]; }
  const Node& output() const { return nodes_.back(); }
  std::size_t depth() const { return layers_.size(); }
  const Layer& layer(std::size_t l) const { return layers_[l]; }
  // The node whose value a layer l >= 1 reads.
  std::size_t input_of(std::size_t l) const { return nodes_[affine_nodes_[l]].inputs[0]; }
  std::size_t first_width() const { return layers_.front().outputs; }
  std::size_t outputs() const { return nodes_.back().width; }
  std::size_t widest() const { return widest_; }
  std::size_t size() const { return size_; }
  // Where the bias of the first layer and the deep parameters start.
  std::size_t first_bias() const { return layers_[0].inputs * layers_[0].outputs; }
  std::size_t deep_begin() const { return first_bias() + first_width(); }
  std::size_t deep_size() const { return size_ - deep_begin(); }
  // Offsets of layer l >= 1 within the deep parameters.
  std::size_t deep_weight(std::size_t l) const { return weight_offsets_[l] - deep_begin(); }
  std::size_t deep_bias(std::size_t l) const { return deep_weight(l) + layers_[l].inputs * layers_[l].outputs; }

 private:
  std::vector<Layer> layers_;
  std::vector<Node> nodes_;
  std::vector<std::size_t> weight_offsets_, affine_nodes_;
  std::size_t size_ = 0, widest_ = 0;
};

}  // namespace planesearch
