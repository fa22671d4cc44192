// The activations of lib/activations/index.ts; the numbers cross the language border (lib/backends/native.ts).
#pragma once

namespace planesearch {

enum class Activation : int { kIdentity = 0, kTanh = 1, kRelu = 2, kSigmoid = 3 };

}  // namespace planesearch
