/**
 * Sparse X: whole trainings beside dense ones on the same numbers, and what would not fit densely.
 *
 *     node bench/sparse.mjs [--data a9a,w8a,phishing] [--rounds 5] [--large 100000x1000000] [--share 1e-4] [--iterations 10] [--seconds 20] [--quick]
 *
 * Trainings are those of `train` with its default options, X copied anew each time; the two forms take turns. The large problem runs
 * `--iterations` of L-BFGS with its memory of 10 in a process of its own, and so does news20 (softmax of 20 classes) for at most
 * `--seconds`; both with their peak of memory: of the whole process, and beyond what it held when the data were made. A table on
 * standard error, JSON on standard output.
 */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { train } from 'planesearch';
import { textTable } from './report/table.mjs';
import { asDense, asSparse } from './support/forms.mjs';
import { peakOf } from './support/memory.mjs';
import { dataFolder, loadProblem } from './support/problems.mjs';
import { backend, median } from './support/run.mjs';
import { sparseProblem } from './support/synthetic.mjs';
import { machine } from './support/timing.mjs';

const { values: given } = parseArgs({
  options: {
    data: { type: 'string' },
    rounds: { type: 'string' },
    large: { type: 'string' },
    share: { type: 'string' },
    iterations: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '20' },
    quick: { type: 'boolean', default: false },
    /** One run in a process of its own: 'large' or 'news20'. */
    'peak-of': { type: 'string' },
  },
});
const rounds = Number(given.rounds ?? (given.quick ? 1 : 5));
const [rows, columns] = (given.large ?? (given.quick ? '500x3000' : '100000x1000000')).split('x').map(Number);
const share = Number(given.share ?? (given.quick ? 3e-3 : 1e-4));

async function compare(problem) {
  const forms = { dense: asDense(problem.x), sparse: asSparse(problem.x) };
  const seconds = { dense: [], sparse: [] };
  const last = {};
  for (let round = -1; round < rounds; round++) {
    for (const [form, x] of Object.entries(forms)) {
      last[form] = await train({ x, y: problem.targets }, { loss: problem.loss, backend: backend.name });
      if (round >= 0) seconds[form].push(last[form].seconds);
    }
  }
  const entries = forms.sparse.indices.length;
  return {
    data: problem.name,
    rows: problem.x.rows,
    columns: problem.x.columns,
    stored: entries / problem.x.rows / problem.x.columns,
    dense: median(seconds.dense),
    sparse: median(seconds.sparse),
    ratio: median(seconds.sparse.map((value, round) => value / seconds.dense[round])),
    objectives: [last.dense.objective, last.sparse.objective],
    iterations: [last.dense.iterations, last.sparse.iterations],
  };
}

/** Runs in the process of its own. */
async function runAlone(name) {
  const problem =
    name === 'large' ? sparseProblem({ rows, columns, share }) : await loadProblem('news20', { storage: 'auto' });
  const limits =
    name === 'large'
      ? { direction: 'lbfgs', maxIterations: Number(given.iterations) }
      : { timeLimit: Number(given.seconds) };
  const { x } = problem;
  const entries = x.indices.length;
  const { result, ...memory } = await peakOf(() => {
    return train({ x, y: problem.targets }, { loss: problem.loss, backend: backend.name, ...limits });
  });
  const { objective, iterations, seconds, direction, stop, products } = result;
  const run = { objective, iterations, seconds, direction, stop: stop.reason, products };
  return { data: problem.name, rows: x.rows, columns: x.columns, entries, ...run, memory };
}

function alone(name) {
  const passed = [
    '--large',
    `${rows}x${columns}`,
    '--share',
    String(share),
    '--iterations',
    given.iterations,
    '--seconds',
    given.seconds,
  ];
  const child = [fileURLToPath(import.meta.url), ...passed, '--peak-of', name];
  const printed = execFileSync(process.execPath, ['--expose-gc', ...child], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(printed);
}

async function main() {
  const results = [];
  for (const name of (given.data ?? (given.quick ? 'australian-unscaled' : 'a9a,w8a,phishing')).split(',')) {
    const problem = await loadProblem(name, { storage: 'auto' });
    if (problem) results.push(await compare(problem));
  }
  const large = [alone('large')];
  if (!given.quick && existsSync(path.join(dataFolder, 'news20.svm.gz'))) large.push(alone('news20'));
  console.error(
    textTable({
      columns: ['data', 'rows', 'columns', 'stored', 'dense, ms', 'sparse, ms', 'sparse / dense', 'objective'],
      rows: results.map((r) => [
        r.data,
        r.rows,
        r.columns,
        r.stored.toFixed(3),
        (1000 * r.dense).toFixed(1),
        (1000 * r.sparse).toFixed(1),
        r.ratio.toFixed(2),
        r.objectives[1].toPrecision(10),
      ]),
    }),
  );
  const gibibytes = (bytes) => (bytes === null ? 'not measured' : (bytes / 2 ** 30).toFixed(2));
  console.error(
    textTable({
      columns: [
        'data',
        'direction',
        'iterations',
        'seconds',
        'objective',
        'peak of the process, GiB',
        'beyond the data, GiB',
      ],
      rows: large.map((r) => [
        r.data,
        r.direction,
        r.iterations,
        r.seconds.toFixed(2),
        r.objective.toPrecision(8),
        gibibytes(r.memory.peak),
        gibibytes(r.memory.beyond),
      ]),
    }),
  );
  console.log(JSON.stringify({ machine: machine(backend), rounds, results, large }));
}

if (given['peak-of']) console.log(JSON.stringify(await runAlone(given['peak-of'])));
else await main();
