// Algebra on long vectors: sums of products and combinations against plain loops, the same bits for any thread count and as many calls of
// axpby, whatever the length.
#include <cmath>
#include <cstddef>
#include <vector>

#include "check.h"
#include "math/vectors.h"
#include "parallel/pool.h"
#include "parallel/run.h"

namespace {

using namespace planesearch;

using Numbers = std::vector<double>;

Numbers waves(std::size_t count, double step) {
  Numbers values(count);
  for (std::size_t i = 0; i < count; i++) values[i] = std::sin(step * static_cast<double>(i + 1));
  return values;
}

// Less than a vector, less than a block, many parts.
constexpr std::size_t kRows[] = {1, 7, 300, 9001};
constexpr std::size_t kWidths[] = {1, 3, 20, 25};

struct Vectors {
  std::vector<Numbers> values;

  Vectors(std::size_t count, std::size_t length) {
    for (std::size_t k = 0; k < count; k++) values.push_back(waves(length, 0.3 + 0.17 * static_cast<double>(k)));
  }
  Pointers pointers() const {
    Pointers all;
    for (const Numbers& one : values) all.push_back(one.data());
    return all;
  }
};

template <class Body>
void each_shape(Body body) {
  Pool pool;
  for (std::size_t rows : kRows)
    for (std::size_t width : kWidths)
      for (unsigned threads : {1U, 2U, 8U}) body(rows, width, Run{&pool, threads, nullptr});
}

void products() {
  each_shape([](std::size_t rows, std::size_t width, const Run& run) {
    const Vectors left(6, rows * width), right(5, rows * width);
    const Numbers weights = waves(rows, 0.7);
    for (const double* w : {static_cast<const double*>(nullptr), weights.data()}) {
      const Rows shape = w ? Rows{rows, width, w} : Rows{rows * width, 1, nullptr};
      const Numbers found = dots(left.pointers(), right.pointers(), shape, run);
      CHECK(found.size() == 30);
      CHECK(test::same_bits(found, dots(left.pointers(), right.pointers(), shape, Run{run.pool, 1, nullptr})));
      for (std::size_t l = 0; l < 6; l++) {
        for (std::size_t r = 0; r < 5; r++) {
          double sum = 0, mass = 0;
          for (std::size_t e = 0; e < rows * width; e++) {
            const double term = (w ? w[e / width] : 1) * left.values[l][e] * right.values[r][e];
            sum += term;
            mass += std::fabs(term);
          }
          CHECK(std::fabs(found[l * 5 + r] - sum) <= 1e-13 * mass);
        }
      }
    }
  });
}

void combinations() {
  each_shape([](std::size_t rows, std::size_t width, const Run& run) {
    const std::size_t count = rows * width;
    const Vectors vectors(9, count);
    const Numbers base = waves(count, 0.9), scales = waves(9, 1.1);
    for (bool based : {false, true}) {
      Numbers expected = based ? base : Numbers(count), out(count, NAN);
      for (std::size_t k = 0; k < 9; k++) axpby(scales[k], vectors.values[k].data(), 1, expected.data(), count, run);
      combine(based ? base.data() : nullptr, scales.data(), vectors.pointers(), count, out.data(), run);
      CHECK(test::same_bits(out, expected));
    }
    Vectors own = vectors;  // the result takes the place of one of the terms
    Numbers apart(count);
    combine(base.data(), scales.data(), vectors.pointers(), count, apart.data(), run);
    combine(base.data(), scales.data(), own.pointers(), count, own.values[4].data(), run);
    CHECK(test::same_bits(own.values[4], apart));
  });
}

// Floats count as the doubles that they are, on either side and among them; a result in floats is the rounded one.
void floats() {
  each_shape([](std::size_t rows, std::size_t width, const Run& run) {
    const std::size_t count = rows * width;
    const Vectors doubles(4, count);
    std::vector<std::vector<float>> narrow;
    Vectors rounded = doubles;
    Pointers mixed = doubles.pointers();
    for (std::size_t k = 0; k < 4; k++) {
      narrow.emplace_back(doubles.values[k].begin(), doubles.values[k].end());
      if (k % 2 == 0) rounded.values[k].assign(narrow[k].begin(), narrow[k].end());
    }
    for (std::size_t k = 0; k < 4; k += 2) mixed[k] = narrow[k].data();
    const Numbers weights = waves(rows, 0.7), base = waves(count, 0.9), scales = waves(4, 1.1);
    for (const double* w : {static_cast<const double*>(nullptr), weights.data()}) {
      const Rows shape = w ? Rows{rows, width, w} : Rows{count, 1, nullptr};
      CHECK(test::same_bits(dots(mixed, mixed, shape, run), dots(rounded.pointers(), rounded.pointers(), shape, run)));
    }
    Numbers expected(count), out(count);
    combine(base.data(), scales.data(), rounded.pointers(), count, expected.data(), run);
    combine(base.data(), scales.data(), mixed, count, out.data(), run);
    CHECK(test::same_bits(out, expected));
    std::vector<float> floats(count);
    combine(base.data(), scales.data(), mixed, count, floats.data(), run);
    for (std::size_t e = 0; e < count; e++) CHECK(floats[e] == static_cast<float>(expected[e]));
  });
}

// A vector cut in two and moved piece by piece has the bits of the whole.
void cuts_leave_no_trace() {
  Pool pool;
  const Run run{&pool, 2, nullptr};
  const Numbers x = waves(53, 0.4);
  Numbers whole = waves(53, 0.9), cut = whole;
  axpby(0.7, x.data(), 1, whole.data(), 53, run);
  axpby(0.7, x.data(), 1, cut.data(), 13, run);
  axpby(0.7, x.data() + 13, 1, cut.data() + 13, 40, run);
  CHECK(test::same_bits(whole, cut));
}

void rows_weighed() {
  each_shape([](std::size_t rows, std::size_t width, const Run& run) {
    const std::size_t count = rows * width;
    const Numbers weights = waves(rows, 0.7), x = waves(count, 0.3), y = waves(count, 0.5);
    const Rows shape{rows, width, weights.data()};
    Numbers scaled(count), own = x, added = y;
    weigh_rows(shape, x.data(), nullptr, scaled.data(), run);
    weigh_rows(shape, own.data(), nullptr, own.data(), run);
    weigh_rows(shape, x.data(), added.data(), added.data(), run);
    CHECK(test::same_bits(scaled, own));
    for (std::size_t e = 0; e < count; e++) {
      CHECK(scaled[e] == weights[e / width] * x[e]);
      CHECK(std::fabs(added[e] - (y[e] + scaled[e])) <= 1e-15 * (std::fabs(y[e]) + std::fabs(scaled[e])));
    }
  });
}

}  // namespace

int main() {
  return test::run({{"products of many with many", products},
                    {"combinations are as many axpby", combinations},
                    {"floats", floats},
                    {"cuts leave no trace", cuts_leave_no_trace},
                    {"rows weighed", rows_weighed}});
}
