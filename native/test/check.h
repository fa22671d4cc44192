// The little that a native test needs: no framework, one program a file, an exit code.
//
//     static void sums() { CHECK(1 + 1 == 2); }
//     int main() { return test::run({{"sums", sums}}); }
//
// Every `native/test/NAME_test.cc` is built by -DNATIVE_TESTS=ON, run by ctest, and run under ThreadSanitizer by
// `npm run test:sanitize`; a new file needs no line anywhere.
#pragma once

#include <cstdio>
#include <cstring>
#include <exception>
#include <initializer_list>
#include <vector>

namespace test {

// Of the whole program; checks are made on the main thread only.
inline int failures = 0;

inline void check(bool holds, const char* what, const char* file, int line) {
  if (holds) return;
  failures++;
  std::printf("%s:%d: %s does not hold\n", file, line, what);
}

#define CHECK(condition) ::test::check((condition), #condition, __FILE__, __LINE__)

// Whether two arrays have the same bits; NaN equals itself, 0 does not equal -0.
inline bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0);
}

struct Case {
  const char* name;
  void (*body)();
};

inline int run(std::initializer_list<Case> cases) {
  int failed = 0;
  for (const Case& entry : cases) {
    const int before = failures;
    try {
      entry.body();
    } catch (const std::exception& error) {
      failures++;
      std::printf("%s: unexpected exception: %s\n", entry.name, error.what());
    }
    const bool good = failures == before;
    std::printf("%s  %s\n", good ? "ok    " : "FAILED", entry.name);
    failed += good ? 0 : 1;
  }
  std::printf("%d passed, %d failed\n", static_cast<int>(cases.size()) - failed, failed);
  return failed == 0 ? 0 : 1;
}

}  // namespace test
