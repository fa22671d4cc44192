// The stateless random sign of lib/backends/random-sign.ts, bit for bit.
#pragma once

#include <cstddef>
#include <cstdint>

namespace planesearch {

inline double random_sign(std::uint32_t seed, std::size_t row, std::size_t output) {
  std::uint32_t h =
      (static_cast<std::uint32_t>(row) * 0x9e3779b1u) ^ (static_cast<std::uint32_t>(output + 1) * 0x85ebca6bu) ^ seed;
  h = (h ^ (h >> 16)) * 0x7feb352du;
  h = (h ^ (h >> 15)) * 0x846ca68bu;
  h ^= h >> 16;
  return h >> 31 ? -1.0 : 1.0;
}

}  // namespace planesearch
