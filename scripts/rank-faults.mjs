/**
 * What no test has the time for: `train --distributed` under an MPI while its ranks are killed, stopped and interrupted at random moments, ranks
 * that are refused, and many short runs one after the other (scripts/rank-job.mjs), which must all end alike.
 *
 *     node scripts/rank-faults.mjs [--flavor openmpi|mpich] [--kills 10] [--soak 500] [--ranks 5] [--minutes 60] [--patience 60] [--seed 1]
 *
 * After every fault: all processes have ended within the patience, a minute, the exit code is not 0, there is no model and nothing half-written, and the run
 * goes on from its checkpoint on another number of ranks with the objectives of a run that was left in peace. One line of JSON at the end.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { mpiEnvironment } from './mpi-environment.mjs';

const { values: given } = parseArgs({
  options: {
    flavor: { type: 'string', default: 'openmpi' },
    kills: { type: 'string', default: '10' },
    soak: { type: 'string', default: '500' },
    ranks: { type: 'string', default: '5' },
    minutes: { type: 'string', default: '60' },
    patience: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
  },
});
const { flavor } = given;
const [kills, soak, ranks, minutes, patience, seed] = ['kills', 'soak', 'ranks', 'minutes', 'patience', 'seed'].map((name) =>
  Number(given[name]),
);
const cli = path.resolve(import.meta.dirname, '..', 'bin', 'planesearch.mjs');
const job = path.join(import.meta.dirname, 'rank-job.mjs');

let state = seed;
const uniform = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  // The high bits of neighbors are alike.
  return (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) >>> 0) / 2 ** 32;
};

const folder = mkdtempSync(path.join(tmpdir(), 'planesearch-rank-faults-'));
for (let file = 0; file < ranks; file++) {
  const lines = Array.from({ length: 60 + file }, () => {
    const x = [uniform(), uniform(), uniform()];
    return [...x, x[0] + x[1] * x[2] > 0.8 ? 'yes' : 'no'].join(',');
  });
  writeFileSync(path.join(folder, `part-${file}.csv`), `a,b,c,label\n${lines.join('\n')}\n`);
}

/** Trains on the parts, on so many ranks. */
function run(size, args, watch) {
  const program = [process.execPath, cli, 'train', 'part-*.csv', '--distributed', '--threads', '1'];
  return start(['-n', String(size), ...program, ...args], watch);
}

/** Starts ranks in a group of their own; `watch` gets the process of mpirun. */
function start(args, watch) {
  const child = spawn(`mpirun.${flavor}`, args, { cwd: folder, env: mpiEnvironment, detached: true });
  const chunks = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => chunks.push(chunk));
  watch?.(child);
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      process.kill(-child.pid, 'SIGKILL');
      reject(new Error(`did not end: ${Buffer.concat(chunks)}`));
    }, 1000 * patience);
    child.on('close', (code) => {
      clearTimeout(late);
      resolve({ code, output: Buffer.concat(chunks).toString() });
    });
  });
}

/** Processes of the ranks below mpirun, which may have helpers in between. */
function ranksBelow(pid) {
  const parents = new Map();
  const found = new Map();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      parents.set(Number(name), Number(/\) \w (\d+) /.exec(readFileSync(`/proc/${name}/stat`, 'utf8'))[1]));
      const rank = /(?:OMPI_COMM_WORLD_RANK|PMI_RANK)=(\d+)/.exec(readFileSync(`/proc/${name}/environ`, 'utf8'));
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8');
      if (rank && command.includes('planesearch.mjs') && !command.includes('mpirun'))
        found.set(Number(name), Number(rank[1]));
    } catch {
      // It has ended meanwhile, or is not ours.
    }
  }
  const isBelow = (process) => process === pid || (parents.has(process) && isBelow(parents.get(process)));
  return new Map([...found].filter(([process]) => isBelow(process)).map(([process, rank]) => [rank, process]));
}

const network = ['--network', 'mlp', '--hidden', '4', '--direction', 'lbfgs', '--tolerance', '0'];
const endless = [...network, '--max-iterations', '1000000', '--checkpoint-iterations', '1', '--rank-timeout', '3'];
const objectives = (trace) =>
  readFileSync(path.join(folder, trace), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).objective);

function require(condition, message, output = '') {
  if (!condition) throw new Error(`${message}\n${output}`);
}

/** The run whose checkpoint this is goes on, on another number of ranks, as if nothing had happened. */
async function requireResumable(checkpoint, size, before) {
  const trace = `${checkpoint}.rest`;
  // The limit is for the seconds before the fault too.
  const limit = String(Math.ceil(before) + 1);
  const rest = await run(size, [
    ...network,
    '--checkpoint',
    checkpoint,
    '--resume',
    '--trace',
    trace,
    '--time-limit',
    limit,
  ]);
  require(rest.code === 0, 'does not go on', rest.output);
  const found = objectives(trace);
  const peace = await run(2, [...network, '--max-iterations', String(found.length - 1), '--trace', `${checkpoint}.whole`]);
  require(peace.code === 0, 'the run in peace has failed', peace.output);
  require(JSON.stringify(objectives(`${checkpoint}.whole`)) === JSON.stringify(found), 'goes on with other bits');
}

