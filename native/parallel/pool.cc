#include "parallel/pool.h"

#include <algorithm>
#include <chrono>
#include <system_error>

#include "math/blas_memory.h"
#include "math/fault_injection.h"

namespace planesearch {
namespace {

// A search calls in quick succession: who looks around for a while before falling asleep is there for the next job
// without the 5 to 50 us of a wake-up by the kernel. A worker whose last rest was a short one looks around for longer; one
// that came to a job which needed no more does not, and nobody after a job of more threads than there are processors.
constexpr std::chrono::microseconds kNone{0}, kLookAround{40}, kShortRest{200};

using Clock = std::chrono::steady_clock;

inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

bool stays_awake(unsigned slots) {
  static const unsigned processors = std::thread::hardware_concurrency();
  return slots <= processors;
}

// Waits for `done` without giving up the processor, for so long at most.
template <class Done>
bool look_around(std::chrono::microseconds patience, Done&& done) {
  const auto until = Clock::now() + patience;
  while (!done()) {
    if (Clock::now() >= until) return false;
    // Reading the clock takes longer than a look.
    for (int looks = 0; looks < 16 && !done(); looks++) relax();
  }
  return true;
}

}  // namespace

Pool::~Pool() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    epoch_.fetch_add(1, std::memory_order_release);
  }
  wake_.notify_all();
  for (std::thread& thread : workers_) thread.join();
}

void Pool::Job::work(unsigned slot) {
  for (;;) {
    const std::size_t index = next.fetch_add(1, std::memory_order_relaxed);
    if (index >= tasks) return;
    try {
      invoke(context, index, slot);
    } catch (...) {
      next.store(tasks, std::memory_order_relaxed);
      std::lock_guard lock(failure_mutex);
      if (!failure) failure = std::current_exception();
      return;
    }
  }
}

void Pool::run_job(Job& job) {
  std::unique_lock caller(caller_, std::defer_lock);
  if (job.slots > 1 && caller.try_lock()) {
    unsigned sleepers;
    {
      std::lock_guard lock(mutex_);
      start_workers(job.slots - 1);
      job_ = &job;
      joined_ = 1;
      epoch_.fetch_add(1, std::memory_order_release);
      sleepers = std::min(asleep_, job.slots - 1);
    }
    for (; sleepers > 0; sleepers--) wake_.notify_one();
    job.work(0);
    await_workers(job);
  } else {
    job.work(0);
  }
  if (job.failure) std::rethrow_exception(job.failure);
}

// The job ends with the last worker inside it, which is about to: all tasks are handed out. That nobody comes in any more is
// settled under the mutex, so that a look without it sees 0 when they are out and all that they wrote.
void Pool::await_workers(const Job& job) {
  const auto all_out = [this] { return working_.load(std::memory_order_acquire) == 0; };
  {
    std::lock_guard lock(mutex_);
    job_ = nullptr;
  }
  if (look_around(stays_awake(job.slots) ? kLookAround : kNone, all_out)) return;
  std::unique_lock lock(mutex_);
  idle_.wait(lock, all_out);
}

// With fewer workers than wanted, or none, a job takes longer and gives the same bits: no reason to fail.
void Pool::start_workers(std::size_t wanted) {
  // The caller goes first: a worker must not take what the work cannot be done without.
  if (workers_.size() >= wanted || !reserve_blas_memory(false)) return;
  try {
    while (workers_.size() < wanted) {
      fault_point(Fault::kThread);
      workers_.emplace_back([this] { worker(); });
    }
  } catch (const std::system_error&) {
  } catch (const std::bad_alloc&) {
  }
}

void Pool::worker() {
  // A task may call BLAS, which must not find itself without memory.
  if (!reserve_blas_memory(true)) return;
  std::uint64_t seen = 0;
  std::chrono::microseconds patience = kNone;
  for (;;) {
    const auto since = Clock::now();
    look_around(patience, [&] { return epoch_.load(std::memory_order_acquire) != seen; });
    std::unique_lock lock(mutex_);
    asleep_++;
    wake_.wait(lock, [&] { return stopping_ || epoch_.load(std::memory_order_relaxed) != seen; });
    asleep_--;
    if (stopping_) return;
    seen = epoch_.load(std::memory_order_relaxed);
    patience = kNone;
    if (job_ == nullptr || joined_ >= job_->slots) continue;
    Job& job = *job_;
    if (stays_awake(job.slots)) patience = Clock::now() - since < kShortRest ? kShortRest : kLookAround;
    const unsigned slot = joined_++;
    working_.fetch_add(1, std::memory_order_relaxed);
    lock.unlock();
    job.work(slot);
    lock.lock();
    if (working_.fetch_sub(1, std::memory_order_release) == 1) idle_.notify_one();
  }
}

}  // namespace planesearch
