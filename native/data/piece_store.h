// A file in pieces, by number: those that memory is allowed for are kept, the others are loaded ahead of whoever goes through them.
//
// Who owns which buffer: a PieceStream owns its slots, which the threads of the ReadAhead fill and which go back to `spare_` with it; a piece that
// is to be kept is copied, once, from the slot of whoever has it first to its place in `store_`, one mapping on huge pages that is touched as it fills, and
// stays there. The kept pieces are spread evenly over the file, so that reading the others goes on while these are multiplied.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "math/aligned_buffer.h"
#include "parallel/read_ahead.h"

namespace planesearch {

template <class T>
class PieceStore {
 public:
  // Fills a buffer with a piece, on any thread.
  using Load = std::function<void(std::size_t piece, T* to)>;

  // `sizes`: numbers of every piece. `usual`: of those that most have at most; a larger one has a buffer of its own while it is in use.
  // `memory`: bytes that the pieces kept may take. `threads`: that go through the pieces at once.
  PieceStore(std::vector<std::size_t> sizes, std::size_t usual, std::size_t memory, unsigned threads, Load load);

  std::size_t count() const { return kept_.size(); }
  // Most that the pieces kept and those under way take.
  std::size_t bytes() const { return kept_numbers_ * sizeof(T) + bytes_under_way(); }
  // Most that the buffers of all streams take.
  std::size_t bytes_under_way() const;
  // Where the piece lies if it is kept already, null otherwise.
  const T* kept(std::size_t piece) const;
  // For a change of all pieces that are kept, while nobody reads.
  T* change(std::size_t piece) { return kept_[piece]; }

 private:
  template <class U>
  friend class PieceStream;
  static constexpr std::size_t kSlots = 3;     // of a stream: the piece in use, and those read ahead
  static constexpr std::size_t kStreams = 16;  // more tasks over rows than these are never made
  static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

  // A buffer for so many numbers.
  AlignedArray<T> buffer(std::size_t size) const;
  void give_back(AlignedArray<T> buffer, std::size_t size) const;
  // Keeps a copy of a loaded piece if it is one of those to be kept: where it lies then, null if not or if somebody is at it.
  const T* keep(std::size_t piece, const T* loaded) const;
  void choose_kept(std::size_t memory);

  const std::vector<std::size_t> sizes_;
  const std::size_t usual_, streams_;
  const Load load_;
  std::vector<std::size_t> place_;  // of every piece in `store_`, where those to be kept lie one after the other
  std::size_t kept_numbers_ = 0;
  AlignedArray<T> store_;     // null where nothing is kept
  mutable std::mutex mutex_;  // guards the three below
  mutable std::vector<T*> kept_;
  mutable std::vector<bool> claimed_;
  mutable std::vector<AlignedArray<T>> spare_;
  mutable ReadAhead ahead_;  // the last: its threads end first
};

// Pieces up to `end`, forward: those behind the one in use are being loaded.
template <class T>
class PieceStream {
 public:
  PieceStream(const PieceStore<T>& store, std::size_t first, std::size_t end);
  ~PieceStream();
  PieceStream(const PieceStream&) = delete;
  PieceStream& operator=(const PieceStream&) = delete;

  // The piece, until another one is asked for.
  const T* piece(std::size_t number);

 private:
  // So that the destructor runs should the public one fail: its requests must not outlive it.
  PieceStream(const PieceStore<T>& store, std::size_t end) : store_(store), end_(end) {}

  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  struct Slot {
    std::size_t piece = kNone;
    std::size_t size = 0;  // numbers that were asked for
    bool loaded = false;
    AlignedArray<T> values;
    ReadAhead::Request request;
  };

  Slot* find(std::size_t number);
  bool begin(std::size_t number, std::size_t in_use);
  void read_ahead(std::size_t in_use);

  const PieceStore<T>& store_;
  const std::size_t end_;
  std::size_t current_ = kNone;
  std::size_t ahead_ = 0;  // pieces before it are in use, kept or being loaded
  const T* current_values_ = nullptr;
  std::array<Slot, PieceStore<T>::kSlots> slots_;
};

extern template class PieceStore<double>;
extern template class PieceStore<float>;
extern template class PieceStore<std::uint64_t>;
extern template class PieceStream<double>;
extern template class PieceStream<float>;
extern template class PieceStream<std::uint64_t>;

}  // namespace planesearch
