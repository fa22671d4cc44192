/**
 * LIBLINEAR's `-s 0 -B 1` (trust region Newton), or `-s 6 -B 1` (newGLMNET, with l1), its bias in the penalty, as a process. It tells no curve, so it is run at a list of
 * tolerances: a run's time is that of its process less that of one on the same file which stops where it begins, medians of both.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { asSparse } from '../support/forms.mjs';
import { median } from '../support/run.mjs';

const TOLERANCES = ['1e-1', '1e-2', '1e-3', '1e-4', '1e-5', '1e-6'];
const AT_ONCE = '1e30';
/** Seconds below which the difference of two processes says nothing. */
const RESOLUTION = 1e-4;

/** Debian's program, and the one that LIBLINEAR names; `program` null where it does not start. */
export function liblinears() {
  const found = [{ name: 'LIBLINEAR', program: 'liblinear-train' }];
  if (process.env.LIBLINEAR) found.push({ name: 'LIBLINEAR of $LIBLINEAR', program: process.env.LIBLINEAR });
  return found.map((one) => ({ ...one, program: spawnSync(one.program, { stdio: 'ignore' }).error ? null : one.program }));
}

/** @param targets objectives to be reached; with `solver` '6' a function that makes them of the least objective of the runs */
export async function runLiblinear({ name, program }, problem, { targets: wanted, repeats, limit, solver = '0' }) {
  const folder = mkdtempSync(path.join(tmpdir(), 'planesearch-peers-'));
  const file = path.join(folder, 'data');
  writeFileSync(file, textOf(problem));
  try {
    const seconds = Object.fromEntries([AT_ONCE, ...TOLERANCES].map((tolerance) => [tolerance, []]));
    const objectives = {};
    const began = performance.now();
    // Small problems take a millisecond, and a process as much: many rounds, in turns.
    for (let round = 0; round < 5 * repeats && (round < 2 || performance.now() - began < 4000); round++) {
      for (const tolerance of Object.keys(seconds)) {
        const model = path.join(folder, `model-${tolerance}`);
        const took = await timed(program, ['-q', '-s', solver, '-B', '1', '-e', tolerance, file, model], limit);
        if (took === null) return { peer: name, failed: `it did not end well at -e ${tolerance} within ${limit} s` };
        seconds[tolerance].push(took);
        objectives[tolerance] ??= objectiveOf(problem, readFileSync(model, 'utf8'));
      }
    }
    const over = (tolerance) => Math.max(RESOLUTION, median(seconds[tolerance]) - median(seconds[AT_ONCE]));
    const runs = TOLERANCES.map((tolerance) => ({ tolerance, seconds: over(tolerance), objective: objectives[tolerance] }));
    const targets = typeof wanted === 'function' ? wanted(Math.min(...Object.values(objectives))) : wanted;
    const reached = Object.fromEntries(
      Object.entries(targets).map(([target, value]) => {
        const enough = runs.filter(({ objective }) => objective <= value).map((run) => run.seconds);
        return [target, enough.length > 0 ? Math.min(...enough) : null];
      }),
    );
    const last = runs.at(-1);
    return {
      peer: name,
      version: `${path.basename(program)} -s ${solver} -B 1`,
      precision: 'float64',
      threads: 1,
      penalizedBias: true,
      reached,
      objective: Math.min(...runs.map(({ objective }) => objective)),
      seconds: last.seconds,
      repeats: seconds[AT_ONCE].length,
      start: median(seconds[AT_ONCE]),
      noise: noiseOf(seconds[AT_ONCE]),
      curve: runs.map((run) => [run.seconds, run.objective]),
      runs,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** By how much a median of these times may be off: their median deviation, as that of a normal distribution. */
function noiseOf(times) {
  const middle = median(times);
  return (1.86 * median(times.map((value) => Math.abs(value - middle)))) / Math.sqrt(times.length);
}

/** Seconds of a process by the wall clock; null when it fails. */
function timed(program, given, limit) {
  return new Promise((resolve) => {
    const began = performance.now();
    const child = spawn(program, given, { stdio: 'ignore', timeout: 1000 * (limit + 30) });
    child.on('error', () => resolve(null));
    child.on('exit', (code) => resolve(code === 0 ? (performance.now() - began) / 1000 : null));
  });
}

/** JavaScript writes the shortest digits that read back as the same number. */
function textOf({ x, targets }) {
  const { rows, indptr, indices, values } = asSparse(x);
  const lines = [];
  for (let i = 0; i < rows; i++) {
    const cells = [targets[i] > 0 ? '+1' : '-1'];
    for (let e = indptr[i]; e < indptr[i + 1]; e++) cells.push(`${indices[e] + 1}:${values ? values[e] : 1}`);
    lines.push(cells.join(' '));
  }
  return `${lines.join('\n')}\n`;
}

/** Its own objective over the rows: mean logistic loss + l1 (|w|_1 + |b|) + (l2/2) (|w|^2 + b^2). */
function objectiveOf({ x, targets, l1 = 0, l2 }, model) {
  const [head, body] = model.split(/^w\s*$/m);
  const sign = Number(/^label (\S+)/m.exec(head)[1]);
  const weights = body
    .trim()
    .split('\n')
    .map((line) => sign * Number(line));
  const { rows, indptr, indices, values } = asSparse(x);
  // Columns that are empty at the end are unknown to it; the bias comes last.
  const bias = weights.pop();
  let sum = 0;
  for (let i = 0; i < rows; i++) {
    let z = bias;
    for (let e = indptr[i]; e < indptr[i + 1]; e++) z += (values ? values[e] : 1) * (weights[indices[e]] ?? 0);
    const m = targets[i] * z;
    sum += Math.log1p(Math.exp(-Math.abs(m))) + Math.max(0, -m);
  }
  return sum / rows + [...weights, bias].reduce((total, w) => total + l1 * Math.abs(w) + 0.5 * l2 * w * w, 0);
}
