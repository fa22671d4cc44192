/**
 * Two questions about plane search: what the true phi is worth beside the rates of a quadratic model, and what the classic directions of
 * sequential subspace optimization add.
 *
 *     node bench/plane-search-ablations.mjs [--quick] [--out bench/results]
 *
 * Tables go to standard error, one JSON object to standard output, a page for each problem to the folder.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compare, comparisonPage, loadTable } from 'planesearch';
import { textTable } from './report/table.mjs';
import { dataFolder } from './support/problems.mjs';
import { median } from './support/run.mjs';

const { values: given } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    out: { type: 'string', default: fileURLToPath(new URL('results', import.meta.url)) },
  },
});
const [iterations, seeds] = given.quick ? [10, 1] : [100, 3];
const files = ['spambase.csv.gz', 'phishing.svm.gz', 'wine-quality-white.csv.gz'];

/**
 * Learning and momentum rate at the minimum of the damped quadratic model, as K-FAC has them (Martens & Grosse 2015, arXiv 1503.05671,
 * section 7; kfac-jax): the loss is not looked at before the step. lambda follows Levenberg and Marquardt, every 5 iterations.
 */
function quadraticModel({ damping = 1e-3, every = 5, decay = (19 / 20) ** 5 } = {}) {
  return {
    name: 'quadratic model',
    split: 'joint',
    maxMemory: 1,
    safeguarded: false,
    start: () => ({ lambda: damping, count: 0 }),
    async choose(phi, state) {
      const k = phi.dimension;
      const zero = new Float64Array(k);
      const { curvature } = await phi.evaluate(zero);
      const columns = Array.from({ length: k }, (_, v) => phi.stepVector(zero.map((_, u) => Number(u === v))));
      const dot = (a, b) => a.reduce((sum, x, e) => sum + x * b[e], 0);
      const matrix = curvature.map((c, e) => c + state.lambda * dot(columns[Math.floor(e / k)], columns[e % k]));
      const t = solved(matrix, phi.slopes0);
      const promised = -0.5 * t.reduce((sum, step, v) => sum + step * phi.slopes0[v], 0);
      const value = await phi.value(t);
      if (++state.count % every === 0) {
        const ratio = (phi.value0 - value) / promised;
        if (ratio > 0.75) state.lambda *= decay;
        else if (!(ratio >= 0.25)) state.lambda /= decay;
      }
      return { t, value, accepted: Number.isFinite(value), reason: `lambda ${state.lambda}` };
    },
  };
}

/** -C^-1 s for one or two variables. */
function solved([a, b, , d], [s, u]) {
  if (u === undefined) return Float64Array.of(-s / a);
  const determinant = a * d - b * b;
  if (!(determinant > 1e-14 * a * d)) return Float64Array.of(-s / a, 0);
  return Float64Array.of((b * u - d * s) / determinant, (b * s - a * u) / determinant);
}

/**
 * The classic directions of sequential subspace optimization (Narkiss & Zibulevsky 2005, SESOP): the gradient, and Nemirovski's two, the way
 * from the start and sum_k w_k g_k with w_k = 1/2 + sqrt(1/4 + w_{k-1}^2); past steps are `memory`. The products of Nemirovski's two could be
 * tracked as past steps are; here each costs a product.
 */
function sesop() {
  return {
    name: 'sesop',
    unitStep: false,
    needs: ['several-directions', 'steady-rows'],
    start: () => ({ from: null, sum: null, weight: 0 }),
    next(state, { point, gradient }) {
      state.weight = 0.5 + Math.sqrt(0.25 + state.weight ** 2);
      state.sum = gradient.map((g, e) => (state.sum?.[e] ?? 0) + state.weight * g);
      const descent = gradient.map((g) => -g);
      if (state.from === null) {
        state.from = point.slice();
        return [descent];
      }
      return [descent, state.sum.map((g) => -g), point.map((p, e) => p - state.from[e])];
    },
  };
}

const methods = [
  'gradient:plane:memory=1',
  { direction: 'gradient', steps: quadraticModel(), memory: 1 },
  'kronecker:plane:memory=1',
  { direction: 'kronecker', steps: quadraticModel(), memory: 1 },
  'gradient:plane:memory=3',
  { direction: sesop(), steps: 'plane', memory: 1 },
  'lbfgs:plane:memory=1',
];

const results = {};
mkdirSync(given.out, { recursive: true });
for (const file of files) {
  const { data, target, schema } = await loadTable(path.join(dataFolder, file), { needsTarget: true });
  const options = { network: 'mlp', hidden: [20], methods, iterations, seeds };
  const comparison = await compare({ x: data, y: target, schema }, options);
  const page = await comparisonPage(comparison, { title: `ablations of plane search, ${file}` });
  writeFileSync(path.join(given.out, `plane-search-ablations-${file.split('.')[0]}.html`), page);
  const rows = comparison.methods.map(({ label, runs }) => {
    const gaps = (k) => runs.map(({ objective }, s) => objective[Math.min(k, objective.length - 1)] - comparison.lowest[s]);
    const marks = [0.2, 0.5, 1].map((share) => median(gaps(Math.round(share * iterations))).toExponential(1));
    return [label, ...marks, median(runs.map(({ products }) => products.at(-1))), median(runs.map((r) => r.fallbacks))];
  });
  const columns = [
    'method',
    ...[0.2, 0.5, 1].map((share) => `gap at ${Math.round(share * iterations)}`),
    'products',
    'fallbacks',
  ];
  results[file] = { columns, rows };
  console.error(`${file}: ${data.rows} x ${data.columns}\n${textTable({ columns, rows })}`);
}
console.log(JSON.stringify({ iterations, seeds, results }));
