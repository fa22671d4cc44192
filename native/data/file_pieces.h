// The dense rows of a file, in pieces of a fixed number of rows: read, checked, brought into the frame and handed out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "data/frame.h"
#include "data/input_file.h"
#include "data/piece_store.h"
#include "math/aligned_buffer.h"

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
  std::size_t count() const { return (source_.rows + piece_rows_ - 1) / piece_rows_; }
  std::size_t rows_of(std::size_t piece) const;
  const InputFile& file() const { return file_; }
  const PieceStore<T>& store() const { return store_; }
  // One row, wherever it is.
  void copy_row(std::size_t row, T* to) const;
  // From here on all rows are in the frame. Those kept are brought into it by the caller.
  void use(const Frame* frame) { frame_ = frame; }
  T* change(std::size_t piece) { return store_.change(piece); }

 private:
  // Whole vectors behind the last row are read.
  std::size_t piece_size() const { return piece_rows_ * stride_ + lane_multiple<T>; }
  void load(std::size_t piece, T* to) const;
  template <class Given>
  void unpack(const Given* from, std::size_t row, std::size_t count, T* to) const;
  void read(std::size_t row, std::size_t count, void* room, T* to) const;
  [[noreturn]] void refuse(std::size_t row, const T* values) const;

  const FileSource source_;
  const InputFile file_;
  const std::size_t stride_, piece_rows_;
  const Frame* frame_ = nullptr;
  PieceStore<T> store_;  // the last: its threads end first
};

// Rows [first, end), forward: the pieces behind the one in use are being read.
template <class T>
class PieceReader {
 public:
  PieceReader(const FilePieces<T>& pieces, std::size_t first, std::size_t end);

  // Rows [first, first + count), until the next call.
  const T* rows(std::size_t first, std::size_t count);
  // How many of these rows to ask for at once: those of one piece, in whole groups of 64, and a group where two pieces meet.
  std::size_t together(std::size_t first, std::size_t count) const;

 private:
  const FilePieces<T>& pieces_;
  PieceStream<T> stream_;
  AlignedArray<T> gathered_;
  std::size_t gathered_rows_ = 0;
};

extern template class FilePieces<double>;
extern template class FilePieces<float>;
extern template class PieceReader<double>;
extern template class PieceReader<float>;

}  // namespace planesearch
