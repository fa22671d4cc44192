// A call of MPI in the making: what it has under way, what comes next, and the wait for it.
//
// Nothing here blocks. A call is started, looked at for 50 us on the thread that started it, since small sums between processes of one
// machine are done in 2, and then left to a thread of our own which yields for 2 ms and naps after that: a rank that waits must not take
// the processor that another needs. MPI is entered by one thread at a time (MPI_THREAD_SERIALIZED), which `entered` sees to.
#pragma once

#include <mpi.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace planesearch_mpi {

using Clock = std::chrono::steady_clock;

// One thread within MPI at a time.
std::mutex& entered();

// Throws what MPI says when `code` is no success.
void check(int code, const char* call);

class Operation {
 public:
  virtual ~Operation() = default;
  // Makes one call of MPI_Test after another as long as they succeed; true when all is done.
  bool advance();

 protected:
  // Starts what comes next and leaves it in `request_`; false when nothing does.
  virtual bool next() = 0;
  MPI_Request request_ = MPI_REQUEST_NULL;
};

// The sum or the largest of the numbers of all ranks, in place.
class Reduction final : public Operation {
 public:
  Reduction(std::vector<double> given, bool largest) : values(std::move(given)), largest_(largest) {}
  std::vector<double> values;

 protected:
  bool next() override;

 private:
  bool largest_;
  std::size_t done_ = 0;
};

// A message of any length: its length and first bytes in a piece of fixed size, the rest in large pieces.
class Message : public Operation {
 public:
  std::vector<std::uint8_t> bytes;

 protected:
  Message(std::vector<std::uint8_t> given, std::size_t head, bool receives)
      : bytes(std::move(given)), head_(head), receives_(receives) {}
  bool next() override;
  virtual void start(void* from, int count) = 0;

 private:
  std::vector<std::uint8_t> head_;
  bool receives_;
  std::size_t done_ = 0;
  bool begun_ = false, opened_ = false;
};

class Broadcast final : public Message {
 public:
  Broadcast(std::vector<std::uint8_t> given, bool receives) : Message(std::move(given), 1024, receives) {}

 protected:
  void start(void* from, int count) override;
};

class Transfer final : public Message {
 public:
  Transfer(std::vector<std::uint8_t> given, int peer, bool receives)
      : Message(std::move(given), kHead, receives), peer_(peer), receives_(receives) {}

 protected:
  // Holds a piece of an ordered sum, 64 KiB.
  static constexpr std::size_t kHead = 65536 + sizeof(std::uint64_t);
  void start(void* from, int count) override;

 private:
  int peer_;
  bool receives_;
};

class Barrier final : public Operation {
 protected:
  bool next() override;

 private:
  bool begun_ = false;
};

// Between ranks that wait: rank 0, whose patience has ended, asks who is still there.
class RollCall {
 public:
  // Answers rank 0 if it asks.
  static void answer();
  // Asks all, waits a second, and names who has not answered, ", " between them.
  static std::string missing(int size);
};

}  // namespace planesearch_mpi
