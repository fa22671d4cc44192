#include "data/file_pieces.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "data/dense_products.h"
#include "data/dense_rows.h"
#include "objective/errors.h"

namespace planesearch {
namespace {

// Large enough for a disk, small enough for a few of them in flight.
constexpr std::size_t kPieceBytes = std::size_t{4} << 20, kLeastRows = 32, kMostRows = std::size_t{1} << 16;
// Read at a time, so that what is unpacked is still in the cache.
constexpr std::size_t kSliceBytes = std::size_t{1} << 19;

std::size_t rows_of_pieces(std::size_t row_bytes) {
  std::size_t rows = kMostRows;
  while (rows > kLeastRows && rows * row_bytes > kPieceBytes) rows /= 2;
  return rows;
}

}  // namespace

template <class T>
FilePieces<T>::FilePieces(FileSource source, unsigned threads)
    : source_(std::move(source)),
      file_(source_.path, source_.shown, source_.offset + static_cast<std::uint64_t>(source_.rows) * source_.row_bytes()),
      stride_(dense_stride<T>(source_.columns)), piece_rows_(rows_of_pieces(stride_ * sizeof(T))),
      store_(std::vector<std::size_t>(count(), piece_size()), piece_size(), source_.memory, threads,
             [this](std::size_t piece, T* to) { load(piece, to); }) {}

template <class T>
std::size_t FilePieces<T>::rows_of(std::size_t piece) const {
  return std::min(piece_rows_, source_.rows - piece * piece_rows_);
}

template <class T>
void FilePieces<T>::load(std::size_t piece, T* to) const {
  const std::size_t first = piece * piece_rows_, end = first + rows_of(piece), row_bytes = source_.row_bytes();
  const std::size_t slice = std::max<std::size_t>(1, kSliceBytes / row_bytes);
  const AlignedBuffer room =
      allocate_aligned((std::min(slice, end - first) * row_bytes + sizeof(double) - 1) / sizeof(double));
  for (std::size_t row = first; row < end; row += slice) {
    read(row, std::min(slice, end - row), room.get(), to + (row - first) * stride_);
  }
}

template <class T>
void FilePieces<T>::read(std::size_t row, std::size_t count, void* room, T* to) const {
  const std::size_t row_bytes = source_.row_bytes();
  file_.read(room, count * row_bytes, source_.offset + static_cast<std::uint64_t>(row) * row_bytes);
  if (source_.single) unpack(static_cast<const float*>(room), row, count, to);
  else unpack(static_cast<const double*>(room), row, count, to);
}

template <class T>
template <class Given>
void FilePieces<T>::unpack(const Given* from, std::size_t row, std::size_t count, T* to) const {
  const std::size_t columns = source_.columns, before = std::min(columns, source_.left_out);
  for (std::size_t i = 0; i < count; i++) {
    T* values = to + i * stride_;
    bool finite = copy_finite(from, values, before);
    if (before < columns) finite = copy_finite(from + before + 1, values + before, columns - before) && finite;
    if (!finite) refuse(row + i, values);
    if (frame_ != nullptr) {
      kernels().matrix<T>().center_and_scale(values, frame_->origin.data(), frame_->distance.data(), frame_->scale.data(),
                                             columns);
    }
    std::fill(values + columns, values + stride_, T{0});
    from += source_.width();
  }
}

template <class T>
void FilePieces<T>::refuse(std::size_t row, const T* values) const {
  const T* bad = std::find_if(values, values + source_.columns, [](T value) { return !std::isfinite(value); });
  const std::string what = std::isnan(*bad) ? "NaN" : *bad > 0 ? "Infinity" : "-Infinity";
  throw CodedError("INVALID_DATA", "X at row " + std::to_string(row) + ", column " + std::to_string(bad - values) +
                                       " (from 0) of " + source_.shown + " must be a finite number, but " + what +
                                       " was read.");
}

template <class T>
void FilePieces<T>::copy_row(std::size_t row, T* to) const {
  const std::size_t piece = row / piece_rows_;
  if (const T* values = store_.kept(piece)) {
    std::copy_n(values + (row - piece * piece_rows_) * stride_, stride_, to);
    return;
  }
  std::vector<double> room(source_.width());
  read(row, 1, room.data(), to);
}

template <class T>
PieceReader<T>::PieceReader(const FilePieces<T>& pieces, std::size_t first, std::size_t end)
    : pieces_(pieces),
      stream_(pieces.store(), first / pieces.piece_rows(), (end + pieces.piece_rows() - 1) / pieces.piece_rows()) {}

template <class T>
std::size_t PieceReader<T>::together(std::size_t first, std::size_t count) const {
  constexpr std::size_t kGroup = dense::kTogether;
  const std::size_t here = std::min(count, pieces_.piece_rows() - first % pieces_.piece_rows());
  if (here == count || here % kGroup == 0) return here;
  return here > kGroup ? here / kGroup * kGroup : std::min(kGroup, count);
}

template <class T>
const T* PieceReader<T>::rows(std::size_t first, std::size_t count) {
  const std::size_t height = pieces_.piece_rows(), stride = pieces_.stride();
  if ((first + count - 1) / height == first / height) return stream_.piece(first / height) + first % height * stride;
  if (gathered_rows_ < count) {
    gathered_ = allocate_aligned<T>(count * stride + lane_multiple<T>);
    gathered_rows_ = count;
  }
  std::fill_n(gathered_.get() + count * stride, lane_multiple<T>, T{0});
  for (std::size_t row = first; row < first + count;) {
    const std::size_t taken = std::min(first + count - row, height - row % height);
    std::copy_n(stream_.piece(row / height) + row % height * stride, taken * stride,
                gathered_.get() + (row - first) * stride);
    row += taken;
  }
  return gathered_.get();
}

template class FilePieces<double>;
template class FilePieces<float>;
template class PieceReader<double>;
template class PieceReader<float>;

}  // namespace planesearch
