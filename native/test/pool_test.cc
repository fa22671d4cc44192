// The pool under many jobs, several callers, exceptions and cancellation. Under ThreadSanitizer the plain (non-atomic)
// memory of the tasks is the test: what a task writes is its own, and all of it is seen by the caller after the job.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include "check.h"
#include "parallel/pool.h"
#include "parallel/run.h"

namespace {

using planesearch::Cancelled;
using planesearch::Pool;
using planesearch::Run;

constexpr unsigned kMostThreads = 8;

// A sum in parts, one per task, added in task order: the shape of every reduction in the core.
double sum_in_parts(const Run& run, const std::vector<double>& values, std::size_t tasks) {
  std::vector<double> parts(tasks, 0);
  const std::size_t share = (values.size() + tasks - 1) / tasks;
  run.each(tasks, [&](std::size_t task, unsigned) {
    for (std::size_t i = task * share; i < values.size() && i < (task + 1) * share; i++) parts[task] += values[i];
  });
  double total = 0;
  for (double part : parts) total += part;
  return total;
}

std::vector<double> uneven_numbers(std::size_t count) {
  std::vector<double> values(count);
  for (std::size_t i = 0; i < count; i++)
    values[i] = std::sin(static_cast<double>(i)) * std::pow(10, static_cast<double>(i % 13));
  return values;
}

void every_task_once() {
  Pool pool;
  for (unsigned threads = 1; threads <= kMostThreads; threads++) {
    for (std::size_t tasks : std::initializer_list<std::size_t>{0, 1, 2, 7, 64, 1000}) {
      std::vector<int> ran(tasks, 0);
      std::vector<std::size_t> by_slot(kMostThreads, 0);
      pool.run(tasks, threads, [&](std::size_t task, unsigned slot) {
        ran[task]++;
        by_slot[slot]++;  // a slot is one thread at a time
      });
      bool once = true;
      for (int count : ran) once = once && count == 1;
      CHECK(once);
      std::size_t total = 0;
      for (unsigned slot = 0; slot < kMostThreads; slot++) {
        total += by_slot[slot];
        if (slot >= threads) CHECK(by_slot[slot] == 0);
      }
      CHECK(total == tasks);
    }
  }
}

void same_bits_for_any_threads() {
  const std::vector<double> values = uneven_numbers(20000);
  Pool pool;
  const double expected = sum_in_parts({&pool, 1, nullptr}, values, 37);
  for (unsigned threads = 1; threads <= kMostThreads; threads++) {
    for (int round = 0; round < 50; round++) CHECK(sum_in_parts({&pool, threads, nullptr}, values, 37) == expected);
  }
}

// One caller holds the pool, the others run their jobs themselves.
void several_callers() {
  constexpr int kCallers = 4, kRounds = 300;
  const std::vector<double> values = uneven_numbers(2000);
  Pool pool;
  const double expected = sum_in_parts({&pool, 1, nullptr}, values, 16);
  std::vector<int> wrong(kCallers, 0);
  std::vector<std::thread> callers;
  for (int c = 0; c < kCallers; c++) {
    callers.emplace_back([&, c] {
      for (int round = 0; round < kRounds; round++) {
        const unsigned threads = 1 + static_cast<unsigned>(c + round) % kMostThreads;
        if (sum_in_parts({&pool, threads, nullptr}, values, 16) != expected) wrong[static_cast<std::size_t>(c)]++;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  for (int count : wrong) CHECK(count == 0);
}

void first_exception_is_rethrown() {
  Pool pool;
  for (unsigned threads = 1; threads <= kMostThreads; threads++) {
    std::atomic<int> inside{0};
    std::vector<int> ran(200, 0);
    bool caught = false;
    try {
      pool.run(ran.size(), threads, [&](std::size_t task, unsigned) {
        inside++;
        ran[task]++;
        const bool fails = task % 20 == 13;
        inside--;
        if (fails) throw std::runtime_error("task failed");
      });
    } catch (const std::runtime_error&) {
      caught = true;
    }
    CHECK(caught);
    CHECK(inside == 0);
    for (int count : ran) CHECK(count <= 1);
    const std::vector<double> ones(100, 1);
    CHECK(sum_in_parts({&pool, threads, nullptr}, ones, 9) == 100);  // the pool is as good as before
  }
}

void cancellation_ends_a_job() {
  Pool pool;
  for (unsigned threads = 1; threads <= kMostThreads; threads++) {
    std::atomic<bool> cancelled{false};
    std::atomic<bool> started{false};
    std::thread canceller([&] {
      while (!started) std::this_thread::yield();
      cancelled = true;
    });
    std::vector<std::size_t> by_slot(kMostThreads, 0);
    constexpr std::size_t kEndless = std::size_t{1} << 40;
    bool caught = false;
    try {
      Run{&pool, threads, &cancelled}.each(kEndless, [&](std::size_t, unsigned slot) {
        started = true;
        by_slot[slot]++;
      });
    } catch (const Cancelled&) {
      caught = true;
    }
    canceller.join();
    CHECK(caught);
    const std::vector<double> ones(100, 1);
    CHECK(sum_in_parts({&pool, threads, nullptr}, ones, 9) == 100);
  }
}

// A job while the workers look around, and one after they have gone to sleep.
// Within the processors threads stay awake for a while, beyond them they do not.
void jobs_after_a_rest() {
  const std::vector<double> values = uneven_numbers(500);
  const unsigned processors = std::max(2U, std::min(kMostThreads, std::thread::hardware_concurrency()));
  for (const unsigned most : {processors, kMostThreads}) {
    Pool pool;
    const double expected = sum_in_parts({&pool, 1, nullptr}, values, 8);
    for (const int rest : {0, 10, 100, 300, 1000}) {
      for (unsigned round = 0; round < 40; round++) {
        CHECK(sum_in_parts({&pool, 1 + round % most, nullptr}, values, 8) == expected);
        if (rest > 0) std::this_thread::sleep_for(std::chrono::microseconds(rest));
      }
    }
  }
}

void pools_come_and_go() {
  const std::vector<double> ones(64, 1);
  for (int round = 0; round < 60; round++) {
    const auto pool = std::make_unique<Pool>();
    const unsigned threads = 1 + static_cast<unsigned>(round) % kMostThreads;
    for (int job = 0; job < round % 4; job++) CHECK(sum_in_parts({pool.get(), threads, nullptr}, ones, 16) == 64);
  }
}

}  // namespace

int main() {
  return test::run({
      {"every task runs once, in a slot of its own", every_task_once},
      {"a sum has the same bits for 1 to 8 threads", same_bits_for_any_threads},
      {"several callers share a pool", several_callers},
      {"the first exception is rethrown and the pool goes on", first_exception_is_rethrown},
      {"cancellation ends a job", cancellation_ends_a_job},
      {"jobs follow at once and after a rest", jobs_after_a_rest},
      {"pools are made and ended with and without jobs", pools_come_and_go},
  });
}
