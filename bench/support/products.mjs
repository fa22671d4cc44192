/** The two products with X as tasks to be timed. */
import { createRandom } from 'planesearch';

/** Uniform numbers from -1 to 1. */
export function uniform(length, seed) {
  const random = createRandom(seed);
  return Float64Array.from({ length }, () => 2 * random.uniform() - 1);
}

/** @returns tasks `multiply` (X W, r = width columns) and `multiplyTransposed` (X' R), and `dispose()` */
export function productTasks(backend, { rows, columns, width }) {
  const matrix = backend.matrix(uniform(rows * columns, 1), rows, columns);
  const W = uniform(columns * width, 2);
  const R = uniform(rows * width, 3);
  return {
    tasks: { multiply: () => matrix.multiply(W, width), multiplyTransposed: () => matrix.multiplyTransposed(R, width) },
    dispose: () => matrix.dispose(),
  };
}
