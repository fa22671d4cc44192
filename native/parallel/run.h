// What every computation is handed: threads to run on and a flag that asks it to stop.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

#include "parallel/pool.h"

namespace planesearch {

// Raised to ask a computation to stop.
using Flag = std::shared_ptr<std::atomic<bool>>;

struct Run {
  Pool* pool;
  unsigned threads;
  const std::atomic<bool>* cancelled;  // null: cannot be cancelled

  void check() const {
    if (cancelled != nullptr && cancelled->load(std::memory_order_relaxed)) throw Cancelled();
  }

  // pool->run with the flag looked at before every task.
  template <class Task>
  void each(std::size_t tasks, Task&& task) const {
    pool->run(tasks, threads, [&](std::size_t index, unsigned slot) {
      check();
      task(index, slot);
    });
  }
};

}  // namespace planesearch
