// TrackedLoss::coordinate_sweep: the pass over the rows, then the first layer, then the deep layers.
#include <algorithm>
#include <cmath>

#include "coordinate/first_layer.h"
#include "coordinate/search.h"
#include "coordinate/shares.h"
#include "objective/tracked_loss.h"

namespace planesearch {
namespace {

// Partial sums are kept for this many chunks of blocks, whatever the number of threads.
constexpr std::size_t kChunks = 32;

// Curvature of every deep weight and the largest square of its input, summed over chunks.
struct DeepCurvature {
  std::vector<double> curvatures, largest;
};

DeepCurvature add_chunks(const std::vector<double>& sums, std::size_t chunks, std::size_t size, std::size_t inputs) {
  DeepCurvature deep{std::vector<double>(size), std::vector<double>(inputs)};
  for (std::size_t chunk = 0; chunk < chunks; chunk++) {
    const double* part = sums.data() + chunk * (size + inputs);
    for (std::size_t e = 0; e < size; e++) deep.curvatures[e] += part[e];
    for (std::size_t j = 0; j < inputs; j++) deep.largest[j] = std::max(deep.largest[j], part[size + j]);
  }
  return deep;
}

// Straight or guessed, all of them: the parabola is all there is.
SweepCounts sweep_deep(const Network& network, const SharePass& pass, const DeepCurvature& deep, const SweepRequest& request,
                       double* proposal) {
  SweepCounts counts;
  const double* largest = deep.largest.data();
  for (std::size_t l = 1; l < network.depth(); l++) {
    const std::size_t inputs = network.layer(l).inputs, width = network.layer(l).outputs;
    for (std::size_t j = 0; j <= inputs; j++) {
      const bool bias = j == inputs;
      if (request.moving[2 * l + (bias ? 1 : 0)] == 0) continue;
      const double input = bias ? 1 : std::sqrt(largest[j]);
      for (std::size_t k = 0; k < width; k++) {
        const std::size_t e = network.deep_weight(l) + j * width + k;
        const double slope = request.gradient[network.deep_begin() + e];
        double& delta = proposal[network.deep_begin() + e];
        if (!request.searches(slope)) {
          delta = -request.gradient_rate * slope;
          continue;
        }
        const double growth = pass.growths(l)[k] * input;
        WeightSearch search(request, {slope, deep.curvatures[e] + (bias ? 0 : request.layer_l2[l]),
                                      growth > 0 ? request.constants.trust / growth : INFINITY});
        search.finish_on_parabola(request);
        delta = search.found();
        counts.searched++;
        counts.evaluations += search.evaluations();
      }
    }
    largest += inputs;
  }
  return counts;
}

}  // namespace

SweepCounts TrackedLoss::coordinate_sweep(const DataMatrix& x, const SweepRequest& request, double* proposal,
                                          const Run& run) {
  const Trial here = prepare_trial(network_, deep_, {}, 0, nullptr, false);
  prepare_interpreters(0, run);
  const SharePass pass(network_, loss_, blocks_.height, request);
  const std::size_t r = network_.first_width();
  const AlignedBuffer halves = pass.bent() ? allocate_tracked() : nullptr;
  std::size_t inputs = 0;
  for (std::size_t l = 1; l < network_.depth(); l++) inputs += network_.layer(l).inputs;
  const std::size_t chunks = std::min(kChunks, blocks_.count), size = network_.deep_size();
  std::vector<double> sums(checked_product(chunks, size + inputs));
  std::vector<SharePass::Room> rooms(std::min<std::size_t>(run.threads, chunks));
  for (SharePass::Room& room : rooms) room = pass.make_room();
  run.each(chunks, [&](std::size_t chunk, unsigned slot) {
    double* part = sums.data() + chunk * (size + inputs);
    for (std::size_t block = chunk * blocks_.count / chunks; block < (chunk + 1) * blocks_.count / chunks; block++) {
      run.check();
      const std::size_t first = blocks_.first(block);
      interpreters_[slot].forward(network_, here, tracked_.get() + first * r, first * r);
      double* panel = adjoint_.get() + first * r;
      const FirstPanels panels{panel, pass.bent() ? halves.get() + first * r : nullptr, panel};
      pass.run(interpreters_[slot], here, targets_of(block), blocks_.rows_of(block), rooms[slot], panels,
               {part, part + size});
    }
  });
  const double* panels = adjoint_.get();
  const FirstLayerData data{x,
                            blocks_,
                            tracked_.get(),
                            pass.bent() ? panels : nullptr,
                            halves.get(),
                            pass.bent() ? nullptr : panels,
                            pass.growths(0)};
  std::fill_n(proposal, network_.size(), 0.0);
  SweepCounts counts = FirstLayerSweep(network_, data, request, proposal).run(run);
  const SweepCounts deep = sweep_deep(network_, pass, add_chunks(sums, chunks, size, inputs), request, proposal);
  counts.searched += deep.searched;
  counts.evaluations += deep.evaluations;
  return counts;
}

}  // namespace planesearch
