#include "parallel/pool.h"

#include <chrono>
#include <system_error>

#include "math/blas_memory.h"
#include "math/fault_injection.h"

namespace planesearch {
namespace {

// A search calls in quick succession: a worker that looks around for this long after a job is there for the next one
// without the 5 to 50 us of a wake-up by the kernel.
constexpr std::chrono::microseconds kLookAround{40};

inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
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
    {
      std::lock_guard lock(mutex_);
      start_workers(job.slots - 1);
      job_ = &job;
      joined_ = 1;
      epoch_.fetch_add(1, std::memory_order_release);
    }
    wake_.notify_all();
    job.work(0);
    std::unique_lock lock(mutex_);
    job_ = nullptr;
    idle_.wait(lock, [this] { return working_ == 0; });
  } else {
    job.work(0);
  }
  if (job.failure) std::rethrow_exception(job.failure);
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
  for (;;) {
    const auto until = std::chrono::steady_clock::now() + kLookAround;
    while (epoch_.load(std::memory_order_acquire) == seen && std::chrono::steady_clock::now() < until) relax();
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [&] { return stopping_ || epoch_.load(std::memory_order_relaxed) != seen; });
    if (stopping_) return;
    seen = epoch_.load(std::memory_order_relaxed);
    if (job_ == nullptr || joined_ >= job_->slots) continue;
    Job& job = *job_;
    const unsigned slot = joined_++;
    working_++;
    lock.unlock();
    job.work(slot);
    lock.lock();
    if (--working_ == 0) idle_.notify_all();
  }
}

}  // namespace planesearch
