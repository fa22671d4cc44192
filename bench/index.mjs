/**
 * `npm run bench`: all benches that the README quotes, one after the other, each in a process of its own.
 *
 *     npm run bench -- [--only NAME,...] [--quick] [--threads N] [--out build/bench.json]
 *
 * About ten minutes on a quiet machine with two cores, `--quick` less than one with shapes too small to say much. Figures are ratios within
 * the run; only peaks of memory, predictions of one row and the large sparse runs are not. The tables of the parts come on standard error
 * as they are made; at the end a table of all figures, and one JSON file with everything and the machine's description. All sides have the
 * same environment: threads for BLAS, and one OPENBLAS_CORETYPE. A part that is over its time is ended and named; so is one that fails, and
 * the exit code is 1. `docs/benchmarks.md` says how to read it.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { figuresOf } from './report/summary.mjs';
import { textTable } from './report/table.mjs';
import { describeMachine, load, sameForAll } from './support/machine.mjs';

const { values: given } = parseArgs({
  options: {
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    threads: { type: 'string' },
    out: { type: 'string' },
  },
});
const root = fileURLToPath(new URL('..', import.meta.url));
const threads = given.threads ?? String(availableParallelism());

/** Script, most seconds, what it is given in a whole run. `threads`: whether it takes that option. */
const parts = {
  bare: { script: 'bare.mjs', seconds: 180, threads: true },
  products: {
    script: 'products.mjs',
    seconds: 90,
    whole: ['--shapes', '60000x784,32561x123', '--rounds', '5'],
    threads: true,
  },
  iteration: { script: 'iteration.mjs', seconds: 150, whole: ['--rounds', '5'] },
  precision: { script: 'precision.mjs', seconds: 150 },
  'native-vs-javascript': { script: 'native-vs-javascript.mjs', seconds: 150, whole: ['--rounds', '3'] },
  sparse: { script: 'sparse.mjs', seconds: 150 },
  small: { script: 'small.mjs', seconds: 90, whole: ['--rounds', '7'] },
  peers: { script: 'peers/index.mjs', seconds: 600, threads: true },
};
const scriptOf = (name) => path.join(root, 'bench', parts[name].script);
const names = given.only?.split(',') ?? Object.keys(parts);
const unknown = names.find((name) => !Object.hasOwn(parts, name));
if (unknown !== undefined) {
  console.error(`A part must be one of ${Object.keys(parts).join(', ')}, but '${unknown}' was given.`);
  process.exit(2);
}

const environment = sameForAll(threads);

/** Runs a part; its tables go through, its JSON is kept. */
function runPart(name) {
  const { script, seconds, whole = [], threads: takesThreads } = parts[name];
  const passed = [...(given.quick ? ['--quick'] : whole), ...(takesThreads ? ['--threads', threads] : [])];
  console.error(`\n== ${name}: node bench/${script} ${passed.join(' ')}`);
  const own = process.platform !== 'win32';
  const child = spawn(process.execPath, [scriptOf(name), ...passed], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
    // A group of its own, so that the peers it started end with it.
    detached: own,
  });
  const end = () => (own ? process.kill(-child.pid, 'SIGKILL') : child.kill('SIGKILL'));
  let overTime = false;
  const timer = setTimeout(() => {
    overTime = true;
    end();
  }, 1000 * seconds);
  process.once('SIGINT', end);
  let printed = '';
  child.stdout.on('data', (piece) => (printed += piece));
  return new Promise((resolve) => {
    child.on('close', (code) => {
      clearTimeout(timer);
      process.off('SIGINT', end);
      if (overTime) resolve({ failed: `it was not done after ${seconds} s` });
      else if (code !== 0) resolve({ failed: `it ended with ${code}` });
      else resolve({ result: JSON.parse(printed) });
    });
  });
}

const machine = describeMachine();
console.error(
  `${machine.processor}, ${machine.processors} processors, ${machine.memoryGiB} GiB, ${machine.system}, Node ${machine.node}, ` +
    `planesearch ${machine.version} (${machine.commit ?? 'no commit'}), load ${load()}`,
);
console.error(`${machine.blas ?? 'no BLAS'}, kernels ${machine.core}, SIMD ${machine.simd}, ${threads} thread(s)`);
const report = {
  machine,
  threads: Number(threads),
  quick: given.quick,
  parts: {},
};
const began = performance.now();
report.load = [load()];
for (const name of names) {
  if (!existsSync(scriptOf(name))) {
    console.error(`\n== ${name}: left out, bench/${parts[name].script} is not there.`);
    continue;
  }
  const start = performance.now();
  const before = load();
  const outcome = await runPart(name);
  report.parts[name] = { seconds: (performance.now() - start) / 1000, load: [before, load()], ...outcome };
  if (outcome.failed) console.error(`${name} failed: ${outcome.failed}.`);
}
report.seconds = (performance.now() - began) / 1000;
report.load.push(load());
report.figures = figuresOf(report.parts);
const out = path.resolve(given.out ?? path.join(root, 'build', 'bench.json'));
mkdirSync(path.dirname(out), { recursive: true });
writeFileSync(out, `${JSON.stringify(report, null, 1)}\n`);
if (report.figures.length > 0) {
  console.error('');
  console.error(
    textTable({
      columns: ['part', 'what', 'figure', 'beside'],
      rows: report.figures.map(({ part, what, figure, beside }) => [part, what, figure, beside ?? '']),
    }),
  );
}
console.error(
  `\n${report.seconds.toFixed(0)} s; load ${report.load.join(' before, ')} after` +
    `${Math.max(...report.load) > Number(threads) + 0.5 ? ': others were at work, so that small differences say nothing' : ''}; ${out}`,
);
console.log(JSON.stringify({ out, figures: report.figures }));
if (Object.values(report.parts).some(({ failed }) => failed)) process.exitCode = 1;
