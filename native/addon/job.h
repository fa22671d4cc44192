// Work that outlives the call that asked for it.
//
// One dispatcher thread per JavaScript environment runs the jobs in the order in which they came; it is a thread of our
// own because libuv's four serve files and DNS. A job computes on native data only; its promise is settled on the main
// thread. When the environment goes away (process exit, worker.terminate) running jobs are cancelled and joined.
#pragma once

#include <napi.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "parallel/run.h"

namespace planesearch {

struct Job {
  explicit Job(Napi::Env env) : deferred(env) {}

  Flag cancelled;
  std::function<void()> compute;                        // dispatcher thread
  std::function<Napi::Value(Napi::Env)> result;         // main thread, after success
  std::function<void(Napi::Env, bool failed)> release;  // main thread, in any case, before the promise is settled
  std::exception_ptr failure;
  Napi::Promise::Deferred deferred;
};

class Dispatcher {
 public:
  ~Dispatcher() { stop(); }
  // Takes the job over.
  Napi::Promise submit(Napi::Env env, std::unique_ptr<Job> job);
  // Cancels what runs, forgets what waits, joins the thread.
  void stop();

 private:
  static void settle(Napi::Env env, Napi::Function, Dispatcher* self, Job* job);
  using Bridge = Napi::TypedThreadSafeFunction<Dispatcher, Job, &Dispatcher::settle>;

  void start(Napi::Env env);
  void loop();

  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::unique_ptr<Job>> waiting_;
  std::unique_ptr<Job>
      abandoned_;  // done when nobody listened any more; holds references that only the main thread may drop
  Flag running_;
  bool stopping_ = false;
  Bridge bridge_;
  std::size_t pending_ = 0;  // main thread only: promises not yet settled
};

}  // namespace planesearch
