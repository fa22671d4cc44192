/** The input factor in low rank: what it is made of, its inverse, and trainings over wide data. */
import { describe, expect, it } from 'vitest';
import { chooseAutomatically } from '../../lib/auto.js';
import { conditionedByPenalty } from '../../lib/core/held-columns.js';
import { createRandom } from '../../lib/core/random.js';
import { sketchInput, sketchSolver } from '../../lib/directions/input-sketch.js';
import { train, type SparseData, type TrainOptions } from '../../lib/index.js';
import { backends } from '../support/backends.js';
import { networkNamed, openAtStart, smallProblem } from '../support/problems.js';
import { sparseOf } from '../support/sparse.js';

/** max |a - b| over max |b| */
function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [most, size] = [0, 0];
  for (let e = 0; e < b.length; e++) {
    most = Math.max(most, Math.abs(a[e]! - b[e]!));
    size = Math.max(size, Math.abs(b[e]!));
  }
  return most / size;
}

describe.each(backends)('on the $name backend', (backend) => {
  const problem = smallProblem({ rows: 40, columns: 7, loss: 'softmax' });
  const size = 8;

  /** A by the gram, and the sketch of so many columns, at the start of a softmax model in the standard frame. */
  async function bothForms(rank: number, maxRows = 40) {
    const { objective } = await openAtStart(problem, { backend, frame: 'standard' });
    const { inputs, shares } = await objective.factors({ maxRows, seed: 3 }, true);
    const stride = Math.ceil(40 / maxRows);
    return { objective, A: inputs[0]!, sketch: await sketchInput(objective, shares, stride, rank, 5), shares, stride };
  }

  it.each([40, 14])('Y is A times random signs, %i rows taken', async (maxRows) => {
    const { objective, A, shares, stride } = await bothForms(3, maxRows);
    const W = Float64Array.from({ length: size * 3 }, (_, e) => Math.sin(3 * e));
    const product = new Float64Array(size * 3);
    for (let j = 0; j < size; j++)
      for (let m = 0; m < size; m++)
        for (let a = 0; a < 3; a++) product[j * 3 + a] = product[j * 3 + a]! + A[j * size + m]! * W[m * 3 + a]!;
    expect(distance(await objective.inputMoments(W, 3, shares, stride), product)).toBeLessThan(1e-12);
  });

  it('with as many columns as A has the inverse is that of A + diag(added)', async () => {
    const { objective, A, sketch } = await bothForms(size);
    expect(sketch.rank).toBe(size);
    const added = Float64Array.from({ length: size }, (_, j) => 0.1 + 0.3 * j);
    const solve = await sketchSolver(objective, sketch, added);
    const q = Float64Array.from({ length: size * 2 }, (_, e) => Math.cos(2 * e));
    const x = q.slice();
    await solve(x, 2);
    const back = new Float64Array(size * 2);
    for (let j = 0; j < size; j++) {
      for (let a = 0; a < 2; a++) {
        let sum = (added[j]! + sketch.rest[j]!) * x[j * 2 + a]!;
        for (let m = 0; m < size; m++) sum += A[j * size + m]! * x[m * 2 + a]!;
        back[j * 2 + a] = sum;
      }
    }
    expect(distance(back, q)).toBeLessThan(1e-7);
  });

  it('with fewer it lies below A, and the rest of the diagonal is not negative', async () => {
    const { A, sketch } = await bothForms(3);
    expect(sketch.core).toHaveLength(9);
    expect(Math.min(...sketch.rest)).toBeGreaterThanOrEqual(0);
    const diagonal = Array.from({ length: size }, (_, j) => A[j * size + j]!);
    sketch.rest.forEach((rest, j) => expect(rest).toBeLessThanOrEqual(Math.max(diagonal[j]!, sketch.diagonal[j]!)));
  });

  it('trains wide data to the minimum that L-BFGS finds, dense and sparse', async () => {
    const [rows, columns] = [60, 2100];
    const random = createRandom(4);
    const values = Float64Array.from({ length: rows * columns }, () => (random.uniform() < 0.02 ? random.normal() : 0));
    const y = Array.from({ length: rows }, (_, i) => 'abc'[i % 3]!);
    const sparse: SparseData = sparseOf(values, rows, columns);
    const options: TrainOptions = { backend: backend.name, threads: 2, tolerance: 1e-9 };
    const minima: number[] = [];
    for (const x of [{ values, rows, columns }, sparse]) {
      for (const direction of ['lbfgs', 'kronecker-lbfgs', 'kronecker'] as const) {
        const { objective, stop } = await train({ x, y }, { ...options, direction });
        expect(stop.converged, `${direction}: ${stop.detail}`).toBe(true);
        minima.push(objective);
      }
    }
    for (const minimum of minima) expect(Math.abs(minimum / minima[0]! - 1)).toBeLessThan(1e-8);
  });
});

