// Mappings that were given back and wait to be used again. The system clears every page that it hands out, which takes longer than most
// of what is written into a room of a few MiB that lives for one product.
//
// One store for the process, for every thread. It keeps little: large arrays go back to the system.
#pragma once

#include <cstddef>

namespace planesearch {

// A kept mapping of `bytes` or a little more, `bytes` then its size; null when there is none. Its contents are what they were.
void* take_kept(std::size_t& bytes) noexcept;

// Whether the mapping is kept; if not it is still the caller's.
bool keep(void* memory, std::size_t bytes) noexcept;

}  // namespace planesearch
