/**
 * Rows over ranks: seconds and bytes per iteration on 1 to 4 ranks, the bytes beside the formula of docs/scale.md.
 *
 *     node bench/distributed.mjs                        ranks in this process
 *     mpirun -n 2 node bench/distributed.mjs            ranks of mpirun
 *     --rows 10000 --columns 784 --hidden 100 --iterations 10 --threads 1 --sum ordered
 */
import { parseArgs } from 'node:util';
import { train } from '../dist/index.js';
import { inProcess, lead, mpi, serve, underMpi } from '../dist/distributed/index.js';

const { values: given } = parseArgs({
  options: {
    rows: { type: 'string', default: '10000' },
    columns: { type: 'string', default: '784' },
    hidden: { type: 'string', default: '100' },
    iterations: { type: 'string', default: '10' },
    threads: { type: 'string', default: '1' },
    sum: { type: 'string', default: 'ordered' },
  },
});
const [rows, columns, hidden, iterations, threads] = ['rows', 'columns', 'hidden', 'iterations', 'threads'].map((name) =>
  Number(given[name]),
);
const { sum } = given;
const OUTPUTS = 10;

/** Classes that a linear rule nearly tells apart. */
function problem(rows) {
  let state = 1;
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 31 - 1;
  const values = Float64Array.from({ length: rows * columns }, next);
  const y = Array.from({ length: rows }, (_, i) => {
    const row = values.subarray(i * columns, i * columns + OUTPUTS);
    return String(row.indexOf(Math.max(...row)));
  });
  return { x: { values, rows, columns }, y };
}

const parameters = (columns + 1) * hidden + (hidden + 1) * OUTPUTS;
const behind = (hidden + 1) * OUTPUTS;

/**
 * Bytes that all ranks send in one iteration: to each other rank the direction, what of `memory` past steps is behind the first layer, and
 * the step; from each the gradient, and of `evaluations` of k variables value, slopes and curvature; and everybody's flag of every call.
 */
function formula({ ranks, evaluations, k, memory }) {
  const down = parameters + memory * behind + (evaluations + 1) * k;
  const up = parameters + 3 + evaluations * (2 + k + k * k);
  const flags = 2 * 2 * (evaluations + 2);
  return 8 * (ranks - 1) * (down + up + flags);
}

async function measure(cluster, traffic, data) {
  const times = [];
  const marks = [];
  const mark = ({ iteration, steps, innerEvaluations }) => {
    times.push(performance.now());
    marks.push({
      iteration,
      k: Object.values(steps).reduce((sum, own) => sum + Object.keys(own).length, 0),
      innerEvaluations,
      ...traffic(),
    });
  };
  const options = { network: 'mlp', hidden: [hidden], direction: 'lbfgs', steps: 'layerwise', memory: 1 };
  const result = await train(data, {
    ...options,
    sample: 'all',
    tolerance: 0,
    maxIterations: iterations,
    backend: cluster.backend,
    callbacks: [mark],
  });
  const spans = times.slice(1).map((time, i) => time - times[i]);
  const [before, last] = marks.slice(-2);
  const counted = { bytes: last.bytes - before.bytes, messages: last.messages - before.messages };
  const expected = formula({ ranks: cluster.communicator.size, evaluations: last.innerEvaluations, k: last.k, memory: 1 });
  return { best: Math.min(...spans), counted, expected, last, products: result.products, objective: result.objective };
}

function tell(name, ranks, { best, counted, expected, products, objective }) {
  const each = `${products.multiply.toFixed(0)} + ${products.multiplyTransposed.toFixed(0)} products`;
  const bytes =
    ranks === 1
      ? ''
      : `, ${counted.bytes} bytes in ${counted.messages} messages (formula ${expected}, ${(counted.bytes / expected).toFixed(3)})`;
  console.log(`${name}, ${ranks} ranks: ${best.toFixed(1)} ms/iteration, ${each}, objective ${objective}${bytes}`);
}

async function led(communicators, run) {
  const options = { threads, sum };
  const serving = communicators.slice(1).map((communicator) => serve(communicator, options));
  const cluster = await lead(communicators[0], options);
  const traffic = () => ({
    bytes: communicators.reduce((total, one) => total + one.traffic.bytes, 0),
    messages: communicators.reduce((total, one) => total + one.traffic.messages, 0),
  });
  const found = await run(cluster, traffic);
  await cluster.end();
  await Promise.all(serving);
  return found;
}

if (underMpi()) {
  const communicator = mpi();
  if (communicator.rank > 0) await serve(communicator, { threads, sum });
  else {
    const cluster = await lead(communicator, { threads, sum });
    const own = () => ({ ...communicator.traffic });
    const found = await measure(cluster, own, problem(rows));
    await cluster.end();
    const { best, objective } = found;
    console.log(`${communicator.name}, ${communicator.size} ranks: ${best.toFixed(1)} ms/iteration, objective ${objective}`);
  }
  await communicator.leave(0);
} else {
  const data = problem(rows);
  const alone = await measure({ backend: 'native', communicator: { size: 1 } }, () => ({ bytes: 0, messages: 0 }), data);
  tell(`one process without ranks, all processors`, 1, alone);
  for (const ranks of [1, 2, 3, 4]) {
    tell('in-process', ranks, await led(inProcess(ranks), (cluster, traffic) => measure(cluster, traffic, data)));
  }
}
