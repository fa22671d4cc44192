#include "math/kept_pages.h"

#include <array>
#include <mutex>

namespace planesearch {
namespace {

constexpr std::size_t kMost = std::size_t{48} << 20;   // bytes of one mapping
constexpr std::size_t kTotal = std::size_t{64} << 20;  // bytes of all
constexpr std::size_t kCount = 16;

struct Kept {
  void* memory = nullptr;
  std::size_t bytes = 0;
};

struct Store {
  std::mutex mutex;
  std::array<Kept, kCount> kept;
  std::size_t total = 0;
};

// Never destroyed: threads may give back until the process has ended.
Store& store() {
  static Store* const made = new Store;
  return *made;
}

}  // namespace

void* take_kept(std::size_t& bytes) noexcept {
  if (bytes > kMost) return nullptr;
  Store& all = store();
  const std::lock_guard<std::mutex> lock(all.mutex);
  Kept* best = nullptr;
  for (Kept& kept : all.kept) {
    if (kept.bytes < bytes || kept.bytes > bytes + bytes / 2) continue;
    if (best == nullptr || kept.bytes < best->bytes) best = &kept;
  }
  if (best == nullptr) return nullptr;
  void* const memory = best->memory;
  bytes = best->bytes;
  all.total -= bytes;
  *best = Kept{};
  return memory;
}

bool keep(void* memory, std::size_t bytes) noexcept {
  if (bytes > kMost) return false;
  Store& all = store();
  const std::lock_guard<std::mutex> lock(all.mutex);
  if (all.total + bytes > kTotal) return false;
  for (Kept& kept : all.kept) {
    if (kept.memory != nullptr) continue;
    kept = {memory, bytes};
    all.total += bytes;
    return true;
  }
  return false;
}

}  // namespace planesearch
