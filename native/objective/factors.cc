#include "objective/factors.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "data/gram.h"
#include "math/random_sign.h"
#include "objective/tracked_loss.h"

namespace planesearch {
namespace {

// The rows taken: every `stride`-th, numbered anew and cut into blocks of their own.
struct RowsTaken {
  std::size_t stride;
  Blocks blocks;
  std::vector<double> weights;  // normalized
};

// What the pass leaves behind, row-major.
struct Stored {
  std::vector<AlignedBuffer> inputs;        // by layer: h
  std::vector<AlignedBuffer> adjoints;      // by layer: q
  std::vector<std::vector<double>> shares;  // by layer: weight * |q|^2
};

struct Scratch {
  AlignedBuffer tracked, targets, offsets, weights, slopes, root, adjoint;
};

RowsTaken take(const Blocks& all, std::size_t max_rows, const double* weights) {
  const std::size_t stride = (all.rows + max_rows - 1) / max_rows, rows = (all.rows + stride - 1) / stride;
  RowsTaken taken{stride, {rows, all.height, (rows + all.height - 1) / all.height}, std::vector<double>(rows)};
  double total = 0;
  for (std::size_t i = 0; i < rows; i++) total += taken.weights[i] = weights[i * stride];
  // All weight may lie on the rows between; the factors are zero then.
  if (total > 0)
    for (double& weight : taken.weights) weight /= total;
  return taken;
}

AlignedBuffer allocate_rows(std::size_t rows, std::size_t width) {
  AlignedBuffer buffer = allocate_aligned(rows + kLaneMultiple, width);
  std::fill_n(buffer.get() + rows * width, kLaneMultiple, 0.0);
  return buffer;
}

// Of layer l its rows of inputs (of the first layer those of X, which are elsewhere) and adjoints.
Stored make_room(const Network& network, std::size_t rows) {
  Stored stored;
  for (std::size_t l = 0; l < network.depth(); l++) {
    stored.inputs.push_back(l == 0 ? nullptr : allocate_rows(rows, network.layer(l).inputs));
    stored.adjoints.push_back(allocate_rows(rows, network.layer(l).outputs));
    stored.shares.emplace_back(rows);
  }
  return stored;
}

Scratch make_scratch(const Network& network, const Loss& loss, std::size_t height) {
  const std::size_t outputs = checked_product(network.outputs(), height),
                    first = checked_product(network.first_width(), height);
  Scratch scratch{allocate_aligned(first),   allocate_aligned(loss.target_width(network.outputs()), height),
                  allocate_aligned(outputs), allocate_aligned(height),
                  allocate_aligned(outputs), allocate_aligned(outputs),
                  allocate_aligned(first)};
  // The weights come in later.
  std::fill_n(scratch.weights.get(), height, 0.0);
  return scratch;
}

// The rows of a block of those taken out of panels of all rows; `surplus` fills a last block that is not full.
const double* gather(const RowsTaken& taken, std::size_t block, std::size_t width, const double* panels, double surplus,
                     double* room) {
  const std::size_t height = taken.blocks.height, first = taken.blocks.first(block), rows = taken.blocks.rows_of(block);
  if (taken.stride == 1) return panels + first * width;
  if (rows < height) std::fill_n(room, width * height, surplus);
  for (std::size_t i = 0; i < rows; i++) {
    const std::size_t row = (first + i) * taken.stride;
    const double* from = panels + row / height * height * width + row % height;
    for (std::size_t f = 0; f < width; f++) room[f * height + i] = from[f * height];
  }
  return room;
}

// e = C^(1/2) xi by the outputs; asked for slopes, the loss leaves in the outputs what C is made of.
void draw_root(const Loss& loss, Interpreter& interpreter, const BlockTargets& block, std::size_t width,
               const RowsTaken& taken, std::size_t number, std::uint32_t seed, Scratch& scratch) {
  const std::size_t height = taken.blocks.height, first = taken.blocks.first(number);
  double* e = scratch.root.get();
  for (std::size_t a = 0; a < width; a++) {
    for (std::size_t i = 0; i < height; i++) e[a * height + i] = random_sign(seed, (first + i) * taken.stride, a);
  }
  double* state = interpreter.outputs(block);
  if (loss.kernels->constant_curvature) return;
  loss.evaluate(state, block.targets, block.weights, width, height, scratch.slopes.get());
  loss.kernels->root(state, width, height, e);
}

void store(const double* panel, std::size_t width, const Blocks& blocks, std::size_t block, double* rows) {
  const std::size_t count = blocks.rows_of(block);
  double* to = rows + blocks.first(block) * width;
  for (std::size_t f = 0; f < width; f++) {
    for (std::size_t i = 0; i < count; i++) to[i * width + f] = panel[f * blocks.height + i];
  }
}

void store_shares(const double* panel, std::size_t width, const RowsTaken& taken, std::size_t block, double* shares) {
  const std::size_t first = taken.blocks.first(block), height = taken.blocks.height, rows = taken.blocks.rows_of(block);
  for (std::size_t f = 0; f < width; f++) {
    for (std::size_t i = 0; i < rows; i++) shares[first + i] += panel[f * height + i] * panel[f * height + i];
  }
  for (std::size_t i = first; i < first + rows; i++) shares[i] *= taken.weights[i];
}

void normalize(std::vector<double>& shares) {
  double total = 0;
  for (double share : shares) total += share;
  if (total > 0)
    for (double& share : shares) share /= total;
}

double weighted_squares(const double* values, const std::vector<double>& scale, const Run& run) {
  constexpr std::size_t kBlock = 16384;
  std::vector<double> sums((scale.size() + kBlock - 1) / kBlock);
  run.each(sums.size(), [&](std::size_t block, unsigned) {
    double sum = 0;
    for (std::size_t i = block * kBlock; i < std::min((block + 1) * kBlock, scale.size()); i++)
      sum += scale[i] * values[i] * values[i];
    sums[block] = sum;
  });
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

std::vector<double> gram_of(const AlignedBuffer& rows, std::size_t width, bool affine, const std::vector<double>& scale,
                            const Run& run) {
  if (width == 1 && !affine) return {weighted_squares(rows.get(), scale, run)};
  const std::size_t size = width + (affine ? 1 : 0);
  std::vector<double> factor(checked_product(size, size));
  gram({scale.size(), width, affine}, scale.data(), factor.data(), run,
       [&](std::size_t i, double root, double* to) { kernels().doubles.widen(rows.get() + i * width, root, to, width); });
  return factor;
}

}  // namespace

CurvatureFactors TrackedLoss::factors(const DataMatrix* x, std::size_t max_rows, std::uint32_t seed, const Run& run) {
  const RowsTaken taken = take(blocks_, max_rows, weights_.get());
  const std::size_t rows = taken.blocks.rows, depth = network_.depth(), height = blocks_.height,
                    outputs = network_.outputs();
  const std::size_t target_width = loss_.target_width(outputs);
  const Trial here = prepare_trial(network_, deep_, {}, 0, nullptr, false);
  prepare_interpreters(0, run);
  Stored stored = make_room(network_, rows);
  std::vector<Scratch> scratches;
  while (scratches.size() < std::min<std::size_t>(run.threads, taken.blocks.count)) {
    scratches.push_back(make_scratch(network_, loss_, height));
  }
  run.each(taken.blocks.count, [&](std::size_t block, unsigned slot) {
    Interpreter& interpreter = interpreters_[slot];
    Scratch& scratch = scratches[slot];
    interpreter.forward(network_, here,
                        gather(taken, block, network_.first_width(), tracked_.get(), 0, scratch.tracked.get()), 0);
    for (std::size_t l = 1; l < depth; l++) {
      store(interpreter.value_of(network_.input_of(l)), network_.layer(l).inputs, taken.blocks, block,
            stored.inputs[l].get());
    }
    const BlockTargets targets{gather(taken, block, target_width, targets_.get(), 1, scratch.targets.get()),
                               scratch.weights.get(),
                               offsets_ ? gather(taken, block, outputs, offsets_.get(), 0, scratch.offsets.get()) : nullptr};
    draw_root(loss_, interpreter, targets, outputs, taken, block, seed, scratch);
    interpreter.carry_back(network_, here, scratch.root.get(), scratch.adjoint.get(), [&](std::size_t l, const double* q) {
      store(q, network_.layer(l).outputs, taken.blocks, block, stored.adjoints[l].get());
      store_shares(q, network_.layer(l).outputs, taken, block, stored.shares[l].data());
    });
  });

  CurvatureFactors factors;
  for (std::size_t l = 0; l < depth; l++) {
    normalize(stored.shares[l]);
    factors.outputs.push_back(gram_of(stored.adjoints[l], network_.layer(l).outputs, false, taken.weights, run));
    if (l > 0) {
      factors.inputs.push_back(gram_of(stored.inputs[l], network_.layer(l).inputs, true, stored.shares[l], run));
      continue;
    }
    std::vector<double>& first = factors.inputs.emplace_back();
    if (x == nullptr) continue;
    first.resize(checked_product(x->columns() + 1, x->columns() + 1));
    x->gram(stored.shares[0].data(), blocks_.rows, taken.stride, first.data(), run);
  }
  factors.shares = std::move(stored.shares[0]);
  return factors;
}

}  // namespace planesearch
