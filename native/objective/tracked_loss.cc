#include "objective/tracked_loss.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "objective/errors.h"

namespace planesearch {
namespace {

// Partial gradients are kept for about this many pieces of the chunks, whatever the number of threads.
constexpr std::size_t kPieces = 32;

}  // namespace

TrackedLoss::TrackedLoss(Network network, Loss loss, const RowTargets& rows, const Cutting& cutting, std::size_t memory,
                         std::size_t sample)
    : network_(std::move(network)), loss_(std::move(loss)), memory_(memory), cutting_(cutting),
      all_(cut_rows(rows.count, network_.widest(), cutting, rows.from)) {
  // Surplus rows weigh nothing, but the loss of their target must be finite: 1 is a target of every loss.
  targets_ = to_panels(rows.targets, loss_.target_width(network_.outputs()), all_, 1);
  weights_ = allocate_aligned(all_.padded_rows());
  if (rows.weights != nullptr) given_weights_.assign(rows.weights, rows.weights + rows.count);
  if (rows.offsets != nullptr) offsets_ = to_panels(rows.offsets, network_.outputs(), all_, 0);
  look_at(sample);
  tracked_ = allocate_tracked();
  adjoint_ = allocate_tracked();
}

AlignedBuffer TrackedLoss::to_panels(const double* rows, std::size_t width, const Blocks& blocks, double surplus) const {
  const std::size_t height = blocks.height;
  AlignedBuffer panels = allocate_aligned(all_.padded_rows(), width);
  std::fill_n(panels.get() + (blocks.count - 1) * height * width, height * width, surplus);
  for (std::size_t block = 0; block < blocks.count; block++) {
    const double* first = rows + blocks.first(block) * width;
    double* panel = panels.get() + blocks.first(block) * width;
    const std::size_t count = blocks.rows_of(block);
    for (std::size_t a = 0; a < width; a++)
      for (std::size_t i = 0; i < count; i++) panel[a * height + i] = first[i * width + a];
  }
  return panels;
}

void TrackedLoss::look_at(std::size_t rows) {
  blocks_ = {rows, all_.height, (rows + all_.height - 1) / all_.height, all_.start};
  fill_weights(0, rows, blocks_, weights_.get());
}

// Those of the rows [from, end), which sum to 1, and zeros for what else the blocks hold.
void TrackedLoss::fill_weights(std::size_t from, std::size_t end, const Blocks& blocks, double* to) const {
  std::fill_n(to, blocks.padded_rows(), 0.0);
  double* first = to + (from - (blocks.start - all_.start));
  if (given_weights_.empty()) {
    std::fill_n(first, end - from, 1 / static_cast<double>(end - from));
    return;
  }
  double total = 0;
  for (std::size_t i = from; i < end; i++) total += given_weights_[i];
  // Those of all rows sum to 1 as they are.
  const double scale = end - from == all_.rows ? 1 : total;
  if (total > 0)
    for (std::size_t i = from; i < end; i++) first[i - from] = given_weights_[i] / scale;
}

BlockTargets TrackedLoss::targets_of(std::size_t block) const {
  const std::size_t first = blocks_.first(block);
  return {targets_.get() + first * loss_.target_width(network_.outputs()), weights_.get() + first,
          offsets_ ? offsets_.get() + first * network_.outputs() : nullptr};
}

// The surplus rows of the last panel are never written by a product: they have to be zeros from the start.
AlignedBuffer TrackedLoss::allocate_tracked() const {
  AlignedBuffer buffer = allocate_aligned(all_.padded_rows(), network_.first_width());
  clear_last(buffer.get(), network_.first_width());
  return buffer;
}

void TrackedLoss::clear_last(double* panels, std::size_t width) const {
  const std::size_t panel = blocks_.height * width;
  std::fill_n(panels + (blocks_.count - 1) * panel, panel, 0.0);
}

std::size_t TrackedLoss::bytes() const {
  const std::size_t r = network_.first_width(), width = loss_.target_width(network_.outputs());
  const std::size_t panels = (2 + fresh_.size() + ring_.size()) * r + width + 1 + (offsets_ ? network_.outputs() : 0);
  return (all_.padded_rows() * panels + given_weights_.size()) * sizeof(double);
}

void TrackedLoss::require_started() const {
  if (!started_) throw CodedError("INVALID_ARGUMENT", "The tracked loss has no accepted point: call restart() first.");
}

void TrackedLoss::require_span() const {
  require_started();
  if (spanned_) return;
  throw CodedError("INVALID_ARGUMENT", "A step needs a subspace: call span() before value(), evaluate() or advance(t).");
}

void TrackedLoss::clear_span() {
  spanned_ = false;
  columns_.clear();
  directions_.clear();
  variables_ = 0;
}

void TrackedLoss::forget() {
  clear_span();
  started_ = false;
  known_ = 0;
}

void TrackedLoss::prepare_interpreters(std::size_t tangents, const Run& run) {
  interpreters_.resize(std::max<std::size_t>(interpreters_.size(), run.threads));
  for (Interpreter& interpreter : interpreters_) interpreter.reserve(network_, blocks_.height, tangents);
}

double TrackedLoss::restart(const DataMatrix& x, const std::vector<double>& parameters, const Run& run) {
  clear_span();
  const std::size_t panel = blocks_.height * network_.first_width();
  const Layout layout = in_panels(blocks_, network_.first_width());
  x.multiply(parameters.data(), parameters.data() + network_.first_bias(), layout, adjoint_.get(), run);
  double drift = 0;
  if (started_) {
    std::vector<double> sums(2 * blocks_.count);
    run.each(blocks_.count, [&](std::size_t block, unsigned) {
      kernels().add_distance(adjoint_.get() + block * panel, tracked_.get() + block * panel, panel, sums.data() + 2 * block);
    });
    double difference = 0, norm = 0;
    for (std::size_t block = 0; block < blocks_.count; block++) {
      difference += sums[2 * block];
      norm += sums[2 * block + 1];
    }
    drift = std::sqrt(norm == 0 ? difference : difference / norm);
  }
  std::swap(tracked_, adjoint_);
  deep_.assign(parameters.begin() + static_cast<std::ptrdiff_t>(network_.deep_begin()), parameters.end());
  started_ = true;
  return drift;
}

void TrackedLoss::span(const DataMatrix& x, const std::vector<std::vector<double>>& fresh,
                       const std::vector<std::vector<double>>& memory, const std::vector<int>& variables, int count,
                       const Run& run) {
  clear_span();
  const std::size_t depth = network_.depth();
  while (fresh_.size() < fresh.size()) fresh_.push_back(allocate_tracked());
  for (std::size_t j = 0; j < fresh.size(); j++) {
    if (variables[j * depth] < 0) continue;  // it does not move the first layer
    const double* bias = fresh[j].data() + network_.first_bias();
    x.multiply(fresh[j].data(), bias, in_panels(blocks_, network_.first_width()), fresh_[j].get(), run);
  }
  for (std::size_t j = 0; j < fresh.size() + memory.size(); j++) {
    const bool is_fresh = j < fresh.size();
    if (is_fresh)
      directions_.emplace_back(fresh[j].begin() + static_cast<std::ptrdiff_t>(network_.deep_begin()), fresh[j].end());
    else directions_.push_back(memory[j - fresh.size()]);
    const auto first = variables.begin() + static_cast<std::ptrdiff_t>(j * depth);
    columns_.push_back({(is_fresh ? fresh_[j] : ring_[j - fresh.size()]).get(), nullptr,
                        std::vector<int>(first, first + static_cast<std::ptrdiff_t>(depth))});
  }
  for (std::size_t j = 0; j < columns_.size(); j++) columns_[j].deep = directions_[j].data();
  variables_ = count;
  spanned_ = true;
}

double TrackedLoss::value(const std::vector<double>& t, const Run& run) {
  const Trial trial = prepare_trial(network_, deep_, columns_, variables_, t.data(), false);
  prepare_interpreters(0, run);
  const std::size_t r = network_.first_width();
  std::vector<double> values(blocks_.count);
  run.each(blocks_.count, [&](std::size_t block, unsigned slot) {
    const std::size_t first = blocks_.first(block);
    interpreters_[slot].forward(network_, trial, tracked_.get() + first * r, first * r);
    values[block] = interpreters_[slot].value(loss_, targets_of(block));
  });
  return add_up(values, 1)[0];
}

Derivatives TrackedLoss::evaluate(const std::vector<double>& t, const Run& run) {
  const Trial trial = prepare_trial(network_, deep_, columns_, variables_, t.data(), true);
  prepare_interpreters(trial.most_tangents, run);
  const std::vector<int>& order = trial.nodes.back().order;
  const std::size_t m = order.size(), stride = 1 + m * (1 + m), k = variables();
  const std::size_t r = network_.first_width();
  std::vector<double> partial(blocks_.count * stride);
  run.each(blocks_.count, [&](std::size_t block, unsigned slot) {
    const std::size_t first = blocks_.first(block);
    double* own = partial.data() + block * stride;
    interpreters_[slot].forward(network_, trial, tracked_.get() + first * r, first * r);
    own[0] = interpreters_[slot].value_and_slopes(loss_, targets_of(block), m, own + 1);
  });
  const std::vector<double> sum = add_up(partial, stride);
  Derivatives result{sum[0], std::vector<double>(k), std::vector<double>(k * k)};
  for (std::size_t i = 0; i < m; i++) {
    const auto u = static_cast<std::size_t>(order[i]);
    const double* row = sum.data() + 1 + i * (1 + m);
    result.slopes[u] = row[0];
    for (std::size_t j = i; j < m; j++) {
      const auto v = static_cast<std::size_t>(order[j]);
      result.curvature[u * k + v] = result.curvature[v * k + u] = row[1 + j];
    }
  }
  return result;
}

// Z += sum_j s_j P_j, the sum kept in `product` when there is one. It may be one of the P_j: the oldest step makes room
// for the newest, element by element.
void TrackedLoss::move_block(const Trial& step, double* product, std::size_t block, Interpreter& interpreter) {
  const std::size_t panel = blocks_.height * network_.first_width(), offset = block * panel;
  const Combination combination = interpreter.at_offset(step.products, step.scales, offset);
  double* tracked = tracked_.get() + offset;
  if (product == nullptr) {
    kernels().combine(tracked, combination, Nonlinearity{}, tracked, panel);
    return;
  }
  const double one = 1;
  const double* moved = product + offset;
  kernels().combine(nullptr, combination, Nonlinearity{}, product + offset, panel);
  kernels().combine(tracked, {&moved, &one, 1}, Nonlinearity{}, tracked, panel);
}

// Where the product of the next step is kept; null where none is.
double* TrackedLoss::newest_product() {
  if (memory_ == 0) return nullptr;
  if (ring_.size() < memory_) ring_.push_back(allocate_tracked());
  return ring_.back().get();
}

// What is not in blocks: the deep parameters, the order of the ring, the span that is used up.
void TrackedLoss::moved(const std::vector<double>& t, const double* product) {
  deep_ = deep_at(network_, deep_, columns_, t.data());
  if (product != nullptr) std::rotate(ring_.begin(), ring_.end() - 1, ring_.end());
  known_ = std::min(memory_, known_ + 1);
  clear_span();
}

double TrackedLoss::move(const std::vector<double>& t, const Run& run) {
  const Trial step = prepare_trial(network_, deep_, columns_, variables_, t.data(), false);
  const Trial here = prepare_trial(network_, deep_at(network_, deep_, columns_, t.data()), {}, 0, nullptr, false);
  prepare_interpreters(0, run);
  double* product = newest_product();
  const std::size_t r = network_.first_width();
  std::vector<double> values(blocks_.count);
  run.each(blocks_.count, [&](std::size_t block, unsigned slot) {
    const std::size_t first = blocks_.first(block);
    move_block(step, product, block, interpreters_[slot]);
    interpreters_[slot].forward(network_, here, tracked_.get() + first * r, first * r);
    values[block] = interpreters_[slot].value(loss_, targets_of(block));
  });
  moved(t, product);
  return add_up(values, 1)[0];
}

BlockLoss TrackedLoss::advance(const DataMatrix& x, const std::vector<double>* t, std::vector<double>& gradient,
                               const Run& run) {
  const Trial step = prepare_trial(network_, deep_, columns_, variables_, t ? t->data() : nullptr, false);
  const Trial here =
      prepare_trial(network_, t ? deep_at(network_, deep_, columns_, t->data()) : deep_, {}, 0, nullptr, false);
  prepare_interpreters(0, run);
  double* product = t != nullptr ? newest_product() : nullptr;
  const std::size_t r = network_.first_width();
  const std::size_t chunks = cutting_.chunks(blocks_.rows), small = r + network_.deep_size();
  const std::size_t whole = cutting_.whole(blocks_.rows);
  // Of a single chunk no more than it has blocks: the sums of the others would be zeros.
  const std::size_t fine = whole == 1 ? std::min(kPieces, blocks_.count) : std::max<std::size_t>(1, kPieces / whole);
  std::vector<double> losses(2 * blocks_.count), largest(chunks * fine), sums(checked_product(chunks * fine, small));
  run.each(chunks * fine, [&](std::size_t piece, unsigned slot) {
    Interpreter& interpreter = interpreters_[slot];
    for (std::size_t block = first_block(piece, fine); block < first_block(piece + 1, fine); block++) {
      run.check();
      const std::size_t first = blocks_.first(block);
      if (t != nullptr) move_block(step, product, block, interpreter);
      interpreter.forward(network_, here, tracked_.get() + first * r, first * r);
      const BlockLoss loss = interpreter.backward(network_, here, loss_, targets_of(block), adjoint_.get() + first * r,
                                                  sums.data() + piece * small);
      losses[2 * block] = loss.value;
      losses[2 * block + 1] = loss.slope_mass;
      largest[piece] = std::max(largest[piece], loss.largest_slope);
    }
  });
  if (t != nullptr) moved(*t, product);
  gradient.resize(network_.size());
  double* tail = gradient.data() + network_.first_bias();
  std::fill_n(tail, small, 0.0);
  for (std::size_t chunk = chunks; chunk-- > 0;) {
    double* own = sums.data() + chunk * fine * small;
    for (std::size_t piece = 1; piece < fine; piece++) {
      for (std::size_t e = 0; e < small; e++) own[e] += own[piece * small + e];
    }
    for (std::size_t e = 0; e < small; e++) tail[e] += own[e];
  }
  const std::vector<double> total = add_up(losses, 2);
  x.multiply_transposed(adjoint_.get(), in_panels(blocks_, r), gradient.data(), run);
  return {total[0], total[1], *std::max_element(largest.begin(), largest.end())};
}

// Of `stride` numbers a block the sums: those of the blocks of a chunk, then those of the chunks.
std::vector<double> TrackedLoss::add_up(const std::vector<double>& by_block, std::size_t stride) const {
  std::vector<double> total(stride), own(stride);
  for (std::size_t chunk = cutting_.chunks(blocks_.rows); chunk-- > 0;) {
    std::fill(own.begin(), own.end(), 0.0);
    const std::size_t end = cutting_.first_block(blocks_, chunk + 1);
    for (std::size_t block = cutting_.first_block(blocks_, chunk); block < end; block++) {
      for (std::size_t e = 0; e < stride; e++) own[e] += by_block[block * stride + e];
    }
    for (std::size_t e = 0; e < stride; e++) total[e] += own[e];
  }
  return total;
}

// Of a piece, `fine` of which make a chunk.
std::size_t TrackedLoss::first_block(std::size_t piece, std::size_t fine) const {
  const std::size_t chunk = piece / fine, first = cutting_.first_block(blocks_, chunk);
  if (piece % fine == 0) return first;
  return first + piece % fine * (cutting_.first_block(blocks_, chunk + 1) - first) / fine;
}

void TrackedLoss::outputs(double* out, const Run& run) {
  const Trial here = prepare_trial(network_, deep_, {}, 0, nullptr, false);
  prepare_interpreters(0, run);
  const std::size_t r = network_.first_width(), width = network_.outputs(), height = blocks_.height;
  run.each(blocks_.count, [&](std::size_t block, unsigned slot) {
    const std::size_t first = blocks_.first(block), count = blocks_.rows_of(block);
    interpreters_[slot].forward(network_, here, tracked_.get() + first * r, 0);
    const double* panel = interpreters_[slot].outputs(targets_of(block));
    double* rows = out + first * width;
    for (std::size_t i = 0; i < count; i++)
      for (std::size_t a = 0; a < width; a++) rows[i * width + a] = panel[a * height + i];
  });
}

void TrackedLoss::grow(const DataMatrix& x, std::size_t rows, const std::vector<double>& parameters,
                       const std::vector<std::vector<double>>& memory, const Run& run) {
  clear_span();
  // The last block of the sample may be half full: it is formed anew.
  const std::size_t first_block = blocks_.rows / blocks_.height, r = network_.first_width();
  const std::size_t offset = first_block * blocks_.height * r;
  const Layout joining = in_panels(all_.from(first_block, rows), r);
  const auto extend = [&](const std::vector<double>& vector, double* panels) {
    std::fill_n(panels + offset + (joining.blocks.count - 1) * joining.block, joining.block, 0.0);
    x.multiply(vector.data(), vector.data() + network_.first_bias(), joining, panels + offset, run);
  };
  known_ = std::min(known_, memory.size());
  for (std::size_t j = 0; j < known_; j++) extend(memory[j], ring_[j].get());
  extend(parameters, tracked_.get());
  // A call that was cancelled on the way has left the sample as it was.
  look_at(rows);
  clear_last(adjoint_.get(), r);
  for (AlignedBuffer& fresh : fresh_) clear_last(fresh.get(), r);
  for (std::size_t j = known_; j < ring_.size(); j++) clear_last(ring_[j].get(), r);
}

double TrackedLoss::preview(const DataMatrix& x, std::size_t count, const std::vector<double>& parameters, const Run& run) {
  const std::size_t first_block = blocks_.rows / blocks_.height, end = blocks_.rows + count, r = network_.first_width();
  const Blocks ahead = all_.from(first_block, end);
  const AlignedBuffer weights = allocate_aligned(ahead.padded_rows());
  fill_weights(blocks_.rows, end, ahead, weights.get());
  // Rooms of the pass over the sample are free between two calls.
  double* product = adjoint_.get() + all_.first(first_block) * r;
  std::fill_n(product + (ahead.count - 1) * ahead.height * r, ahead.height * r, 0.0);
  x.multiply(parameters.data(), parameters.data() + network_.first_bias(), in_panels(ahead, r), product, run);
  const Trial here = prepare_trial(network_, deep_, {}, 0, nullptr, false);
  prepare_interpreters(0, run);
  std::vector<double> values(ahead.count);
  run.each(ahead.count, [&](std::size_t block, unsigned slot) {
    const std::size_t first = ahead.first(block);
    BlockTargets targets = targets_of(first_block + block);
    targets.weights = weights.get() + first;
    interpreters_[slot].forward(network_, here, product + first * r, 0);
    values[block] = interpreters_[slot].value(loss_, targets);
  });
  clear_last(adjoint_.get(), r);
  double sum = 0;
  for (double value : values) sum += value;
  return sum;
}

void TrackedLoss::copy_product(std::size_t which, double* out) const {
  const std::size_t r = network_.first_width(), height = blocks_.height;
  const double* panels = which == 0 ? tracked_.get() : ring_[which - 1].get();
  for (std::size_t i = 0; i < blocks_.rows; i++) {
    const double* from = panels + i / height * height * r + i % height;
    for (std::size_t a = 0; a < r; a++) out[i * r + a] = from[a * height];
  }
}

void TrackedLoss::copy_value(std::size_t n, double* out, const Run& run) {
  const Trial here = prepare_trial(network_, deep_, {}, 0, nullptr, false);
  prepare_interpreters(0, run);
  const std::size_t r = network_.first_width(), width = network_.node(n).width, height = blocks_.height;
  run.each(blocks_.count, [&](std::size_t block, unsigned slot) {
    const std::size_t first = blocks_.first(block), count = blocks_.rows_of(block);
    interpreters_[slot].forward(network_, here, tracked_.get() + first * r, first * r);
    const double* panel = interpreters_[slot].value_of(n);
    for (std::size_t i = 0; i < count; i++)
      for (std::size_t a = 0; a < width; a++) out[(first + i) * width + a] = panel[a * height + i];
  });
}

void TrackedLoss::replace_deep(const std::vector<double>& parameters) {
  clear_span();
  deep_.assign(parameters.begin() + static_cast<std::ptrdiff_t>(network_.deep_begin()), parameters.end());
}

void TrackedLoss::resume(const std::vector<double>& parameters, const std::vector<double>& products, std::size_t count,
                         std::size_t rows) {
  clear_span();
  const std::size_t r = network_.first_width();
  look_at(rows);
  tracked_ = to_panels(products.data(), r, blocks_, 0);
  clear_last(adjoint_.get(), r);
  for (AlignedBuffer& fresh : fresh_) clear_last(fresh.get(), r);
  ring_.clear();
  for (std::size_t j = 1; j < count; j++) ring_.push_back(to_panels(products.data() + j * rows * r, r, blocks_, 0));
  known_ = count - 1;
  deep_.assign(parameters.begin() + static_cast<std::ptrdiff_t>(network_.deep_begin()), parameters.end());
  started_ = true;
}

}  // namespace planesearch
