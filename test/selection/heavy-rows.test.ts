/** Leverages that are solved for, against an inverse. */
import { expect, it } from 'vitest';
import { expand, factorize } from '../../lib/selection/expansion.js';
import { heavyRows, solveHeavyRows } from '../../lib/selection/heavy-rows.js';
import { backends } from '../support/backends.js';
import { penaltyProblem } from './problem.js';

/** A^-1 by Gauss and Jordan, for a positive definite A. */
function inverse(A: Float64Array, n: number): Float64Array {
  const left = A.slice();
  const right = new Float64Array(n * n);
  for (let k = 0; k < n; k++) right[k * n + k] = 1;
  for (let k = 0; k < n; k++) {
    const pivot = left[k * n + k]!;
    for (const side of [left, right]) for (let m = 0; m < n; m++) side[k * n + m]! /= pivot;
    for (let j = 0; j < n; j++) {
      const factor = j === k ? 0 : left[j * n + k]!;
      for (const side of [left, right]) for (let m = 0; m < n; m++) side[j * n + m]! -= factor * side[k * n + m]!;
    }
  }
  return right;
}

it.each(backends.flatMap((backend) => [1, 2].map((outputs) => [backend.name, outputs, backend] as const)))(
  "are J H^-1 J' and leave other rows alone, %s, %i outputs",
  async (_, outputs, backend) => {
    const { problem, x } = await penaltyProblem(backend, { loss: 'squared', rows: 30, outputs, weighted: true });
    const { rows, columns, frame } = problem.matrix;
    const size = (columns + 1) * outputs;
    const expansion = await expand(problem, new Float64Array(size));
    const factors = (await factorize(problem, expansion, 0.1))!;
    const found = new Float64Array(rows * outputs ** 2).fill(7);
    await solveHeavyRows(problem, factors, [3, 29], found);
    const H = expansion.hessian.map((value, e) => value + (e % (size + 1) === 0 ? factors.penalty[e / (size + 1)]! : 0));
    const inverted = inverse(H, size);
    for (const row of [3, 29]) {
      const own = Array.from(
        { length: columns },
        (_, j) => (x[row * columns + j]! - frame.origin[j]! - frame.distance[j]!) / frame.scale[j]!,
      );
      for (let a = 0; a < outputs; a++) {
        for (let b = 0; b < outputs; b++) {
          let sum = 0;
          for (const [j, left] of [...own, 1].entries())
            for (const [m, right] of [...own, 1].entries())
              sum += left * right * inverted[(j * outputs + a) * size + m * outputs + b]!;
          expect(Math.abs(found[(row * outputs + a) * outputs + b]! - sum)).toBeLessThan(1e-6 * (1 + Math.abs(sum)));
        }
      }
    }
    expect(found[0]).toBe(7);
  },
);

it('heavy is a row that decides a tenth of its own prediction; the heaviest thousand are taken', () => {
  expect(heavyRows(Float64Array.of(0.5, 0.5, 2), Float64Array.of(0.1, 0.3, 0.2), 1)).toEqual([1, 2]);
  // trace(A C) = 0.12 and 0.04.
  expect(heavyRows(Float64Array.of(1, 0.5, 0.5, 1, 1, -0.5, -0.5, 1), new Float64Array(8).fill(0.04), 2)).toEqual([0]);
  const many = heavyRows(
    new Float64Array(3000).fill(1),
    Float64Array.from({ length: 3000 }, (_, i) => 0.2 + i * 1e-4),
    1,
  );
  expect(many).toEqual(Array.from({ length: 1024 }, (_, i) => 3000 - 1024 + i));
});
