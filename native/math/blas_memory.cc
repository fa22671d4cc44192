#include "math/blas_memory.h"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <mutex>
#include <new>
#include <shared_mutex>

#ifdef __linux__
#include <sys/mman.h>

// Exported by every OpenBLAS, but no part of its interface: where they are missing, nothing can be reserved.
extern "C" {
__attribute__((weak)) void* blas_memory_alloc(int unused);
__attribute__((weak)) void blas_memory_free(void* buffer);
__attribute__((weak)) int blas_thread_shutdown_(void);
}
#endif

namespace planesearch {
namespace {

// OpenBLAS has room for at least 512 more buffers than it was built for.
constexpr std::size_t kMostBuffers = 512;

// Shared by calls of BLAS; alone, one can be sure that every buffer is free.
std::shared_mutex calls;
std::atomic<std::size_t> threads{0};  // that have reserved and live
std::size_t mapped = 0;               // buffers
void* held[kMostBuffers];             // scratch of `provide`

struct Share {
  bool held = false;
  ~Share() {
    if (held) threads--;
  }
};

thread_local Share share;

#ifdef __linux__

// A buffer is 128 MiB on x86-64 and less elsewhere. The margin is for what other threads map between probe and use: a thread that
// allocates for the first time maps 128 MiB for a heap of its own, and threads tend to start together.
constexpr std::size_t kBuffer = std::size_t{128} << 20, kMargin = 2 * kBuffer;

bool can_map(std::size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  munmap(memory, bytes);
  return true;
}

// OpenBLAS hands out what is mapped before it maps more: taking `count` at once makes it have so many.
bool provide(std::size_t count, bool helper) {
  const std::size_t needed = kBuffer + kMargin + (helper ? kMargin : 0);
  std::size_t taken = 0;
  while (taken < count && (taken < mapped || can_map(needed))) {
    void* buffer = blas_memory_alloc(0);
    if (buffer == nullptr) break;
    held[taken++] = buffer;
  }
  if (taken > mapped) mapped = taken;
  const bool enough = taken >= count;
  while (taken > 0) blas_memory_free(held[--taken]);
  return enough;
}

void end_threads(std::size_t count) {
  // One that finds no buffer never ends, and whoever waits for it neither.
  if (blas_thread_shutdown_ != nullptr && can_map(count * kBuffer + kMargin)) blas_thread_shutdown_();
}

bool available() { return blas_memory_alloc != nullptr && blas_memory_free != nullptr; }

#else

bool provide(std::size_t, bool) { return true; }
void end_threads(std::size_t) {}
bool available() { return false; }

#endif

}  // namespace

void end_blas_threads(int count) {
  if (count > 0) end_threads(static_cast<std::size_t>(count));
}

bool reserve_blas_memory(bool helper) noexcept {
  if (share.held || !available()) return true;
  std::free(std::malloc(1));  // this thread's own heap, if it is to have one, before the look
  std::lock_guard alone(calls);
  const std::size_t wanted = threads + 1;
  if (wanted > kMostBuffers || (wanted > mapped && !provide(wanted, helper))) return false;
  threads++;
  share.held = true;
  return true;
}

BlasCall::BlasCall() {
  if (!reserve_blas_memory(false)) throw std::bad_alloc();
  calls.lock_shared();
}

BlasCall::~BlasCall() { calls.unlock_shared(); }

}  // namespace planesearch
