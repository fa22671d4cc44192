/** One entry per method from the runs of several starting points: medians for the table, one run for the figures. */
import { median } from '../support/run.mjs';
import { at } from './plane-search-runs.mjs';

/**
 * @param seeds what `compareOn` gave for each starting point, the same methods in the same order
 * @param {number[]} checkpoints iterations at which gaps are read
 * @returns `best`, the median of the objectives that gaps are measured from, and the methods: `gaps` are medians over the seeds,
 * `seedGaps` those of each seed after the last checkpoint, and `curve` is the run of the median seed, with its own `best`
 */
export function overSeeds(seeds, checkpoints) {
  const methods = seeds[0].results.map(({ direction, rule, label, rate, tuning }, m) => {
    const runs = seeds.map(({ results, best }, seed) => ({ ...curveOf(results[m]), seed, best }));
    const gapsAt = (k) => runs.map(({ objective, best }) => at(objective, k) - best);
    const seedGaps = gapsAt(checkpoints.at(-1));
    const middle = (value) => median(runs.map(value));
    return {
      direction,
      rule,
      label,
      ...(rate === undefined ? {} : { rate, tuning }),
      seedGaps,
      gaps: checkpoints.map((k) => median(gapsAt(k))),
      curve: runs[medianIndex(seedGaps)],
      products: middle((r) => r.products.at(-1)),
      gram: middle((r) => r.gram),
      fallbacks: middle((r) => r.fallbacks),
      seconds: middle((r) => r.seconds.at(-1)),
      innerEvaluations: middle((r) => r.innerEvaluations),
    };
  });
  return { best: median(seeds.map(({ best }) => best)), methods };
}

function curveOf({ objective, products, seconds, stop, gram, fallbacks, innerEvaluations }) {
  return { objective, products, seconds, stop, gram, fallbacks, innerEvaluations };
}

/** Where the median stands; of an even number the lower of the two in the middle. */
function medianIndex(values) {
  const order = values.map((_, i) => i).sort((a, b) => values[a] - values[b]);
  return order[(order.length - 1) >> 1];
}
