// A matrix in a file beside one in memory: the same bits for 1 to 5 threads, whatever is kept; an error when the file shrinks; and, under
// ThreadSanitizer, the threads that read ahead, readers that are given up in the middle and pieces that move to those kept.
#include "data/file_matrix.h"

#include <atomic>
#include <cmath>
#include <vector>

#include "check.h"
#include "data/dense_matrix.h"
#include "matrix_results.h"
#include "objective/errors.h"
#include "temporary_file.h"

namespace {

using namespace planesearch;
using test::TemporaryFile;

constexpr std::size_t kRows = 3000, kColumns = 400;

std::vector<float> numbers() {
  std::vector<float> values(kRows * kColumns);
  for (std::size_t e = 0; e < values.size(); e++) values[e] = std::sin(static_cast<float>(e)) + static_cast<float>(e % 7);
  return values;
}

FileSource source(const TemporaryFile& file, std::size_t memory) {
  return {file.path(), file.path(), 0, true, kRows, kColumns, FileSource::kNone, memory};
}

std::vector<double> results(DataMatrix& matrix, const Run& run) { return test::matrix_results(matrix, {1, 40}, run); }

void same_bits_as_in_memory() {
  const std::vector<float> values = numbers();
  const TemporaryFile file(values);
  Pool pool;
  DenseMatrix<float> dense(values.data(), kRows, kColumns, nullptr, Run{&pool, 1, nullptr});
  const std::vector<double> expected = results(dense, Run{&pool, 1, nullptr});
  for (unsigned threads : {1u, 2u, 5u}) {
    for (std::size_t memory : {std::size_t{0}, std::size_t{5} << 20, std::size_t{1} << 30}) {
      FileMatrix<float> matrix(source(file, memory), threads);
      CHECK(test::same_bits(results(matrix, Run{&pool, threads, nullptr}), expected));
    }
  }
}

void an_error_when_it_shrinks() {
  const TemporaryFile file(numbers());
  FileMatrix<float> matrix(source(file, 0), 2);
  CHECK(file.shrinks_in_words(1000, matrix));
}

void cancelled_in_the_middle() {
  const TemporaryFile file(numbers());
  Pool pool;
  FileMatrix<float> matrix(source(file, 0), 3);
  std::atomic<bool> cancelled{true};
  bool told = false;
  try {
    results(matrix, Run{&pool, 3, &cancelled});
  } catch (const Cancelled&) {
    told = true;
  }
  CHECK(told);
  // Readers that are given up with their requests under way.
  const FilePieces<float> pieces(source(file, 0), 2);
  for (std::size_t i = 0; i < 50; i++) PieceReader<float>(pieces, i * 50, kRows).rows(i * 50, 1 + i);
}

}  // namespace

int main() {
  return test::run({{"same bits as in memory", same_bits_as_in_memory},
                    {"an error when it shrinks", an_error_when_it_shrinks},
                    {"cancelled in the middle", cancelled_in_the_middle}});
}
