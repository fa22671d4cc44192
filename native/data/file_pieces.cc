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
      kept_((source_.rows + piece_rows_ - 1) / piece_rows_), claimed_(kept_.size()),
      ahead_(std::min(4u, std::max(2u, threads))) {
  most_kept_ = std::min(kept_.size(), source_.memory / piece_bytes());
  if (most_kept_ > 0) store_ = allocate_aligned<T>(most_kept_ * piece_size());
}

template <class T>
std::size_t FilePieces<T>::rows_of(std::size_t piece) const {
  return std::min(piece_rows_, source_.rows - piece * piece_rows_);
}

template <class T>
const T* FilePieces<T>::kept(std::size_t piece) const {
  std::lock_guard lock(mutex_);
  return kept_[piece];
}

// Numbers behind the rows of a piece are multiplied with zeros: they only have to be finite.
template <class T>
AlignedArray<T> FilePieces<T>::spare() const {
  {
    std::lock_guard lock(mutex_);
    if (!spare_.empty()) {
      AlignedArray<T> buffer = std::move(spare_.back());
      spare_.pop_back();
      return buffer;
    }
  }
  AlignedArray<T> buffer = allocate_aligned<T>(piece_size());
  std::fill_n(buffer.get(), piece_size(), T{0});
  return buffer;
}

template <class T>
void FilePieces<T>::give_back(AlignedArray<T> buffer) const {
  std::lock_guard lock(mutex_);
  spare_.push_back(std::move(buffer));
}

template <class T>
const T* FilePieces<T>::keep(std::size_t piece, const T* loaded) const {
  if (!is_to_be_kept(piece)) return nullptr;
  {
    std::lock_guard lock(mutex_);
    if (claimed_[piece]) return kept_[piece];
    claimed_[piece] = true;
  }
  T* to = store_.get() + place(piece) * piece_size();
  std::copy_n(loaded, piece_size(), to);
  std::lock_guard lock(mutex_);
  return kept_[piece] = to;
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
  if (const T* values = kept(piece)) {
    std::copy_n(values + (row - piece * piece_rows_) * stride_, stride_, to);
    return;
  }
  std::vector<double> room(source_.width());
  read(row, 1, room.data(), to);
}

template <class T>
PieceReader<T>::PieceReader(const FilePieces<T>& pieces, std::size_t end)
    : pieces_(pieces), end_((end + pieces.piece_rows() - 1) / pieces.piece_rows()) {}

template <class T>
PieceReader<T>::PieceReader(const FilePieces<T>& pieces, std::size_t first, std::size_t end) : PieceReader(pieces, end) {
  const std::size_t number = first / pieces.piece_rows();
  if (pieces_.kept(number) == nullptr) begin(number, number);
  read_ahead(number);
}

template <class T>
PieceReader<T>::~PieceReader() {
  for (Slot& slot : slots_) {
    pieces_.ahead().withdraw(slot.request);
    if (slot.values) pieces_.give_back(std::move(slot.values));
  }
}

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
  if ((first + count - 1) / height == first / height) return piece(first / height) + first % height * stride;
  if (gathered_rows_ < count) {
    gathered_ = allocate_aligned<T>(count * stride + lane_multiple<T>);
    gathered_rows_ = count;
  }
  std::fill_n(gathered_.get() + count * stride, lane_multiple<T>, T{0});
  for (std::size_t row = first; row < first + count;) {
    const std::size_t taken = std::min(first + count - row, height - row % height);
    std::copy_n(piece(row / height) + row % height * stride, taken * stride, gathered_.get() + (row - first) * stride);
    row += taken;
  }
  return gathered_.get();
}

template <class T>
const T* PieceReader<T>::piece(std::size_t number) {
  if (number == current_) return current_values_;
  const T* values = pieces_.kept(number);
  if (values == nullptr) {
    Slot* slot = find(number);
    if (slot == nullptr) {
      begin(number, number);
      slot = find(number);
    }
    if (!slot->loaded) pieces_.ahead().finish(slot->request);
    slot->loaded = true;
    values = pieces_.keep(number, slot->values.get());
    if (values == nullptr) values = slot->values.get();
  }
  current_ = number;
  current_values_ = values;
  read_ahead(number);
  return values;
}

template <class T>
typename PieceReader<T>::Slot* PieceReader<T>::find(std::size_t number) {
  for (Slot& slot : slots_) {
    if (slot.piece == number) return &slot;
  }
  return nullptr;
}

// Where no slot is free, which those of pieces before the one in use are, it has to wait.
template <class T>
bool PieceReader<T>::begin(std::size_t number, std::size_t in_use) {
  for (Slot& slot : slots_) {
    if (slot.piece != kNone && slot.piece >= in_use) continue;
    pieces_.ahead().withdraw(slot.request);
    if (!slot.values) slot.values = pieces_.spare();
    slot.piece = number;
    slot.loaded = false;
    T* to = slot.values.get();
    pieces_.ahead().submit(slot.request, [this, number, to] { pieces_.load(number, to); });
    return true;
  }
  return false;
}

template <class T>
void PieceReader<T>::read_ahead(std::size_t in_use) {
  for (std::size_t number = in_use + 1; number < end_; number++) {
    if (pieces_.kept(number) != nullptr || find(number) != nullptr) continue;
    if (!begin(number, in_use)) return;
  }
}

template class FilePieces<double>;
template class FilePieces<float>;
template class PieceReader<double>;
template class PieceReader<float>;

}  // namespace planesearch
