/** The two products with X as tasks to be timed. */
import { createRandom } from 'planesearch';
import { matrixOf } from './run.mjs';

/** Uniform numbers from -1 to 1. */
export function uniform(length, seed) {
  const random = createRandom(seed);
  return Float64Array.from({ length }, () => 2 * random.uniform() - 1);
}

/** @returns tasks `multiply` (X W, r = width columns) and `multiplyTransposed` (X' R), and `dispose()` */
export async function productTasks(backend, { rows, columns, width, precision = 'auto' }) {
  const matrix = await matrixOf({ x: { values: uniform(rows * columns, 1), rows, columns } }, { on: backend, precision });
  const W = uniform(columns * width, 2);
  const R = uniform(rows * width, 3);
  return {
    tasks: { multiply: () => matrix.multiply(W, width), multiplyTransposed: () => matrix.multiplyTransposed(R, width) },
    dispose: () => matrix.dispose(),
  };
}
