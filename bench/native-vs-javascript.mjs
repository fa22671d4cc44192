/**
 * The compiled backends against the javascript one: X W, X'R and whole iterations, on the same shapes. The wasm backend joins where its
 * module is built (`npm run prebuild:wasm`).
 *
 *     node bench/native-vs-javascript.mjs [--threads 1,2] [--rounds 5] [--precision float64] [--quick]
 *
 * The wasm and the javascript backend work on fewer rows of the same matrix where a shape is large, and their times are multiplied by the
 * ratio of the rows: all their loops are linear in them. A table on standard error, JSON on standard output.
 */
import { parseArgs } from 'node:util';
import { backendInfo, selectBackend } from 'planesearch';
import { textTable } from './report/table.mjs';
import { productTasks } from './support/products.mjs';
import { matrixOf, median, networkOf } from './support/run.mjs';
import { createStepper, partsFor } from './support/stepper.mjs';
import { randomProblem } from './support/synthetic.mjs';
import { alternate, machine } from './support/timing.mjs';

const { values: given } = parseArgs({
  options: {
    threads: { type: 'string', default: '1,2' },
    rounds: { type: 'string' },
    precision: { type: 'string', default: 'float64' },
    quick: { type: 'boolean', default: false },
  },
});
const rounds = Number(given.rounds ?? (given.quick ? 2 : 5));

/** `hidden` 0: the linear network. `rows` of the wasm and the javascript backend are at most `wasmRows` and `javascriptRows`. */
const shapes = given.quick
  ? [
      { rows: 400, columns: 30, hidden: 5, outputs: 3, wasmRows: 400, javascriptRows: 200 },
      { rows: 300, columns: 20, hidden: 0, outputs: 1, wasmRows: 300, javascriptRows: 300 },
    ]
  : [
      { rows: 60000, columns: 784, hidden: 100, outputs: 10, wasmRows: 6000, javascriptRows: 1000 },
      { rows: 32561, columns: 123, hidden: 50, outputs: 1, wasmRows: 32561, javascriptRows: 2000 },
      { rows: 60000, columns: 784, hidden: 0, outputs: 10, wasmRows: 20000, javascriptRows: 5000 },
      { rows: 32561, columns: 123, hidden: 0, outputs: 1, wasmRows: 32561, javascriptRows: 32561 },
    ];

/** Seconds of the two products and of an iteration with a fixed step and with a layerwise search, scaled to the shape's rows. */
async function measure(backend, shape, rows) {
  const { columns, hidden, outputs } = shape;
  const scale = shape.rows / rows;
  const { precision } = given;
  const { tasks, dispose } = await productTasks(backend, { rows, columns, width: hidden || outputs, precision });
  const seconds = await alternate(tasks, rounds);
  dispose();
  const problem = randomProblem({ rows, columns, outputs });
  const matrix = await matrixOf(problem, { on: backend, precision });
  for (const rule of ['fixed', 'layerwise']) {
    const stepper = await createStepper(
      problem,
      networkOf(hidden ? 'tanh' : 'linear', [hidden]),
      matrix,
      partsFor('gradient', rule),
      backend,
    );
    const times = [];
    for (let round = -1; round < rounds; round++) {
      const step = await stepper.step();
      if (round >= 0) times.push(step.seconds);
    }
    seconds[rule] = median(times);
    await stepper.dispose();
  }
  matrix.dispose();
  return Object.fromEntries(Object.entries(seconds).map(([name, value]) => [name, value * scale]));
}

const javascript = selectBackend('javascript').backend;
const natives = given.threads.split(',').map((threads) => selectBackend('native', Number(threads)).backend);
const wasm = backendInfo().wasm && selectBackend('wasm').backend;
const results = [];
for (const shape of shapes) {
  const rows = Math.min(shape.rows, shape.javascriptRows);
  const slow = await measure(javascript, shape, rows);
  const portable = wasm && (await measure(wasm, shape, Math.min(shape.rows, shape.wasmRows)));
  for (const native of natives) {
    const fast = await measure(native, shape, shape.rows);
    results.push({
      ...{ ...shape, javascriptRows: rows, precision: given.precision, threads: native.threads },
      ...{ native: fast, wasm: portable, javascript: slow },
      ratios: ratio(slow, fast),
      wasmRatios: portable && { overJavascript: ratio(slow, portable), underNative: ratio(portable, fast) },
    });
  }
}

function ratio(slow, fast) {
  return Object.fromEntries(Object.keys(fast).map((name) => [name, slow[name] / fast[name]]));
}

const what = { multiply: 'X W', multiplyTransposed: "X'R", fixed: 'iteration, fixed', layerwise: 'iteration, layerwise' };
console.error(
  textTable({
    columns: [
      ...['n', 'd', 'hidden', 'outputs', 'threads', 'work', 'native, ms', 'wasm, ms', 'javascript, ms'],
      ...['native / javascript', 'wasm / javascript', 'native / wasm'],
    ],
    rows: results.flatMap((r) =>
      Object.entries(what).map(([key, name]) => [
        ...[r.rows, r.columns, r.hidden, r.outputs, r.threads, name],
        ...[r.native, r.wasm, r.javascript].map((times) => (times ? (1000 * times[key]).toPrecision(3) : '')),
        ...[r.ratios, r.wasmRatios?.overJavascript, r.wasmRatios?.underNative].map((times) => times?.[key].toFixed(1) ?? ''),
      ]),
    ),
  }),
);
console.log(JSON.stringify({ machine: machine(natives.at(-1)), rounds, results }));
