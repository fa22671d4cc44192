// Our own threads: one pool per JavaScript environment, one job at a time, the caller takes part.
//
// A job is a fixed number of tasks, cut by shapes alone. Which thread runs a task is left to chance, so a task writes
// only what is its own and sums across tasks are made afterwards in task order: the same bits for any thread count.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <vector>

namespace planesearch {

// Thrown out of a computation whose cancellation flag was raised.
struct Cancelled : std::runtime_error {
  Cancelled() : std::runtime_error("The computation was cancelled.") {}
};

class Pool {
 public:
  Pool() = default;
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Runs task(i, slot) for i in [0, tasks) on up to `threads` threads; slots number the participants from 0. Runs
  // everything here, in slot 0, when another caller holds the pool. The first exception is rethrown after all have stopped.
  template <class Task>
  void run(std::size_t tasks, unsigned threads, Task&& task) {
    Job job;
    job.tasks = tasks;
    job.slots = threads < tasks ? threads : static_cast<unsigned>(tasks);
    job.context = &task;
    job.invoke = [](void* context, std::size_t index, unsigned slot) {
      (*static_cast<std::remove_reference_t<Task>*>(context))(index, slot);
    };
    run_job(job);
  }

 private:
  struct Job {
    std::size_t tasks = 0;
    unsigned slots = 1;
    void* context = nullptr;
    void (*invoke)(void*, std::size_t, unsigned) = nullptr;
    std::atomic<std::size_t> next{0};
    std::mutex failure_mutex;
    std::exception_ptr failure;

    void work(unsigned slot);
  };

  void run_job(Job& job);
  void await_workers(const Job& job);
  void start_workers(std::size_t wanted);
  void worker();

  std::mutex caller_;  // held for the length of a job
  std::mutex mutex_;   // guards everything below
  std::condition_variable wake_, idle_;
  std::vector<std::thread> workers_;
  Job* job_ = nullptr;
  unsigned joined_ = 0;                  // slots of job_ handed out
  unsigned asleep_ = 0;                  // workers that must be woken
  std::atomic<unsigned> working_{0};     // workers inside job_; changed under the mutex, read without it
  std::atomic<std::uint64_t> epoch_{0};  // jobs so far; likewise
  bool stopping_ = false;
};

}  // namespace planesearch
