#include "coordinate/first_layer.h"

#include <algorithm>
#include <cmath>

#include "coordinate/exact.h"
#include "coordinate/trials.h"
#include "math/simd.h"

namespace planesearch {
namespace {

// Columns of a strip: eight vectors of sums and as many of deltas fill half of the registers.
constexpr std::size_t kStrip = 64;
// Units of a tile share the strip of a block while it is in the cache; enough tiles keep many threads busy.
constexpr std::size_t kMostUnits = 64, kLeastUnits = 8, kTiles = 64;
// Rows whose squares are in work at a time.
constexpr std::size_t kSquares = 32;

// The input of a bias, as a row of X of one column.
alignas(64) constexpr double kOne[kLaneMultiple] = {1};

std::size_t divide_up(std::size_t value, std::size_t by) { return (value + by - 1) / by; }

}  // namespace

FirstLayerSweep::FirstLayerSweep(const Network& network, const FirstLayerData& data, const SweepRequest& request,
                                 double* proposal)
    : network_(network), data_(data), request_(request), proposal_(proposal), bent_(data.slopes != nullptr) {
  cut_tiles();
}

void FirstLayerSweep::cut_tiles() {
  const std::size_t units = network_.first_width(), inputs = network_.layer(0).inputs, strips = divide_up(inputs, kStrip);
  const std::size_t groups =
      std::max(divide_up(units, kMostUnits), std::min(divide_up(units, kLeastUnits), divide_up(kTiles, strips)));
  group_ = divide_up(units, groups);
  for (std::size_t s = 0; s < strips && request_.moving[0] != 0; s++) {
    add_strip(false, s * kStrip, std::min(kStrip, inputs - s * kStrip), s * kStrip * units, group_);
  }
  if (request_.moving[1] != 0) add_strip(true, 0, 1, network_.first_bias(), group_);
}

void FirstLayerSweep::add_strip(bool bias, std::size_t first_column, std::size_t columns, std::size_t first_weight,
                                std::size_t group) {
  const std::size_t width = divide_up(columns, kLaneMultiple) * kLaneMultiple;
  // A tile stays within one node, so that one activation applies to all of its units.
  for (const Node& node : network_.nodes()) {
    if (node.kind != NodeKind::kTracked) continue;
    for (std::size_t k = node.from; k < node.from + node.width; k += group) {
      tiles_.push_back({bias, first_column, columns, width, k, std::min(group, node.from + node.width - k), first_weight + k,
                        node.applied});
    }
  }
}

FirstLayerSweep::Room FirstLayerSweep::make_room() const {
  Room room;
  const std::size_t weights = group_ * kStrip, panel = group_ * data_.blocks.height;
  room.h = allocate_aligned(panel);
  room.shares = allocate_aligned(panel);
  room.squares = allocate_aligned(kSquares * kStrip);
  room.strip = allocate_aligned(data_.blocks.height * kStrip);
  for (std::vector<double>* values : {&room.curvature, &room.deltas, &room.values}) values->resize(weights);
  room.largest.resize(kStrip);
  room.searches.resize(weights);
  room.searched.resize(weights);
  room.starts.resize(group_ + 1);
  return room;
}

SweepCounts FirstLayerSweep::run(const Run& run) {
  std::vector<Room> rooms(std::min<std::size_t>(run.threads, tiles_.size()));
  for (Room& room : rooms) room = make_room();
  std::vector<SweepCounts> counts(tiles_.size());
  run.each(tiles_.size(), [&](std::size_t t, unsigned slot) { counts[t] = sweep(tiles_[t], rooms[slot], run); });
  SweepCounts total;
  for (const SweepCounts& part : counts) {
    total.searched += part.searched;
    total.evaluations += part.evaluations;
  }
  return total;
}

SweepCounts FirstLayerSweep::sweep(const Tile& tile, Room& room, const Run& run) const {
  SweepCounts counts;
  counts.searched = move_by_gradient(tile, room);
  if (counts.searched == 0) return counts;
  if (bent_ && request_.search == Search::kExact && tile.applied.kind == Activation::kRelu) {
    search_exactly(tile, room, run);
    counts.evaluations = counts.searched;
    return counts;
  }
  form_curvature(tile, room, run);
  start_searches(tile, room);
  if (bent_) search_in_rounds(tile, room, run);
  for (std::size_t j = 0; j < tile.columns; j++) {
    for (std::size_t k = 0; k < tile.units; k++) {
      if (!room.searched[k * tile.width + j]) continue;
      const WeightSearch& search = room.searches[k * tile.width + j];
      proposal_[weight_at(tile, j, k)] = search.found();
      counts.evaluations += search.evaluations();
    }
  }
  return counts;
}

std::size_t FirstLayerSweep::move_by_gradient(const Tile& tile, Room& room) const {
  std::size_t count = 0;
  std::fill(room.searched.begin(), room.searched.end(), char{0});
  for (std::size_t j = 0; j < tile.columns; j++) {
    const double held = scale(tile, j);
    for (std::size_t k = 0; k < tile.units; k++) {
      const double slope = request_.gradient[weight_at(tile, j, k)];
      const bool searched = request_.searches(held * slope);
      room.searched[k * tile.width + j] = searched;
      count += searched;
      if (!searched) proposal_[weight_at(tile, j, k)] = -request_.gradient_rate * held * held * slope;
    }
  }
  return count;
}

Strip FirstLayerSweep::strip(const Tile& tile, std::size_t first, std::size_t count, Room& room) const {
  if (tile.bias) return {kOne, 0};
  return data_.x.strip(first, count, tile.first_column, tile.columns, room.strip.get());
}

// h of the tile's units over one block.
double* FirstLayerSweep::activities(const Tile& tile, std::size_t block, Room& room) const {
  const std::size_t height = data_.blocks.height;
  const double* z = data_.tracked + data_.blocks.first(block) * network_.first_width() + tile.first_unit * height;
  trial_kernels().activate(tile.applied, z, room.h.get(), tile.units * height);
  return room.h.get();
}

void FirstLayerSweep::form_curvature(const Tile& tile, Room& room, const Run& run) const {
  const Kernels& simd = kernels();
  const std::size_t height = data_.blocks.height, panel = tile.units * height;
  std::fill(room.curvature.begin(), room.curvature.end(), 0.0);
  std::fill(room.largest.begin(), room.largest.end(), 0.0);
  for (std::size_t block = 0; block < data_.blocks.count; block++) {
    run.check();
    const std::size_t first = data_.blocks.first(block), rows = data_.blocks.rows_of(block);
    const std::size_t offset = first * network_.first_width() + tile.first_unit * height;
    const double* shares = bent_ ? room.shares.get() : data_.shares + offset;
    if (bent_) {
      // S = 2 b h'^2
      const double* h = activities(tile, block, room);
      for (std::size_t e = 0; e < panel; e++) room.shares[e] = 2 * data_.halves[offset + e];
      simd.times_derivative(tile.applied, h, room.shares.get(), panel);
      simd.times_derivative(tile.applied, h, room.shares.get(), panel);
    }
    const Strip x = strip(tile, first, rows, room);
    for (std::size_t i = 0; i < rows; i += kSquares) {
      const std::size_t count = std::min(kSquares, rows - i);
      trial_kernels().square_rows(x.values + i * x.row_stride, x.row_stride, count, tile.width, room.squares.get(),
                                  room.largest.data());
      simd.doubles.multiply_broadcast(shares + i, 1, height, tile.units, room.squares.get(), tile.width, count,
                                      room.curvature.data(), tile.width, tile.width);
    }
  }
}

void FirstLayerSweep::start_searches(const Tile& tile, Room& room) const {
  for (std::size_t j = 0; j < tile.columns; j++) {
    const double largest = std::sqrt(room.largest[j]);
    for (std::size_t k = 0; k < tile.units; k++) {
      const std::size_t e = k * tile.width + j;
      if (!room.searched[e]) continue;
      const double growth = data_.growths[tile.first_unit + k] * (bent_ ? tile.applied.sharpness : 1) * largest;
      const double reach = growth > 0 ? request_.constants.trust / growth : INFINITY;
      room.searches[e] =
          WeightSearch(request_, {request_.gradient[weight_at(tile, j, k)], room.curvature[e] + penalty(tile, j), reach});
      if (!bent_) room.searches[e].finish_on_parabola(request_);
    }
  }
}

void FirstLayerSweep::search_in_rounds(const Tile& tile, Room& room, const Run& run) const {
  while (list_pending(tile, room)) {
    try_all(tile, room, run);
    for (std::size_t k = 0; k < tile.units; k++) {
      for (std::size_t j = 0; j < tile.columns; j++) {
        const std::size_t e = k * tile.width + j;
        if (!room.searched[e] || !room.searches[e].pending()) continue;
        const double delta = room.deltas[e];
        room.searches[e].feed(room.values[e] + penalty(tile, j) * delta * (old_weight(tile, j, k) + 0.5 * delta), request_);
      }
    }
  }
}

bool FirstLayerSweep::list_pending(const Tile& tile, Room& room) const {
  const std::size_t lanes = trial_kernels().lanes;
  room.columns.clear();
  for (std::size_t k = 0; k < tile.units; k++) {
    room.starts[k] = room.columns.size();
    for (std::size_t v = 0; v < tile.width; v += lanes) {
      bool any = false;
      for (std::size_t e = k * tile.width + v; e < k * tile.width + v + lanes; e++) {
        const bool pending = room.searched[e] && room.searches[e].pending();
        room.deltas[e] = pending ? room.searches[e].trial() : 0;
        any = any || pending;
      }
      if (any) room.columns.push_back(v);
    }
  }
  room.starts[tile.units] = room.columns.size();
  return !room.columns.empty();
}

void FirstLayerSweep::try_all(const Tile& tile, Room& room, const Run& run) const {
  const std::size_t height = data_.blocks.height;
  std::fill(room.values.begin(), room.values.end(), 0.0);
  for (std::size_t block = 0; block < data_.blocks.count; block++) {
    run.check();
    const std::size_t first = data_.blocks.first(block);
    const double* h = activities(tile, block, room);
    const Strip x = strip(tile, first, data_.blocks.rows_of(block), room);
    for (std::size_t k = 0; k < tile.units; k++) {
      const std::size_t count = room.starts[k + 1] - room.starts[k];
      if (count == 0) continue;
      const std::size_t offset = first * network_.first_width() + (tile.first_unit + k) * height;
      const TrialRows rows{x.values,       x.row_stride,          data_.blocks.rows_of(block), data_.tracked + offset,
                           h + k * height, data_.slopes + offset, data_.halves + offset};
      trial_kernels().try_deltas(tile.applied, rows, room.columns.data() + room.starts[k], count,
                                 room.deltas.data() + k * tile.width, room.values.data() + k * tile.width);
    }
  }
}

void FirstLayerSweep::copy_column(const Tile& tile, std::size_t j, Room& room) const {
  for (std::size_t block = 0; block < data_.blocks.count; block++) {
    const std::size_t first = data_.blocks.first(block), rows = data_.blocks.rows_of(block);
    const Strip x = strip(tile, first, rows, room);
    for (std::size_t i = 0; i < rows; i++) room.x[first + i] = x.values[i * x.row_stride + j];
  }
}

void FirstLayerSweep::search_exactly(const Tile& tile, Room& room, const Run& run) const {
  const Blocks& blocks = data_.blocks;
  for (std::vector<double>* values : {&room.x, &room.z, &room.a, &room.b}) values->resize(blocks.rows);
  for (std::size_t k = 0; k < tile.units; k++) {
    for (std::size_t block = 0; block < blocks.count; block++) {
      const std::size_t first = blocks.first(block), rows = blocks.rows_of(block);
      const std::size_t offset = first * network_.first_width() + (tile.first_unit + k) * blocks.height;
      std::copy_n(data_.tracked + offset, rows, room.z.data() + first);
      std::copy_n(data_.slopes + offset, rows, room.a.data() + first);
      std::copy_n(data_.halves + offset, rows, room.b.data() + first);
    }
    for (std::size_t j = 0; j < tile.columns; j++) {
      if (!room.searched[k * tile.width + j]) continue;
      run.check();
      copy_column(tile, j, room);
      const Terms terms{room.x.data(), room.z.data(),    room.a.data(),         room.b.data(),
                        blocks.rows,   penalty(tile, j), old_weight(tile, j, k)};
      proposal_[weight_at(tile, j, k)] = exact_minimizer(terms, room.kinks);
    }
  }
}

}  // namespace planesearch
