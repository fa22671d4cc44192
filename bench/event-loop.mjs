/**
 * How free the event loop stays while a 60000 x 784 run trains: `perf_hooks.monitorEventLoopDelay` over a whole `train` call, from the copy of
 * X to the scores.
 *
 *     node bench/event-loop.mjs [iterations]
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createRandom, loadTable, train } from 'planesearch';
import { dataFolder } from './support/problems.mjs';

const iterations = Number(process.argv[2] ?? 30);
const images = path.join(dataFolder, 'fashion-mnist-train-images-idx3-ubyte.gz');

async function data() {
  if (existsSync(images)) {
    const labels = path.join(dataFolder, 'fashion-mnist-train-labels-idx1-ubyte.gz');
    const { data: x, target: y, schema } = await loadTable(images, { labels, needsTarget: true });
    return { x, y, schema };
  }
  const random = createRandom(0);
  const x = { values: Float64Array.from({ length: 60000 * 784 }, () => random.uniform()), rows: 60000, columns: 784 };
  return { x, y: Array.from({ length: 60000 }, () => `class ${random.integer(10)}`) };
}

const problem = await data();
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
const run = await train(problem, { network: 'mlp', hidden: [100], maxIterations: iterations, tolerance: 0 });
delay.disable();
const ms = (nanoseconds) => Number((nanoseconds / 1e6).toFixed(2));
console.log(JSON.stringify({
  rows: run.rows, columns: run.columns, iterations: run.iterations, seconds: run.seconds, backend: run.backend, threads: run.threads,
  delayMs: { median: ms(delay.percentile(50)), p99: ms(delay.percentile(99)), max: ms(delay.max) },
}));
