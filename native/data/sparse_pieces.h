// The rows of a file of compressed rows, in pieces of at most 4 MiB, or of one longer row: read, checked, sorted, brought into the frame and handed out. The
// offsets of the rows stay in memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "data/frame.h"
#include "data/input_file.h"
#include "data/piece_store.h"
#include "data/sparse_frame.h"
#include "math/simd.h"

namespace planesearch {

// Three arrays of little-endian numbers: where the entries of every row begin, and the columns and values of the entries.
struct SparseFileSource {
  struct Integers {
    std::uint64_t offset;
    bool wide;  // 64 bits, not 32
  };
  enum class Values { kOnes, kFloats, kDoubles };

  std::string path, shown;
  std::size_t rows, columns, entries;
  Integers begin, index;
  std::uint64_t values_offset;
  Values values;
  std::size_t memory;  // bytes that the pieces kept may take
};

template <class T>
class SparsePieces {
 public:
  struct Piece {
    std::size_t first, rows;  // of X; line 0 is row `first`
    SparseLines<T> lines;
  };

  SparsePieces(SparseFileSource source, unsigned threads);

  // Reads the offsets, if nobody has: before anything of what follows.
  void open() const;
  const InputFile& file() const { return file_; }
  bool valued() const { return source_.values != SparseFileSource::Values::kOnes; }
  std::size_t entries() const { return source_.entries; }
  std::size_t bytes() const;
  std::size_t count() const { return first_.size() - 1; }
  // The piece with this row.
  std::size_t piece_of(std::size_t row) const;
  // Pieces with rows of [first, end), at least one.
  std::size_t count_of(std::size_t first, std::size_t end) const { return piece_of(end - 1) + 1 - piece_of(first); }
  const PieceStore<std::uint64_t>& store() const { return *store_; }
  Piece view(std::size_t piece, const std::uint64_t* memory) const;
  // From here on all rows are in the frame, those kept too.
  void use(const Frame* frame, const SparseFrame* terms);

 private:
  static constexpr std::size_t kPieceBytes = std::size_t{4} << 20, kWord = sizeof(std::uint64_t);
  // Words that a piece may have beyond: the end of its last row, and what fills up its columns and its values.
  static constexpr std::size_t kSlack = 3;

  std::size_t entry_bytes() const { return sizeof(std::uint32_t) + (valued() ? sizeof(T) : 0); }
  // The words of a piece: where each of its rows begins, and their end; then its columns; then its values.
  std::size_t entries_of(std::size_t piece) const { return begin_[first_[piece + 1]] - begin_[first_[piece]]; }
  std::size_t index_at(std::size_t piece) const { return first_[piece + 1] - first_[piece] + 1; }
  std::size_t values_at(std::size_t piece) const {
    return index_at(piece) + (entries_of(piece) * sizeof(std::uint32_t) + kWord - 1) / kWord;
  }
  std::size_t size_of(std::size_t piece) const;
  void read_offsets() const;
  void cut() const;
  void load(std::size_t piece, std::uint64_t* memory) const;
  void read_index(std::size_t first, std::size_t end, std::uint32_t* to) const;
  template <class Given>
  void read_values(std::size_t from, std::size_t count, T* to) const;
  void check_row(std::size_t row, std::size_t count, std::uint32_t* index, T* values) const;
  void bring_into_frame(const std::uint32_t* index, T* values, std::size_t count) const;
  [[noreturn]] void refuse(std::size_t row, const std::string& problem) const;

  const SparseFileSource source_;
  const InputFile file_;
  const unsigned threads_;
  const Frame* frame_ = nullptr;
  const SparseFrame* terms_ = nullptr;
  mutable std::mutex opening_;                // guards what follows until `open` has returned; nothing of it changes then
  mutable std::vector<std::uint64_t> begin_;  // empty until it is open
  mutable std::vector<std::size_t> first_;    // row of every piece, and their end
  mutable std::unique_ptr<PieceStore<std::uint64_t>> store_;  // the last: its threads end first
};

// work(piece) for the pieces of rows [first, end) in order; of the first and the last one only these rows.
template <class T, class Work>
void each_piece(const SparsePieces<T>& pieces, std::size_t first, std::size_t end, const Work& work) {
  if (first == end) return;
  const std::size_t from = pieces.piece_of(first), last = pieces.piece_of(end - 1) + 1;
  PieceStream<std::uint64_t> stream(pieces.store(), from, last);
  for (std::size_t number = from; number < last; number++) {
    typename SparsePieces<T>::Piece piece = pieces.view(number, stream.piece(number));
    const std::size_t before = first > piece.first ? first - piece.first : 0;
    piece.rows = std::min(piece.rows, end - piece.first) - before;
    piece.first += before;
    piece.lines.begin += before;
    work(piece);
  }
}

extern template class SparsePieces<double>;
extern template class SparsePieces<float>;

}  // namespace planesearch
