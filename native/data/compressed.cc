#include "data/compressed.h"

#include <algorithm>
#include <vector>

namespace planesearch {
namespace {

// Entries and lines of a task.
constexpr std::size_t kTaskWork = 16384;
// Ranges of lines that a transposition fills apart: each reads all indices, so there are no more than threads. What is filled in does not
// depend on their number.
constexpr std::size_t kRanges = 16;

}  // namespace

template <class T>
Compressed<T> allocate_compressed(std::size_t lines, std::size_t entries, bool valued) {
  Compressed<T> made;
  made.lines = lines;
  made.begin = allocate_aligned<std::uint64_t>(lines + 1);
  made.index = allocate_aligned<std::uint32_t>(entries);
  if (valued) made.values = allocate_aligned<T>(entries);
  return made;
}

template <class T>
Compressed<T> transpose(const Compressed<T>& given, std::size_t lines, const Run& run) {
  Compressed<T> made = allocate_compressed<T>(lines, given.entries(), given.values != nullptr);
  std::uint64_t* begin = made.begin.get();
  std::fill_n(begin, lines + 1, 0);
  for (std::size_t e = 0; e < given.entries(); e++) begin[given.index[e] + 1]++;
  for (std::size_t j = 0; j < lines; j++) begin[j + 1] += begin[j];
  const std::size_t ranges = std::min<std::size_t>({kRanges, lines, run.threads});
  run.each(ranges, [&](std::size_t range, unsigned) {
    const std::size_t first = range * lines / ranges, last = (range + 1) * lines / ranges;
    std::vector<std::uint64_t> next(begin + first, begin + last);
    for (std::size_t i = 0; i < given.lines; i++) {
      if (i % 4096 == 0) run.check();
      for (std::size_t e = given.begin[i]; e < given.begin[i + 1]; e++) {
        const std::size_t j = given.index[e];
        if (j < first || j >= last) continue;
        const std::uint64_t to = next[j - first]++;
        made.index[to] = static_cast<std::uint32_t>(i);
        if (made.values) made.values[to] = given.values[e];
      }
    }
  });
  return made;
}

template <class T>
void each_range(const Compressed<T>& lines, const Run& run, const std::function<void(std::size_t, std::size_t)>& task) {
  const std::size_t work = lines.entries() + lines.lines, tasks = (work + kTaskWork - 1) / kTaskWork;
  // The first line before which at least `wanted` entries and lines lie.
  const auto line_at = [&](std::size_t wanted) {
    std::size_t low = 0, high = lines.lines;
    while (low < high) {
      const std::size_t middle = (low + high) / 2;
      if (lines.begin[middle] + middle < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  run.each(tasks, [&](std::size_t t, unsigned) {
    const std::size_t first = line_at(t * kTaskWork), last = t + 1 == tasks ? lines.lines : line_at((t + 1) * kTaskWork);
    if (first < last) task(first, last);
  });
}

#define PLANESEARCH_COMPRESSED(T)                                                  \
  template struct Compressed<T>;                                                   \
  template Compressed<T> allocate_compressed(std::size_t, std::size_t, bool);      \
  template Compressed<T> transpose(const Compressed<T>&, std::size_t, const Run&); \
  template void each_range(const Compressed<T>&, const Run&, const std::function<void(std::size_t, std::size_t)>&);
PLANESEARCH_COMPRESSED(double)
PLANESEARCH_COMPRESSED(float)

}  // namespace planesearch
