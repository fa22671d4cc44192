#include "operation.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <thread>

namespace planesearch_mpi {
namespace {

constexpr int kMessages = 1, kAsk = 2, kHere = 3;  // tags
// Counts are int.
constexpr std::size_t kMostBytes = std::size_t{1} << 30, kMostNumbers = std::size_t{1} << 27;

}  // namespace

std::mutex& entered() {
  static std::mutex mutex;
  return mutex;
}

void check(int code, const char* call) {
  if (code == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING];
  int length = 0;
  MPI_Error_string(code, text, &length);
  throw std::runtime_error(std::string(call) + ": " + std::string(text, static_cast<std::size_t>(length)));
}

bool Operation::advance() {
  const std::lock_guard<std::mutex> lock(entered());
  for (;;) {
    int done = 1;
    check(MPI_Test(&request_, &done, MPI_STATUS_IGNORE), "MPI_Test");
    if (done == 0) return false;
    if (!next()) return true;
  }
}

bool Reduction::next() {
  if (done_ == values.size()) return false;
  const std::size_t count = std::min(kMostNumbers, values.size() - done_);
  check(MPI_Iallreduce(MPI_IN_PLACE, values.data() + done_, static_cast<int>(count), MPI_DOUBLE, largest_ ? MPI_MAX : MPI_SUM,
                       MPI_COMM_WORLD, &request_),
        "MPI_Iallreduce");
  done_ += count;
  return true;
}

bool Message::next() {
  constexpr std::size_t kLength = sizeof(std::uint64_t);
  if (!begun_) {
    begun_ = true;
    if (!receives_) {
      const std::uint64_t length = bytes.size();
      done_ = std::min(bytes.size(), head_.size() - kLength);
      std::memcpy(head_.data(), &length, kLength);
      if (done_ > 0) std::memcpy(head_.data() + kLength, bytes.data(), done_);
    }
    start(head_.data(), static_cast<int>(head_.size()));
    return true;
  }
  if (receives_ && !opened_) {
    opened_ = true;
    std::uint64_t length = 0;
    std::memcpy(&length, head_.data(), kLength);
    bytes.resize(length);
    done_ = std::min(bytes.size(), head_.size() - kLength);
    if (done_ > 0) std::memcpy(bytes.data(), head_.data() + kLength, done_);
  }
  if (done_ == bytes.size()) return false;
  const std::size_t count = std::min(kMostBytes, bytes.size() - done_);
  start(bytes.data() + done_, static_cast<int>(count));
  done_ += count;
  return true;
}

void Broadcast::start(void* from, int count) {
  check(MPI_Ibcast(from, count, MPI_BYTE, 0, MPI_COMM_WORLD, &request_), "MPI_Ibcast");
}

void Transfer::start(void* from, int count) {
  if (receives_) check(MPI_Irecv(from, count, MPI_BYTE, peer_, kMessages, MPI_COMM_WORLD, &request_), "MPI_Irecv");
  else check(MPI_Isend(from, count, MPI_BYTE, peer_, kMessages, MPI_COMM_WORLD, &request_), "MPI_Isend");
}

bool Barrier::next() {
  if (begun_) return false;
  begun_ = true;
  check(MPI_Ibarrier(MPI_COMM_WORLD, &request_), "MPI_Ibarrier");
  return true;
}

void RollCall::answer() {
  const std::lock_guard<std::mutex> lock(entered());
  int asked = 0;
  check(MPI_Iprobe(0, kAsk, MPI_COMM_WORLD, &asked, MPI_STATUS_IGNORE), "MPI_Iprobe");
  if (asked == 0) return;
  check(MPI_Recv(nullptr, 0, MPI_BYTE, 0, kAsk, MPI_COMM_WORLD, MPI_STATUS_IGNORE), "MPI_Recv");
  MPI_Request sent;
  check(MPI_Isend(nullptr, 0, MPI_BYTE, 0, kHere, MPI_COMM_WORLD, &sent), "MPI_Isend");
  check(MPI_Request_free(&sent), "MPI_Request_free");
}

std::string RollCall::missing(int size) {
  std::vector<bool> here(static_cast<std::size_t>(size));
  const auto turn = [&](int rank, bool ask) {
    const std::lock_guard<std::mutex> lock(entered());
    if (ask) {
      MPI_Request sent;
      check(MPI_Isend(nullptr, 0, MPI_BYTE, rank, kAsk, MPI_COMM_WORLD, &sent), "MPI_Isend");
      check(MPI_Request_free(&sent), "MPI_Request_free");
      return;
    }
    int answered = 0;
    check(MPI_Iprobe(rank, kHere, MPI_COMM_WORLD, &answered, MPI_STATUS_IGNORE), "MPI_Iprobe");
    if (answered != 0) here[static_cast<std::size_t>(rank)] = true;
  };
  for (int rank = 1; rank < size; rank++) turn(rank, true);
  const auto end = Clock::now() + std::chrono::seconds(1);
  while (Clock::now() < end) {
    for (int rank = 1; rank < size; rank++) turn(rank, false);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  std::string missing;
  for (int rank = 1; rank < size; rank++) {
    if (!here[static_cast<std::size_t>(rank)]) missing += (missing.empty() ? "" : ", ") + std::to_string(rank);
  }
  return missing;
}

}  // namespace planesearch_mpi
