/**
 * The rates that layerwise subspace optimization solves for: every layer has its own along the direction and along the step
 * before, and they change by orders of magnitude in a run. No schedule would have guessed them.
 *
 *     node examples/layerwise-rates.mjs
 */
import { train } from 'planesearch';
import { drawImages } from './demo/images.mjs';
import { formatTable } from './demo/terminal.mjs';

const { history } = await train(drawImages(600, 1), {
  network: 'mlp',
  hidden: [20],
  loss: 'softmax',
  direction: 'gradient',
  steps: 'layerwise',
  tolerance: 0,
  maxIterations: 20,
});

// A record's `steps[layer][column]`: the columns are the direction and, from the second iteration, the step before.
const columns = ['gradient', 'memory-1'].flatMap((column) => ['hidden', 'output'].map((layer) => ({ layer, column })));
const rows = history.map(({ iteration, objective, steps }) => [
  `${iteration}`,
  objective.toFixed(4),
  ...columns.map(({ layer, column }) => steps[layer]?.[column]?.toFixed(3) ?? ''),
]);
const titles = ['iteration', 'objective', 'rate hidden', 'rate output', 'momentum hidden', 'momentum output'];
console.log(formatTable([titles, ...rows]));
