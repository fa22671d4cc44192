#include "data/sparse_pieces.h"

#include <cmath>
#include <type_traits>
#include <utility>

#include "data/sparse_row.h"
#include "objective/errors.h"

namespace planesearch {
namespace {

// Numbers read at a time where they have to be made others.
constexpr std::size_t kSlice = std::size_t{1} << 16;

std::uint64_t end_of(const SparseFileSource& source) {
  const auto integers = [](const SparseFileSource::Integers& array, std::size_t count) {
    return array.offset + static_cast<std::uint64_t>(count) * (array.wide ? sizeof(std::int64_t) : sizeof(std::int32_t));
  };
  std::uint64_t end = std::max(integers(source.begin, source.rows + 1), integers(source.index, source.entries));
  if (source.values == SparseFileSource::Values::kOnes) return end;
  const std::size_t size = source.values == SparseFileSource::Values::kFloats ? sizeof(float) : sizeof(double);
  return std::max(end, source.values_offset + static_cast<std::uint64_t>(source.entries) * size);
}

// take(number, value) for the `count` numbers of type Given from number `from` on.
template <class Given, class Take>
void each_number(const InputFile& file, std::uint64_t offset, std::size_t from, std::size_t count, const Take& take) {
  std::vector<Given> room(std::min(kSlice, count));
  for (std::size_t at = 0; at < count; at += room.size()) {
    const std::size_t taken = std::min(room.size(), count - at);
    file.read(room.data(), taken * sizeof(Given), offset + static_cast<std::uint64_t>(from + at) * sizeof(Given));
    for (std::size_t k = 0; k < taken; k++) take(at + k, room[k]);
  }
}

}  // namespace

template <class T>
SparsePieces<T>::SparsePieces(SparseFileSource source, unsigned threads)
    : source_(std::move(source)), file_(source_.path, source_.shown, end_of(source_)), threads_(threads) {}

template <class T>
void SparsePieces<T>::open() const {
  const std::lock_guard lock(opening_);
  if (!begin_.empty()) return;
  read_offsets();
  try {
    cut();
  } catch (...) {
    begin_.clear();
    throw;
  }
}

template <class T>
void SparsePieces<T>::read_offsets() const {
  std::vector<std::uint64_t> begin(source_.rows + 1);
  const auto take = [&](std::size_t i, auto given) {
    const std::uint64_t least = i == 0 ? 0 : begin[i - 1], most = i == 0 ? 0 : source_.entries;
    if (given < 0 || static_cast<std::uint64_t>(given) < least || static_cast<std::uint64_t>(given) > most) {
      throw CodedError("INVALID_DATA", "Offset " + std::to_string(i) + " (from 0) of the rows of " + source_.shown +
                                           " must be from " + std::to_string(least) + " to " + std::to_string(most) +
                                           ", but is " + std::to_string(given) + ".");
    }
    begin[i] = static_cast<std::uint64_t>(given);
  };
  const SparseFileSource::Integers& at = source_.begin;
  if (at.wide) each_number<std::int64_t>(file_, at.offset, 0, begin.size(), take);
  else each_number<std::int32_t>(file_, at.offset, 0, begin.size(), take);
  if (begin.back() != source_.entries) {
    throw CodedError("INVALID_DATA", "The last offset of the rows of " + source_.shown + " must be " +
                                         std::to_string(source_.entries) + ", the number of its entries, but is " +
                                         std::to_string(begin.back()) + ".");
  }
  file_.require_unchanged();
  begin_ = std::move(begin);
}

// As many rows to a piece as it has room for, one at least: a longer row is a piece of its own, and alone as large.
template <class T>
void SparsePieces<T>::cut() const {
  first_.assign(1, 0);
  const auto bytes = [&](std::size_t from, std::size_t to) {
    return (begin_[to] - begin_[from]) * entry_bytes() + (to - from) * sizeof(std::uint64_t);
  };
  for (std::size_t row = 0; row < source_.rows;) {
    const std::size_t from = row++;
    while (row < source_.rows && bytes(from, row + 1) <= kPieceBytes) row++;
    first_.push_back(row);
  }
  std::vector<std::size_t> sizes(count());
  for (std::size_t piece = 0; piece < sizes.size(); piece++) sizes[piece] = size_of(piece);
  store_ =
      std::make_unique<PieceStore<std::uint64_t>>(std::move(sizes), kPieceBytes / kWord + kSlack, source_.memory, threads_,
                                                  [this](std::size_t piece, std::uint64_t* to) { load(piece, to); });
}

template <class T>
std::size_t SparsePieces<T>::size_of(std::size_t piece) const {
  return values_at(piece) + (valued() ? (entries_of(piece) * sizeof(T) + kWord - 1) / kWord : 0);
}

template <class T>
std::size_t SparsePieces<T>::bytes() const {
  const std::size_t all = source_.entries * entry_bytes() + source_.rows * sizeof(std::uint64_t);
  return std::min(source_.memory, all) + 8 * kPieceBytes + (source_.rows + 1) * sizeof(std::uint64_t);
}

template <class T>
std::size_t SparsePieces<T>::piece_of(std::size_t row) const {
  return static_cast<std::size_t>(std::upper_bound(first_.begin(), first_.end(), row) - first_.begin()) - 1;
}

template <class T>
typename SparsePieces<T>::Piece SparsePieces<T>::view(std::size_t piece, const std::uint64_t* memory) const {
  const auto* const index = reinterpret_cast<const std::uint32_t*>(memory + index_at(piece));
  const auto* const values = valued() ? reinterpret_cast<const T*>(memory + values_at(piece)) : nullptr;
  return {first_[piece], first_[piece + 1] - first_[piece], {memory, index, values}};
}

template <class T>
void SparsePieces<T>::use(const Frame* frame, const SparseFrame* terms) {
  frame_ = frame;
  terms_ = terms;
  if (!valued()) return;
  for (std::size_t piece = 0; piece < count(); piece++) {
    std::uint64_t* const memory = store_->change(piece);
    if (memory == nullptr) continue;
    const auto* const index = reinterpret_cast<const std::uint32_t*>(memory + index_at(piece));
    bring_into_frame(index, reinterpret_cast<T*>(memory + values_at(piece)), entries_of(piece));
  }
}

template <class T>
void SparsePieces<T>::load(std::size_t piece, std::uint64_t* memory) const {
  const std::size_t first = first_[piece], end = first_[piece + 1], from = begin_[first], count = begin_[end] - from;
  auto* const index = reinterpret_cast<std::uint32_t*>(memory + index_at(piece));
  T* const values = valued() ? reinterpret_cast<T*>(memory + values_at(piece)) : nullptr;
  for (std::size_t row = first; row <= end; row++) memory[row - first] = begin_[row] - from;
  read_index(first, end, index);
  if (source_.values == SparseFileSource::Values::kFloats) read_values<float>(from, count, values);
  if (source_.values == SparseFileSource::Values::kDoubles) read_values<double>(from, count, values);
  for (std::size_t row = first; row < end; row++) {
    const std::size_t at = begin_[row] - from;
    check_row(row, begin_[row + 1] - begin_[row], index + at, values == nullptr ? nullptr : values + at);
  }
  if (frame_ != nullptr && values != nullptr) bring_into_frame(index, values, count);
}

// Numbers of 32 bits lie as they are wanted; what they are is seen by check_row.
template <class T>
void SparsePieces<T>::read_index(std::size_t first, std::size_t end, std::uint32_t* to) const {
  const std::size_t from = begin_[first], count = begin_[end] - from;
  const SparseFileSource::Integers& at = source_.index;
  if (!at.wide)
    return file_.read(to, count * sizeof(std::uint32_t),
                      at.offset + static_cast<std::uint64_t>(from) * sizeof(std::uint32_t));
  each_number<std::uint64_t>(file_, at.offset, from, count, [&](std::size_t e, std::uint64_t given) {
    to[e] = static_cast<std::uint32_t>(std::min<std::uint64_t>(given, UINT32_MAX));
  });
}

template <class T>
template <class Given>
void SparsePieces<T>::read_values(std::size_t from, std::size_t count, T* to) const {
  if constexpr (std::is_same_v<T, Given>) {
    file_.read(to, count * sizeof(T), source_.values_offset + static_cast<std::uint64_t>(from) * sizeof(T));
  } else {
    each_number<Given>(file_, source_.values_offset, from, count,
                       [&](std::size_t e, Given given) { to[e] = static_cast<T>(given); });
  }
}

// Its columns in ascending order, each once, its numbers finite.
template <class T>
void SparsePieces<T>::check_row(std::size_t row, std::size_t count, std::uint32_t* index, T* values) const {
  const std::uint32_t largest = count == 0 ? 0 : *std::max_element(index, index + count);
  if (largest >= source_.columns)
    refuse(row, "name columns from 0 to " + std::to_string(source_.columns - 1) + ", but names " +
                    (largest > INT32_MAX ? "a negative or larger one" : std::to_string(largest)));
  T zero = 0;
  for (std::size_t e = 0; values != nullptr && e < count; e++) zero += values[e] - values[e];
  if (!(zero == 0)) refuse(row, "hold finite numbers, but one was read that is not");
  if (ascends(index, count)) return;
  sort_entries(index, values, count);
  const std::uint32_t* const twice = std::adjacent_find(index, index + count);
  if (twice != index + count) refuse(row, "name each column once, but names " + std::to_string(*twice) + " twice");
}

template <class T>
void SparsePieces<T>::bring_into_frame(const std::uint32_t* index, T* values, std::size_t count) const {
  for (std::size_t e = 0; e < count; e++) values[e] = terms_->framed(*frame_, index[e], values[e]);
}

template <class T>
void SparsePieces<T>::refuse(std::size_t row, const std::string& problem) const {
  throw CodedError("INVALID_DATA",
                   "Row " + std::to_string(row) + " (from 0) of " + source_.shown + " must " + problem + ".");
}

template class SparsePieces<double>;
template class SparsePieces<float>;

}  // namespace planesearch
