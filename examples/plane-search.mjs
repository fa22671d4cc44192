/**
 * What a step rule is worth: the same network, the same directions -g, the same number of products with X, and only the
 * choice of the step differs. A fixed rate has to be tuned; the others find their own.
 *
 *     node examples/plane-search.mjs
 */
import { train } from 'planesearch';
import { drawImages } from './demo/images.mjs';
import { formatTable } from './demo/terminal.mjs';

const data = drawImages(600, 1);
const common = { network: 'mlp', hidden: [20], loss: 'softmax', direction: 'gradient', tolerance: 0, maxIterations: 30 };

const rules = [
  ['fixed rate 0.01', { steps: 'fixed', rate: 0.01 }],
  ['fixed rate 0.1', { steps: 'fixed', rate: 0.1 }],
  ['fixed rate 1', { steps: 'fixed', rate: 1 }],
  ['backtracking', { steps: 'backtracking' }],
  ['line: the best rate', { steps: 'line' }],
  ['plane: rate and momentum', { steps: 'plane' }],
  ['layerwise: both for every layer', { steps: 'layerwise' }],
];

const table = [['gradient and ...', 'objective after 10', 'after 20', 'after 30', 'products with X', 'evaluations of phi']];
for (const [name, options] of rules) {
  const { history, products, innerEvaluations } = await train(data, { ...common, ...options });
  const objectives = [10, 20, 30].map((iteration) => history[iteration].objective.toFixed(4));
  table.push([name, ...objectives, `${products.multiply + products.multiplyTransposed}`, `${innerEvaluations}`]);
}
console.log(formatTable(table));
