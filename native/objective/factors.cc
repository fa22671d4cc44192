#include "objective/factors.h"

#include <algorithm>
#include <cmath>

#include "data/gram.h"
#include "math/random_sign.h"
#include "objective/tracked_loss.h"

namespace planesearch {
namespace {

// The rows taken: every `step`-th, numbered anew and cut into blocks of their own.
struct Sample {
  std::size_t step;
  Blocks blocks;
  std::vector<double> weights;  // normalized
};

// What the pass leaves behind, row-major.
struct Stored {
  std::vector<AlignedBuffer> activities;    // by layer except the last: h
  std::vector<AlignedBuffer> adjoints;      // by layer: q
  std::vector<std::vector<double>> shares;  // by layer: weight * |q|^2
};

struct Scratch {
  AlignedBuffer tracked, targets, weights, state, slopes, down[2];
  std::vector<double> inner;
};

Sample take(const Blocks& all, std::size_t max_rows, const double* weights) {
  const std::size_t step = (all.rows + max_rows - 1) / max_rows, rows = (all.rows + step - 1) / step;
  Sample sample{step, {rows, all.height, (rows + all.height - 1) / all.height}, std::vector<double>(rows)};
  double total = 0;
  for (std::size_t i = 0; i < rows; i++) total += sample.weights[i] = weights[i * step];
  // All weight may lie on the rows between; the factors are zero then.
  if (total > 0) for (double& weight : sample.weights) weight /= total;
  return sample;
}

AlignedBuffer allocate_rows(std::size_t rows, std::size_t width) {
  AlignedBuffer buffer = allocate_aligned(rows * width + kLaneMultiple);
  std::fill_n(buffer.get() + rows * width, kLaneMultiple, 0.0);
  return buffer;
}

Stored make_room(const Network& network, std::size_t rows) {
  Stored stored;
  for (std::size_t l = 0; l < network.depth(); l++) {
    const std::size_t width = network.layer(l).outputs;
    if (l + 1 < network.depth()) stored.activities.push_back(allocate_rows(rows, width));
    stored.adjoints.push_back(allocate_rows(rows, width));
    stored.shares.emplace_back(rows);
  }
  return stored;
}

Scratch make_scratch(const Network& network, std::size_t height) {
  const std::size_t outputs = network.outputs() * height, widest = network.widest() * height;
  Scratch scratch{allocate_aligned(network.first_width() * height), allocate_aligned(height), allocate_aligned(height),
                  allocate_aligned(outputs), allocate_aligned(outputs), {allocate_aligned(widest), allocate_aligned(widest)},
                  std::vector<double>(height)};
  // The curvature of a loss does not depend on the target, and the weights come in later.
  std::fill_n(scratch.targets.get(), height, 1.0);
  std::fill_n(scratch.weights.get(), height, 0.0);
  return scratch;
}

// The panel of Z for block `block` of the sample.
const double* gather(const Sample& sample, std::size_t block, std::size_t width, const double* tracked, double* panel) {
  const std::size_t height = sample.blocks.height, first = sample.blocks.first(block), rows = sample.blocks.rows_of(block);
  if (sample.step == 1) return tracked + first * width;
  if (rows < height) std::fill_n(panel, width * height, 0.0);
  for (std::size_t i = 0; i < rows; i++) {
    const std::size_t row = (first + i) * sample.step;
    const double* from = tracked + row / height * height * width + row % height;
    for (std::size_t f = 0; f < width; f++) panel[f * height + i] = from[f * height];
  }
  return panel;
}

// e = C^(1/2) xi for a panel of outputs, with C = I (squared), p (1 - p) (logistic), diag(p) - p p' (softmax).
void draw_root(Loss loss, const double* outputs, std::size_t width, const Sample& sample, std::size_t block, std::uint32_t seed,
               Scratch& scratch, double* e) {
  const std::size_t height = sample.blocks.height, first = sample.blocks.first(block);
  for (std::size_t a = 0; a < width; a++) {
    for (std::size_t i = 0; i < height; i++) e[a * height + i] = random_sign(seed, (first + i) * sample.step, a);
  }
  if (loss == Loss::kSquared) return;
  double* p = scratch.state.get();
  std::copy_n(outputs, width * height, p);
  // Asked for slopes, a loss leaves in the outputs what C is made of: p, or p (1 - p).
  kernels().loss(loss, p, scratch.targets.get(), scratch.weights.get(), width, height, scratch.slopes.get());
  for (std::size_t at = 0; at < width * height; at++) e[at] *= std::sqrt(p[at]);
  if (loss == Loss::kLogistic) return;
  std::fill(scratch.inner.begin(), scratch.inner.end(), 0.0);
  double* inner = scratch.inner.data();
  for (std::size_t a = 0; a < width; a++) {
    for (std::size_t i = 0; i < height; i++) inner[i] += e[a * height + i];
  }
  for (std::size_t a = 0; a < width; a++) {
    for (std::size_t i = 0; i < height; i++) e[a * height + i] -= p[a * height + i] * inner[i];
  }
}

void store(const double* panel, std::size_t width, const Blocks& blocks, std::size_t block, double* rows) {
  const std::size_t count = blocks.rows_of(block);
  double* to = rows + blocks.first(block) * width;
  for (std::size_t f = 0; f < width; f++) {
    for (std::size_t i = 0; i < count; i++) to[i * width + f] = panel[f * blocks.height + i];
  }
}

void store_shares(const double* panel, std::size_t width, const Sample& sample, std::size_t block, double* shares) {
  const std::size_t first = sample.blocks.first(block), height = sample.blocks.height, rows = sample.blocks.rows_of(block);
  for (std::size_t f = 0; f < width; f++) {
    for (std::size_t i = 0; i < rows; i++) shares[first + i] += panel[f * height + i] * panel[f * height + i];
  }
  for (std::size_t i = first; i < first + rows; i++) shares[i] *= sample.weights[i];
}

void normalize(std::vector<double>& shares) {
  double total = 0;
  for (double share : shares) total += share;
  if (total > 0) for (double& share : shares) share /= total;
}

std::vector<double> gram_of(const AlignedBuffer& rows, std::size_t width, bool affine, const std::vector<double>& scale, const Run& run) {
  const std::size_t size = width + (affine ? 1 : 0);
  std::vector<double> factor(size * size);
  gram({rows.get(), width, scale.size(), width}, scale.data(), affine, factor.data(), run);
  return factor;
}

}  // namespace

CurvatureFactors TrackedLoss::factors(const DenseMatrix* x, std::size_t max_rows, std::uint32_t seed, const Run& run) {
  const Sample sample = take(blocks_, max_rows, weights_.get());
  const std::size_t rows = sample.blocks.rows, depth = network_.depth(), last = depth - 1, height = blocks_.height;
  const Trial here = prepare_trial(network_, deep_, {}, 0, nullptr, false);
  prepare_heads(0, run);
  Stored stored = make_room(network_, rows);
  std::vector<Scratch> scratches;
  for (std::size_t slot = 0; slot < std::min<std::size_t>(run.threads, sample.blocks.count); slot++) scratches.push_back(make_scratch(network_, height));
  run.each(sample.blocks.count, [&](std::size_t block, unsigned slot) {
    Head& head = heads_[slot];
    Scratch& scratch = scratches[slot];
    head.forward(network_, here, gather(sample, block, network_.first_width(), tracked_.get(), scratch.tracked.get()), 0);
    for (std::size_t l = 0; l < last; l++) {
      store(head.activity(l), network_.layer(l).outputs, sample.blocks, block, stored.activities[l].get());
    }
    double* down = scratch.down[0].get();
    double* next = scratch.down[1].get();
    draw_root(loss_, head.activity(last), network_.outputs(), sample, block, seed, scratch, down);
    kernels().times_derivative(network_.layer(last).activation, head.activity(last), down, network_.outputs() * height);
    for (std::size_t l = last;; l--) {
      store(down, network_.layer(l).outputs, sample.blocks, block, stored.adjoints[l].get());
      store_shares(down, network_.layer(l).outputs, sample, block, stored.shares[l].data());
      if (l == 0) break;
      head.carry_back(network_, here, l, down, next);
      std::swap(down, next);
    }
  });

  CurvatureFactors factors;
  for (std::size_t l = 0; l < depth; l++) {
    normalize(stored.shares[l]);
    factors.outputs.push_back(gram_of(stored.adjoints[l], network_.layer(l).outputs, false, sample.weights, run));
    if (l > 0) {
      factors.inputs.push_back(gram_of(stored.activities[l - 1], network_.layer(l).inputs, true, stored.shares[l], run));
      continue;
    }
    std::vector<double>& first = factors.inputs.emplace_back();
    if (x == nullptr) continue;
    first.resize((x->columns() + 1) * (x->columns() + 1));
    x->gram(stored.shares[0].data(), sample.step, first.data(), run);
  }
  return factors;
}

}  // namespace planesearch
