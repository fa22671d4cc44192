/**
 * How free the event loop stays while `train` runs, from the copy of X to the scores, by `perf_hooks.monitorEventLoopDelay`:
 * a 60000 x 784 run, and 400000 rows of two columns whose labels are strings or lists of strings (one of each row's kind).
 *
 *     node bench/event-loop.mjs [iterations] [rows of labels]
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createRandom, loadTable, train } from 'planesearch';
import { dataFolder } from './support/problems.mjs';

const iterations = Number(process.argv[2] ?? 30);
const labelled = Number(process.argv[3] ?? 400000);
const images = path.join(dataFolder, 'fashion-mnist-train-images-idx3-ubyte.gz');
const random = createRandom(0);

function uniform(rows, columns) {
  return { values: Float64Array.from({ length: rows * columns }, () => random.uniform()), rows, columns };
}

async function pictures() {
  if (existsSync(images)) {
    const labels = path.join(dataFolder, 'fashion-mnist-train-labels-idx1-ubyte.gz');
    const { data: x, target: y, schema } = await loadTable(images, { labels, needsTarget: true });
    return { x, y, schema };
  }
  return { x: uniform(60000, 784), y: Array.from({ length: 60000 }, () => `class ${random.integer(10)}`) };
}

const strings = () => Array.from({ length: labelled }, () => `class ${random.integer(10)}`);
const sets = () => Array.from({ length: labelled }, () => (random.uniform() < 0.5 ? ['a', 'b'] : ['c']));

const ms = (nanoseconds) => Number((nanoseconds / 1e6).toFixed(2));

/** The delays of one call. */
async function delays(work) {
  // What came before shall not be collected during the run.
  globalThis.gc?.();
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const result = await work();
  delay.disable();
  return { result, delayMs: { median: ms(delay.percentile(50)), p99: ms(delay.percentile(99)), max: ms(delay.max) } };
}

async function report(what, problem, options) {
  const { result: run, delayMs } = await delays(() => train(problem, options));
  const { rows, columns, seconds, backend, threads } = run;
  console.log(JSON.stringify({ what, rows, columns, iterations: run.iterations, seconds, backend, threads, delayMs }));
  return run.model;
}

if (iterations > 0) {
  await report('pictures', await pictures(), { network: 'mlp', hidden: [100], maxIterations: iterations, tolerance: 0 });
}
for (const [what, make] of [
  ['labels of text', strings],
  ['sets of labels', sets],
]) {
  const problem = { x: uniform(labelled, 2), y: make() };
  const model = await report(what, problem, { maxIterations: 3 });
  const { delayMs } = await delays(() => model.evaluate(problem.x, problem.y));
  console.log(JSON.stringify({ what: `${what}, evaluate`, rows: labelled, delayMs }));
}
