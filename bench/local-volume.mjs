/**
 * `localVolume` of trained models, plain and preconditioned: the estimate, how sure it is, and evaluations per second (arXiv 2501.18812).
 *
 *     node bench/local-volume.mjs [--data wine-quality-white,spambase,fashion-mnist-10000] [--hidden 10] [--samples 200] [--cutoff 0.01]
 *
 * Linear models and tanh networks, l2 = 1 / rows in training and volume. A table on standard error, JSON on standard output.
 */
import { parseArgs } from 'node:util';
import { localVolume, train } from 'planesearch';
import { textTable } from './report/table.mjs';
import { loadProblem } from './support/problems.mjs';
import { backend } from './support/run.mjs';
import { machine } from './support/timing.mjs';

const { values: given } = parseArgs({
  options: {
    data: { type: 'string', default: 'wine-quality-white,spambase,fashion-mnist-10000' },
    hidden: { type: 'string', default: '10' },
    samples: { type: 'string', default: '200' },
    cutoff: { type: 'string', default: '0.01' },
  },
});
const [samples, cutoff] = [Number(given.samples), Number(given.cutoff)];

const results = [];
for (const name of given.data.split(',')) {
  const problem = await loadProblem(name);
  if (!problem) continue;
  const data = { x: problem.x, y: problem.targets };
  const l2 = 1 / problem.x.rows;
  for (const network of ['linear', 'mlp']) {
    const own = network === 'mlp' ? { hidden: [Number(given.hidden)] } : {};
    const task = problem.loss === 'squared' ? 'regression' : 'classification';
    const { model } = await train(data, { network, ...own, task, l2, backend: backend.name, maxIterations: 300 });
    for (const precondition of ['none', 'kronecker']) {
      const began = performance.now();
      const found = await localVolume(model, data, { precondition, samples, cutoff, l2, backend: backend.name });
      const seconds = (performance.now() - began) / 1000;
      results.push({ data: name, network, precondition, ...found, seconds });
    }
  }
}
console.error(
  textTable({
    columns: [
      'data',
      'network',
      'D',
      'P',
      'log volume',
      'error',
      'effective',
      'unbounded',
      'evaluations',
      'seconds',
      'a second',
    ],
    rows: results.map((r) => [
      r.data,
      r.network,
      r.dimension,
      r.precondition,
      r.logVolume.toFixed(1),
      r.standardError.toFixed(2),
      r.effectiveSamples.toFixed(1),
      r.unbounded,
      r.evaluations,
      r.seconds.toFixed(2),
      (r.evaluations / r.seconds).toFixed(0),
    ]),
  }),
);
console.log(JSON.stringify({ machine: machine(backend), samples, cutoff, results }));
