// Compressed rows in a file beside those in memory: the same bits for 1 to 5 threads, whatever is kept; an error when the file shrinks; and, under
// ThreadSanitizer, the threads that read ahead and those that share the columns.
#include "data/sparse_file_matrix.h"

#include <cmath>
#include <vector>

#include "check.h"
#include "data/sparse_matrix.h"
#include "matrix_results.h"
#include "temporary_file.h"

namespace {

using namespace planesearch;
using test::TemporaryFile;

constexpr std::size_t kRows = 20000, kColumns = 700;

struct Entries {
  std::size_t columns = kColumns;
  std::vector<std::int64_t> begin{0};
  std::vector<std::uint32_t> index;
  std::vector<float> values;
};

// A full column, an empty one, empty rows, and rows of many lengths.
Entries entries() {
  Entries made;
  for (std::size_t i = 0; i < kRows; i++) {
    for (std::size_t j = 0; j < kColumns; j++) {
      const bool taken = j == 5 || (j != 6 && (i * 7919 + j * 104729) % 97 < i % 9);
      if (!taken) continue;
      made.index.push_back(static_cast<std::uint32_t>(j));
      made.values.push_back(std::sin(static_cast<float>(i + j)) + (j == 5 ? 40.0F : 0.0F));
    }
    made.begin.push_back(static_cast<std::int64_t>(made.index.size()));
  }
  return made;
}

TemporaryFile written(const Entries& given) { return TemporaryFile(given.begin, given.index, given.values); }

SparseFileSource source(const TemporaryFile& file, const Entries& given, bool ones, std::size_t memory) {
  const std::uint64_t index = given.begin.size() * sizeof(std::int64_t);
  return {file.path(),
          file.path(),
          given.begin.size() - 1,
          given.columns,
          given.index.size(),
          {0, true},
          {index, false},
          index + given.index.size() * sizeof(std::uint32_t),
          ones ? SparseFileSource::Values::kOnes : SparseFileSource::Values::kFloats,
          memory};
}

template <class T>
void compare(const Entries& given, const TemporaryFile& file, bool ones, const std::vector<std::size_t>& widths,
             const std::vector<unsigned>& thread_counts) {
  const auto results = [&](DataMatrix& matrix, const Run& run) { return test::matrix_results(matrix, widths, run); };
  Pool pool;
  const Run one{&pool, 1, nullptr};
  const std::vector<double> begin(given.begin.begin(), given.begin.end());
  SparseMatrix<T> memory(SparseSource<float>{begin.data(), given.index.data(), ones ? nullptr : given.values.data()},
                         given.index.size(), given.begin.size() - 1, given.columns, one);
  CHECK(memory.valid());
  const std::vector<double> expected = results(memory, one);
  for (unsigned threads : thread_counts) {
    for (std::size_t kept : {std::size_t{0}, std::size_t{5} << 20, std::size_t{1} << 30}) {
      SparseFileMatrix<T> matrix(source(file, given, ones, kept), threads);
      CHECK(test::same_bits(results(matrix, Run{&pool, threads, nullptr}), expected));
    }
  }
}

void same_bits_as_in_memory() {
  const Entries given = entries();
  const TemporaryFile file = written(given);
  for (bool ones : {false, true}) {
    compare<double>(given, file, ones, {1, 3, 8, 40}, {1, 2, 5});
    compare<float>(given, file, ones, {1, 3, 8, 40}, {1, 2, 5});
  }
}

// Just so long that the row does not fit a usual piece.
constexpr std::size_t kLength = 3511, kLong = 110 * kLength;

// Rows of kLength entries in any order, and one of 110 times as many.
Entries one_long_row() {
  Entries made;
  made.columns = kLong + 11;
  for (std::size_t i = 0; i < 120; i++) {
    const std::size_t count = i == 40 ? kLong : kLength;
    for (std::size_t k = 0; k < count; k++) {
      const std::size_t j = (k * 7919 + i) % made.columns;
      made.index.push_back(static_cast<std::uint32_t>(j));
      made.values.push_back(std::sin(static_cast<float>(i + j)));
    }
    made.begin.push_back(static_cast<std::int64_t>(made.index.size()));
  }
  return made;
}

void same_bits_around_a_long_row() {
  const Entries given = one_long_row();
  const TemporaryFile file = written(given);
  compare<double>(given, file, false, {3}, {2});
}

void a_long_row_is_alone_as_large() {
  constexpr std::size_t kUsual = std::size_t{4} << 20, kRow = kLong * (sizeof(std::uint32_t) + sizeof(double)), kEnds = 64;
  const Entries given = one_long_row();
  const TemporaryFile file = written(given);
  for (unsigned threads : {1u, 2u}) {
    const SparseFileMatrix<double> matrix(source(file, given, false, 0), threads);
    CHECK(matrix.bytes_under_way() >= kRow + kUsual);
    CHECK(matrix.bytes_under_way() <= kRow + kEnds + 3 * threads * (kUsual + kEnds));
  }
}

void an_error_when_it_shrinks() {
  const Entries given = entries();
  const TemporaryFile file = written(given);
  SparseFileMatrix<float> matrix(source(file, given, false, 0), 2);
  CHECK(file.shrinks_in_words(200000, matrix));
}

}  // namespace

int main() {
  return test::run({{"same bits as in memory", same_bits_as_in_memory},
                    {"same bits around a long row", same_bits_around_a_long_row},
                    {"a long row is alone as large", a_long_row_is_alone_as_large},
                    {"an error when it shrinks", an_error_when_it_shrinks}});
}
