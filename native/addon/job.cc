#include "addon/job.h"

#include <utility>

#include "addon/guard.h"
#include "math/fault_injection.h"

namespace planesearch {

Napi::Promise Dispatcher::submit(Napi::Env env, std::unique_ptr<Job> job) {
  if (!thread_.joinable()) start(env);
  const Napi::Promise promise = job->deferred.Promise();
  {
    std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(job));
  }
  // Whatever comes back is settled on this thread, so not before this.
  if (pending_++ == 0) bridge_.Ref(env);
  wake_.notify_one();
  return promise;
}

void Dispatcher::start(Napi::Env env) {
  bridge_ = Bridge::New(env, "planesearch", 0, 1, this);
  bridge_.Unref(env);
  try {
    fault_point(Fault::kThread);
    thread_ = std::thread([this] { loop(); });
  } catch (...) {
    bridge_.Release();
    throw;
  }
  // Hooks run last in, first out: this one runs before Node closes the bridge, whose hook is the older one.
  env.AddCleanupHook([](Dispatcher* self) { self->stop(); }, this);
}

void Dispatcher::loop() {
  for (;;) {
    std::unique_ptr<Job> job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (stopping_) return;
      job = std::move(waiting_.front());
      waiting_.pop_front();
      running_ = job->cancelled;
    }
    try {
      if (job->cancelled->load()) throw Cancelled();
      job->compute();
    } catch (...) {
      job->failure = std::current_exception();
    }
    std::lock_guard lock(mutex_);
    running_ = nullptr;
    if (!stopping_ && bridge_.NonBlockingCall(job.get()) == napi_ok) {
      static_cast<void>(job.release());
      continue;
    }
    // Nobody will take the result, but the job holds JavaScript references: only the main thread may destroy it.
    abandoned_ = std::move(job);
    return;
  }
}

void Dispatcher::settle(Napi::Env env, Napi::Function, Dispatcher* self, Job* raw) {
  const std::unique_ptr<Job> job(raw);
  if (env == nullptr) return;  // the environment is going away: nobody listens
  // A terminating worker refuses every call into JavaScript; what is thrown then has nowhere to go.
  try {
    const Napi::HandleScope scope(env);
    if (--self->pending_ == 0) self->bridge_.Unref(env);
    job->release(env, job->failure != nullptr);
    Napi::Value result;
    if (!job->failure) {
      try {
        result = job->result(env);
      } catch (...) {
        job->failure = std::current_exception();
      }
    }
    if (job->failure) job->deferred.Reject(to_error(env, job->failure).Value());
    else job->deferred.Resolve(result);
  } catch (...) {
  }
}

void Dispatcher::stop() {
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
    if (running_) running_->store(true);
  }
  wake_.notify_one();
  if (!thread_.joinable()) return;
  thread_.join();
  waiting_.clear();
  abandoned_ = nullptr;
  bridge_.Abort();
}

}  // namespace planesearch
