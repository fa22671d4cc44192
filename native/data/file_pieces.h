// The rows of a file, in pieces of a fixed number of rows: read, checked, brought into the frame and handed out; as many pieces as
// memory is allowed for are kept.
//
// Who owns which buffer: a PieceReader owns its slots, which the threads of the ReadAhead fill and which go back to `spare_` with it; a piece that
// is to be kept is copied, once, from the slot of whoever has it first to its place in `store_`, one mapping on huge pages that is touched as it fills, and
// stays there. The kept pieces are spread evenly over the file, so that reading the others goes on while these are multiplied.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "data/frame.h"
#include "data/input_file.h"
#include "math/aligned_buffer.h"
#include "parallel/read_ahead.h"

namespace planesearch {

// Row-major numbers, little-endian, without gaps.
struct FileSource {
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  std::string path, shown;
  std::uint64_t offset;  // bytes before the first number
  bool single;           // float, not double
  std::size_t rows, columns;
  std::size_t left_out;  // number of a further column that lies in the file and is no part of X, kNone without
  std::size_t memory;    // bytes that the pieces kept may take

  std::size_t width() const { return columns + (left_out == kNone ? 0 : 1); }
  std::size_t row_bytes() const { return width() * (single ? sizeof(float) : sizeof(double)); }
};

template <class T>
class FilePieces {
 public:
  FilePieces(FileSource source, unsigned threads);

  std::size_t stride() const { return stride_; }
  std::size_t piece_rows() const { return piece_rows_; }
  std::size_t count() const { return kept_.size(); }
  std::size_t rows_of(std::size_t piece) const;
  const InputFile& file() const { return file_; }
  ReadAhead& ahead() const { return ahead_; }
  // Most that the pieces kept and those under way take.
  std::size_t bytes() const { return (most_kept_ + kUnderWay) * piece_bytes(); }

  // Where the piece lies if it is kept already, null otherwise.
  const T* kept(std::size_t piece) const;
  AlignedArray<T> spare() const;
  void give_back(AlignedArray<T> buffer) const;
  // Reads a piece; `to` is a spare.
  void load(std::size_t piece, T* to) const;
  // Keeps a copy of a loaded piece if it is one of those to be kept: where it lies then, null if not or if somebody is at it.
  const T* keep(std::size_t piece, const T* loaded) const;
  // One row, wherever it is.
  void copy_row(std::size_t row, T* to) const;
  // From here on all rows are in the frame. Those kept are brought into it by the caller.
  void use(const Frame* frame) { frame_ = frame; }
  T* change(std::size_t piece) { return kept_[piece]; }

 private:
  static constexpr std::size_t kUnderWay = 8;

  // Whole vectors behind the last row are read.
  std::size_t piece_size() const { return piece_rows_ * stride_ + lane_multiple<T>; }
  std::size_t piece_bytes() const { return piece_size() * sizeof(T); }
  // Its number among those to be kept, which lie so one after the other.
  std::size_t place(std::size_t piece) const { return piece * most_kept_ / kept_.size(); }
  bool is_to_be_kept(std::size_t piece) const { return place(piece) != place(piece + 1); }
  template <class Given>
  void unpack(const Given* from, std::size_t row, std::size_t count, T* to) const;
  void read(std::size_t row, std::size_t count, void* room, T* to) const;
  [[noreturn]] void refuse(std::size_t row, const T* values) const;

  const FileSource source_;
  const InputFile file_;
  const std::size_t stride_, piece_rows_;
  std::size_t most_kept_;
  const Frame* frame_ = nullptr;
  AlignedArray<T> store_;     // null where nothing is kept
  mutable std::mutex mutex_;  // guards the three below
  mutable std::vector<T*> kept_;
  mutable std::vector<bool> claimed_;
  mutable std::vector<AlignedArray<T>> spare_;
  mutable ReadAhead ahead_;  // the last: its threads end first
};

// Rows [first, end), forward: the pieces behind the one in use are being read.
template <class T>
class PieceReader {
 public:
  PieceReader(const FilePieces<T>& pieces, std::size_t first, std::size_t end);
  ~PieceReader();
  PieceReader(const PieceReader&) = delete;
  PieceReader& operator=(const PieceReader&) = delete;

  // Rows [first, first + count), until the next call.
  const T* rows(std::size_t first, std::size_t count);
  // How many of these rows to ask for at once: those of one piece, in whole groups of 64, and a group where two pieces meet.
  std::size_t together(std::size_t first, std::size_t count) const;

 private:
  // So that the destructor runs should the public one fail: its requests must not outlive it.
  PieceReader(const FilePieces<T>& pieces, std::size_t end);

  static constexpr std::size_t kSlots = 3, kNone = static_cast<std::size_t>(-1);

  struct Slot {
    std::size_t piece = kNone;
    bool loaded = false;
    AlignedArray<T> values;
    ReadAhead::Request request;
  };

  const T* piece(std::size_t number);
  Slot* find(std::size_t number);
  bool begin(std::size_t number, std::size_t in_use);
  void read_ahead(std::size_t in_use);

  const FilePieces<T>& pieces_;
  const std::size_t end_;  // the piece behind the last one
  std::size_t current_ = kNone;
  const T* current_values_ = nullptr;
  std::array<Slot, kSlots> slots_;
  AlignedArray<T> gathered_;
  std::size_t gathered_rows_ = 0;
};

extern template class FilePieces<double>;
extern template class FilePieces<float>;
extern template class PieceReader<double>;
extern template class PieceReader<float>;

}  // namespace planesearch
