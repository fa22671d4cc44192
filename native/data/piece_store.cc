#include "data/piece_store.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

namespace planesearch {

template <class T>
PieceStore<T>::PieceStore(std::vector<std::size_t> sizes, std::size_t usual, std::size_t memory, unsigned threads, Load load)
    : sizes_(std::move(sizes)), usual_(std::min(usual, *std::max_element(sizes_.begin(), sizes_.end()))),
      streams_(std::min<std::size_t>(threads, kStreams)), load_(std::move(load)), kept_(sizes_.size()),
      claimed_(sizes_.size()), ahead_(std::min(4u, std::max(2u, threads))) {
  choose_kept(memory / sizeof(T));
  if (kept_numbers_ > 0) store_ = allocate_aligned<T>(kept_numbers_);
}

// Each piece brings its share of the memory, and one is kept as often as what has come together is enough for it: evenly over the file.
template <class T>
void PieceStore<T>::choose_kept(std::size_t memory) {
  place_.assign(sizes_.size(), kNowhere);
  const double all = std::accumulate(sizes_.begin(), sizes_.end(), 0.0);
  const double share = std::min(1.0, static_cast<double>(memory) / all);
  constexpr double kRounding = 1e-9;
  double saved = 0;
  for (std::size_t piece = 0; piece < sizes_.size(); piece++) {
    const std::size_t size = sizes_[piece];
    saved += share * static_cast<double>(size);
    if (saved < (1 - kRounding) * static_cast<double>(size) || kept_numbers_ + size > memory) continue;
    place_[piece] = kept_numbers_;
    kept_numbers_ += size;
    saved -= static_cast<double>(size);
  }
}

// Every slot has a usual buffer, and at worst the largest pieces are in use together.
template <class T>
std::size_t PieceStore<T>::bytes_under_way() const {
  const std::size_t slots = kSlots * streams_;
  std::vector<std::size_t> large;
  for (const std::size_t size : sizes_) {
    if (size > usual_) large.push_back(size);
  }
  std::sort(large.begin(), large.end(), std::greater<>());
  large.resize(std::min(large.size(), slots));
  // A piece where two streams meet is loaded for both.
  return (std::min(slots, 2 * sizes_.size()) * usual_ + std::accumulate(large.begin(), large.end(), std::size_t{0})) *
         sizeof(T);
}

template <class T>
const T* PieceStore<T>::kept(std::size_t piece) const {
  std::lock_guard lock(mutex_);
  return kept_[piece];
}

// Numbers behind those of a piece are multiplied with zeros: they only have to be finite.
template <class T>
AlignedArray<T> PieceStore<T>::buffer(std::size_t size) const {
  if (size <= usual_) {
    std::lock_guard lock(mutex_);
    if (!spare_.empty()) {
      AlignedArray<T> spare = std::move(spare_.back());
      spare_.pop_back();
      return spare;
    }
  }
  const std::size_t numbers = std::max(size, usual_);
  AlignedArray<T> made = allocate_aligned<T>(numbers);
  std::fill_n(made.get(), numbers, T{0});
  return made;
}

template <class T>
void PieceStore<T>::give_back(AlignedArray<T> buffer, std::size_t size) const {
  if (size > usual_) return;
  std::lock_guard lock(mutex_);
  spare_.push_back(std::move(buffer));
}

template <class T>
const T* PieceStore<T>::keep(std::size_t piece, const T* loaded) const {
  if (place_[piece] == kNowhere) return nullptr;
  {
    std::lock_guard lock(mutex_);
    if (claimed_[piece]) return kept_[piece];
    claimed_[piece] = true;
  }
  T* to = store_.get() + place_[piece];
  std::copy_n(loaded, sizes_[piece], to);
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
    if (slot.values) store_.give_back(std::move(slot.values), slot.size);
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
    const std::size_t size = store_.sizes_[number];
    if (slot.values && std::max(size, slot.size) > store_.usual_) store_.give_back(std::move(slot.values), slot.size);
    if (!slot.values) slot.values = store_.buffer(size);
    slot.piece = number;
    slot.size = size;
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
