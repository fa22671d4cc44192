// A regular file of numbers, open for reading by `pread`, that has to stay as it is: one that is truncated, changed or unreadable is a
// CodedError with its name. It is never mapped: a mapping of a truncated file ends the process by a signal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace planesearch {

class InputFile {
 public:
  // `shown`: how messages call it. `bytes`: how many it must hold at least.
  InputFile(const std::string& path, std::string shown, std::uint64_t bytes);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  const std::string& shown() const { return shown_; }
  // All of them, or an exception.
  void read(void* to, std::size_t count, std::uint64_t from) const;
  // Size and time of the last change are those of the opening.
  void require_unchanged() const;

 private:
  struct Stamp {
    std::int64_t bytes, seconds, nanoseconds;
  };
  Stamp stamp() const;

  const std::string shown_;
  int descriptor_;
  Stamp opened_;
};

// A pass over the file, which has to be the same at its end.
template <class Work>
void pass_over(const InputFile& file, const Work& work) {
  file.require_unchanged();
  work();
  file.require_unchanged();
}

}  // namespace planesearch
