// A feed-forward network and how its parameters lie in one vector: layer by layer, weight (inputs x outputs, row-major),
// then bias. The first layer reads X; the layers behind it are called *deep* here.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "activations/activation.h"

namespace planesearch {

struct Layer {
  std::size_t inputs, outputs;
  Activation activation;
};

class Network {
 public:
  explicit Network(std::vector<Layer> layers) : layers_(std::move(layers)) {
    for (const Layer& layer : layers_) {
      weight_offsets_.push_back(size_);
      size_ += (layer.inputs + 1) * layer.outputs;
      widest_ = std::max(widest_, layer.outputs);
    }
  }

  std::size_t depth() const { return layers_.size(); }
  const Layer& layer(std::size_t l) const { return layers_[l]; }
  std::size_t first_width() const { return layers_.front().outputs; }
  std::size_t outputs() const { return layers_.back().outputs; }
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
  std::vector<std::size_t> weight_offsets_;
  std::size_t size_ = 0, widest_ = 0;
};

}  // namespace planesearch
