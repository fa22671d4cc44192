#include "data/piece_store.h"

#include <algorithm>
#include <utility>

namespace planesearch {

template <class T>
PieceStore<T>::PieceStore(std::size_t count, std::size_t size, std::size_t memory, unsigned threads, Load load)
    : size_(size), most_kept_(std::min(count, memory / (size * sizeof(T)))), load_(std::move(load)), kept_(count),
      claimed_(count), ahead_(std::min(4u, std::max(2u, threads))) {
  if (most_kept_ > 0) store_ = allocate_aligned<T>(most_kept_ * size_);
}

template <class T>
const T* PieceStore<T>::kept(std::size_t piece) const {
  std::lock_guard lock(mutex_);
  return kept_[piece];
}

// Numbers behind those of a piece are multiplied with zeros: they only have to be finite.
template <class T>
AlignedArray<T> PieceStore<T>::spare() const {
  {
    std::lock_guard lock(mutex_);
    if (!spare_.empty()) {
      AlignedArray<T> buffer = std::move(spare_.back());
      spare_.pop_back();
      return buffer;
    }
  }
  AlignedArray<T> buffer = allocate_aligned<T>(size_);
  std::fill_n(buffer.get(), size_, T{0});
  return buffer;
}

template <class T>
void PieceStore<T>::give_back(AlignedArray<T> buffer) const {
  std::lock_guard lock(mutex_);
  spare_.push_back(std::move(buffer));
}

template <class T>
const T* PieceStore<T>::keep(std::size_t piece, const T* loaded) const {
  if (place(piece) == place(piece + 1)) return nullptr;
  {
    std::lock_guard lock(mutex_);
    if (claimed_[piece]) return kept_[piece];
    claimed_[piece] = true;
  }
  T* to = store_.get() + place(piece) * size_;
  std::copy_n(loaded, size_, to);
  std::lock_guard lock(mutex_);
  return kept_[piece] = to;
}

template <class T>
PieceStream<T>::PieceStream(const PieceStore<T>& store, std::size_t first, std::size_t end) : PieceStream(store, end) {
  if (store_.kept(first) == nullptr) begin(first, first);
  read_ahead(first);
}

template <class T>
PieceStream<T>::~PieceStream() {
  for (Slot& slot : slots_) {
    store_.ahead_.withdraw(slot.request);
    if (slot.values) store_.give_back(std::move(slot.values));
  }
}

template <class T>
const T* PieceStream<T>::piece(std::size_t number) {
  if (number == current_) return current_values_;
  const T* values = store_.kept(number);
  if (values == nullptr) {
    Slot* slot = find(number);
    if (slot == nullptr) {
      begin(number, number);
      slot = find(number);
    }
    if (!slot->loaded) store_.ahead_.finish(slot->request);
    slot->loaded = true;
    values = store_.keep(number, slot->values.get());
    if (values == nullptr) values = slot->values.get();
  }
  current_ = number;
  current_values_ = values;
  read_ahead(number);
  return values;
}

template <class T>
typename PieceStream<T>::Slot* PieceStream<T>::find(std::size_t number) {
  for (Slot& slot : slots_) {
    if (slot.piece == number) return &slot;
  }
  return nullptr;
}

// Where no slot is free, which those of pieces before the one in use are, it has to wait.
template <class T>
bool PieceStream<T>::begin(std::size_t number, std::size_t in_use) {
  for (Slot& slot : slots_) {
    if (slot.piece != kNone && slot.piece >= in_use) continue;
    store_.ahead_.withdraw(slot.request);
    if (!slot.values) slot.values = store_.spare();
    slot.piece = number;
    slot.loaded = false;
    T* to = slot.values.get();
    store_.ahead_.submit(slot.request, [this, number, to] { store_.load_(number, to); });
    return true;
  }
  return false;
}

template <class T>
void PieceStream<T>::read_ahead(std::size_t in_use) {
  for (ahead_ = std::max(ahead_, in_use + 1); ahead_ < end_; ahead_++) {
    if (store_.kept(ahead_) != nullptr || find(ahead_) != nullptr) continue;
    if (!begin(ahead_, in_use)) return;
  }
}

template class PieceStore<double>;
template class PieceStore<float>;
template class PieceStore<std::uint64_t>;
template class PieceStream<double>;
template class PieceStream<float>;
template class PieceStream<std::uint64_t>;

}  // namespace planesearch
