// Threads that fetch what will soon be needed while others compute; ours, because libuv's four serve files and DNS.
//
// A request belongs to whoever made it and must outlive its stay here: `finish` or `withdraw` ends that. Work that nobody has begun when
// it is needed is done by the thread that needs it, so that everything goes on, slower, where no thread can be had.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace planesearch {

class ReadAhead {
 public:
  class Request {
    friend class ReadAhead;
    enum class State { kNone, kWaiting, kRunning, kDone } state = State::kNone;
    std::function<void()> work;
    std::exception_ptr failure;
  };

  explicit ReadAhead(unsigned threads) : wanted_(threads) {}
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  void submit(Request& request, std::function<void()> work);
  // When it returns the work is done; throws what the work threw.
  void finish(Request& request);
  // When it returns nobody is at the work, nor will be.
  void withdraw(Request& request) noexcept;

 private:
  void start();
  void loop();
  void perform(Request& request, std::unique_lock<std::mutex>& lock);
  bool take(Request& request);

  const unsigned wanted_;
  std::mutex mutex_;  // guards everything below and the states of requests
  std::condition_variable wake_, done_;
  std::deque<Request*> waiting_;
  std::vector<std::thread> threads_;
  bool started_ = false, stopping_ = false;
};

}  // namespace planesearch
