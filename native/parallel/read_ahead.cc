#include "parallel/read_ahead.h"

#include <algorithm>
#include <new>
#include <system_error>
#include <utility>

#include "math/fault_injection.h"

namespace planesearch {

ReadAhead::~ReadAhead() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ReadAhead::submit(Request& request, std::function<void()> work) {
  {
    std::lock_guard lock(mutex_);
    start();
    request.work = std::move(work);
    request.failure = nullptr;
    waiting_.push_back(&request);
    request.state = Request::State::kWaiting;
  }
  wake_.notify_one();
}

void ReadAhead::finish(Request& request) {
  std::unique_lock lock(mutex_);
  if (take(request)) perform(request, lock);
  done_.wait(lock, [&] { return request.state != Request::State::kRunning; });
  request.state = Request::State::kNone;
  if (request.failure) std::rethrow_exception(std::exchange(request.failure, nullptr));
}

void ReadAhead::withdraw(Request& request) noexcept {
  std::unique_lock lock(mutex_);
  take(request);
  done_.wait(lock, [&] { return request.state != Request::State::kRunning; });
  request.state = Request::State::kNone;
}

// Out of the queue, if it is there.
bool ReadAhead::take(Request& request) {
  if (request.state != Request::State::kWaiting) return false;
  waiting_.erase(std::find(waiting_.begin(), waiting_.end(), &request));
  request.state = Request::State::kNone;
  return true;
}

void ReadAhead::perform(Request& request, std::unique_lock<std::mutex>& lock) {
  request.state = Request::State::kRunning;
  lock.unlock();
  std::exception_ptr failure;
  try {
    request.work();
  } catch (...) {
    failure = std::current_exception();
  }
  lock.lock();
  request.failure = failure;
  request.state = Request::State::kDone;
  done_.notify_all();
}

// With fewer threads, or none, it takes longer: no reason to fail.
void ReadAhead::start() {
  if (std::exchange(started_, true)) return;
  try {
    while (threads_.size() < wanted_) {
      fault_point(Fault::kThread);
      threads_.emplace_back([this] { loop(); });
    }
  } catch (const std::system_error&) {
  } catch (const std::bad_alloc&) {
  }
}

void ReadAhead::loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    Request& request = *waiting_.front();
    waiting_.pop_front();
    perform(request, lock);
  }
}

}  // namespace planesearch
