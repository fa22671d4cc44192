// A file of arrays one after the other, gone with its object, and what a matrix over it says when it shrinks.
#pragma once

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "check.h"
#include "matrix_results.h"
#include "objective/errors.h"

namespace test {

class TemporaryFile {
 public:
  template <class... N>
  explicit TemporaryFile(const std::vector<N>&... arrays) {
    const int descriptor = mkstemp(path_.data());
    FILE* file = fdopen(descriptor, "wb");
    (write(file, arrays), ...);
    std::fclose(file);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { std::remove(path_.c_str()); }

  const std::string& path() const { return path_; }

  // Leaves so many bytes of it; whether the matrix then fails with its name.
  bool shrinks_in_words(std::size_t bytes, planesearch::DataMatrix& matrix) const {
    CHECK(truncate(path_.c_str(), static_cast<off_t>(bytes)) == 0);
    planesearch::Pool pool;
    try {
      matrix_results(matrix, {1, 40}, planesearch::Run{&pool, 2, nullptr});
    } catch (const planesearch::CodedError& error) {
      return std::string(error.what()).find(path_) != std::string::npos;
    }
    return false;
  }

 private:
  template <class N>
  static void write(FILE* file, const std::vector<N>& numbers) {
    CHECK(std::fwrite(numbers.data(), sizeof(N), numbers.size(), file) == numbers.size());
  }

  // mkstemp writes over the last six letters.
  std::string path_ = (std::filesystem::temp_directory_path() / ("planesearch-test-" + std::string(6, 'X'))).string();
};

}  // namespace test
