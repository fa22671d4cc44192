// Sizes that are products or sums of others: what is more than memory can have is std::bad_alloc and never a small number, which it
// would become where sizes have 32 bits (WebAssembly).
#pragma once

#include <cstddef>
#include <new>

namespace planesearch {

inline std::size_t checked_product(std::size_t a, std::size_t b) {
  if (b != 0 && a > static_cast<std::size_t>(-1) / b) throw std::bad_alloc();
  return a * b;
}

inline std::size_t checked_sum(std::size_t a, std::size_t b) {
  if (a > static_cast<std::size_t>(-1) - b) throw std::bad_alloc();
  return a + b;
}

}  // namespace planesearch
