// The mean loss over the data as a function of a few step variables: the heart of the package.
//
// Forming X W costs everything, so it is done once and *tracked*: Z = X W + b is kept, and for every direction D of the
// current subspace P = X D + d. At any step t the first layer is Z + sum_j t_j P_j, and one pass over cache-sized blocks
// gives the loss, its slopes and its Gauss-Newton curvature by t without another look at X. A move adds sum_j t_j P_j to
// Z; that sum is the product of the step just taken and stays as a column of later subspaces: memory is free.
//
// Who owns what, with r the width of the first layer and n rows (all in panels, see data/panels.h):
//
//     tracked_   Z                       n r      read by evaluations, written by restart and advance
//     fresh_     P of fresh directions   n r each, as many as the widest span so far; written by span
//     ring_      P of the last steps     n r each, `memory` of them; the oldest is overwritten by advance
//     adjoint_   Q                       n r      written by advance, read by X'Q; spare room of restart
//     targets_, weights_, offsets_       as given, once; only read
//     interpreters_     panels in work          cache-sized, one per thread
//
// What it looks at may be a *sample*, the first rows of X; `grow` lets further ones join. Memory is allocated for all rows and touched
// for those of the sample only, and the panels of rows that are in stay where they are. The rows themselves may be a range of X: they
// are numbered from its beginning here, and only the products, by `Blocks::start`, know where that is.
//
// X itself belongs to somebody else and is handed in where it is needed. One call at a time. A call runs on the thread that
// makes it plus the pool; inside a pass a thread touches only its interpreter and the blocks of its tasks. Only the deep parameters
// are kept: of the first layer nothing but Z is needed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "coordinate/request.h"
#include "data/data_matrix.h"
#include "losses/loss.h"
#include "objective/factors.h"
#include "objective/interpreter.h"
#include "objective/network.h"
#include "objective/trial.h"
#include "parallel/run.h"

namespace planesearch {

struct Derivatives {
  double value = 0;
  std::vector<double> slopes, curvature;
};

// What the rows are compared with, row-major; copied. `weights` has one number per row and sums to 1, `offsets` is rows x outputs; either
// may be null.
struct RowTargets {
  std::size_t from;  // row of X that is the first of them
  const double* targets;
  const double* offsets;
  const double* weights;
  std::size_t count;
};

class TrackedLoss {
 public:
  // `sample`: rows to begin with, 1 to all.
  TrackedLoss(Network network, Loss loss, const RowTargets& rows, const Cutting& cutting, std::size_t memory,
              std::size_t sample);

  const Network& network() const { return network_; }
  // Of the sample, and all of them.
  std::size_t rows() const { return blocks_.rows; }
  std::size_t all_rows() const { return all_.rows; }
  std::size_t variables() const { return static_cast<std::size_t>(variables_); }
  // Steps whose products are known, at most `memory`.
  std::size_t known_steps() const { return known_; }
  std::size_t bytes() const;

  // The vectors have network().size() elements, those of the `memory` of a span network().deep_size(); `variables` has network().depth()
  // entries per direction, fresh ones first.
  double restart(const DataMatrix& x, const std::vector<double>& parameters, const Run& run);
  void span(const DataMatrix& x, const std::vector<std::vector<double>>& fresh,
            const std::vector<std::vector<double>>& memory, const std::vector<int>& variables, int count, const Run& run);
  double value(const std::vector<double>& t, const Run& run);
  Derivatives evaluate(const std::vector<double>& t, const Run& run);
  // Moves by `t`, or stays when it is null; fills `gradient`, returns the loss.
  BlockLoss advance(const DataMatrix& x, const std::vector<double>* t, std::vector<double>& gradient, const Run& run);

  // Moves by `t` without a gradient, hence without a product; returns the loss.
  double move(const std::vector<double>& t, const Run& run);

  // The outputs at the accepted point, offsets included, row-major, rows x network().outputs().
  void outputs(double* out, const Run& run);

  // The tracked product (0) or that of a past step (1 the newest), row-major, rows x first_width.
  void copy_product(std::size_t which, double* out) const;
  // Accepts `parameters` with products that copy_product gave: 1 + known_steps() of them, one behind the other, of a sample of `rows`.
  void resume(const std::vector<double>& parameters, const std::vector<double>& products, std::size_t count,
              std::size_t rows);

  // The sample becomes the first `rows` rows, more than it has. `parameters` are those of the accepted point, `memory` the past steps whose
  // products are known, newest first: only the rows that join are multiplied.
  void grow(const DataMatrix& x, std::size_t rows, const std::vector<double>& parameters,
            const std::vector<std::vector<double>>& memory, const Run& run);
  // The mean loss over the next `count` rows at the accepted point, of which `parameters` are those of the first layer and more.
  double preview(const DataMatrix& x, std::size_t count, const std::vector<double>& parameters, const Run& run);

  // The value of node `n` at the accepted point, row-major, rows x its width.
  void copy_value(std::size_t n, double* out, const Run& run);
  // Accepts the parameters behind the first layer; its own, and the tracked product, stay.
  void replace_deep(const std::vector<double>& parameters);

  // Curvature factors at the accepted point; the input factor only with `x`.
  CurvatureFactors factors(const DataMatrix* x, std::size_t max_rows, std::uint32_t seed, const Run& run);

  // Every weight's own search from the accepted point; `proposal` has network().size() elements. In native/coordinate/.
  SweepCounts coordinate_sweep(const DataMatrix& x, const SweepRequest& request, double* proposal, const Run& run);

  // After a cancelled call the object knows nothing until restart.
  void forget();

  // Misuse that depends on the state; thrown before a call starts.
  void require_started() const;
  void require_span() const;

 private:
  AlignedBuffer allocate_tracked() const;
  void look_at(std::size_t rows);
  void fill_weights(std::size_t from, std::size_t end, const Blocks& blocks, double* to) const;
  void clear_last(double* panels, std::size_t width) const;
  std::vector<double> add_up(const std::vector<double>& by_block, std::size_t stride) const;
  std::size_t first_block(std::size_t piece, std::size_t fine) const;
  AlignedBuffer to_panels(const double* rows, std::size_t width, const Blocks& blocks, double surplus) const;
  BlockTargets targets_of(std::size_t block) const;
  void prepare_interpreters(std::size_t tangents, const Run& run);
  double* newest_product();
  void move_block(const Trial& step, double* product, std::size_t block, Interpreter& interpreter);
  void moved(const std::vector<double>& t, const double* product);
  void clear_span();

  const Network network_;
  const Loss loss_;
  const std::size_t memory_;
  const Cutting cutting_;
  const Blocks all_;  // of the range
  Blocks blocks_;     // of the sample
  AlignedBuffer targets_, weights_, offsets_;
  std::vector<double> given_weights_;  // of all rows; empty when they weigh the same

  bool started_ = false, spanned_ = false;
  std::vector<double> deep_;  // accepted deep parameters
  AlignedBuffer tracked_, adjoint_;
  std::vector<AlignedBuffer> fresh_;
  std::vector<AlignedBuffer> ring_;  // newest first
  std::size_t known_ = 0;

  std::vector<std::vector<double>> directions_;  // deep parts, which columns_ point to
  std::vector<Column> columns_;
  int variables_ = 0;
  std::vector<Interpreter> interpreters_;
};

}  // namespace planesearch
