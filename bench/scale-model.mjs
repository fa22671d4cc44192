/**
 * The model of docs/scale.md beside a simulation of it: ranks in this process whose messages take as long as a network would have them.
 *
 *     node bench/scale-model.mjs [--latency 0.01] [--bandwidth 2e7] [--iterations 8] [--json]
 *
 * A link between two ranks has a latency (seconds) and a bandwidth (bytes a second), and hands over one message after the other. Printed are
 * seconds per iteration measured and by the model for 2, 4 and 8 ranks, the same with one slow rank, then the plan: what the model says of a
 * cluster whose rank multiplies at `--flops`, with `--plan-latency` and `--plan-bandwidth`.
 */
import { parseArgs } from 'node:util';
import { train } from '../dist/index.js';
import { inProcess, lead, serve } from '../dist/distributed/index.js';

const { values: given } = parseArgs({
  options: {
    latency: { type: 'string', default: '0.01' },
    bandwidth: { type: 'string', default: '2e7' },
    iterations: { type: 'string', default: '8' },
    flops: { type: 'string', default: '3e10' },
    'plan-latency': { type: 'string', default: '2e-5' },
    'plan-bandwidth': { type: 'string', default: '1e9' },
    json: { type: 'boolean', default: false },
  },
});
const [latency, bandwidth, iterations] = ['latency', 'bandwidth', 'iterations'].map((name) => Number(given[name]));
const PIECE = 65536;
const [rows, columns, hidden, outputs] = [600, 60, 40, 3];
const parameters = (columns + 1) * hidden + (hidden + 1) * outputs;
const behind = (hidden + 1) * outputs;

/**
 * Seconds that the network takes of an iteration: e + 2 calls, each a broadcast (a), an agreement (2 a) and, but for the span, a chain of sums
 * (p - 1 times a); the direction goes down and the gradient up the chain in pieces.
 */
function networkSeconds({ ranks: p, evaluations: e, P, behind: b, memory: m, latency: a, bandwidth: w, late = 0 }) {
  const down = (8 * (P + m * b)) / w;
  const gradient = 8 * (P + 3);
  const up = gradient / w + (p - 2) * (Math.min(PIECE, gradient) / w);
  // A rank that is late is so once when it agrees and once in the chain.
  const waits = late * (e + 2 + (e + 1));
  return (e + 2) * 3 * a + (e + 1) * (p - 1) * a + down + up + waits;
}

/** Delays in milliseconds: a link is busy with a message for its bytes, and the latency comes on top. */
function linkDelays(slow) {
  const busy = new Map();
  return (bytes, from, to) => {
    const link = `${from} ${to}`;
    const now = performance.now();
    const free = Math.max(now, busy.get(link) ?? 0) + (1000 * bytes) / bandwidth;
    busy.set(link, free);
    return free - now + 1000 * latency + (from === slow?.rank ? 1000 * slow.late : 0);
  };
}

function problem() {
  let state = 1;
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 31 - 1;
  const values = Float64Array.from({ length: rows * columns }, next);
  const y = Array.from({ length: rows }, (_, i) => {
    const row = values.subarray(i * columns, i * columns + outputs);
    return String(row.indexOf(Math.max(...row)));
  });
  return { x: { values, rows, columns }, y };
}

/** Seconds of an iteration, the median over the run, and what it asked of the network. */
async function simulated(size, slow) {
  const communicators = inProcess(size, { delay: linkDelays(slow) });
  const serving = communicators.slice(1).map((communicator) => serve(communicator, { threads: 1 }));
  const cluster = await lead(communicators[0], { threads: 1, parts: size });
  const marks = [];
  const callbacks = [({ innerEvaluations }) => void marks.push({ time: performance.now(), innerEvaluations })];
  const options = { direction: 'lbfgs', steps: 'plane', network: 'mlp', hidden: [hidden], tolerance: 0 };
  await train(problem(), { ...options, backend: cluster.backend, maxIterations: iterations, callbacks });
  await cluster.end();
  await Promise.all(serving);
  const each = marks.slice(2).map(({ time, innerEvaluations }, k) => {
    const seconds = (time - marks[k + 1].time) / 1000;
    const shape = { ranks: size, evaluations: innerEvaluations, P: parameters, behind, memory: 1 };
    return { seconds, model: networkSeconds({ ...shape, latency, bandwidth, late: slow?.late ?? 0 }) };
  });
  const total = (name) => each.reduce((sum, one) => sum + one[name], 0) / each.length;
  return { ranks: size, late: slow?.late ?? 0, seconds: total('seconds'), model: total('model') };
}

/** What the model says of rows x 784 with 100 hidden units, e = 4. */
function plan(n) {
  const [d, r, e] = [784, 100, 4];
  const shape = { evaluations: e, P: 79510, behind: 1010, memory: 1 };
  const link = { latency: Number(given['plan-latency']), bandwidth: Number(given['plan-bandwidth']) };
  const seconds = (p) =>
    (4 * n * d * r) / (p * Number(given.flops)) + (p > 1 ? networkSeconds({ ...shape, ...link, ranks: p }) : 0);
  const sizes = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];
  return { rows: n, seconds: Object.fromEntries(sizes.map((p) => [p, Number(seconds(p).toPrecision(3))])) };
}

const runs = [];
for (const size of [2, 4, 8]) runs.push(await simulated(size, null));
runs.push(await simulated(4, { rank: 2, late: 0.02 }));
const plans = [60_000, 1_000_000, 10_000_000].map(plan);
if (given.json) console.log(JSON.stringify({ latency, bandwidth, runs, plans }));
else {
  for (const { ranks, late, seconds, model } of runs) {
    const who = late > 0 ? `, one of them ${1000 * late} ms late` : '';
    console.log(
      `${ranks} ranks${who}: ${seconds.toFixed(3)} s per iteration, the model ${model.toFixed(3)} (${(seconds / model).toFixed(2)})`,
    );
  }
  for (const { rows: n, seconds } of plans) console.log(`${n} rows x 784, 100 units: ${JSON.stringify(seconds)}`);
}