/** @returns seconds from the fault to the end */
async function fault(number, signal, toMpirun) {
  const checkpoint = `checkpoint-${signal}-${number}`;
  const at = 300 + 2500 * uniform();
  const victim = Math.floor(uniform() * ranks);
  let struck = 0;
  const begun = performance.now();
  const watch = async (child) => {
    const there = () => readdirSync(folder).includes(checkpoint) && readdirSync(path.join(folder, checkpoint)).length > 0;
    while (child.exitCode === null && !there()) await after(10);
    await after(at - 300);
    const process_ = toMpirun ? child.pid : ranksBelow(child.pid).get(victim);
    struck = performance.now();
    if (process_) process.kill(process_, signal);
  };
  const args = [...endless, '--checkpoint', checkpoint, '--out', 'never.model'];
  const ended = await run(ranks, args, watch);
  const seconds = (performance.now() - struck) / 1000;
  // MPICH tells of no interrupt that its processes have taken well.
  require((toMpirun && flavor === 'mpich') || ended.code !== 0, `${signal} left exit code 0`, ended.output);
  const sentences = ended.output.match(/^planesearch: (?!.*: took )/gm) ?? [];
  const left = readdirSync(folder).filter(
    (name) => /never|partial|tmp/i.test(name) && !(toMpirun && name === 'never.model'),
  );
  require(left.length === 0, `half-written files are left: ${left}`);
  rmSync(path.join(folder, 'never.model'), { force: true });
  await requireResumable(checkpoint, 1 + Math.floor(uniform() * Math.min(4, ranks)), (performance.now() - begun) / 1000);
  return {
    rank: toMpirun ? 'mpirun' : victim,
    code: ended.code,
    sentences: sentences.length,
    seconds: Number(seconds.toFixed(2)),
  };
}

/** Ranks that must not begin: each ends soon, with one sentence and without a model. */
async function refusals() {
  const write = (name, text) => writeFileSync(path.join(folder, name), text);
  write('bad-0.csv', 'a,b,label\n1,2,yes\n3,4,no\n');
  write('bad-1.csv', 'a,b,label\n1,2,yes\n3,"4,no\n');
  write('wide-0.csv', 'a,b,label\n1,2,yes\n3,4,no\n');
  write('wide-1.csv', 'a,b,c,label\n1,2,5,yes\n3,4,6,no\n');
  const out = ['--out', 'never.model', '--quiet'];
  const program = [process.execPath, cli, 'train', 'part-*.csv', '--distributed'];
  const one = (data) => ['-n', '2', process.execPath, cli, 'train', data, '--distributed', ...out];
  const kinds = {
    'bad shard': [one('bad-*.csv'), /bad-1\.csv/],
    'other widths': [one('wide-*.csv'), /wide-1\.csv' has other columns/],
    'other options': [
      ['-n', '1', ...program, ...out, ':', '-n', '1', ...program, ...out, '--l2', '1'],
      /All ranks must have the same arguments/,
    ],
    'missing data': [one('nowhere-*.csv'), /No file matches/],
  };
  const found = {};
  for (const [kind, [args, sentence]] of Object.entries(kinds)) found[kind] = await refused(kind, args, sentence);
  // Open MPI for a process that none of its own has started as one of two: what the mpirun of another one gives.
  const alone = ['-n', '1', 'env', 'OMPI_COMM_WORLD_SIZE=2', ...program, ...out];
  found['wrong flavor'] = await refused('wrong flavor', alone, /2 processes were started, but .* knows of 1/);
  return found;
}

async function refused(kind, args, sentence) {
  const begun = performance.now();
  const { code, output } = await start(args);
  require(code !== 0, `${kind} left exit code 0`, output);
  require(sentence.test(output), `${kind} was told otherwise`, output);
  const sentences = output.match(/^planesearch: /gm) ?? [];
  require(sentences.length === 1, `${kind} took ${sentences.length} sentences`, output);
  require(!readdirSync(folder).some((name) => /never|\.part$/.test(name)), `${kind} left a file`);
  return { code, seconds: Number(((performance.now() - begun) / 1000).toFixed(2)) };
}

const began = performance.now();
const result = { flavor, ranks, refusals: {}, kills: [], stops: [], interrupts: [], soak: 0, crashed: 0, seconds: 0 };
try {
  if (kills > 0) result.refusals = await refusals();
  for (let k = 0; k < kills; k++) result.kills.push(await fault(k, 'SIGKILL', false));
  if (kills > 0) {
    result.stops.push(await fault(0, 'SIGSTOP', false));
    result.interrupts.push(await fault(0, 'SIGINT', true));
  }
  let first = null;
  while (result.soak < soak && performance.now() - began < minutes * 60_000) {
    const { code, output } = await start(['-n', String(ranks), process.execPath, job]);
    first ??= output;
    result.soak++;
    if (result.soak % 50 === 0) console.error(`${result.soak} runs, ${result.crashed} crashed`);
    if (code === 0 && output === first) continue;
    result.crashed++;
    console.error(`run ${result.soak} has ended with ${code}: ${output}`);
  }
} finally {
  result.seconds = Math.round((performance.now() - began) / 1000);
  rmSync(folder, { recursive: true, force: true });
}
console.log(JSON.stringify(result));
