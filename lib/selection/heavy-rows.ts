/**
 * A leverage projected on random signs is right to a third of itself. That is enough where a row decides a hundredth of its own prediction, as most
 * of many rows do, and the errors of these cancel; not where it decides a good part of it: o + A g / (1 - A C) is then anything. Such rows
 * are few, since the shares of all rows sum to no more than the parameters, and theirs are solved for.
 */
import { Pace } from '../core/pace.js';
import type { Factors } from './expansion.js';
import type { PenaltyProblem } from './penalty-problem.js';

/** Of its own prediction, trace(A C), from which on a row is heavy. */
const HEAVY = 0.1;

/** Heavy rows at most, the heaviest ones. */
const MOST_ROWS = 1024;

/** Right-hand sides solved for at a time. */
const AT_A_TIME = 64;

const ONE = Float64Array.of(1);

/** Overwrites the leverages of heavy rows, rows x width x width, by J H^-1 J'. */
export async function solveHeavyRows(
  problem: PenaltyProblem,
  { L, unit }: Factors,
  heavy: readonly number[],
  leverages: Float64Array,
): Promise<void> {
  const { matrix, architecture, backend } = problem;
  const width = architecture.tracked.outputs;
  const size = unit.length;
  const atATime = Math.max(1, Math.floor(AT_A_TIME / width));
  const pace = new Pace();
  for (let from = 0; from < heavy.length; from += atATime) {
    const rows = heavy.slice(from, from + atATime);
    const count = rows.length * width;
    // Column r width + a is J_i' e_a, in units of the factors.
    const J = new Float64Array(size * count);
    for (const [r, row] of rows.entries()) {
      const x = await matrix.multiplyTransposed(ONE, 1, { from: row, count: 1 });
      for (let k = 0; k < size; k++) J[k * count + r * width + (k % width)] = unit[k]! * (x[Math.floor(k / width)] ?? 1);
      if (pace.due) await pace.yield();
    }
    const solved = J.slice();
    await backend.matrices.solveLeft(L, size, solved, count);
    for (const [r, row] of rows.entries()) {
      for (let a = 0; a < width; a++) {
        for (let b = 0; b < width; b++)
          leverages[(row * width + a) * width + b] = dot(J, r * width + a, solved, r * width + b, count, size);
      }
    }
    problem.signal?.throwIfAborted();
  }
}

/**
 * In ascending order.
 *
 * @param leverages of signs of their own: where a row is heavy by those that its leverage is taken from otherwise, what they are too large by
 *   would be left out of the sum, and what they are too small by would not
 */
export function heavyRows(leverages: Float64Array, curvatures: Float64Array, width: number): number[] {
  const square = width * width;
  const found: { readonly row: number; readonly share: number }[] = [];
  for (let row = 0; row * square < leverages.length; row++) {
    let share = 0;
    for (let a = 0; a < width; a++)
      for (let b = 0; b < width; b++)
        share += leverages[row * square + a * width + b]! * curvatures[row * square + b * width + a]!;
    if (share > HEAVY) found.push({ row, share });
  }
  found.sort((one, other) => other.share - one.share);
  return found
    .slice(0, MOST_ROWS)
    .map(({ row }) => row)
    .sort((one, other) => one - other);
}

/** Of a column of A and one of B, both with that many columns. */
function dot(A: Float64Array, a: number, B: Float64Array, b: number, columns: number, rows: number): number {
  let sum = 0;
  for (let k = 0; k < rows; k++) sum += A[k * columns + a]! * B[k * columns + b]!;
  return sum;
}
