/**
 * The two products with X over shapes: seconds and GFLOP/s, through the backend.
 *
 *     node bench/products.mjs [--shapes 60000x784,32561x123,...] [--widths 1,10,50,100] [--threads N] [--rounds 9] [--quick]
 *
 * A table on standard error, JSON on standard output. The times include the array that a caller receives; `native/bench` compares the
 * kernels alone with bare cblas calls.
 */
import { parseArgs } from 'node:util';
import { selectBackend } from 'planesearch';
import { textTable } from './report/table.mjs';
import { productTasks } from './support/products.mjs';
import { alternate, machine } from './support/timing.mjs';

const { values: given } = parseArgs({
  options: {
    shapes: { type: 'string' },
    widths: { type: 'string', default: '1,10,50,100' },
    threads: { type: 'string' },
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
});
const shapes = (given.shapes ?? (given.quick ? '200x20,50x70' : '60000x784,49749x300,32561x123,11055x68,2000x4000'))
  .split(',')
  .map((shape) => shape.split('x').map(Number));
const rounds = Number(given.rounds ?? (given.quick ? 2 : 9));
const threads = given.threads === undefined ? undefined : Number(given.threads);
const { backend, notice } = selectBackend(process.env.PLANESEARCH_BACKEND ?? 'auto', threads);
if (notice) console.error(notice);

const results = [];
for (const [rows, columns] of shapes) {
  for (const width of given.widths.split(',').map(Number)) {
    const { tasks, dispose } = await productTasks(backend, { rows, columns, width });
    const seconds = await alternate(tasks, rounds);
    dispose();
    const rate = (value) => (2 * rows * columns * width) / value / 1e9;
    results.push({
      rows,
      columns,
      width,
      multiply: seconds.multiply,
      multiplyTransposed: seconds.multiplyTransposed,
      multiplyGflops: rate(seconds.multiply),
      multiplyTransposedGflops: rate(seconds.multiplyTransposed),
    });
  }
}
const on = machine(backend);
const kernels = on.native
  ? `${on.native.blas.split(' ').slice(0, 2).join(' ')} with ${on.native.core} kernels`
  : 'javascript';
console.error(`${on.processor}, ${kernels}, ${on.threads} thread(s)`);
console.error(
  textTable({
    columns: ['rows', 'columns', 'r', 'X W, ms', 'GFLOP/s', "X'R, ms", 'GFLOP/s'],
    rows: results.map((r) => [
      r.rows,
      r.columns,
      r.width,
      (1000 * r.multiply).toFixed(3),
      r.multiplyGflops.toFixed(1),
      (1000 * r.multiplyTransposed).toFixed(3),
      r.multiplyTransposedGflops.toFixed(1),
    ]),
  }),
);
console.log(JSON.stringify({ machine: on, rounds, results }));
