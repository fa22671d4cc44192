// The activations of lib/activations/index.ts, known by name on both sides of the language border.
#pragma once

#include <cstddef>
#include <cstring>

namespace planesearch {

enum class Activation : int { kIdentity = 0, kTanh = 1, kRelu = 2, kSigmoid = 3 };

inline constexpr const char* kActivationNames[] = {"identity", "tanh", "relu", "sigmoid"};
inline constexpr std::size_t kActivations = 4;

// What is applied to a value: h(sharpness z). The sharpness is 1 for identity and relu.
struct Nonlinearity {
  Activation kind = Activation::kIdentity;
  double sharpness = 1;

  bool identity() const { return kind == Activation::kIdentity; }
};

}  // namespace planesearch
