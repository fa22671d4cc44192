// The losses of lib/losses/index.ts; the numbers cross the language border (lib/backends/native.ts).
#pragma once

#include <cstddef>

namespace planesearch {

enum class Loss : int { kSquared = 0, kLogistic = 1, kSoftmax = 2 };

// How many target numbers a row has: every output its own for squared, one class otherwise.
inline std::size_t target_width(Loss loss, std::size_t outputs) { return loss == Loss::kSquared ? outputs : 1; }

}  // namespace planesearch
