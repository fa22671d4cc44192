// The sweep over the weights and biases of the first layer: nearly all the weights there are, and all the work with X.
//
// The weights are cut into *tiles*, a strip of columns of X times a group of units. A tile is a task: it forms the curvature of
// its weights (a product of X squared elementwise, block by block), starts their searches and feeds them in rounds, each one pass
// over the rows with the trials of all weights that still search. The rows are never split, so every sum has one order.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "coordinate/request.h"
#include "coordinate/search.h"
#include "data/data_matrix.h"
#include "data/panels.h"
#include "math/aligned_buffer.h"
#include "objective/network.h"
#include "parallel/run.h"

namespace planesearch {

// Data-sized arrays in panels, see data/panels.h.
struct FirstLayerData {
  const DataMatrix& x;
  const Blocks& blocks;
  const double* tracked;
  const double *slopes, *halves;  // a and b where the layer is bent, otherwise null
  const double* shares;           // S where it is not
  const std::vector<double>& growths;
};

class FirstLayerSweep {
 public:
  FirstLayerSweep(const Network& network, const FirstLayerData& data, const SweepRequest& request, double* proposal);
  SweepCounts run(const Run& run);

 private:
  struct Tile {
    bool bias;  // the column of ones that biases have for input
    std::size_t first_column;
    std::size_t columns, width;  // real ones; rounded up to whole vectors
    std::size_t first_unit, units;
    std::size_t first_weight;  // place of its first column and unit among the parameters
    Nonlinearity applied;      // to the products of its units, where they are bent
  };
  struct Room {
    AlignedBuffer h, shares, squares, strip;
    std::vector<double> curvature, largest, deltas, values;
    std::vector<WeightSearch> searches;
    std::vector<char> searched;
    std::vector<std::size_t> starts, columns;  // vectors of columns still searching, by unit
    std::vector<double> x, z, a, b;            // of one weight, for `exact`
    std::vector<std::pair<double, std::size_t>> kinks;
  };

  void cut_tiles();
  void add_strip(bool bias, std::size_t first_column, std::size_t columns, std::size_t first_weight, std::size_t group);
  Room make_room() const;
  SweepCounts sweep(const Tile& tile, Room& room, const Run& run) const;
  std::size_t move_by_gradient(const Tile& tile, Room& room) const;
  void form_curvature(const Tile& tile, Room& room, const Run& run) const;
  void start_searches(const Tile& tile, Room& room) const;
  void search_in_rounds(const Tile& tile, Room& room, const Run& run) const;
  bool list_pending(const Tile& tile, Room& room) const;
  void try_all(const Tile& tile, Room& room, const Run& run) const;
  void search_exactly(const Tile& tile, Room& room, const Run& run) const;
  void copy_column(const Tile& tile, std::size_t j, Room& room) const;
  double* activities(const Tile& tile, std::size_t block, Room& room) const;
  std::size_t weight_at(const Tile& tile, std::size_t j, std::size_t k) const {
    return tile.first_weight + j * network_.first_width() + k;
  }
  // Rows [first, first + count) of the tile's columns.
  Strip strip(const Tile& tile, std::size_t first, std::size_t count, Room& room) const;
  double penalty(const Tile& tile, std::size_t j) const {
    return tile.bias ? 0 : request_.input_penalty[tile.first_column + j];
  }
  double scale(const Tile& tile, std::size_t j) const { return tile.bias ? 1 : request_.input_scale[tile.first_column + j]; }
  double old_weight(const Tile& tile, std::size_t j, std::size_t k) const {
    return tile.bias || request_.parameters.empty() ? 0 : request_.parameters[weight_at(tile, j, k)];
  }

  const Network& network_;
  const FirstLayerData data_;
  const SweepRequest& request_;
  double* const proposal_;
  const bool bent_;
  std::vector<Tile> tiles_;
  std::size_t group_ = 0;
};

}  // namespace planesearch
