#!/usr/bin/env node
/**
 * What threads are worth: the same trainings on 1, 2, 4, ... threads of one machine.
 *
 *     node bench/threads.mjs [--threads 1,2,4,...] [--seconds 1] [--iterations 12]
 *
 * Small tables by the defaults of `train`, again and again for `--seconds`: milliseconds of a fit (median) and of all processors together.
 * MNIST with 100 tanh units and as softmax, on all rows: milliseconds of an iteration (median, after the first). A table on standard
 * error, JSON on standard output.
 */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { loadTable, networks, train } from 'planesearch';
import { textTable } from './report/table.mjs';
import { dataFolder } from './support/problems.mjs';
import { backend, median } from './support/run.mjs';
import { machine } from './support/timing.mjs';

const { values: given } = parseArgs({
  options: {
    threads: { type: 'string' },
    seconds: { type: 'string', default: '1' },
    iterations: { type: 'string', default: '12' },
  },
});
const powers = Array.from({ length: 9 }, (_, k) => 2 ** k).filter((count) => count <= availableParallelism());
const counts = given.threads?.split(',').map(Number) ?? powers;

async function problemOf(file, options = {}) {
  const { data: x, target: y } = await loadTable(path.join(dataFolder, file), options);
  return { x, y };
}

async function fits(problem, threads) {
  const seconds = 1000 * Number(given.seconds);
  const until = async (milliseconds, times = []) => {
    for (const began = performance.now(); performance.now() - began < milliseconds; ) {
      const since = performance.now();
      await train(problem, { threads });
      times.push(performance.now() - since);
    }
    return times;
  };
  await until(seconds / 2);
  const before = process.cpuUsage();
  const times = await until(seconds);
  const { user, system } = process.cpuUsage(before);
  return { milliseconds: median(times), processor: (user + system) / 1000 / times.length };
}

async function iterations(problem, threads, options) {
  const { history } = await train(problem, { ...options, threads, sample: 'all', maxIterations: Number(given.iterations) });
  const steps = history.slice(2).map(({ seconds }, at) => 1000 * (seconds - history[at + 1].seconds));
  return { milliseconds: median(steps) };
}

const results = {};
async function row(name, measure) {
  results[name] = {};
  for (const threads of counts) results[name][threads] = await measure(threads);
}

const small = {
  australian: 'australian.svm.gz',
  spambase: 'spambase.csv.gz',
  phishing: 'phishing.svm.gz',
  a9a: 'a9a.svm.gz',
  w8a: 'w8a.svm.gz',
};
for (const [name, file] of Object.entries(small)) {
  const problem = await problemOf(file, file.includes('.csv') ? { task: 'classification' } : {});
  await row(`fit, ${name}`, (threads) => fits(problem, threads));
}
const mnist = await problemOf('mnist-train-images-idx3-ubyte.gz', {
  labels: path.join(dataFolder, 'mnist-train-labels-idx1-ubyte.gz'),
});
for (const precision of ['float64', 'float32']) {
  const network = networks.mlp({ hidden: [100], activation: 'tanh' });
  await row(`iteration, MNIST tanh 100, ${precision}`, (threads) => iterations(mnist, threads, { network, precision }));
  await row(`iteration, MNIST softmax, ${precision}`, (threads) => iterations(mnist, threads, { precision }));
}

const cells = ({ milliseconds, processor }) =>
  milliseconds.toPrecision(3) + (processor === undefined ? '' : ` (${processor.toPrecision(3)})`);
console.error('milliseconds by threads, in brackets those of all processors');
console.error(
  textTable({
    columns: ['', ...counts.map(String)],
    rows: Object.entries(results).map(([name, byThreads]) => [name, ...counts.map((threads) => cells(byThreads[threads]))]),
  }),
);
console.log(JSON.stringify({ machine: machine(backend), results }));
