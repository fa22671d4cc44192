/**
 * `node bench/out-of-core.mjs [--rows N] [--columns N] [--iterations N] [--limit BYTES] [--folder PATH] [--cold] [--json]`: training on X in a file. X is
 * made first, float32, 4 GB unless said otherwise, and deleted afterwards; every run is a process of its own.
 *
 *     read      reading the file twice from beginning to end, as the two products of an iteration do, 4 MiB at a time on one thread
 *     limited   seconds per iteration and peak resident memory under the limit
 *     cached    seconds per iteration where all of X is kept
 *     memory    the same numbers given as an array
 *
 * The system may keep the file in its own cache, which no limit of a process is about: `read` says how fast it came. With `--cold` the cache is told to
 * forget the file before it is read and before every iteration, whose first product then finds nothing there.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createRandom, train } from 'planesearch';
import { describeMachine } from './support/machine.mjs';

const { values: args } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    columns: { type: 'string', default: '1000' },
    iterations: { type: 'string', default: '6' },
    limit: { type: 'string', default: '1000000000' },
    folder: { type: 'string', default: tmpdir() },
    cold: { type: 'boolean', default: false },
    run: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const [rows, columns, iterations, limit] = [args.rows, args.columns, args.iterations, args.limit].map(Number);

/** Blocks of rows that are turned and scaled copies of one, so that making them takes no longer than writing them. */
function makeFile(file) {
  const random = createRandom(1);
  const block = 4096;
  const numbers = Float32Array.from({ length: block * columns }, () => random.normal());
  const handle = openSync(file, 'w');
  for (let from = 0; from < rows; from += block) {
    const count = Math.min(block, rows - from);
    numbers[from % numbers.length] = from;
    writeSync(handle, new Uint8Array(numbers.buffer, 0, count * columns * 4));
  }
  closeSync(handle);
}

/** The cache of the system forgets the file. */
function forget(file) {
  if (!args.cold) return;
  const { status } = spawnSync('dd', [`if=${file}`, 'iflag=nocache', 'count=0', 'status=none']);
  if (status !== 0) throw new Error('dd of GNU is needed for --cold');
}

function readOnce(file) {
  const room = Buffer.alloc(4 * 2 ** 20);
  const handle = openSync(file, 'r');
  const began = performance.now();
  while (readSync(handle, room) > 0);
  closeSync(handle);
  return (performance.now() - began) / 1000;
}

/** As an iteration does. */
function readTwice(file) {
  forget(file);
  return readOnce(file) + readOnce(file);
}

function inMemory(file) {
  const values = new Float32Array(rows * columns);
  const bytes = new Uint8Array(values.buffer);
  const handle = openSync(file, 'r');
  for (let at = 0; at < bytes.length; ) at += readSync(handle, bytes, at, Math.min(2 ** 26, bytes.length - at), at);
  closeSync(handle);
  return { kind: 'dense', values, rows, columns };
}

/** One training, in this process; the first iteration is not counted. */
async function runOne(kind, file) {
  const random = createRandom(2);
  const y = Float64Array.from({ length: rows }, () => Number(random.uniform() > 0.5));
  // What the run takes besides X: docs/out-of-core.md.
  const besides = process.memoryUsage.rss() + 8 * 10 * rows + 96 * 2 ** 20;
  const memory = kind === 'cached' ? 2 * 4 * rows * columns : Math.max(0, limit - besides);
  const x = kind === 'memory' ? inMemory(file) : { kind: 'file', path: file, rows, columns, type: 'float32', memory };
  const times = [];
  const begins = [];
  const began = performance.now();
  const { objective, products } = await train(
    { x, y },
    {
      backend: 'native',
      direction: 'lbfgs',
      sample: 'all',
      tolerance: 0,
      maxIterations: iterations,
      callbacks: [
        () => {
          times.push(performance.now());
          if (kind !== 'memory') forget(file);
          begins.push(performance.now());
        },
      ],
    },
  );
  const seconds = times.slice(2).map((time, k) => (time - begins[k + 1]) / 1000);
  const perIteration = seconds.sort((a, b) => a - b)[Math.floor(seconds.length / 2)];
  const peak = 1024 * process.resourceUsage().maxRSS;
  return { kind, perIteration, first: (times[0] - began) / 1000, peak, objective, products };
}

function inChild(kind, file) {
  const self = fileURLToPath(import.meta.url);
  const shape = ['rows', 'columns', 'iterations', 'limit', 'folder'].flatMap((name) => [`--${name}`, args[name]]);
  const own = [...shape, ...(args.cold ? ['--cold'] : []), '--run', `${kind}:${file}`];
  const { status, stdout, stderr } = spawnSync(process.execPath, [self, ...own], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${kind} ended with ${status}: ${stderr}`);
  return JSON.parse(stdout);
}

async function main() {
  if (args.run !== undefined) {
    const [kind, ...file] = args.run.split(':');
    console.log(JSON.stringify(await runOne(kind, file.join(':'))));
    return;
  }
  const folder = mkdtempSync(path.join(args.folder, 'planesearch-bench-'));
  try {
    const file = path.join(folder, 'x.raw');
    makeFile(file);
    const twice = Math.min(...[1, 2].map(() => readTwice(file)));
    const [limited, cached, memory] = ['limited', 'cached', 'memory'].map((kind) => inChild(kind, file));
    const result = {
      machine: describeMachine(),
      bytes: 4 * rows * columns,
      limit,
      readTwiceSeconds: twice,
      runs: [limited, cached, memory],
      overReading: limited.perIteration / twice,
      overMemory: cached.perIteration / memory.perIteration,
      sameObjective: limited.objective === memory.objective && cached.objective === memory.objective,
    };
    if (args.json) console.log(JSON.stringify(result));
    else console.log(textOf(result));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function textOf({ bytes, readTwiceSeconds, runs, overReading, overMemory, sameObjective }) {
  const lines = runs.map(({ kind, perIteration, first, peak }) => {
    return `${kind.padEnd(8)} ${perIteration.toFixed(2)} s per iteration, ${first.toFixed(1)} s to the first, peak ${(peak / 1e6).toFixed(0)} MB`;
  });
  return [
    `X of ${(bytes / 1e9).toFixed(1)} GB, read twice in ${readTwiceSeconds.toFixed(2)} s${args.cold ? ', at first from the disk' : ''}; limit ${(limit / 1e6).toFixed(0)} MB`,
    ...lines,
    `limited / reading twice ${overReading.toFixed(2)}, cached / memory ${overMemory.toFixed(2)}, the same objective: ${sameObjective}`,
  ].join('\n');
}

await main();
