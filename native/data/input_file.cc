#include "data/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "objective/errors.h"

namespace planesearch {
namespace {

[[noreturn]] void fail(const std::string& sentence) { throw CodedError("UNREADABLE_FILE", sentence); }

std::string reason(int error) { return std::generic_category().message(error); }

}  // namespace

InputFile::InputFile(const std::string& path, std::string shown, std::uint64_t bytes)
    : shown_(std::move(shown)), descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (descriptor_ < 0) {
    if (errno == ENOENT) throw CodedError("FILE_NOT_FOUND", "There is no file " + shown_ + ".");
    fail(shown_ + " cannot be read: " + reason(errno) + ".");
  }
  try {
    struct stat found;
    if (fstat(descriptor_, &found) != 0) fail(shown_ + " cannot be read: " + reason(errno) + ".");
    if (!S_ISREG(found.st_mode)) {
      fail(shown_ + " is not a regular file, but " + (S_ISDIR(found.st_mode) ? "a folder" : "a device, a pipe or a socket") +
           ".");
    }
    opened_ = stamp();
    if (static_cast<std::uint64_t>(opened_.bytes) < bytes) {
      fail(shown_ + " must hold " + std::to_string(bytes) + " bytes, but holds " + std::to_string(opened_.bytes) + ".");
    }
  } catch (...) {
    close(descriptor_);
    throw;
  }
#ifdef POSIX_FADV_SEQUENTIAL
  posix_fadvise(descriptor_, 0, 0, POSIX_FADV_SEQUENTIAL);
#endif
}

InputFile::~InputFile() { close(descriptor_); }

InputFile::Stamp InputFile::stamp() const {
  struct stat found;
  if (fstat(descriptor_, &found) != 0) fail(shown_ + " cannot be read: " + reason(errno) + ".");
#ifdef __APPLE__
  return {found.st_size, found.st_mtimespec.tv_sec, found.st_mtimespec.tv_nsec};
#else
  return {found.st_size, found.st_mtim.tv_sec, found.st_mtim.tv_nsec};
#endif
}

void InputFile::read(void* to, std::size_t count, std::uint64_t from) const {
  constexpr std::size_t kMost = std::size_t{1} << 30;  // a system may take no more at a time
  char* at = static_cast<char*>(to);
  while (count > 0) {
    const ssize_t got = pread(descriptor_, at, std::min(count, kMost), static_cast<off_t>(from));
    if (got < 0) {
      if (errno == EINTR) continue;
      fail(shown_ + " cannot be read any more: " + reason(errno) + ".");
    }
    if (got == 0) fail(shown_ + " was truncated while it was in use: it ends at byte " + std::to_string(from) + ".");
    at += got;
    count -= static_cast<std::size_t>(got);
    from += static_cast<std::uint64_t>(got);
  }
}

void InputFile::require_unchanged() const {
  const Stamp now = stamp();
  if (now.bytes != opened_.bytes) {
    fail(shown_ + " was changed while it was in use: it had " + std::to_string(opened_.bytes) + " bytes and has " +
         std::to_string(now.bytes) + ".");
  }
  if (now.seconds != opened_.seconds || now.nanoseconds != opened_.nanoseconds) {
    fail(shown_ + " was changed while it was in use: it was written to.");
  }
}

}  // namespace planesearch
