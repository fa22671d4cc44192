// Runs a computation where it belongs: short work on the spot, long work as a job with a promise.
#pragma once

#include <napi.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <limits>
#include <memory>
#include <utility>

#include "addon/arguments.h"
#include "addon/environment.h"
#include "parallel/run.h"

namespace planesearch {

// From this estimate on (seconds) a call would hold up the event loop noticeably.
inline constexpr double kLong = 2e-3;

// The estimate of a call that may wait for a device.
inline constexpr double kAlwaysLater = std::numeric_limits<double>::infinity();

// Work (seconds of one thread) that is worth another thread: with less, waking it costs more than its share would take
// here. Tests of threads on small problems set PLANESEARCH_ALONE=0.
inline double alone() {
  static const double seconds = [] {
    const char* wanted = std::getenv("PLANESEARCH_ALONE");
    return wanted == nullptr ? 20e-6 : std::max(0.0, std::atof(wanted));
  }();
  return seconds;
}

// Rough figures of one core of a server of the 2020s; wrong by a factor of two they move the border between inline and
// promise a little, nothing else.
inline double estimate(double flops, double bytes, double elements, unsigned threads) {
  return (std::max(flops / 3e10, bytes / 1.2e10) + elements * 1.5e-9) / threads;
}

// The pool of the environment, on as many threads as were asked for.
inline Run run_with(Napi::Env env, const Napi::Value& threads) {
  const std::size_t most = std::min<std::size_t>(std::max<std::size_t>(1, read_size(threads, "threads")), 256);
  return {&Environment::of(env).pool, static_cast<unsigned>(most), nullptr};
}

// Work of so many seconds on these threads, on as many of them as it is worth.
inline Run worthwhile(const Run& run, double seconds) {
  const double total = seconds * run.threads;
  const bool all = total >= run.threads * alone();
  return {run.pool, all ? run.threads : 1 + static_cast<unsigned>(total / alone()), run.cancelled};
}

struct Call {
  double seconds;
  unsigned threads;
  std::function<void(const Run&)> compute;
  std::function<Napi::Value(Napi::Env)> result;
  std::function<void(Napi::Env, bool failed)> release;
};

// `cancelled` is the flag of this call.
inline Napi::Value perform(Napi::Env env, const Flag& cancelled, Call call) {
  Environment& environment = Environment::of(env);
  Pool* pool = &environment.pool;
  const Run run = worthwhile({pool, call.threads, cancelled.get()}, call.seconds);
  std::function<void(Napi::Env, bool)> release = std::move(call.release);
#ifndef __wasm__  // which has one thread
  if (call.seconds > kLong) {
    try {
      auto job = std::make_unique<Job>(env);
      job->cancelled = cancelled;
      job->compute = [compute = std::move(call.compute), run] { compute(run); };
      job->result = std::move(call.result);
      job->release = release;
      return environment.dispatcher.submit(env, std::move(job));
    } catch (...) {
      release(env, true);
      throw;
    }
  }
#endif
  std::exception_ptr failure;
  try {
    call.compute(run);
  } catch (...) {
    failure = std::current_exception();
  }
  release(env, failure != nullptr);
  if (failure) throw to_error(env, failure);
  return call.result(env);
}

}  // namespace planesearch
