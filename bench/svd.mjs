/**
 * `svd` beside scikit-learn's `randomized_svd`: how far the k largest singular values are from those of LAPACK or ARPACK, and seconds.
 *
 *     node bench/svd.mjs [--data mnist:10:50,news20:20:100] [--rounds 3] [--gradient 500] [--plane]
 *
 * Needs python3 (or the program named by PYTHON) with scikit-learn; without it our own runs are shown. `--gradient N` lets the iteration of
 * arXiv 2502.00320 have N iterations for the smaller k of every set; `--plane` also runs LOBPCG, which is the same subspace with plane search.
 * A table on standard error, JSON on standard output.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { svd } from 'planesearch';
import { textTable } from './report/table.mjs';
import { asFloat32 } from './support/forms.mjs';
import { loadProblem } from './support/problems.mjs';
import { backend, median } from './support/run.mjs';
import { python } from './support/scipy.mjs';
import { machine } from './support/timing.mjs';

const { values: given } = parseArgs({
  options: {
    data: { type: 'string', default: 'mnist:10:50,news20:20:100' },
    rounds: { type: 'string', default: '3' },
    gradient: { type: 'string', default: '500' },
    plane: { type: 'boolean', default: false },
  },
});
const rounds = Number(given.rounds);
const script = fileURLToPath(new URL('support/svd.py', import.meta.url));

async function timed(x, k, options, times = rounds) {
  const seconds = [];
  let found;
  for (let round = 0; round < times; round++) {
    const began = performance.now();
    found = await svd(x, k, { backend, ...options });
    seconds.push((performance.now() - began) / 1000);
  }
  const { values, iterations, converged } = found;
  return { values: [...values], seconds: median(seconds), iterations, converged, products: 2 * iterations + 1 };
}

async function ours(x, k, first) {
  const runs = {
    'krylov, 1e-8': await timed(x, k, {}),
    'krylov, 1e-2': await timed(x, k, { tolerance: 1e-2 }),
    'krylov, float32': await timed(
      asFloat32({ ...x, values: x.values ?? new Float64Array(x.indices.length).fill(1) }),
      k,
      {},
    ),
  };
  const maxIterations = Number(given.gradient);
  if (first && maxIterations > 0) runs.gradient = await timed(x, k, { method: 'gradient', maxIterations }, 1);
  return runs;
}

function theirs(x, ranks) {
  const folder = mkdtempSync(path.join(tmpdir(), 'planesearch-svd-'));
  const write = (name, values) => {
    const { buffer, byteOffset, byteLength } = values;
    writeFileSync(path.join(folder, name), Buffer.from(buffer, byteOffset, byteLength));
  };
  const sparse = x.kind === 'csr';
  try {
    write('values.f64', Float64Array.from(x.values ?? new Float64Array(x.indices.length).fill(1)));
    if (sparse) {
      write('indptr.f64', Float64Array.from(x.indptr));
      write('indices.u32', Uint32Array.from(x.indices));
    }
    const { rows, columns } = x;
    const problem = { rows, columns, sparse, ranks, rounds, plane: given.plane };
    writeFileSync(path.join(folder, 'problem.json'), JSON.stringify(problem));
    return JSON.parse(execFileSync(python, [script, folder], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }));
  } catch (error) {
    console.error(`without scikit-learn: ${error.message.split('\n')[0]}`);
    return null;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The largest relative difference, and that of all in the mean. */
function difference(values, reference) {
  const each = values.map((value, i) => Math.abs(value - reference[i]) / reference[i]);
  return { largest: Math.max(...each), mean: each.reduce((sum, value) => sum + value, 0) / each.length };
}

const results = [];
let versions = null;
for (const request of given.data.split(',')) {
  const [name, ...ranks] = request.split(':');
  const problem = await loadProblem(name, { storage: 'auto' });
  if (!problem) continue;
  const { x } = problem;
  const other = theirs(x, ranks.map(Number));
  versions ??= other?.versions ?? null;
  for (const [place, rank] of ranks.entries()) {
    const runs = await ours(x, Number(rank), place === 0);
    const their = other?.results[rank];
    const reference = their?.reference ?? runs['krylov, 1e-8'].values;
    for (const [label, run] of Object.entries(their?.runs ?? {})) runs[`randomized_svd, ${label}`] = run;
    if (their?.plane) runs['LOBPCG of SciPy'] = { ...their.plane, products: 2 * their.plane.iterations };
    for (const [method, run] of Object.entries(runs))
      results.push({
        data: name,
        rows: x.rows,
        columns: x.columns,
        k: Number(rank),
        method,
        ...run,
        error: difference(run.values, reference),
      });
  }
}
console.error(
  textTable({
    columns: ['data', 'k', 'method', 'seconds', 'largest error', 'mean error', 'products with X', 'converged'],
    rows: results.map((r) => [
      r.data,
      r.k,
      r.method,
      r.seconds.toFixed(2),
      r.error.largest.toExponential(1),
      r.error.mean.toExponential(1),
      r.products ?? '',
      r.converged ?? '',
    ]),
  }),
);
console.log(JSON.stringify({ machine: machine(backend), versions, rounds, results }));