describe('a linear model that the penalty conditions', () => {
  const scales = (columns: number, scale: (j: number) => number) => ({
    origin: new Float64Array(columns),
    distance: new Float64Array(columns),
    scale: Float64Array.from({ length: columns }, (_, j) => scale(j)),
    constant: new Uint8Array(columns),
  });

  it('has rows that are short beside 1 / l2, and columns enough for a metric to cost something', () => {
    const short = scales(400, (j) => (1 + (j % 3)) / 40);
    expect(conditionedByPenalty(short, 1e-4, 'given')).toBe(true);
    expect(conditionedByPenalty(short, 1e-9, 'given')).toBe(false);
    expect(conditionedByPenalty(short, 0, 'given')).toBe(false);
    expect(conditionedByPenalty(short, 1e-4, 'standardized')).toBe(false);
    expect(
      conditionedByPenalty(
        scales(100, () => 0.05),
        1e-4,
        'given',
      ),
    ).toBe(false);
    expect(
      conditionedByPenalty(
        scales(400, () => 1),
        1,
        'given',
      ),
      'nobody has measured it',
    ).toBe(false);
    expect(
      conditionedByPenalty(
        scales(400, (j) => 40 + j),
        1e-4,
        'given',
      ),
    ).toBe(false);
  });

  it('does not see a column in another unit', () => {
    const odd = scales(400, (j) => (j === 7 ? 1e9 : 0.05));
    expect(conditionedByPenalty(odd, 1e-3, 'given')).toBe(true);
  });

  it('goes to L-BFGS, all other wide data to the metric in low rank, unless it is sparse', () => {
    const { layers: wide } = smallProblem({ columns: 3000, rows: 2 });
    const { layers: narrow } = smallProblem({ columns: 300, rows: 2 });
    const { layers: hidden } = smallProblem({ columns: 300, rows: 2, network: networkNamed('mlp 4 tanh') });
    const chosen = (...given: Parameters<typeof chooseAutomatically>) => chooseAutomatically(...given).direction;
    expect(chosen(wide)).toBe('kronecker-lbfgs');
    expect(chooseAutomatically(wide).reason).toContain('low rank');
    expect(chosen(wide, undefined, { sparse: true })).toBe('lbfgs');
    expect(chosen(narrow, undefined, { sparse: true })).toBe('kronecker-lbfgs');
    expect(chosen(narrow, undefined, { conditioned: true })).toBe('lbfgs');
    expect(chosen(hidden, undefined, { conditioned: true })).toBe('kronecker-lbfgs');
    expect(chosen(narrow, ['slopes'])).toBe('lbfgs');
    expect(chosen(narrow, [])).toBe('zeroth-order');
  });
});

it('the minimum does not depend on the direction that was chosen', async () => {
  const [rows, columns] = [50, 300];
  const random = createRandom(9);
  const values = Float64Array.from({ length: rows * columns }, () => 0.06 * random.normal());
  const y = Array.from({ length: rows }, (_, i) => (values[i * columns]! + values[i * columns + 1]! > 0 ? 1 : 2));
  const x = { values, rows, columns };
  const held = await train({ x, y }, { task: 'classification', tolerance: 1e-9 });
  expect(held.automatic).toContain('rows are so short');
  const metric = await train({ x, y }, { task: 'classification', tolerance: 1e-9, direction: 'kronecker-lbfgs' });
  expect(Math.abs(metric.objective / held.objective - 1)).toBeLessThan(1e-9);
});
