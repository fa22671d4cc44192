// The entries of a row of compressed rows, as they are given: in any order of their columns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace planesearch {

// Whether every column is larger than the one before: no column comes twice then.
inline bool ascends(const std::uint32_t* index, std::size_t count) {
  for (std::size_t e = 1; e < count; e++) {
    if (index[e - 1] >= index[e]) return false;
  }
  return true;
}

// By ascending column; `values` may be null. A heap sort, because a row may be as long as memory allows: it takes no room.
template <class T>
void sort_entries(std::uint32_t* index, T* values, std::size_t count) {
  const auto swap = [&](std::size_t a, std::size_t b) {
    std::swap(index[a], index[b]);
    if (values != nullptr) std::swap(values[a], values[b]);
  };
  const auto sink = [&](std::size_t parent, std::size_t end) {
    for (std::size_t child = 2 * parent + 1; child < end; parent = child, child = 2 * parent + 1) {
      if (child + 1 < end && index[child] < index[child + 1]) child++;
      if (index[parent] >= index[child]) return;
      swap(parent, child);
    }
  };
  for (std::size_t parent = count / 2; parent-- > 0;) sink(parent, count);
  for (std::size_t end = count; end > 1;) {
    swap(0, --end);
    sink(0, end);
  }
}

}  // namespace planesearch
