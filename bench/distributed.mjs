/**
 * Rows over ranks: seconds and bytes per iteration on 1 to 4 ranks, the bytes beside the formula of docs/scale.md.
 *
 *     node bench/distributed.mjs                        ranks in this process
 *     mpirun -n 2 --bind-to none node bench/distributed.mjs            ranks of mpirun, beside one process with as many threads
 *     --rows 10000 --columns 784 --hidden 100 --iterations 10 --threads 1 --sum ordered --rounds 3
 *
 * Under mpirun both are trained in turn, and the best of every phase of an iteration counts: what else runs on the machine meets them alike.
 */
import { parseArgs } from 'node:util';
import { train } from '../dist/index.js';
import { selectBackend } from '../dist/backends/index.js';
import { inProcess, lead, mpi, serve, underMpi } from '../dist/distributed/index.js';

const { values: given } = parseArgs({
  options: {
    rows: { type: 'string', default: '10000' },
    columns: { type: 'string', default: '784' },
    hidden: { type: 'string', default: '100' },
    iterations: { type: 'string', default: '10' },
    threads: { type: 'string', default: '1' },
    sum: { type: 'string', default: 'ordered' },
    rounds: { type: 'string', default: '3' },
  },
});
const [rows, columns, hidden, iterations, threads, rounds] = [
  'rows',
  'columns',
  'hidden',
  'iterations',
  'threads',
  'rounds',
].map((name) => Number(given[name]));
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

/** A backend that notes how long the calls of an iteration take, in milliseconds, by their names. */
function timed(backend, notes) {
  return {
    ...backend,
    trackedLoss(spec) {
      const loss = backend.trackedLoss(spec);
      for (const name of PHASES) {
        const call = loss[name].bind(loss);
        loss[name] = async (...args) => {
          const began = performance.now();
          const answer = await call(...args);
          (notes[name] ??= []).push(performance.now() - began);
          return answer;
        };
      }
      return loss;
    },
  };
}

const PHASES = ['span', 'evaluate', 'advance'];

/** Microseconds of a sum of three numbers between all ranks: the best of blocks of them. */
async function microsecondsOfSum(communicator) {
  const each = 100;
  let best = Infinity;
  for (let block = 0; block < 200; block++) {
    const began = performance.now();
    for (let k = 0; k < each; k++) await communicator.sum(Float64Array.of(1, 2, 3));
    best = Math.min(best, (1000 * (performance.now() - began)) / each);
  }
  return best;
}

async function beside(cluster, data) {
  const { communicator } = cluster;
  const sides = [
    { backend: selectBackend('native', threads * communicator.size).backend, communicator: { size: 1 } },
    { backend: cluster.backend, communicator },
  ].map((side) => ({ ...side, notes: {}, best: Infinity }));
  for (let round = 0; round < rounds; round++) {
    for (const side of sides) {
      const { best, objective } = await measure({ ...side, backend: timed(side.backend, side.notes) }, noTraffic, data);
      Object.assign(side, { best: Math.min(side.best, best), objective });
    }
  }
  const [one, several] = sides;
  console.log(
    `an iteration: one process of ${threads * communicator.size} threads ${one.best.toFixed(1)} ms, ${communicator.size} ranks of ${threads} ` +
      `${several.best.toFixed(1)} ms, ratio ${(several.best / one.best).toFixed(3)}; objectives ${one.objective}, ${several.objective}`,
  );
  for (const name of PHASES) {
    const [alone, over] = sides.map(({ notes }) => Math.min(...notes[name]));
    console.log(`${name}: ${alone.toFixed(2)} ms, ${over.toFixed(2)} ms, ratio ${(over / alone).toFixed(3)}`);
  }
}

const noTraffic = () => ({ bytes: 0, messages: 0 });

if (underMpi()) {
  const communicator = mpi();
  const best = await microsecondsOfSum(communicator);
  if (communicator.rank > 0) await serve(communicator, { threads, sum });
  else {
    console.log(`${communicator.name}, ${communicator.size} ranks: a sum of 3 numbers ${best.toFixed(1)} us`);
    const cluster = await lead(communicator, { threads, sum });
    await beside(cluster, problem(rows));
    await cluster.end();
  }
  await communicator.leave(0);
} else {
  const data = problem(rows);
  const alone = await measure({ backend: 'native', communicator: { size: 1 } }, noTraffic, data);
  tell(`one process without ranks, all processors`, 1, alone);
  for (const ranks of [1, 2, 3, 4]) {
    tell('in-process', ranks, await led(inProcess(ranks), (cluster, traffic) => measure(cluster, traffic, data)));
  }
}
